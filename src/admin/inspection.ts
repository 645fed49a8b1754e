/** How an operator sees what an inbox sees: asks its CRM as the inbox does, and says what its connection is like. */
import { performance } from 'node:perf_hooks'
import type { FromSchema, JSONSchema } from 'json-schema-to-ts'
import type { InboxStore } from '../connections/inbox-store.ts'
import type { TokenVault } from '../connections/token-vault.ts'
import type { Answer, Directory } from '../directory/directory.ts'
import { BridgeError } from '../errors.ts'
import { namedInbox } from './named-inbox.ts'

const instant = { type: ['string', 'null'], description: 'an ISO 8601 instant; null = never, or not told' } as const

export const ConnectionCheck = {
  $id: 'ConnectionCheck',
  type: 'object',
  properties: {
    works: { type: 'boolean', description: 'whether the CRM just gave a contact, or said that there is none' },
    code: { type: ['string', 'null'], description: 'the error code when it doesn’t work' },
    message: { type: ['string', 'null'], description: 'what to do when it doesn’t work' },
    took: { type: 'integer', description: 'milliseconds; an answer of the last seconds is remembered' },
    crm: { type: ['string', 'null'] },
    since: { ...instant, description: 'since when the connection is in its status' },
    reason: { type: ['string', 'null'], description: 'why it has to be connected again' },
    asked_at: { ...instant, description: 'about when the inbox last asked' },
    renewed_at: { ...instant, description: 'when the tokens were last renewed' },
    failed_renewals: { type: 'integer', description: 'renewals that failed since the last one that worked' },
    opens: { type: 'boolean', description: 'whether ENCRYPTION_KEYS open the stored tokens' },
  },
  required: ['works', 'code', 'message', 'took', 'crm', 'since', 'reason', 'asked_at', 'renewed_at', 'failed_renewals', 'opens'],
  additionalProperties: false,
} as const satisfies JSONSchema
export type ConnectionCheck = FromSchema<typeof ConnectionCheck>

export interface Inspection {
  /** What the inbox would be answered, and the milliseconds that it took. @throws {BridgeError} */
  contacts(idOrName: string, question: { search: string; limit: number }): Promise<{ answer: Answer; took: number }>
  /** Whether the inbox's connection works. What keeps it from working is told, not thrown. */
  check(idOrName: string): Promise<ConnectionCheck>
}

/** Nobody withdraws an operator's question. */
const nobody = new AbortController().signal

export function createInspection(deps: { directory: Directory; inboxes: InboxStore; vault: TokenVault }): Inspection {
  const { directory, inboxes, vault } = deps
  return {
    async contacts(idOrName, question) {
      const inbox = await namedInbox(inboxes, idOrName)
      const begun = performance.now()
      const answer = await directory.list(inbox, { ...question, token: '' }, nobody)
      return { answer, took: Math.round(performance.now() - begun) }
    },

    async check(idOrName) {
      const inbox = await namedInbox(inboxes, idOrName)
      const { connection } = inbox
      const begun = performance.now()
      const trouble = await directory.check(inbox).then(
        () => null,
        (error) => {
          if (error instanceof BridgeError) return error
          throw error
        },
      )
      return {
        works: trouble === null,
        code: trouble?.code ?? null,
        message: trouble?.message ?? null,
        took: Math.round(performance.now() - begun),
        crm: connection?.crm ?? inbox.crm,
        since: connection?.statusSince.toISOString() ?? null,
        reason: connection?.statusReason ?? null,
        asked_at: connection?.askedAt.toISOString() ?? null,
        renewed_at: connection?.refreshedAt.toISOString() ?? null,
        failed_renewals: connection?.failures ?? 0,
        opens: connection !== null && opens(vault, connection),
      }
    },
  }
}

function opens(vault: TokenVault, connection: Parameters<TokenVault['open']>[0]): boolean {
  try {
    vault.open(connection)
    return true
  } catch {
    return false
  }
}
