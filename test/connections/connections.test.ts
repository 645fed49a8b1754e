/** From an inbox's grant to a session, and when its token is renewed: before it ends, and once when the CRM refuses it. */
import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { ConnectionStore } from '../../src/connections/connection-store.ts'
import { type Asking, type Connections, createConnections } from '../../src/connections/connections.ts'
import type { Connection } from '../../src/connections/inbox-store.ts'
import type { Refresher } from '../../src/connections/refresh.ts'
import type { Upstream } from '../../src/connections/upstream.ts'
import { type Connector, type Session, SessionExpired } from '../../src/connectors/connector.ts'
import { BridgeError } from '../../src/errors.ts'
import { type Clock, stopClock } from '../support/clock.ts'
import { fakeConnection, fakeCrm, fakeInbox, silent, fakeVault as vault } from '../support/fake-crm.ts'
import { errorOf, nobody } from '../support/promises.ts'
import { answerWith, type StandIn, startStandIn } from '../support/stand-in.ts'

const minute = 60_000
const inMinutes = (minutes: number) => new Date(Date.now() + minutes * minute)

const { connector } = fakeCrm()
const upstream: Upstream = { client: () => async () => ({ status: 200, headers: {}, body: '' }), close: async () => {} }
const asking: Asking = {
  signal: nobody(),
  spend: async () => {},
  memory: { get: () => undefined, set() {}, once: (_key, _ttl, load) => load() },
  readPhone: (typed) => typed,
}

/** Refreshing gives `access-2`, `access-3` and so on. */
const refresher = { refresh: vi.fn<Refresher['refresh']>() }
const forget = vi.fn()
let clock: Clock
let connections: Connections
function connect(store: Partial<ConnectionStore> = {}, connectors: Connector[] = [connector]): Connections {
  const inboxes = { forget, byKey: async () => null, first: async () => fakeInbox() }
  return createConnections({ connectors, store: store as ConnectionStore, inboxes, vault, refresher, upstream, log: silent })
}
beforeEach(() => {
  clock = stopClock()
  let generation = 1
  refresher.refresh.mockImplementation(async (_connector, seen) => {
    generation += 1
    const tokens = { accessToken: `access-${generation}`, refreshToken: `refresh-${generation}` }
    return { ...seen, version: seen.version + 1, expiresAt: inMinutes(30), ...vault.seal(seen.inboxId, seen.crm, tokens) }
  })
  connections = connect()
})
afterEach(() => {
  vi.restoreAllMocks()
  refresher.refresh.mockReset()
  forget.mockReset()
})

const tokenOf = async (session: Session) => session.accessToken
/** A CRM that takes only some tokens. */
const taking =
  (...good: string[]) =>
  async ({ accessToken }: Session) => {
    if (!good.includes(accessToken)) throw new SessionExpired()
    return accessToken
  }

describe('a session', () => {
  it('opens the inbox’s account', async () => {
    const inbox = fakeInbox({}, { recordsUrl: 'https://records.example' })
    const session = await connections.use(inbox, asking, async (session, used) => ({ ...session, used }))
    expect(session).toMatchObject({
      apiUrl: connector.apiUrl,
      accessToken: 'access-1',
      recordsUrl: 'https://records.example',
      memory: asking.memory,
      readPhone: asking.readPhone,
      used: connector,
    })
  })

  it('goes where the CRM put the account, if it said so', async () => {
    const inbox = fakeInbox({}, { apiUrl: 'https://na139.example' })
    expect(await connections.use(inbox, asking, async ({ apiUrl }) => apiUrl)).toBe('https://na139.example')
  })

  it.each([
    ['not_connected', fakeInbox({}, null)],
    ['reconnect_required', fakeInbox({}, { status: 'reconnect_required' })],
    ['crm_unavailable', fakeInbox({}, { crm: 'a CRM that the operator took out' })],
  ])('is none: %s', async (code, inbox) => {
    expect(() => connections.connectorOf(inbox)).toThrow(expect.objectContaining({ code }))
    const work = vi.fn(tokenOf)
    expect(await errorOf(connections.use(inbox, asking, work))).toMatchObject({ code })
    expect([work.mock.calls, refresher.refresh.mock.calls]).toEqual([[], []])
  })

  it('is none with tokens of another inbox', async () => {
    const { sealedTokens } = fakeConnection(randomUUID())
    expect(await errorOf(connections.use(fakeInbox({}, { sealedTokens }), asking, tokenOf))).toMatchObject({
      code: 'reconnect_required',
    })
  })
})

describe('a token that will end', () => {
  /** A token of 30 minutes with some of them left; null = it never says. */
  const with30 = (left: number | null) =>
    fakeInbox({}, { expiresAt: left === null ? null : inMinutes(left), refreshedAt: inMinutes((left ?? 30) - 30) })

  it.each<[left: number | null, used: string, refreshes: number, when: string]>([
    [29, 'access-1', 0, 'is used'],
    [5.5, 'access-1', 0, 'is used'],
    [4.5, 'access-1', 1, 'is used, and renewed beside it'],
    [1.2, 'access-1', 1, 'is used, and renewed beside it'],
    [0.8, 'access-2', 1, 'is renewed first'],
    [0, 'access-2', 1, 'is renewed first'],
    [-600, 'access-2', 1, 'is renewed first'],
    [null, 'access-1', 0, 'is used'],
  ])('in %s minutes: %s, with %i refreshes: it %s', async (left, used, refreshes) => {
    expect(await connections.use(with30(left), asking, tokenOf)).toBe(used)
    expect(refresher.refresh).toHaveBeenCalledTimes(refreshes)
  })

  it('of a short life isn’t renewed at every question', async () => {
    const shortLived = fakeInbox({}, { refreshedAt: inMinutes(-0.5), expiresAt: inMinutes(0.5) })
    expect(await connections.use(shortLived, asking, tokenOf)).toBe('access-1')
    expect(refresher.refresh).not.toHaveBeenCalled()
    const almostOver = fakeInbox({}, { refreshedAt: inMinutes(-0.95), expiresAt: inMinutes(0.05) })
    expect(await connections.use(almostOver, asking, tokenOf)).toBe('access-2')
  })

  it('and can’t be renewed beside the question does the question no harm', async () => {
    refresher.refresh.mockRejectedValue(new BridgeError('crm_unavailable', 'x'))
    expect(await connections.use(with30(3), asking, tokenOf)).toBe('access-1')
  })

  it('and can’t be renewed first fails the question, unasked', async () => {
    refresher.refresh.mockRejectedValue(new BridgeError('reconnect_required', 'x'))
    const work = vi.fn(tokenOf)
    expect(await errorOf(connections.use(with30(0), asking, work))).toMatchObject({ code: 'reconnect_required' })
    expect(work).not.toHaveBeenCalled()
  })

  it('is renewed in the question’s own time', async () => {
    await connections.use(with30(0), asking, tokenOf)
    expect(refresher.refresh.mock.calls[0]?.[2]).toBe(asking.signal)
    await connections.use(with30(3), asking, tokenOf)
    expect(refresher.refresh.mock.calls[1]?.[2]).not.toBe(asking.signal)
  })
})

describe('what other questions know of the inbox', () => {
  const due = () => fakeInbox({}, { refreshedAt: inMinutes(-30), expiresAt: inMinutes(0) })

  it.each([
    ['a refresh', async () => fakeConnection('x')],
    ['the end of the grant', () => Promise.reject(new BridgeError('reconnect_required', 'x'))],
  ])('is read anew after %s', async (_what, outcome) => {
    refresher.refresh.mockImplementation(outcome as () => Promise<Connection>)
    await connections.use(due(), asking, tokenOf).catch(() => {})
    expect(forget).toHaveBeenCalled()
  })

  it('stays when the database is away: it is all there is', async () => {
    const away = Object.assign(new Error('the database is away'), { name: 'PrismaClientKnownRequestError' })
    refresher.refresh.mockRejectedValue(away)
    expect(await errorOf(connections.use(due(), asking, tokenOf))).toBe(away)
    expect(forget).not.toHaveBeenCalled()
  })
})

describe('a token that the CRM refuses', () => {
  it('is renewed once, and the question asked once more', async () => {
    const work = vi.fn(taking('access-2'))
    expect(await connections.use(fakeInbox(), asking, work)).toBe('access-2')
    expect([work.mock.calls.length, refresher.refresh.mock.calls.length]).toEqual([2, 1])
  })

  it('even when new ends the question: there is no loop', async () => {
    const work = vi.fn(taking())
    expect(await errorOf(connections.use(fakeInbox(), asking, work))).toMatchObject({ code: 'crm_unavailable' })
    expect([work.mock.calls.length, refresher.refresh.mock.calls.length]).toEqual([2, 1])
  })

  it('right after it was renewed for its age is renewed once more, not again and again', async () => {
    const work = vi.fn(taking())
    const inbox = fakeInbox({}, { refreshedAt: inMinutes(-30), expiresAt: inMinutes(0) })
    expect(await errorOf(connections.use(inbox, asking, work))).toMatchObject({ code: 'crm_unavailable' })
    expect([work.mock.calls.length, refresher.refresh.mock.calls.length]).toEqual([2, 2])
  })

  it('even when new isn’t renewed again for half a minute, whoever asks', async () => {
    const [inbox, other] = [fakeInbox(), fakeInbox()]
    await connections.use(inbox, asking, taking()).catch(() => {})
    const work = vi.fn(taking())
    for (let question = 0; question < 10; question += 1)
      expect(await errorOf(connections.use(inbox, asking, work))).toMatchObject({ code: 'crm_unavailable' })
    expect([work.mock.calls.length, refresher.refresh.mock.calls.length]).toEqual([10, 1])
    expect(await connections.use(inbox, asking, taking('access-1'))).toBe('access-1')
    expect(await connections.use(other, asking, taking('access-3'))).toBe('access-3')
    await clock.pass(31_000)
    expect(await connections.use(inbox, asking, taking('access-4'))).toBe('access-4')
  })

  it('and can’t be renewed says why it can’t', async () => {
    refresher.refresh.mockRejectedValue(new BridgeError('reconnect_required', 'x'))
    const work = vi.fn(taking())
    expect(await errorOf(connections.use(fakeInbox(), asking, work))).toMatchObject({ code: 'reconnect_required' })
    expect(work).toHaveBeenCalledTimes(1)
  })
})

describe('any other failure', () => {
  it.each([new BridgeError('crm_forbidden', 'x'), new BridgeError('crm_timeout', 'x'), new TypeError('a bug')])(
    'is the caller’s, with no refresh: %s',
    async (failure) => {
      const work = vi.fn(() => Promise.reject(failure))
      expect(await errorOf(connections.use(fakeInbox(), asking, work))).toBe(failure)
      expect([work.mock.calls.length, refresher.refresh.mock.calls.length]).toEqual([1, 0])
    },
  )

  it('of the second try is the caller’s, too', async () => {
    const work = vi
      .fn(taking())
      .mockRejectedValueOnce(new SessionExpired())
      .mockRejectedValueOnce(new BridgeError('crm_forbidden', 'x'))
    expect(await errorOf(connections.use(fakeInbox(), asking, work))).toMatchObject({ code: 'crm_forbidden' })
  })
})

describe('a fresh grant', () => {
  const answer = { access_token: 'access-9', refresh_token: 'refresh-9', expires_in: 600 }

  it('is looked at before anything is stored', async () => {
    const oauth = { ...connector.oauth, readGrant: () => ({ apiUrl: 'https://na139.example', scopes: ['read'] }) }
    const identify = vi.fn(connector.identify)
    const grant = await connections.inspect('inbox-1', { ...connector, oauth, identify }, answer, asking)
    expect(grant).toMatchObject({
      account: { id: 'account-1', name: 'Fake Inc.' },
      apiUrl: 'https://na139.example',
      scopes: ['read'],
      tokens: { accessToken: 'access-9', refreshToken: 'refresh-9' },
    })
    expect(identify.mock.calls[0]?.[0]).toMatchObject({ accessToken: 'access-9', apiUrl: 'https://na139.example' })
  })

  it('that the CRM refuses at once is none', async () => {
    const refusing = { ...connector, identify: () => Promise.reject(new SessionExpired()) }
    expect(await errorOf(connections.inspect('inbox-1', refusing, answer, asking))).toMatchObject({ code: 'crm_unavailable' })
    expect(await errorOf(connections.inspect('inbox-1', connector, {}, asking))).toMatchObject({ name: 'TokenError' })
  })

  it('is stored sealed, and known at once', async () => {
    const store = { connect: vi.fn(async (inboxId: string, row: object) => fakeConnection(inboxId, row)) }
    const expiresAt = inMinutes(10)
    const tokens = { accessToken: 'access-9', refreshToken: 'refresh-9', expiresAt }
    const account = { id: 'account-9', name: 'Nine', recordsUrl: 'https://nine.example' }
    const grant = { tokens, account, apiUrl: null, scopes: ['read'] }
    const stored = await connect(store).connect('inbox-1', connector, grant, 'https://login.example')
    expect(stored).toMatchObject({ accountId: 'account-9', accountName: 'Nine', expiresAt, loginUrl: 'https://login.example' })
    expect(JSON.stringify(store.connect.mock.calls)).not.toMatch(/access-9|refresh-9/)
    expect(vault.open(stored)).toEqual({ accessToken: 'access-9', refreshToken: 'refresh-9' })
    expect(forget).toHaveBeenCalled()
  })
})

describe('a disconnect', () => {
  let endpoint: StandIn
  afterEach(() => endpoint.close())

  async function disconnect(status: number, row: Connection | null) {
    endpoint = await startStandIn(answerWith(status))
    const { connector } = fakeCrm([], { tokenUrl: `${endpoint.url}/token`, revokeUrl: `${endpoint.url}/revoke` })
    return connect({ disconnect: async () => row }, [connector]).disconnect('inbox-1')
  }

  it('ends the grant at the CRM, too', async () => {
    expect(await disconnect(200, fakeConnection('inbox-1'))).toBe(true)
    expect(endpoint.requests).toMatchObject([{ path: '/revoke' }])
    expect(new URLSearchParams(endpoint.requests[0]?.body).get('token')).toBe('refresh-1')
    expect(forget).toHaveBeenCalled()
  })

  it.each([
    ['the CRM fails', 503, fakeConnection('inbox-1')],
    ['the tokens don’t open any more', 200, fakeConnection('inbox-1', { sealedTokens: Buffer.from('moved') })],
    ['the CRM was taken out', 200, fakeConnection('inbox-1', { crm: 'gone' })],
  ])('is done here even when %s', async (_what, status, row) => {
    expect(await disconnect(status, row)).toBe(true)
    expect(forget).toHaveBeenCalled()
  })

  it('of what isn’t connected does nothing', async () => {
    expect(await disconnect(200, null)).toBe(false)
    expect(endpoint.requests).toEqual([])
  })
})
