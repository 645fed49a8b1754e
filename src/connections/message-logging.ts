/** Whether what customers write to an inbox goes to its CRM: if the inbox wants it, and its grant allows it. */
import type { Connector } from '../connectors/connector.ts'
import type { Connection, Inbox } from './inbox-store.ts'

/** `permission_needed` = the inbox wants it, and an administrator has to connect, or connect again. */
export type MessageLogging = 'off' | 'permission_needed' | 'on'

export function messageLogging({ logMessages, connection }: LoggingInbox, connectors: readonly Connector[]): MessageLogging {
  if (!logMessages) return 'off'
  const connector = connectors.find(({ id }) => id === connection?.crm)
  return connector !== undefined && connection !== null && mayLog(connector, connection) ? 'on' : 'permission_needed'
}

/** What consent asks of the CRM for this inbox: what contacts need, and what it wants beyond. */
export function scopesFor({ logMessages }: Pick<Inbox, 'logMessages'>, { oauth, timeline }: Connector): readonly string[] {
  return logMessages ? [...oauth.scopes, ...(timeline?.scopes ?? [])] : oauth.scopes
}

type LoggingInbox = { readonly logMessages: boolean; readonly connection: Pick<Connection, 'crm' | 'scopes'> | null }

/** Whether the grant lets messages be logged. */
function mayLog({ timeline }: Connector, { scopes }: Pick<Connection, 'scopes'>): boolean {
  return timeline?.scopes.every((scope) => scopes.includes(scope)) ?? false
}
