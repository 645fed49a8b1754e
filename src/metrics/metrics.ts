/** What the bridge does as figures for Prometheus: few labels with few values each, and nothing about a person. */
import { LRUCache } from 'lru-cache'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { ConnectionStore } from '../connections/connection-store.ts'
import { within } from '../connectors/patience.ts'
import type { QuestionEnded, Telemetry } from '../telemetry.ts'

/** Inboxes that have a label of their own; those that ask first. */
const namedInboxes = 200
/** Seconds. A question has 8, a call less. */
const buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8]
/** How long what a CRM said about an account's limit counts. Milliseconds. */
const headroomFor = 60_000
/** How long the database may take to count, and how long its answer counts. Milliseconds. */
const countPatience = 1_000
const countEvery = 10_000

/** What the database counts for all replicas. */
export type Counts = {
  readonly connections: ConnectionStore['count']
  /** Messages on their way to a CRM, and for how long the first of them has been: seconds, 0 = none is. */
  readonly backlog: () => Promise<{ readonly waiting: number; readonly oldest: number }>
}

export interface Metrics {
  readonly contentType: string
  /** In Prometheus' text format. */
  text(): Promise<string>
}

export function createMetrics(telemetry: Telemetry, counts: Counts): Metrics {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })

  const questions = new Counter({
    name: 'crm_bridge_questions_total',
    help: 'Questions of inboxes, by what became of them: ok, withdrawn by who asked, or the code of what failed, also where an old answer stood in.',
    labelNames: ['kind', 'crm', 'outcome'],
    registers,
  })
  const byInbox = new Counter({
    name: 'crm_bridge_inbox_questions_total',
    help: `Questions by inbox: ok, refused (4xx), failed or withdrawn. Of inboxes beyond the first ${namedInboxes} all under "other".`,
    labelNames: ['inbox', 'outcome'],
    registers,
  })
  const durations = new Histogram({
    name: 'crm_bridge_question_duration_seconds',
    help: 'From a question’s arrival to its answer, or until who asked has left.',
    labelNames: ['kind'],
    buckets,
    registers,
  })
  const answers = new Counter({
    name: 'crm_bridge_answers_total',
    help: 'Answers by where they come from: crm, shared with another question under way, remembered, or old since the CRM failed.',
    labelNames: ['source'],
    registers,
  })
  const named = new Set<string>()
  const nameOf = (inboxId: string) => {
    if (named.size < namedInboxes) named.add(inboxId)
    return named.has(inboxId) ? inboxId : 'other'
  }
  telemetry.on('question', (question) => {
    const { inboxId, crm, kind, source, milliseconds } = question
    questions.inc({ kind, crm: crm ?? 'none', outcome: outcomeOf(question) })
    byInbox.inc({ inbox: nameOf(inboxId), outcome: groupOf(question) })
    durations.observe({ kind }, milliseconds / 1000)
    if (source !== null) answers.inc({ source })
  })

  const calls = new Histogram({
    name: 'crm_bridge_crm_call_duration_seconds',
    help: 'Calls to the CRMs, retries too, by the class of their status; 429 apart, none = no answer.',
    labelNames: ['crm', 'kind', 'status'],
    buckets,
    registers,
  })
  /** By inbox: which share of its limit an account has left. */
  const left = new LRUCache<string, { readonly crm: string; readonly share: number; readonly at: number }>({ max: 10_000 })
  telemetry.on('call', ({ inboxId, crm, kind, status, milliseconds, headroom }) => {
    calls.observe({ crm, kind, status: classOf(status) }, milliseconds / 1000)
    if (headroom !== null && headroom.limit > 0)
      left.set(inboxId, { crm, share: 1 - headroom.used / headroom.limit, at: performance.now() })
  })
  new Gauge({
    name: 'crm_bridge_crm_headroom_ratio',
    help: 'What share of its limit of calls the account that is worst off has left, as its CRM said within the last minute.',
    labelNames: ['crm'],
    registers,
    collect() {
      this.reset()
      const least = new Map<string, number>()
      const since = performance.now() - headroomFor
      for (const { crm, share, at } of left.values()) if (at > since) least.set(crm, Math.min(share, least.get(crm) ?? 1))
      for (const [crm, share] of least) this.set({ crm }, share)
    },
  })

  const refreshes = new Counter({
    name: 'crm_bridge_token_refreshes_total',
    help: 'Refreshes of tokens by outcome: renewed, ended by the CRM, or failed.',
    labelNames: ['crm', 'outcome'],
    registers,
  })
  telemetry.on('refresh', ({ crm, outcome }) => refreshes.inc({ crm, outcome }))

  const circuits = new Gauge({
    name: 'crm_bridge_circuits_open',
    help: 'CRM accounts that this process took for down when it last asked.',
    labelNames: ['crm'],
    registers,
  })
  telemetry.on('circuit', ({ crm, isOpen }) => (isOpen ? circuits.inc({ crm }) : circuits.dec({ crm })))

  const count = countedOnce(() => counts.connections())
  const backlog = countedOnce(() => counts.backlog())
  new Gauge({
    name: 'crm_bridge_connections',
    help: 'Connections by status, in the whole database: every replica gives the same figure. Missing while the database is away.',
    labelNames: ['crm', 'status'],
    registers,
    async collect() {
      const rows = await count()
      this.reset()
      for (const { crm, status, connections } of rows ?? []) this.set({ crm, status }, connections)
    },
  })
  new Gauge({
    name: 'crm_bridge_database_up',
    help: 'Whether the database answered this process within a second when it was last asked.',
    registers,
    async collect() {
      this.set((await count()) === null ? 0 : 1)
    },
  })

  new Gauge({
    name: 'crm_bridge_messages_waiting',
    help: 'Messages on their way to a CRM, in the whole database: every replica gives the same figure. Missing while it is away.',
    registers,
    async collect() {
      setOrForget(this, (await backlog())?.waiting)
    },
  })
  new Gauge({
    name: 'crm_bridge_messages_oldest_seconds',
    help: 'For how long the first of the messages that wait has been on its way, but for those of a number that no contact has; 0 = none.',
    registers,
    async collect() {
      setOrForget(this, (await backlog())?.oldest)
    },
  })

  return { contentType: registry.contentType, text: () => registry.metrics() }
}

/** A figure that isn't known is better missing than old. */
function setOrForget(gauge: Gauge, value: number | undefined): void {
  gauge.remove()
  if (value !== undefined) gauge.set(value)
}

function outcomeOf({ problem, status }: QuestionEnded): string {
  if (status === null) return 'withdrawn'
  return problem ?? (status < 400 ? 'ok' : `http_${status}`)
}

function groupOf({ problem, status }: QuestionEnded): 'ok' | 'refused' | 'failed' | 'withdrawn' {
  if (status === null) return 'withdrawn'
  if (status >= 500 || (status < 400 && problem !== null)) return 'failed'
  return status < 400 ? 'ok' : 'refused'
}

function classOf(status: number | null): string {
  if (status === null) return 'none'
  return status === 429 ? '429' : `${Math.floor(status / 100)}xx`
}

/** However often it is scraped, the database counts once in a while. Null = it is away. */
function countedOnce<T>(count: () => Promise<T>): () => Promise<T | null> {
  let counted: Promise<T | null> = Promise.resolve(null)
  let until = Number.NEGATIVE_INFINITY
  return () => {
    if (performance.now() > until) {
      until = performance.now() + countEvery
      counted = within(countPatience, count()).catch(() => null)
    }
    return counted
  }
}
