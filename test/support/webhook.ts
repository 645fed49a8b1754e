/** Sends webhooks as WhatsApp's, and waits for what becomes of them. */
import { cloudBody } from './whatsapp.ts'

export type Sent = {
  readonly id: string
  readonly from: string
  readonly text: string
  /** Epoch seconds. */
  readonly at?: number
  readonly name?: string
}

/** The webhook of some messages, all at once. */
export function webhookOf(...messages: readonly Sent[]): object {
  const now = Math.floor(Date.now() / 1000)
  return cloudBody(
    messages.map(({ id, from, text, at = now }) => ({
      from,
      id: `wamid.${id}`,
      timestamp: String(at),
      type: 'text',
      text: { body: text },
    })),
    messages.map(({ from, name = 'Ana' }) => ({ profile: { name }, wa_id: from })),
  )
}

/** Posts a body to a plugin URL's webhook; returns the status. */
export async function post(pluginUrl: string, body: object): Promise<number> {
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(`${pluginUrl}/webhook`, { method: 'POST', headers, body: JSON.stringify(body) })
  await response.arrayBuffer()
  return response.status
}
