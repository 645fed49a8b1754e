/** Tells somebody outside, by a POST, when an inbox's connection breaks and when it works again. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { InboxStore } from './connections/inbox-store.ts'
import { within } from './connectors/patience.ts'
import type { Logger } from './logger.ts'
import type { ConnectionChanged, Telemetry } from './telemetry.ts'

/** The body of the POST, as JSON. */
export type Alert = {
  readonly event: 'connection.broken' | 'connection.recovered'
  readonly inbox: { readonly id: string; readonly name: string }
  readonly crm: string
  /** ISO 8601. */
  readonly at: string
  /** Why it broke; null for a recovery. */
  readonly reason: string | null
}

/** Before each try after the first. Milliseconds. */
const patiently = [1_000, 5_000, 30_000]
/** How long the receiver may take. Milliseconds. */
const patience = 5_000
/** How long a process that ends waits for what it has to tell. Milliseconds. */
const stopPatience = 5_000
/** Changes that wait to be told, at most: beyond that a receiver that is down would fill the memory. */
const mostWaiting = 1_000

/** From now on every change is posted to `url`, which is never logged: it may hold a secret. */
export function sendAlerts(deps: {
  readonly url: string
  readonly telemetry: Telemetry
  readonly inboxes: Pick<InboxStore, 'byId'>
  readonly log: Logger
  readonly pauses?: readonly number[]
}): { settled(): Promise<void> } {
  const { url, telemetry, inboxes, log, pauses = patiently } = deps
  const underWay = new Set<Promise<void>>()

  async function send({ inboxId, crm, change, reason }: ConnectionChanged, at: string): Promise<void> {
    const inbox = await inboxes.byId(inboxId).catch(() => null)
    const event = `connection.${change}` as const
    const alert: Alert = { event, inbox: { id: inboxId, name: inbox?.name ?? '' }, crm, at, reason }
    for (const pause of [...pauses, null]) {
      const failure = await post(alert)
      if (failure === null) return
      if (pause === null) return log.warn({ inboxId, event, failure }, 'alert not delivered')
      await sleep(pause, undefined, { ref: false })
    }
  }

  /** What kept the receiver from taking it; null = it took it. */
  async function post(alert: Alert): Promise<string | null> {
    try {
      const headers = { 'content-type': 'application/json', 'user-agent': 'crm-bridge' }
      const signal = AbortSignal.timeout(patience)
      const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(alert), redirect: 'error', signal })
      await answer.body?.cancel()
      return answer.ok ? null : `answered ${answer.status}`
    } catch {
      return 'no answer'
    }
  }

  telemetry.on('connection', (change) => {
    if (underWay.size >= mostWaiting) return
    const sending = send(change, new Date().toISOString()).finally(() => underWay.delete(sending))
    underWay.add(sending)
  })

  return {
    settled: async () => void (await within(stopPatience, Promise.allSettled(underWay)).catch(() => {})),
  }
}
