/** From an inbox's stored grant to live sessions at its CRM. */
import { LRUCache } from 'lru-cache'
import type { Account, Connector, Memory, ReadPhone, Session } from '../connectors/connector.ts'
import { SessionExpired } from '../connectors/connector.ts'
import { BridgeError, isCrmFailure } from '../errors.ts'
import type { Logger } from '../logger.ts'
import type { Telemetry } from '../telemetry.ts'
import type { ConnectionStore } from './connection-store.ts'
import { endpointOf } from './endpoint.ts'
import type { Connection, Inbox } from './inbox-store.ts'
import type { LiveInboxes } from './live-inboxes.ts'
import { type Refresher, usable } from './refresh.ts'
import { requireOwnHost } from './stored-host.ts'
import { readTokens, type Tokens } from './token-endpoint.ts'
import type { OpenTokens, TokenVault } from './token-vault.ts'
import type { Spend, Upstream, Question as UpstreamQuestion } from './upstream.ts'

/** What a question brings along to be asked with. */
export type Asking = {
  /** The CRM account, by a name that no other has. */
  readonly account: string
  readonly signal: AbortSignal
  readonly spend: Spend
  readonly memory: Memory
  readonly readPhone: ReadPhone
}

type Work<T> = (session: Session, connector: Connector) => Promise<T>

export interface Connections {
  /** The connector of the inbox's grant. @throws {BridgeError} not_connected, reconnect_required, crm_unavailable */
  connectorOf(inbox: Inbox): { connector: Connector; connection: Connection }
  /**
   * Does `work` in a session of the inbox's grant, whose token is refreshed before when it is about to end, and once more when the CRM
   * refuses it. @throws {BridgeError}
   */
  use<T>(inbox: Inbox, asking: Asking, work: Work<T>): Promise<T>
  /** Whose account a fresh token answer opens, before anything is stored. @throws {BridgeError}, {TokenError} */
  inspect(inboxId: string, connector: Connector, tokenAnswer: TokenAnswer, asking: Asking): Promise<Grant>
}

export type TokenAnswer = Readonly<Record<string, unknown>>
export type Grant = {
  readonly tokens: Tokens
  readonly account: Account
  readonly apiUrl: string | null
  readonly scopes: readonly string[]
}

/** A question waits for new tokens when less than this is left of the old ones, or this share of their lifetime. Milliseconds. */
const tooShort = { time: 15_000, share: 0.1 }
/** How long it waits for them while the old ones still work. Milliseconds. */
const patience = 2_000
/** How long no refresh is tried after one whose token the CRM refused as well. Milliseconds. */
const futileFor = 5_000
/** That an inbox asked is written down this often at most. Milliseconds. */
const touchEvery = 10 * 60_000

export function createConnections(deps: {
  connectors: readonly Connector[]
  store: ConnectionStore
  inboxes: LiveInboxes
  vault: TokenVault
  refresher: Refresher
  upstream: Upstream
  telemetry: Telemetry
  log: Logger
}): Connections {
  const { connectors, store, inboxes, vault, refresher, upstream, telemetry, log } = deps
  /** Inboxes whose CRM refuses even fresh tokens: refreshing at every question would only end in its rate limits. */
  const futile = new LRUCache<string, true>({ max: 1_000, ttl: futileFor })
  /** By the row as it was read, which is read anew every second. */
  const opened = new WeakMap<Connection, OpenTokens>()
  const touched = new LRUCache<string, true>({ max: 10_000, ttl: touchEvery, ttlResolution: 50 })

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

  /** Does the work in a session, at a host of the CRM's own. What fails bears the name that the CRM gave to the call that it refused. */
  async function ask<T>(connector: Connector, connection: Connection, asking: Asking, work: Work<T>): Promise<T> {
    let refused: string | null = null
    requireOwnHost('api', connector, connection, log)
    const session = {
      apiUrl: connection.apiUrl ?? connector.apiUrl,
      accessToken: tokensOf(connection).accessToken,
      recordsUrl: connection.recordsUrl,
      ...access(connection.inboxId, connector, asking, (requestId) => {
        refused = requestId
      }),
    }
    return work(session, connector).catch((error) => {
      if (error instanceof BridgeError && refused !== null) error.crmRequestId = refused
      throw error
    })
  }

  function tokensOf(connection: Connection): OpenTokens {
    const tokens = opened.get(connection) ?? vault.open(connection)
    opened.set(connection, tokens)
    return tokens
  }

  function access(inboxId: string, connector: Connector, asking: Asking, onRefusal: (requestId: string | null) => void): Access {
    const { account, signal, spend, memory, readPhone } = asking
    const onCall: UpstreamQuestion['onCall'] = ({ kind, method, url }, response, milliseconds) => {
      const answered = { status: response?.status ?? null, headroom: response && connector.headroom(response.headers) }
      telemetry.emit('call', { inboxId, crm: connector.id, kind, method, endpoint: endpointOf(url), milliseconds, ...answered })
      if (response !== null && response.status >= 400) onRefusal(connector.requestId(response.headers))
    }
    const onCircuit = (isOpen: boolean) => telemetry.emit('circuit', { crm: connector.id, isOpen })
    return {
      http: upstream.client({ signal, spend, account, label: connector.label, onCall, onCircuit }),
      memory,
      readPhone,
      notice: (finding) => log.warn({ inboxId, crm: connector.id, finding }, 'the CRM account is not complete'),
    }
  }

  /** Tokens that are about to end are renewed: before the question if they might end during it, else while it is asked. */
  async function refreshIfDue(connector: Connector, connection: Connection, signal: AbortSignal): Promise<Connection> {
    const { expiresAt, renewAt } = connection
    if (expiresAt === null || renewAt.getTime() > Date.now()) return connection
    const left = expiresAt.getTime() - Date.now()
    const lifetime = expiresAt.getTime() - connection.refreshedAt.getTime()
    if (left <= 0) return refresh(connector, connection, signal)
    const renewal = refresh(connector, connection, AbortSignal.timeout(patience))
    if (left > Math.min(tooShort.time, lifetime * tooShort.share)) {
      renewal.catch(() => {})
      return connection
    }
    return renewal.catch((error) => {
      if (isOver(error)) throw error
      return connection
    })
  }

  async function refresh(connector: Connector, connection: Connection, signal: AbortSignal): Promise<Connection> {
    try {
      const renewed = await refresher.refresh(connector, connection, signal)
      inboxes.forget(connection.inboxId)
      return renewed
    } catch (error) {
      // Where CRM or database are away nothing has changed, and what was read may be all there is.
      if (isOver(error)) inboxes.forget(connection.inboxId)
      throw error
    }
  }

  return {
    connectorOf,

    async use(inbox, asking, work) {
      const { connector, connection } = connectorOf(inbox)
      touch(connection)
      const current = await refreshIfDue(connector, connection, asking.signal)
      try {
        return await ask(connector, current, asking, work)
      } catch (error) {
        if (!(error instanceof SessionExpired)) throw error
        if (futile.has(inbox.id)) throw refusedTwice(connector)
        const renewed = await refresh(connector, current, asking.signal)
        return ask(connector, renewed, asking, work).catch((again) => {
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
        ...access(inboxId, connector, asking, () => {}),
      }
      const account = await connector.identify(session).catch((error) => {
        throw error instanceof SessionExpired ? refusedTwice(connector) : error
      })
      await refuseUnreadable(connector, { ...session, recordsUrl: account.recordsUrl })
      return { tokens, account, apiUrl, scopes }
    },
  }

  function touch({ inboxId, askedAt }: Connection): void {
    if (touched.has(inboxId) || Date.now() - askedAt.getTime() < touchEvery) return
    touched.set(inboxId, true)
    store.touch(inboxId).catch(() => {})
  }
}

type Access = Pick<Session, 'http' | 'memory' | 'readPhone' | 'notice'>

/** Whether the connection ended, rather than CRM or database being away for now. */
function isOver(error: unknown): boolean {
  return error instanceof BridgeError && !isCrmFailure(error)
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
