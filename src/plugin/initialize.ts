/** `GET /initialize`: whether the inbox can work, and if not, what a person can do about it. */
import type { FromSchema, JSONSchema } from 'json-schema-to-ts'
import type { ConnectTickets } from '../connections/connect-ticket.ts'
import type { Inbox } from '../connections/inbox-store.ts'
import type { Connector } from '../connectors/connector.ts'
import type { Directory } from '../directory/directory.ts'
import { BridgeError, type ErrorCode } from '../errors.ts'
import { missingKey } from './caller.ts'

export const Initialization = {
  $id: 'Initialization',
  anyOf: [
    {
      type: 'object',
      properties: { status: { const: 'initialized' } },
      required: ['status'],
      additionalProperties: false,
    },
    {
      type: 'object',
      properties: { status: { const: 'init_failed' }, error_message: { type: 'string' } },
      required: ['status', 'error_message'],
      additionalProperties: false,
    },
    {
      type: 'object',
      properties: {
        status: { const: 'authorization_needed' },
        authorization_needed: {
          type: 'object',
          properties: { method: { const: 'external_url' }, external_url: { type: 'string' } },
          required: ['method', 'external_url'],
          additionalProperties: false,
        },
      },
      required: ['status', 'authorization_needed'],
      additionalProperties: false,
    },
  ],
} as const satisfies JSONSchema
export type Initialization = FromSchema<typeof Initialization>

/** What a new consent puts right. */
const consentHelps: readonly ErrorCode[] = ['not_connected', 'reconnect_required', 'crm_forbidden']

export async function initialize(
  inbox: Inbox | null,
  deps: { connectors: readonly Connector[]; tickets: ConnectTickets; directory: Directory },
): Promise<Initialization> {
  const { connectors, tickets, directory } = deps
  if (inbox === null) return failed(missingKey)
  if (connectors.length === 0)
    return failed('No CRM is set up on this server. Its operator has to configure one, as the README says.')
  const crm = inbox.connection?.crm ?? inbox.crm
  if (crm !== null && !connectors.some(({ id }) => id === crm)) {
    return failed(`This inbox is meant for ${crm}, which isn’t set up on this server. Its operator has to configure it.`)
  }
  try {
    await directory.check(inbox)
    return { status: 'initialized' }
  } catch (error) {
    if (!(error instanceof BridgeError)) throw error
    if (!consentHelps.includes(error.code)) return failed(error.message)
    return {
      status: 'authorization_needed',
      authorization_needed: { method: 'external_url', external_url: tickets.url(inbox.id) },
    }
  }
}

const failed = (message: string): Initialization => ({ status: 'init_failed', error_message: message })
