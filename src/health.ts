/** What tells orchestrators and load balancers how the server is: nothing secret, for anybody, and never refused for too much to do. */
import type { FastifyPluginAsync } from 'fastify'
import { within } from './connectors/patience.ts'
import type { Database } from './database/database.ts'

export type HealthOptions = {
  readonly database: Pick<Database, 'isCurrent'>
  /** Aborts when the server is about to end. */
  readonly ending: AbortSignal
}

/** How long the database may take to answer, and how long its answer counts for other probes. Milliseconds. */
const patience = 1_000
const countsFor = 1_000

type Health = 'ok' | 'ready' | 'not_ready'
const Answer = {
  $id: 'Health',
  type: 'object',
  properties: { status: { type: 'string', enum: ['ok', 'ready', 'not_ready'] satisfies Health[] }, reason: { type: 'string' } },
  required: ['status'],
  additionalProperties: false,
} as const
const up = { tags: ['health'], summary: 'Whether the process runs and answers', response: { 200: Answer } }
const ready = {
  tags: ['health'],
  summary: 'Whether it should be given questions',
  response: { 200: Answer, 503: { ...Answer, description: 'Not now; `reason` says why' } },
}

/**
 * `/healthz`: the process runs and answers. `/readyz`: it should be given questions. With `?exclude=database` a database that is away
 * is no reason against: agents whose tokens are in memory are answered without it.
 */
export const healthRoutes: FastifyPluginAsync<HealthOptions> = async (app, { database, ending }) => {
  const trouble = askedOnce(() => whatIsWrong(database))

  // Asked every few seconds by several: not worth two lines each.
  const quietly = { logLevel: 'warn' } as const

  app.get('/healthz', { ...quietly, schema: up }, async () => ({ status: 'ok' }))

  app.get<{ Querystring: { exclude?: unknown } }>('/readyz', { ...quietly, schema: ready }, async ({ query }, reply) => {
    const reason = ending.aborted ? 'draining' : query.exclude === 'database' ? null : await trouble()
    if (reason === null) return { status: 'ready' }
    return reply.code(503).send({ status: 'not_ready', reason })
  })
}

/** Null = nothing. */
async function whatIsWrong(database: HealthOptions['database']): Promise<string | null> {
  try {
    return (await within(patience, database.isCurrent())) ? null : 'the database lacks migrations of this version'
  } catch {
    return 'the database doesn’t answer'
  }
}

/** Probes that come together, or soon after one another, are told the same. */
function askedOnce<T>(ask: () => Promise<T>): () => Promise<T> {
  let asked: Promise<T> | undefined
  let until = 0
  return () => {
    if (asked === undefined || performance.now() > until) {
      until = Number.POSITIVE_INFINITY
      asked = ask().finally(() => {
        until = performance.now() + countsFor
      })
    }
    return asked
  }
}
