/** Looks into apps as they are built: which routes they have, which of them answered, and what they write to their log. */
import { subscribe } from 'node:diagnostics_channel'
import type { FastifyInstance, RouteOptions } from 'fastify'
import type { TSchema } from 'typebox'

export interface Route {
  readonly method: string
  /** As registered: `/inboxes/:key/contacts/:id`. */
  readonly url: string
  /** Who reads the answers: a program, or a person, or a person's browser on behalf of a page. */
  readonly reader: 'program' | 'person' | 'browser'
  /** Whether errors come with an empty envelope. */
  readonly hasEnvelope: boolean
  /** What an answer of this status has to look like, where the route says it. */
  answerSchema(status: number): TSchema | undefined
}

export interface Watched {
  readonly routes: readonly Route[]
  /** The route that gave an answer, by its request id; undefined where none was found. */
  routeOf(requestId: string): Route | undefined
  /** The lines that were logged since the last call, without what changes from run to run. */
  takeLog(): string
}

const watched = new WeakMap<object, Watched>()

// Fastify tells of every instance that is made, before it has any route.
// https://fastify.dev/docs/latest/Reference/Hooks/#diagnostics-channel-hooks
subscribe('fastify.initialization', (message) => {
  const { fastify } = message as { fastify: FastifyInstance }
  const routes = new Map<string, Route>()
  const answeredBy = new Map<string, string>()
  fastify.addHook('onRoute', function (this: FastifyInstance, route) {
    for (const method of [route.method].flat()) routes.set(`${method} ${route.url}`, describeRoute(this, method, route))
  })
  fastify.addHook('onRequest', ({ id, method, routeOptions: { url } }, _reply, done) => {
    answeredBy.set(id, `${method} ${url}`)
    done()
  })
  const lines = captureLog(fastify.log)
  watched.set(fastify, {
    get routes() {
      return [...routes.values()]
    },
    routeOf: (requestId) => routes.get(answeredBy.get(requestId) ?? ''),
    takeLog: () => lines.splice(0).join('\n'),
  })
})

/** What is known of an app, which has to be built after this module was loaded. */
export function watch(app: object): Watched {
  const known = watched.get(app)
  if (known === undefined) throw new Error('this app was not watched when it was built')
  return known
}

function describeRoute(scope: FastifyInstance, method: string, { url, schema }: RouteOptions): Route {
  const answers = (schema?.response ?? {}) as Record<string, TSchema & { properties?: object }>
  const isPage = scope.hasReplyDecorator('view') && !url.endsWith('.json')
  return {
    method,
    url,
    reader: !isPage ? 'program' : url.startsWith('/assets/') ? 'browser' : 'person',
    hasEnvelope: Object.hasOwn(answers['4xx']?.properties ?? {}, 'results'),
    answerSchema: (status) => answers[status],
  }
}

/** Takes a logger's lines in place of its stream. */
export function captureLog(log: object): string[] {
  const lines: string[] = []
  const name = Object.getOwnPropertySymbols(log).find(({ description }) => description === 'pino.stream')
  const stream: unknown = name && Reflect.get(log, name)
  if (typeof stream === 'object' && stream !== null) {
    Reflect.set(stream, 'write', (line: string) => {
      const { time: _time, pid: _pid, hostname: _hostname, responseTime: _responseTime, ...rest } = JSON.parse(line)
      lines.push(JSON.stringify(rest))
      return true
    })
  }
  return lines
}
