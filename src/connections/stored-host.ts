/** Hosts that stand in rows. Whoever can write to the database may have put another one beside tokens that still open. */
import type { Connector, HostUse } from '../connectors/connector.ts'
import { BridgeError } from '../errors.ts'
import type { Logger } from '../logger.ts'
import type { Connection } from './inbox-store.ts'

/** Refuses a connection that names a host which isn't its CRM's own, before anything is sent there. @throws {BridgeError} reconnect_required */
export function requireOwnHost(use: HostUse, { oauth, label }: Connector, connection: Connection, log: Logger): void {
  const { inboxId, crm, apiUrl, loginUrl } = connection
  const origin = use === 'api' ? apiUrl : loginUrl
  if (origin === null || oauth.isOwnHost(use, origin)) return
  log.warn({ inboxId, crm, use }, 'the stored connection names a host that isn’t the CRM’s: nothing is sent there')
  throw new BridgeError(
    'reconnect_required',
    `The stored connection names a host that isn’t ${label}’s. Connect the inbox again.`,
  )
}
