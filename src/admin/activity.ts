/** Counts what inboxes ask and what it costs, for the operator to look at: in memory first, in the database every few seconds. */
import type { CallMade, QuestionEnded, Telemetry } from '../telemetry.ts'
import type { Activity, ActivityStore } from './activity-store.ts'

export interface ActivityLog {
  /** Writes what was counted since the last time. What can't be written is kept for the next time. */
  write(): Promise<void>
}

const hour = 3_600_000
/** How long figures are kept. Milliseconds. */
const keptFor = 8 * 24 * hour
/** Hours of inboxes that are counted while the database is away, at most. */
const mostWaiting = 20_000

export function createActivityLog(telemetry: Telemetry, store: ActivityStore): ActivityLog {
  /** By hour and inbox. */
  let counted = new Map<number, Map<string, Activity>>()
  let unwritten: Activity[] = []
  let lastForgotten = 0

  telemetry.on('question', ({ inboxId, kind, problem, milliseconds }: QuestionEnded) => {
    // The inbox asks by itself and again and again whether the plugin is initialized: that says nothing about agents.
    const figures = kind === 'initialize' ? null : of(inboxId)
    if (figures === null) return
    figures.questions += 1
    figures.milliseconds += milliseconds
    figures.slowest = Math.max(figures.slowest, milliseconds)
    figures.lastAt = new Date()
    figures.lastMilliseconds = milliseconds
    if (problem === null || saysNothing.includes(problem)) return
    figures.failed += 1
    figures.problem = problem
  })
  telemetry.on('call', ({ inboxId, headroom }: CallMade) => {
    const figures = of(inboxId)
    if (figures === null) return
    figures.calls += 1
    if (headroom === null || share(headroom.used, headroom.limit) < share(figures.peakUsed, figures.peakLimit)) return
    figures.peakUsed = headroom.used
    figures.peakLimit = headroom.limit
    figures.peakSeconds = headroom.seconds
  })

  /** This hour's figures of the inbox; null when there are too many to write down. */
  function of(inboxId: string): Activity | null {
    const now = Math.floor(Date.now() / hour) * hour
    const ofHour = counted.get(now) ?? new Map<string, Activity>()
    const known = ofHour.get(inboxId)
    if (known !== undefined || waiting() >= mostWaiting) return known ?? null
    const none = { questions: 0, failed: 0, problem: null, milliseconds: 0, slowest: 0, lastAt: null, lastMilliseconds: null }
    const figures = { inboxId, hour: new Date(now), ...none, calls: 0, peakUsed: null, peakLimit: null, peakSeconds: null }
    counted.set(now, ofHour.set(inboxId, figures))
    return figures
  }

  const waiting = () => [...counted.values()].reduce((sum, { size }) => sum + size, 0)

  return {
    async write() {
      if (Date.now() - lastForgotten > hour) {
        await store.forgetBefore(new Date(Date.now() - keptFor))
        lastForgotten = Date.now()
      }
      // What couldn't be written last time goes first, and alone: a row can't be added to twice in one statement.
      if (unwritten.length === 0) {
        unwritten = [...counted.values()].flatMap((ofHour) => [...ofHour.values()])
        counted = new Map()
      }
      if (unwritten.length === 0) return
      await store.add(unwritten)
      unwritten = []
    },
  }
}

const share = (used: number | null, limit: number | null): number => (used ?? 0) / (limit || 1)

/** What its asker did, and what the connection's own state tells already, until it is connected again: neither is a failure of bridge or CRM. */
const saysNothing: readonly string[] = [
  'request_invalid',
  'cursor_invalid',
  'contact_not_found',
  'not_connected',
  'reconnect_required',
]
