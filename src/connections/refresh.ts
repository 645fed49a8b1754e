/** One refresh per expiry, however many questions and processes notice it at once. */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Connector } from '../connectors/connector.ts'
import { BridgeError } from '../errors.ts'
import type { Logger } from '../logger.ts'
import type { ConnectionStore } from './connection-store.ts'
import type { Connection } from './inbox-store.ts'
import { refreshTokens, TokenError } from './token-endpoint.ts'
import type { TokenVault } from './token-vault.ts'

/** How long a process may refresh before another may take over, and how often it says that it is still at it. Milliseconds. */
const claimFor = 4_000
const renewEvery = 1_500
/** How often a process that lost the claim looks for the winner's result. Milliseconds. */
const lookEvery = 60

export interface Refresher {
  /**
   * The connection with tokens newer than those of `seen`, refreshed here or by another process. Goes on by itself when `signal` ends
   * the waiting. @throws {BridgeError} not_connected, reconnect_required, crm_unavailable
   */
  refresh(connector: Connector, seen: Connection, signal: AbortSignal): Promise<Connection>
}

export function createRefresher(store: ConnectionStore, vault: TokenVault, log: Logger): Refresher {
  const owner = randomUUID()
  const underWay = new Map<string, Promise<Connection>>()

  async function refresh(connector: Connector, seen: Connection): Promise<Connection> {
    for (;;) {
      const current = usable(await store.find(seen.inboxId), connector.label)
      if (current.epoch !== seen.epoch || current.version !== seen.version) return current
      if (await store.claim(current, owner, claimFor)) return exchange(connector, current)
      await sleep(lookEvery)
    }
  }

  /** The token call itself, outside of any transaction, the claim renewed meanwhile. */
  async function exchange(connector: Connector, current: Connection): Promise<Connection> {
    const renewal = setInterval(() => store.claim(current, owner, claimFor).catch(() => {}), renewEvery)
    try {
      const { refreshToken } = vault.open(current)
      const tokens = await refreshTokens(connector.oauth, current.loginUrl, refreshToken)
      const stored = { ...vault.seal(current.inboxId, current.crm, tokens), expiresAt: tokens.expiresAt }
      if (await persist(() => store.storeTokens(current, stored))) log.info({ inboxId: current.inboxId }, 'tokens refreshed')
      return usable(await store.find(current.inboxId), connector.label)
    } catch (error) {
      if (error instanceof TokenError && error.kind === 'ended') return reconnectOrNewer(connector, current)
      await store.release(current, owner).catch(() => {})
      if (error instanceof BridgeError) throw error
      if (!(error instanceof TokenError)) throw error
      log.warn({ inboxId: current.inboxId, reason: error.message }, 'refresh failed')
      throw new BridgeError(
        'crm_unavailable',
        error.kind === 'misconfigured'
          ? `${connector.label} doesn’t accept this server’s client id or secret. The operator has to check them.`
          : `${connector.label} can’t renew the connection at the moment. Ask again later.`,
        { cause: error },
      )
    } finally {
      clearInterval(renewal)
    }
  }

  /** The CRM says that the grant ended: true unless another process has stored newer tokens since. */
  async function reconnectOrNewer(connector: Connector, current: Connection): Promise<Connection> {
    const ended = await store.requireReconnect(current, `${connector.label} ended the grant (invalid_grant)`)
    if (ended) log.warn({ inboxId: current.inboxId }, 'the CRM ended the grant: an administrator has to connect again')
    return usable(await store.find(current.inboxId), connector.label)
  }

  return {
    async refresh(connector, seen, signal) {
      const name = `${seen.inboxId} ${seen.epoch} ${seen.version}`
      const shared = underWay.get(name) ?? refresh(connector, seen).finally(() => underWay.delete(name))
      underWay.set(name, shared)
      shared.catch(() => {})
      return untilAborted(shared, signal, connector.label)
    },
  }
}

/** The connection if it may still be used. @throws {BridgeError} not_connected, reconnect_required */
export function usable(connection: Connection | null, label: string): Connection {
  if (connection === null)
    throw new BridgeError('not_connected', 'No CRM is connected to this inbox. Initialize the plugin to connect one.')
  if (connection.status === 'active') return connection
  throw new BridgeError('reconnect_required', `${label} ended the connection. Initialize the plugin again to reconnect.`)
}

/** New tokens are in hand and nowhere else: a database that is briefly away must not lose them. */
async function persist(store: () => Promise<boolean>): Promise<boolean> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await store()
    } catch (error) {
      if (attempt === 20) throw error
      await sleep(Math.min(attempt * 250, 3_000))
    }
  }
}

function untilAborted<T>(work: Promise<T>, signal: AbortSignal, label: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const give = () =>
      reject(new BridgeError('crm_timeout', `${label} takes too long to renew the connection. Ask again in a moment.`))
    if (signal.aborted) return give()
    signal.addEventListener('abort', give, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', give))
  })
}
