/**
 * Traces for OpenTelemetry: a span for each request, and in it one for each call to a CRM and each refresh of tokens that it caused. They
 * hold routes, never URLs: no key, ticket, code, search or number.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import { ROOT_CONTEXT, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { parseTraceParent } from '@opentelemetry/core'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources'
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  type Sampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { within } from '../connectors/patience.ts'
import type { CallMade, Telemetry, TokensRefreshed } from '../telemetry.ts'

export interface Tracing {
  /** Traces the requests to this server. */
  watch(app: FastifyInstance): void
  /** Sends what is left, within a moment. */
  close(): Promise<void>
}

/** Requests that say nothing about anybody. */
const untraced = ['/healthz', '/readyz']
/** How long a process that ends waits for the receiver. Milliseconds. */
const stopPatience = 3_000

/** @param settings OpenTelemetry's own, as `OTEL_…`; its exporter reads them from the process's environment */
export function traceQuestions(settings: Readonly<Record<string, string>>, telemetry: Telemetry): Tracing {
  Object.assign(process.env, settings)
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'crm-bridge' }).merge(detectResources({ detectors: [envDetector] })),
    sampler: samplerOf(settings),
    spanProcessors: [new BatchSpanProcessor({ exporter: new OTLPTraceExporter() })],
  })
  const tracer = provider.getTracer('crm-bridge')
  const current = new AsyncLocalStorage<Span>()

  /** A span that is over already, in that of the request that it is done for. */
  function note(name: string, milliseconds: number, failed: boolean, attributes: Record<string, string | number>): void {
    const parent = current.getStore()
    const context = parent === undefined ? ROOT_CONTEXT : trace.setSpan(ROOT_CONTEXT, parent)
    const end = Date.now()
    const span = tracer.startSpan(name, { kind: SpanKind.CLIENT, startTime: end - milliseconds, attributes }, context)
    if (failed) span.setStatus({ code: SpanStatusCode.ERROR })
    span.end(end)
  }

  telemetry.on('call', ({ crm, kind, method, endpoint, status, milliseconds }: CallMade) => {
    const [host = '', ...path] = endpoint.split('/')
    note(`${method} /${path.join('/')}`, milliseconds, status === null || status >= 400, {
      'http.request.method': method,
      'server.address': host,
      'url.template': `/${path.join('/')}`,
      'crm_bridge.crm': crm,
      'crm_bridge.limit': kind,
      ...(status !== null && { 'http.response.status_code': status }),
    })
  })
  telemetry.on('refresh', ({ crm, outcome, milliseconds }: TokensRefreshed) =>
    note('refresh tokens', milliseconds, outcome !== 'renewed', { 'crm_bridge.crm': crm, 'crm_bridge.outcome': outcome }),
  )

  return {
    watch(app) {
      app.addHook('onRequest', (request, reply, done) => {
        const route = request.routeOptions.url ?? 'unknown'
        if (untraced.includes(route)) return done()
        const attributes = { 'http.request.method': request.method, 'http.route': route, 'crm_bridge.request_id': request.id }
        const span = tracer.startSpan(
          `${request.method} ${route}`,
          { kind: SpanKind.SERVER, attributes },
          callersContext(request),
        )
        // Fastify's hook for an answer leaves out those whose callers have left.
        reply.raw.once('close', () => end(span, request, reply.raw.writableEnded ? reply.statusCode : null))
        current.run(span, done)
      })
    },
    close: () => within(stopPatience, provider.shutdown()).catch(() => {}),
  }
}

/** @param status null = the caller left before */
function end(span: Span, { question }: FastifyRequest, status: number | null): void {
  if (status === null) span.setAttribute('crm_bridge.withdrawn', true)
  else span.setAttribute('http.response.status_code', status)
  if (question) {
    span.setAttributes({ 'crm_bridge.inbox': question.inboxId, 'crm_bridge.question': question.kind })
    for (const name of ['crm', 'source', 'problem'] as const) {
      const value = question[name]
      if (value !== null) span.setAttribute(`crm_bridge.${name}`, value)
    }
  }
  if (status !== null && status >= 500) span.setStatus({ code: SpanStatusCode.ERROR })
  span.end()
}

/** @see https://www.w3.org/TR/trace-context/#traceparent-header */
function callersContext({ headers }: FastifyRequest) {
  const parent = typeof headers.traceparent === 'string' ? parseTraceParent(headers.traceparent) : null
  return parent === null ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, { ...parent, isRemote: true })
}

/** @see https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/#general-sdk-configuration */
function samplerOf({
  OTEL_TRACES_SAMPLER: name = '',
  OTEL_TRACES_SAMPLER_ARG: argument,
}: Readonly<Record<string, string>>): Sampler {
  const ratio = Number(argument ?? 1)
  const root = name.endsWith('always_off')
    ? new AlwaysOffSampler()
    : name.endsWith('traceidratio') && ratio >= 0 && ratio <= 1
      ? new TraceIdRatioBasedSampler(ratio)
      : new AlwaysOnSampler()
  return name === '' || name.startsWith('parentbased_') ? new ParentBasedSampler({ root }) : root
}
