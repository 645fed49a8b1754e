/** Renews tokens ahead of their end, so that no question waits for it, and quiet grants before their CRM lets them lapse. */
import type { Connector, OAuthProvider } from '../connectors/connector.ts'
import type { ConnectionStore } from './connection-store.ts'
import type { Connection } from './inbox-store.ts'
import type { Refresher } from './refresh.ts'

/** Tokens are renewed when this is left of them, or this share of their lifetime if that is less. Milliseconds. */
const ahead = { time: 5 * 60_000, share: 0.2 }
/** A grant that ends when it isn't used is renewed when this share of that time has passed: there is time for many tries. */
const idleShare = 0.25
const never = 365 * 86_400_000

/** When the tokens end, and when they are to be renewed. */
export function lifetimeOf(
  { idleLimit }: Pick<OAuthProvider, 'idleLimit'>,
  expiresAt: Date | null,
): Pick<Connection, 'expiresAt' | 'renewAt'> {
  const now = Date.now()
  const left = (expiresAt?.getTime() ?? 0) - now
  if (expiresAt !== null) return { expiresAt, renewAt: new Date(now + left - Math.min(ahead.time, left * ahead.share)) }
  return { expiresAt, renewAt: new Date(now + (idleLimit === null ? never : idleLimit * 1000 * idleShare)) }
}

/** Renews the grants whose time has come. Replicas that do it at once leave each grant to one of them. */
export async function renewDue(deps: {
  connectors: readonly Connector[]
  store: ConnectionStore
  refresher: Refresher
}): Promise<void> {
  const { connectors, store, refresher } = deps
  const lapsing = connectors.filter(({ oauth }) => oauth.idleLimit !== null)
  const due = await store.due(lapsing.map(({ id }) => id))
  // What becomes of each is in its row and in the log.
  await Promise.allSettled(
    due.map(async (connection) => {
      const connector = connectors.find(({ id }) => id === connection.crm)
      if (connector !== undefined) await refresher.renew(connector, connection)
    }),
  )
}
