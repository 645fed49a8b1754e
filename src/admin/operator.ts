/** What an operator does with inboxes, whether by page or by command line. */
import type { FromSchema, JSONSchema } from 'json-schema-to-ts'
import { isSupportedCountry } from 'libphonenumber-js/min'
import type { ConnectTickets } from '../connections/connect-ticket.ts'
import type { Grants } from '../connections/grants.ts'
import type { Inbox, InboxStore } from '../connections/inbox-store.ts'
import type { LiveInboxes } from '../connections/live-inboxes.ts'
import { messageLogging } from '../connections/message-logging.ts'
import { hashSendingSecret, messageSending, newSendingSecret } from '../connections/message-sending.ts'
import type { Connector } from '../connectors/connector.ts'
import { namedInbox } from './named-inbox.ts'
import { OperatorRefusal } from './refusal.ts'

const summary = {
  id: { type: 'string' },
  name: { type: 'string' },
  crm: { type: ['string', 'null'] },
  region: { type: ['string', 'null'] },
  status: { type: 'string', enum: ['not_connected', 'active', 'reconnect_required'] },
  account: { type: ['string', 'null'] },
  messages: {
    type: 'string',
    enum: ['off', 'permission_needed', 'on'],
    description: 'whether what customers write is logged in the CRM',
  },
  sending: {
    type: 'string',
    enum: ['off', 'access_needed', 'on'],
    description:
      'whether the CRM may have messages sent; with access_needed the inbox has to give access to its API. Off, too, once its account was replaced by another',
  },
  created_at: { type: 'string' },
  connect_url: { type: 'string', description: 'for the administrator; valid for an hour' },
} as const
const summaryFields = [
  'id',
  'name',
  'crm',
  'region',
  'status',
  'account',
  'messages',
  'sending',
  'created_at',
  'connect_url',
] as const

export const InboxSummary = {
  $id: 'Inbox',
  type: 'object',
  properties: summary,
  required: summaryFields,
  additionalProperties: false,
} as const satisfies JSONSchema
export type InboxSummary = FromSchema<typeof InboxSummary>

export const InboxWithKey = {
  $id: 'InboxWithPluginUrl',
  type: 'object',
  properties: { ...summary, plugin_url: { type: 'string', description: 'holds the key, which is shown this once' } },
  required: [...summaryFields, 'plugin_url'],
  additionalProperties: false,
} as const satisfies JSONSchema
export type InboxWithKey = FromSchema<typeof InboxWithKey>

export const InboxWithSending = {
  $id: 'InboxWithSending',
  type: 'object',
  properties: {
    ...summary,
    sending_url: { type: ['string', 'null'], description: 'where the CRM has messages sent; null when it may not' },
    sending_secret: {
      type: ['string', 'null'],
      description: 'what it sends along as its bearer token; shown this once. Ends when the account is replaced by another',
    },
  },
  required: [...summaryFields, 'sending_url', 'sending_secret'],
  additionalProperties: false,
} as const satisfies JSONSchema
export type InboxWithSending = FromSchema<typeof InboxWithSending>

export const MessageReport = {
  $id: 'MessageReport',
  type: 'object',
  properties: {
    waiting: { type: 'integer' },
    logged: { type: 'integer' },
    failed: { type: 'integer', description: 'of these some can be tried again' },
    failures: {
      type: 'array',
      description: 'the latest ones',
      items: {
        type: 'object',
        properties: {
          reason: { type: 'string' },
          from: { type: ['string', 'null'], description: 'a part of the number' },
          sent_at: { type: 'string' },
          received_at: { type: 'string' },
        },
        required: ['reason', 'from', 'sent_at', 'received_at'],
        additionalProperties: false,
      },
    },
  },
  required: ['waiting', 'logged', 'failed', 'failures'],
  additionalProperties: false,
} as const satisfies JSONSchema
/** How many messages are kept of the last thirty days, by what became of them, and why some failed. */
export type MessageReport = FromSchema<typeof MessageReport>

/** Every method takes an inbox's id, or its name if no other has it. @throws {BridgeError} request_invalid, in words for the operator */
export interface Operator {
  list(): Promise<InboxSummary[]>
  create(inbox: { name: string; crm?: string; region?: string }): Promise<InboxWithKey>
  show(idOrName: string): Promise<InboxSummary>
  /** Gives it another name or region; an empty region is the server's default. */
  change(idOrName: string, changed: { name?: string; region?: string }): Promise<InboxSummary>
  /** Ends its plugin URL, and the access to its API that was given by it. */
  rotateKey(idOrName: string): Promise<InboxWithKey>
  /** Whether what customers write is logged in the CRM from now on; what waits is dropped when it is turned off. */
  logMessages(idOrName: string, on: boolean): Promise<InboxSummary>
  messages(idOrName: string): Promise<MessageReport>
  /** Has messages tried again that failed; returns how many. */
  retryMessages(idOrName: string): Promise<{ retried: number }>
  /** Whether the CRM may have messages sent. Each time that it may, by a new secret; the old one ends. */
  sending(idOrName: string, on: boolean): Promise<InboxWithSending>
  disconnect(idOrName: string): Promise<InboxSummary>
  remove(idOrName: string): Promise<InboxSummary>
}

const longestName = 200

export function createOperator(deps: {
  publicUrl: string
  connectors: readonly Connector[]
  grants: Grants
  inboxes: InboxStore
  live: LiveInboxes
  tickets: ConnectTickets
  /** What there is of an inbox's messages, and having those that failed tried again. */
  messages: { report(inboxId: string): Promise<MessageReport>; retry(inboxId: string): Promise<number> }
}): Operator {
  const { publicUrl, connectors, grants, inboxes, live, tickets, messages } = deps

  const find = (idOrName: string) => namedInbox(inboxes, idOrName)

  function summary(inbox: Inbox): InboxSummary {
    const { id, name, crm, region, createdAt, connection } = inbox
    return {
      id,
      name,
      crm: connection?.crm ?? crm,
      region,
      status: (connection?.status ?? 'not_connected') as InboxSummary['status'],
      account: connection?.accountName ?? null,
      messages: messageLogging(inbox, connectors),
      sending: messageSending(inbox),
      created_at: createdAt.toISOString(),
      connect_url: tickets.url(id),
    }
  }

  const withKey = (inbox: Inbox, key: string): InboxWithKey => ({ ...summary(inbox), plugin_url: `${publicUrl}/inboxes/${key}` })

  return {
    list: async () => (await inboxes.list()).map(summary),

    show: async (idOrName) => summary(await find(idOrName)),

    async create({ name, crm = '', region = '' }) {
      if (crm !== '' && !connectors.some(({ id }) => id === crm)) {
        const offered = connectors.map(({ id }) => id).join(', ') || 'none'
        throw new OperatorRefusal((refusals) => refusals.crm(offered))
      }
      const { inbox, key } = await inboxes.create({ name: readName(name), crm: crm || null, region: readRegion(region) })
      return withKey(inbox, key)
    },

    async change(idOrName, { name, region }) {
      const { id } = await find(idOrName)
      const changed = await inboxes.change(id, {
        ...(name === undefined ? {} : { name: readName(name) }),
        ...(region === undefined ? {} : { region: readRegion(region) }),
      })
      live.forget(id)
      if (changed === null) throw goneMeanwhile()
      return summary(changed)
    },

    async rotateKey(idOrName) {
      const inbox = await find(idOrName)
      const key = await inboxes.rotateKey(inbox.id)
      live.forget(inbox.id)
      if (key === null) throw goneMeanwhile()
      return withKey({ ...inbox, sealedApi: null }, key)
    },

    async logMessages(idOrName, on) {
      const { id, connection } = await find(idOrName)
      const connector = connectors.find((candidate) => candidate.id === connection?.crm)
      if (on && connector !== undefined && connector.timeline === undefined)
        throw new OperatorRefusal((refusals) => refusals.noTimeline(connector.label))
      const inbox = await inboxes.logMessages(id, on)
      live.forget(id)
      if (inbox === null) throw goneMeanwhile()
      return summary(inbox)
    },

    messages: async (idOrName) => messages.report((await find(idOrName)).id),

    retryMessages: async (idOrName) => ({ retried: await messages.retry((await find(idOrName)).id) }),

    async sending(idOrName, on) {
      const { id } = await find(idOrName)
      const secret = on ? newSendingSecret() : null
      const inbox = await inboxes.setSending(id, secret === null ? null : hashSendingSecret(secret))
      live.forget(id)
      if (inbox === null) throw goneMeanwhile()
      const url = on ? `${publicUrl}/public/webhook/inboxes/${id}/messages` : null
      return { ...summary(inbox), sending_url: url, sending_secret: secret }
    },

    async disconnect(idOrName) {
      const inbox = await find(idOrName)
      await grants.disconnect(inbox.id)
      return summary({ ...inbox, connection: null })
    },

    async remove(idOrName) {
      const inbox = await find(idOrName)
      await grants.disconnect(inbox.id)
      await inboxes.remove(inbox.id)
      live.forget(inbox.id)
      return summary({ ...inbox, connection: null })
    },
  }
}

function readName(name: string): string {
  if (name.trim() === '' || name.length > longestName || /\p{Cc}/u.test(name))
    throw new OperatorRefusal((refusals) => refusals.name(longestName))
  return name.trim()
}

/** Null for an empty one. */
function readRegion(region: string): string | null {
  const country = region.trim().toUpperCase()
  if (country !== '' && !isSupportedCountry(country)) throw new OperatorRefusal((refusals) => refusals.region())
  return country || null
}

const goneMeanwhile = () => new OperatorRefusal((refusals) => refusals.gone())
