/** Traces of a whole bridge, as an OpenTelemetry collector receives them. */
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { startTestBridge, type TestBridge, unlimited } from '../support/bridge.ts'
import type { Json } from '../support/json.ts'
import { answerWith, type StandIn, startStandIn } from '../support/stand-in.ts'

const caller = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' }

let collector: StandIn
let bridge: TestBridge
let inbox: Awaited<ReturnType<TestBridge['connectedInbox']>>
let spans: Json[]
beforeAll(async () => {
  collector = await startStandIn(answerWith(200, {}))
  const environment = {
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_EXPORTER_OTLP_HEADERS: 'x-team=messaging',
    OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
  }
  // The exporter reads the process's own: put back afterwards.
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value)
  let ahead = 0
  bridge = await startTestBridge({
    environment: { ...environment, ...unlimited },
    sandbox: { rateLimits: false, now: () => Date.now() + ahead },
  })
  inbox = await bridge.connectedInbox()
  const ask = (path: string, headers: Record<string, string> = {}) =>
    fetch(inbox.pluginUrl + path, { headers }).then((answer) => answer.text())
  await ask('/contacts?search=quuxmann', { traceparent: `00-${caller.traceId}-${caller.spanId}-01` })
  await ask('/contacts?search=unsampled', { traceparent: `00-${'c'.repeat(32)}-${caller.spanId}-00` })
  await fetch(`${bridge.url}/healthz`)
  bridge.sandbox.faults.add({ kind: 'hang', times: 1 })
  await fetch(`${inbox.pluginUrl}/contacts?search=hung`, { signal: AbortSignal.timeout(300) }).catch(() => {})
  // The access token has ended at the CRM.
  ahead = 1_801_000
  await ask('/contacts/4930901820')
  await bridge.bridge.stop()
  spans = collector.requests.flatMap(({ body }) =>
    JSON.parse(body).resourceSpans.flatMap(({ scopeSpans }: Json) => scopeSpans.flatMap((scope: Json) => scope.spans)),
  )
})
afterAll(async () => {
  await bridge.sandbox.close()
  await bridge.database.drop()
  await collector.close()
  vi.unstubAllEnvs()
})
afterEach(() => expect(spans.length).toBeGreaterThan(0))

const attributesOf = (span: Json) =>
  Object.fromEntries(
    span.attributes.map(({ key, value }: Json) => [key, value.stringValue ?? value.boolValue ?? Number(value.intValue)]),
  )
const named = (name: string) => spans.filter((span) => span.name === name)
const childrenOf = (parent: Json) => spans.filter(({ parentSpanId }) => parentSpanId === parent.spanId)

describe('a question', () => {
  it('is a span in the caller’s trace, with its route and what became of it', () => {
    const [span] = named('GET /inboxes/:key/contacts').filter(({ traceId }) => traceId === caller.traceId)
    expect(span).toMatchObject({ parentSpanId: caller.spanId, kind: 2 })
    expect(attributesOf(span)).toEqual({
      'http.request.method': 'GET',
      'http.route': '/inboxes/:key/contacts',
      'http.response.status_code': 200,
      'crm_bridge.request_id': expect.stringMatching(/^[0-9a-f-]{36}$/),
      'crm_bridge.inbox': inbox.inbox.id,
      'crm_bridge.question': 'search',
      'crm_bridge.crm': 'hubspot',
      'crm_bridge.source': 'crm',
    })
  })

  it('has its calls to the CRM in it', () => {
    const [span] = named('GET /inboxes/:key/contacts').filter(({ traceId }) => traceId === caller.traceId)
    const [call] = childrenOf(span)
    expect(call).toMatchObject({ traceId: caller.traceId, kind: 3, name: 'POST /crm/objects/2026-03/contacts/search' })
    expect(attributesOf(call)).toMatchObject({
      'server.address': new URL(bridge.sandbox.url).host,
      'url.template': '/crm/objects/2026-03/contacts/search',
      'http.response.status_code': 200,
      'crm_bridge.limit': 'search',
    })
  })

  it('has the refresh in it that it waited for', () => {
    const [span] = named('GET /inboxes/:key/contacts/:id')
    const names = childrenOf(span).map(({ name }) => name)
    expect(names).toContain('refresh tokens')
    expect(names.filter((name) => name.startsWith('POST /crm/'))).toHaveLength(2)
  })

  it('whose caller leaves is a span all the same, and says so', () => {
    const [span, ...others] = named('GET /inboxes/:key/contacts').filter(
      (each) => attributesOf(each)['crm_bridge.withdrawn'] !== undefined,
    )
    expect(others).toEqual([])
    expect(attributesOf(span)).toMatchObject({ 'crm_bridge.withdrawn': true, 'crm_bridge.question': 'search' })
    expect(attributesOf(span)).not.toHaveProperty('http.response.status_code')
    expect(childrenOf(span)).toHaveLength(1)
  })

  it('that the caller doesn’t want traced isn’t, nor is a probe', () => {
    expect(spans.filter(({ traceId }) => traceId === 'c'.repeat(32))).toEqual([])
    expect(named('GET /healthz')).toEqual([])
  })
})

describe('what is sent', () => {
  it('goes where the settings say, in their name', () => {
    expect(collector.requests[0]).toMatchObject({ method: 'POST', path: '/v1/traces', headers: { 'x-team': 'messaging' } })
    const { resource } = JSON.parse(collector.requests[0]?.body ?? '').resourceSpans[0]
    expect(attributesOf(resource)).toMatchObject({ 'service.name': 'crm-bridge', 'deployment.environment.name': 'test' })
  })

  it('holds no key, ticket, code, search or number', () => {
    const sent = collector.requests.map(({ body }) => body).join('\n')
    expect(sent).toContain('/connect/:ticket')
    for (const secret of [
      inbox.key,
      'quuxmann',
      '4930901820',
      'code=',
      'state=',
      bridge.connectUrl(inbox.inbox.id).split('/').at(-1),
    ])
      expect(sent).not.toContain(secret)
  })
})
