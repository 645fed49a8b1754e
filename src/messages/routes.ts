/** `POST /webhook`: takes what WhatsApp sent, and answers when the messages in it are safe. */
import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import type { Inbox } from '../connections/inbox-store.ts'
import { messageLogging } from '../connections/message-logging.ts'
import type { Connector } from '../connectors/connector.ts'
import { ErrorBody } from '../error-body.ts'
import { BridgeError } from '../errors.ts'
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

const Keyed = {
  type: 'object',
  properties: { key: { type: 'string', description: 'the inbox’s key, as it stands in its plugin URL' } },
  required: ['key'],
} as const
const Taken = { type: 'object', properties: {}, additionalProperties: false } as const

export const webhookRoutes: FastifyPluginAsync<WebhookOptions> = async (app, options) => {
  const { connectors, gathering, requireInbox, store, vault } = options
  // Whatever content type it is given, it is JSON.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'string', bodyLimit: largestBody }, async (_request: unknown, body: string) => {
    try {
      return JSON.parse(body)
    } catch {
      throw new BridgeError('request_invalid', 'The body isn’t JSON.')
    }
  })

  const isKeyed = app.prefix.includes(':key')
  const schema = {
    tags: [isKeyed ? 'plugin' : 'plugin at the root'],
    summary: 'What WhatsApp sent to the inbox',
    description:
      'As WhatsApp wrote it, by the Cloud API or on premises. Answered when the messages in it are safe; kept only where the inbox logs them.',
    ...(isKeyed ? { params: Keyed } : { security: [{ key: [] }, { keyAsUser: [] }, { keyHeader: [] }] }),
    response: { 200: Taken, '4xx': ErrorBody, '5xx': ErrorBody },
  }
  const errors = ['inbox_unauthorized', 'too_many_attempts', 'request_invalid', 'bridge_unavailable', 'internal'] as const
  // Before the body is read: whoever isn't known is told so whatever they send.
  const inboxes = new WeakMap<FastifyRequest, Inbox>()
  const onRequest = async (request: FastifyRequest) => void inboxes.set(request, await requireInbox(request))

  app.post('/webhook', { schema, config: { errors }, onRequest, bodyLimit: largestBody }, async (request) => {
    const inbox = inboxes.get(request) as Inbox
    const { connection } = inbox
    if (connection === null || messageLogging(inbox, connectors) !== 'on') return {}
    const messages = readWebhook(request.body).map((message) => sealed(inbox.id, message))
    const account = accountName(connection)
    if (messages.length > 0) await store.add(inbox.id, account, messages, gathering)
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

/** The CRM account that a message is for. */
export const accountName = ({ crm, accountId }: NonNullable<Inbox['connection']>): string => `${crm} ${accountId}`
