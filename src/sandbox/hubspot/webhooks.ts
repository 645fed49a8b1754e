// HubSpot's webhooks about contacts and companies: signed by the app's secret, sent where the app wants them.

import { createHmac } from 'node:crypto'

/** What HubSpot calls a change. */
export type Change = `${'contact' | 'company'}.${'creation' | 'propertyChange' | 'deletion'}`

export interface Webhooks {
  /** Where the app has them sent from now on, as its settings at HubSpot say. */
  sendTo(url: string): void
  /** Tells the app of a change. Nobody waits for its answer. */
  tell(change: Change, objectId: string): void
}

/** Sends nothing until it is told where to. */
export function createWebhooks(clientSecret: string, portalId: number, now: () => number): Webhooks {
  let url: string | null = null
  let told = 0
  return {
    sendTo(target) {
      url = target
    },
    tell(subscriptionType, objectId) {
      if (url === null) return
      told += 1
      const occurredAt = now()
      const event = { eventId: told, subscriptionId: 1, portalId, appId: 1, occurredAt, subscriptionType, attemptNumber: 0 }
      const body = JSON.stringify([{ ...event, objectId: Number(objectId), changeSource: 'CRM' }])
      const timestamp = String(occurredAt)
      const signature = createHmac('sha256', clientSecret).update(`POST${url}${body}${timestamp}`).digest('base64')
      const headers = {
        'content-type': 'application/json',
        'x-hubspot-signature-v3': signature,
        'x-hubspot-request-timestamp': timestamp,
      }
      fetch(url, { method: 'POST', headers, body, signal: AbortSignal.timeout(5_000) }).catch(() => {})
    },
  }
}
