/** One refresh per expiry, however many questions and processes notice it at once. */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Connector } from '../connectors/connector.ts'
import { within } from '../connectors/patience.ts'
import { BridgeError } from '../errors.ts'
import type { Logger } from '../logger.ts'
import type { Telemetry, TokensRefreshed } from '../telemetry.ts'
import type { ConnectionStore } from './connection-store.ts'
import type { Connection } from './inbox-store.ts'
import { lifetimeOf } from './lifetime.ts'
import type { ParkedGrantStore } from './parked-grant-store.ts'
import { requireOwnHost } from './stored-host.ts'
import { refreshTokens, TokenError, type Tokens } from './token-endpoint.ts'
import type { TokenVault } from './token-vault.ts'

/** How long a process may refresh before another may take over, and how often it says that it is still at it. Milliseconds. */
const claimFor = 4_000
const renewEvery = 1_500
/** How often a process that lost the claim looks for the winner's result. Milliseconds. */
const lookEvery = 60
/** How long no process tries again after a failure, the first time and at most: a CRM that is down isn't asked by every question. Milliseconds. */
const firstPause = 500
const longestPause = 5_000
/** How long tokens that can't be stored are held in memory. Milliseconds. */
const persistFor = 15 * 60_000
/** How long a process that is told to stop waits for its refreshes: longer than a token call may take. Milliseconds. */
const stopPatience = 35_000

export interface Refresher {
  /**
   * The connection with tokens newer than those of `seen`, refreshed here or by another process. Goes on by itself when `signal` ends
   * the waiting. @throws {BridgeError} not_connected, reconnect_required, crm_unavailable
   */
  refresh(connector: Connector, seen: Connection, signal: AbortSignal): Promise<Connection>
  /** Waits for the refreshes under way: a process that ends before loses the tokens that the CRM is about to give it. */
  settled(): Promise<void>
}

export function createRefresher(
  store: ConnectionStore,
  parked: ParkedGrantStore,
  vault: TokenVault,
  telemetry: Telemetry,
  log: Logger,
): Refresher {
  const owner = randomUUID()
  const underWay = new Map<string, Promise<Connection>>()

  async function refresh(connector: Connector, seen: Connection): Promise<Connection> {
    for (;;) {
      const current = usable(await store.find(seen.inboxId), connector.label)
      if (current.epoch !== seen.epoch || current.version !== seen.version) return current
      const { refreshToken } = vault.open(current)
      requireOwnHost('login', connector, current, log)
      refuseDuringPause(connector, current)
      if (await store.claim(current, owner, claimFor)) return exchange(connector, current, refreshToken)
      await sleep(lookEvery)
    }
  }

  /** The token call itself, outside of any transaction, the claim renewed meanwhile. */
  async function exchange(connector: Connector, current: Connection, refreshToken: string): Promise<Connection> {
    const { inboxId, failures } = current
    const begun = performance.now()
    const renewal = setInterval(() => store.claim(current, owner, claimFor).catch(() => {}), renewEvery)
    try {
      const tokens = await refreshTokens(connector.oauth, current.loginUrl, refreshToken)
      await keep(connector, current, tokens, begun)
      return usable(await store.find(inboxId), connector.label)
    } catch (error) {
      if (error instanceof TokenError && error.kind === 'ended') return reconnectOrNewer(connector, current, begun)
      tell(current, 'failed', begun)
      await store.release(current, owner, Math.min(firstPause * 2 ** failures, longestPause)).catch(() => {})
      if (!(error instanceof TokenError)) throw error
      log.warn({ inboxId, reason: error.message, failures: failures + 1 }, 'refresh failed')
      throw new BridgeError(
        'crm_unavailable',
        error.kind === 'misconfigured'
          ? `${connector.label} doesn’t accept this server’s client id or secret. The operator has to check them.`
          : cannotRenew(connector),
        { cause: error },
      )
    } finally {
      clearInterval(renewal)
    }
  }

  /** New tokens are in hand and nowhere else: a database that is away for a while must not lose them. */
  async function keep(
    connector: Connector,
    { inboxId, crm, ...current }: Connection,
    tokens: Tokens,
    begun: number,
  ): Promise<void> {
    const seal = vault.seal(inboxId, crm, tokens)
    const version = { inboxId, epoch: current.epoch, version: current.version }
    const stored = { ...seal, ...lifetimeOf(connector.oauth, tokens.expiresAt) }
    const kept = await persist(() => store.storeTokens(version, stored))
    if (kept !== null) {
      tell({ inboxId, crm }, 'renewed', begun)
      if (kept.recovered) telemetry.emit('connection', { inboxId, crm, change: 'recovered', reason: null })
      return log.info({ inboxId }, 'tokens refreshed')
    }
    const newer = await persist(() => store.find(inboxId))
    // Disconnected or replaced meanwhile: the old grant goes on at the CRM, under tokens that nobody else knows.
    if (newer?.crm !== crm || newer.accountId !== current.accountId)
      await persist(() => parked.add({ inboxId, crm, accountId: current.accountId, loginUrl: current.loginUrl, ...seal }))
  }

  /** The CRM says that the grant ended: true unless another process has stored newer tokens since. */
  async function reconnectOrNewer(connector: Connector, current: Connection, begun: number): Promise<Connection> {
    const reason = reasonOf(connector, current)
    if (await store.requireReconnect(current, reason)) {
      tell(current, 'ended', begun)
      telemetry.emit('connection', { inboxId: current.inboxId, crm: current.crm, change: 'broken', reason })
      log.warn({ inboxId: current.inboxId }, 'the CRM ended the grant: an administrator has to connect again')
    }
    return usable(await store.find(current.inboxId), connector.label)
  }

  function tell({ inboxId, crm }: Pick<Connection, 'inboxId' | 'crm'>, outcome: TokensRefreshed['outcome'], begun: number): void {
    telemetry.emit('refresh', { inboxId, crm, outcome, milliseconds: performance.now() - begun })
  }

  /** One refresh for everybody in this process who notices that one version has to be refreshed. */
  function share({ inboxId, epoch, version }: Connection, start: () => Promise<Connection>): Promise<Connection> {
    const name = `${inboxId} ${epoch} ${version}`
    const shared = underWay.get(name) ?? start().finally(() => underWay.delete(name))
    underWay.set(name, shared)
    shared.catch(() => {})
    return shared
  }

  return {
    refresh: (connector, seen, signal) =>
      untilAborted(
        share(seen, () => refresh(connector, seen)),
        signal,
        connector.label,
      ),

    async settled() {
      await within(stopPatience, Promise.allSettled(underWay.values())).catch(() => {})
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

/** @throws {BridgeError} crm_unavailable while no process may try again after a failure */
function refuseDuringPause(connector: Connector, { retryAt }: Connection): void {
  // Not longer than there are pauses, whatever this process's clock says.
  const pause = Math.min((retryAt?.getTime() ?? 0) - Date.now(), longestPause)
  if (pause > 0) throw new BridgeError('crm_unavailable', cannotRenew(connector), { retryAfter: Math.ceil(pause / 1000) })
}

const cannotRenew = ({ label }: Connector): string => `${label} can’t renew the connection at the moment. Ask again later.`

/** For the operator. A claim or a failure before this one means that the CRM may have answered to nobody. */
function reasonOf({ label }: Connector, { failures, leaseOwner }: Connection): string {
  const ended = `${label} ended the grant (invalid_grant)`
  return failures > 0 || leaseOwner !== null ? `${ended} after a renewal whose answer was lost` : ended
}

async function persist<T>(store: () => Promise<T>): Promise<T> {
  const until = performance.now() + persistFor
  for (;;) {
    try {
      return await store()
    } catch (error) {
      if (performance.now() > until) throw error
      await sleep(250)
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
