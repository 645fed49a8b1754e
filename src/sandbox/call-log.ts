// What a sandbox was asked, so that a test can say how many calls something took.

import type { FastifyInstance, FastifyRequest } from 'fastify'

/** One request; `status` is 0 while it is open, and stays so when the connection broke. `at` is epoch milliseconds. */
export interface Call<Kind extends string> {
  readonly method: string
  readonly path: string
  readonly kind: Kind
  readonly query: Readonly<Record<string, unknown>>
  readonly body: unknown
  readonly status: number
  readonly at: number
}

/** The calls of one sandbox, oldest first; beyond `capacity` the oldest are forgotten. */
export interface CallLog<Kind extends string> {
  calls(): readonly Call<Kind>[]
  clear(): void
}

/** Logs every request that `kindOf` gives a kind to. Register it before anything that may answer. */
export function logCalls<Kind extends string>(
  app: FastifyInstance,
  options: { readonly kindOf: (path: string) => Kind | null; readonly now: () => number; readonly capacity?: number },
): CallLog<Kind> {
  const { kindOf, now, capacity = 20_000 } = options
  const open = new WeakMap<FastifyRequest, { -readonly [Key in keyof Call<Kind>]: Call<Kind>[Key] }>()
  let calls: Call<Kind>[] = []

  app.addHook('onRequest', async (request) => {
    const path = request.url.split('?', 1)[0] ?? request.url
    const kind = kindOf(path)
    if (kind === null) return
    const query = { ...(request.query as Record<string, unknown>) }
    const call = { method: request.method, path, kind, query, body: undefined, status: 0, at: now() }
    open.set(request, call)
    if (calls.length >= capacity) calls = calls.slice(capacity / 2)
    calls.push(call)
  })
  app.addHook('preHandler', async (request) => {
    const call = open.get(request)
    if (call !== undefined) call.body = request.body
  })
  app.addHook('onResponse', async (request, reply) => {
    const call = open.get(request)
    if (call !== undefined) call.status = reply.statusCode
  })

  return {
    calls: () => [...calls],
    clear() {
      calls = []
    },
  }
}
