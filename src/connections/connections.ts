/** From an inbox's stored grant to live sessions at its CRM, and the grant's beginning and end. */
import { LRUCache } from 'lru-cache'
import type { Account, Connector, Memory, ReadPhone, Session } from '../connectors/connector.ts'
import { SessionExpired } from '../connectors/connector.ts'
import { BridgeError, isCrmFailure } from '../errors.ts'
import type { Logger } from '../logger.ts'
import type { ConnectionStore } from './connection-store.ts'
import type { Connection, Inbox } from './inbox-store.ts'
import type { LiveInboxes } from './live-inboxes.ts'
import { type Refresher, usable } from './refresh.ts'
import { readTokens, revokeGrant, type Tokens } from './token-endpoint.ts'
import type { TokenVault } from './token-vault.ts'
import type { Spend, Upstream } from './upstream.ts'

/** What a question brings along to be asked with. */
export type Asking = {
  readonly signal: AbortSignal
  readonly spend: Spend
  readonly memory: Memory
  readonly readPhone: ReadPhone
}

export interface Connections {
  /** The connector of the inbox's grant. @throws {BridgeError} not_connected, reconnect_required, crm_unavailable */
  connectorOf(inbox: Inbox): { connector: Connector; connection: Connection }
  /**
   * Does `work` in a session of the inbox's grant, whose token is refreshed before when it is about to end, and once more when the CRM
   * refuses it. @throws {BridgeError}
   */
  use<T>(inbox: Inbox, asking: Asking, work: (session: Session, connector: Connector) => Promise<T>): Promise<T>
  /** Whose account a fresh token answer opens, before anything is stored. @throws {BridgeError}, {TokenError} */
  inspect(inboxId: string, connector: Connector, tokenAnswer: TokenAnswer, asking: Asking): Promise<Grant>
  /** Stores a grant as the inbox's connection, in place of what it had. */
  connect(inboxId: string, connector: Connector, grant: Grant, loginUrl: string | null): Promise<Connection>
  /** Forgets the inbox's grant and ends it at the CRM, if the CRM can be reached. */
  disconnect(inboxId: string): Promise<boolean>
}

export type TokenAnswer = Readonly<Record<string, unknown>>
export type Grant = {
  readonly tokens: Tokens
  readonly account: Account
  readonly apiUrl: string | null
  readonly scopes: readonly string[]
}

/** A token with less than this left is refreshed before it is used. Milliseconds, and share of its lifetime. */
const tooShort = { time: 60_000, share: 0.1 }
/** A token with less than this left is refreshed in the background, while it is still used. */
const soonTooShort = { time: 5 * 60_000, share: 0.2 }
/** How long no refresh is tried after one whose token the CRM refused as well. Milliseconds. */
const futileFor = 5_000

export function createConnections(deps: {
  connectors: readonly Connector[]
  store: ConnectionStore
  inboxes: LiveInboxes
  vault: TokenVault
  refresher: Refresher
  upstream: Upstream
  log: Logger
}): Connections {
  const { connectors, store, inboxes, vault, refresher, upstream, log } = deps
  /** Inboxes whose CRM refuses even fresh tokens: refreshing at every question would only end in its rate limits. */
  const futile = new LRUCache<string, true>({ max: 1_000, ttl: futileFor })

  function connectorOf(inbox: Inbox): { connector: Connector; connection: Connection } {
    const connector = connectors.find(({ id }) => id === inbox.connection?.crm)
    const connection = usable(inbox.connection, connector?.label ?? 'The CRM')
    if (connector === undefined) {
      throw new BridgeError(
        'crm_unavailable',
        'This server isn’t set up for the inbox’s CRM any more. The operator has to configure it.',
      )
    }
    return { connector, connection }
  }

  function open(connector: Connector, connection: Connection, asking: Asking): Session {
    return {
      apiUrl: connection.apiUrl ?? connector.apiUrl,
      accessToken: vault.open(connection).accessToken,
      recordsUrl: connection.recordsUrl,
      ...access(connection.inboxId, connector, asking),
    }
  }

  function access(inboxId: string, connector: Connector, { signal, spend, memory, readPhone }: Asking): Access {
    return {
      http: upstream.client({ signal, spend, label: connector.label }),
      memory,
      readPhone,
      notice: (finding) => log.warn({ inboxId, crm: connector.id, finding }, 'the CRM account is not complete'),
    }
  }

  async function refreshIfDue(connector: Connector, connection: Connection, signal: AbortSignal): Promise<Connection> {
    if (isDue(connection, tooShort)) return refresh(connector, connection, signal)
    if (isDue(connection, soonTooShort)) refresh(connector, connection, AbortSignal.timeout(60_000)).catch(() => {})
    return connection
  }

  async function refresh(connector: Connector, connection: Connection, signal: AbortSignal): Promise<Connection> {
    try {
      const renewed = await refresher.refresh(connector, connection, signal)
      inboxes.forget()
      return renewed
    } catch (error) {
      // The connection ended. Where CRM or database are away nothing has changed, and what was read may be all there is.
      if (error instanceof BridgeError && !isCrmFailure(error)) inboxes.forget()
      throw error
    }
  }

  return {
    connectorOf,

    async use(inbox, asking, work) {
      const { connector, connection } = connectorOf(inbox)
      const current = await refreshIfDue(connector, connection, asking.signal)
      try {
        return await work(open(connector, current, asking), connector)
      } catch (error) {
        if (!(error instanceof SessionExpired)) throw error
        if (futile.has(inbox.id)) throw refusedTwice(connector)
        const renewed = await refresh(connector, current, asking.signal)
        return work(open(connector, renewed, asking), connector).catch((again) => {
          if (!(again instanceof SessionExpired)) throw again
          futile.set(inbox.id, true)
          throw refusedTwice(connector)
        })
      }
    },

    async inspect(inboxId, connector, tokenAnswer, asking) {
      const tokens = readTokens(connector.oauth, tokenAnswer)
      const { apiUrl, scopes } = connector.oauth.readGrant(tokenAnswer)
      const session = {
        apiUrl: apiUrl ?? connector.apiUrl,
        accessToken: tokens.accessToken,
        recordsUrl: '',
        ...access(inboxId, connector, asking),
      }
      const account = await connector.identify(session).catch((error) => {
        throw error instanceof SessionExpired ? refusedTwice(connector) : error
      })
      await refuseUnreadable(connector, { ...session, recordsUrl: account.recordsUrl })
      return { tokens, account, apiUrl, scopes }
    },

    async connect(inboxId, connector, { tokens, account, apiUrl, scopes }, loginUrl) {
      const connection = await store.connect(inboxId, {
        crm: connector.id,
        accountId: account.id,
        accountName: account.name,
        recordsUrl: account.recordsUrl,
        apiUrl,
        loginUrl,
        scopes: [...scopes],
        expiresAt: tokens.expiresAt,
        ...vault.seal(inboxId, connector.id, tokens),
      })
      inboxes.forget()
      log.info({ inboxId, crm: connector.id }, 'connected')
      return connection
    },

    async disconnect(inboxId) {
      const connection = await store.disconnect(inboxId)
      inboxes.forget()
      if (connection === null) return false
      log.info({ inboxId, crm: connection.crm }, 'disconnected')
      const connector = connectors.find(({ id }) => id === connection.crm)
      if (connector !== undefined) {
        await revoke(connector, connection).catch((error) =>
          log.warn({ inboxId, reason: error.message }, 'the grant could not be revoked'),
        )
      }
      return true
    },
  }

  async function revoke(connector: Connector, connection: Connection): Promise<void> {
    await revokeGrant(connector.oauth, connection.loginUrl, vault.open(connection).refreshToken)
  }
}

type Access = Pick<Session, 'http' | 'memory' | 'readPhone' | 'notice'>

function isDue({ expiresAt, refreshedAt }: Connection, margin: { time: number; share: number }): boolean {
  if (expiresAt === null) return false
  const lifetime = expiresAt.getTime() - refreshedAt.getTime()
  return expiresAt.getTime() - Date.now() < Math.min(margin.time, lifetime * margin.share)
}

/** A grant that may not read contacts is no use to an inbox. Any other trouble may pass. @throws {BridgeError} crm_forbidden */
async function refuseUnreadable(connector: Connector, session: Session): Promise<void> {
  try {
    await connector.list(session, { limit: 1, after: null })
  } catch (error) {
    if (error instanceof BridgeError && error.code === 'crm_forbidden') throw error
  }
}

function refusedTwice(connector: Connector): BridgeError {
  return new BridgeError('crm_unavailable', `${connector.label} refuses a token that it has just issued. Ask again later.`)
}
