/** Renews tokens ahead of their end, so that no question waits for it, and quiet grants before their CRM lets them lapse. */
import type { Connector } from '../connectors/connector.ts'
import type { ConnectionStore } from './connection-store.ts'
import type { Refresher } from './refresh.ts'

/** How long a look at what is due waits for its refreshes, which go on by themselves. Milliseconds. */
const patience = 30_000

/** Renews the grants whose time has come. Replicas that do it at once leave each grant to one of them. */
export async function renewDue(deps: {
  connectors: readonly Connector[]
  store: ConnectionStore
  refresher: Refresher
}): Promise<void> {
  const { connectors, store, refresher } = deps
  const lapsing = connectors.filter(({ oauth }) => oauth.idleLimit !== null)
  const due = await store.due(
    connectors.map(({ id }) => id),
    lapsing.map(({ id }) => id),
  )
  // What becomes of each is in its row and in the log.
  await Promise.allSettled(
    due.map(async (connection) => {
      const connector = connectors.find(({ id }) => id === connection.crm)
      if (connector !== undefined) await refresher.refresh(connector, connection, AbortSignal.timeout(patience))
    }),
  )
}
