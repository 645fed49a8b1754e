/** `POST /webhook`: takes what WhatsApp sent, and answers when the messages in it are safe. */
import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import { accountKey, type Inbox } from '../connections/inbox-store.ts'
import { messageLogging } from '../connections/message-logging.ts'
import type { Connector } from '../connectors/connector.ts'
import { anywhere } from '../error-body.ts'
import { BridgeError, type ErrorCode } from '../errors.ts'
import { keyedBy, knownBefore, readJson, taken } from '../inbox-routes.ts'
import type { Gathering, MessageStore, NewMessage } from './message-store.ts'
import type { MessageVault } from './message-vault.ts'
import { readWebhook, type WhatsAppMessage } from './whatsapp.ts'

export type WebhookOptions = {
  connectors: readonly Connector[]
  gathering: Gathering
  /** The inbox that calls. @throws {BridgeError} inbox_unauthorized */
  requireInbox: (request: FastifyRequest) => Inbox | Promise<Inbox>
  store: Pick<MessageStore, 'add'>
  vault: MessageVault
}

/** WhatsApp sends no more at once. Bytes. @see https://developers.facebook.com/docs/whatsapp/cloud-api/guides/set-up-webhooks */
export const largestBody = 3 * 1024 * 1024

export const webhookRoutes: FastifyPluginAsync<WebhookOptions> = async (app, options) => {
  const { connectors, gathering, requireInbox, store, vault } = options
  readJson(app, largestBody)

  const schema = {
    ...keyedBy(app.prefix),
    summary: 'What WhatsApp sent to the inbox',
    description:
      'As WhatsApp wrote it, by the Cloud API or on premises. Answered when the messages in it are safe; kept only where the inbox logs them. `bridge_unavailable` while too many of its messages wait for the CRM: nothing of it is kept, so it has to be sent again.',
    response: taken,
  }
  const errors: readonly ErrorCode[] = ['request_invalid', ...anywhere]
  const { onRequest, inboxOf } = knownBefore(requireInbox)

  app.post('/webhook', { schema, config: { errors }, onRequest, bodyLimit: largestBody }, async (request) => {
    const inbox = inboxOf(request)
    const { connection } = inbox
    if (connection === null || messageLogging(inbox, connectors) !== 'on') return {}
    const messages = readWebhook(request.body).map((message) => sealed(inbox.id, message))
    const areSafe = messages.length === 0 || (await store.add(inbox.id, accountKey(connection), messages, gathering))
    if (!areSafe) throw noRoom()
    return {}
  })

  function sealed(inboxId: string, { id, from, sentAt, name, text }: WhatsAppMessage): NewMessage {
    const hash = vault.hash(id)
    // Without a number nobody can be found in a CRM: only that it came is kept.
    if (from === null) return { hash, customers: [''], sentAt, sealedBody: null, reason: 'no_number' }
    const sealedBody = vault.seal(inboxId, hash, { from, name, text })
    return { hash, customers: vault.customers(inboxId, from), sentAt, sealedBody, reason: null }
  }
}

/** WhatsApp sends what isn't taken again, for days. */
const noRoom = () =>
  new BridgeError(
    'bridge_unavailable',
    'Too many of the inbox’s messages wait for its CRM. Nothing was kept: send it again later.',
    {
      retryAfter: 60,
    },
  )
