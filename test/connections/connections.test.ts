/** From an inbox's grant to a session, and when its token is renewed: before it ends, and once when the CRM refuses it. */

import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { ConnectionStore } from '../../src/connections/connection-store.ts'
import { type Asking, type Connections, createConnections } from '../../src/connections/connections.ts'
import type { Connection } from '../../src/connections/inbox-store.ts'
import type { Refresher } from '../../src/connections/refresh.ts'
import type { Upstream } from '../../src/connections/upstream.ts'
import { type Memory, type Session, SessionExpired } from '../../src/connectors/connector.ts'
import { phoneReader } from '../../src/directory/phone.ts'
import { BridgeError, type ErrorCode } from '../../src/errors.ts'
import { createTelemetry } from '../../src/telemetry.ts'
import { type Clock, stopClock } from '../support/clock.ts'
import { fakeConnection, fakeCrm, fakeInbox, silent, fakeVault as vault } from '../support/fake-crm.ts'
import { httpResponse } from '../support/http-response.ts'
import { errorOf, nobody, stateOf } from '../support/promises.ts'

const minute = 60_000
const inMinutes = (minutes: number) => new Date(Date.now() + minutes * minute)

const { connector } = fakeCrm()
const upstream: Upstream = { client: () => async () => httpResponse(), close: async () => {} }
const noMemory: Memory['pages'] = { get: () => undefined, set() {}, once: (_key, _ttl, load) => load() }
const asking: Asking = {
  account: 'fake account-1',
  signal: nobody(),
  spend: async () => {},
  memory: { ...noMemory, pages: noMemory },
  readPhone: phoneReader('DE'),
}

/** Refreshing gives `access-2`, `access-3` and so on. */
const refresher = { refresh: vi.fn<Refresher['refresh']>(), renew: vi.fn(), settled: vi.fn() }
const touch = vi.fn<ConnectionStore['touch']>()
const forget = vi.fn()
let clock: Clock
let connections: Connections
beforeEach(() => {
  clock = stopClock()
  touch.mockResolvedValue()
  let generation = 1
  refresher.refresh.mockImplementation(async (_connector, seen) => {
    generation += 1
    const tokens = { accessToken: `access-${generation}`, refreshToken: `refresh-${generation}` }
    return { ...seen, version: seen.version + 1, expiresAt: inMinutes(30), ...vault.seal(seen.inboxId, seen.crm, tokens) }
  })
  connections = createConnections({
    connectors: [connector],
    store: { touch } as Partial<ConnectionStore> as ConnectionStore,
    inboxes: { forgetAll() {}, forget, renew() {}, byKey: async () => null, first: async () => fakeInbox() },
    vault,
    refresher,
    upstream,
    telemetry: createTelemetry(),
    log: silent,
  })
})
afterEach(() => {
  vi.restoreAllMocks()
  refresher.refresh.mockReset()
  forget.mockReset()
  touch.mockReset()
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

  it('is none at a host that isn’t the CRM’s, whatever stands in the row: nothing is sent, and the operator is told', async () => {
    const warn = vi.spyOn(silent, 'warn')
    const isOwnHost = vi.spyOn(connector.oauth, 'isOwnHost').mockReturnValue(false)
    const inbox = fakeInbox({}, { apiUrl: 'https://user:secret@thief.example' })
    const work = vi.fn(tokenOf)
    expect(await errorOf(connections.use(inbox, asking, work))).toMatchObject({ code: 'reconnect_required' })
    expect([work.mock.calls, isOwnHost.mock.calls]).toEqual([[], [['api', 'https://user:secret@thief.example']]])
    expect(warn).toHaveBeenCalledWith(expect.objectContaining({ inboxId: inbox.id, crm: 'fake' }), expect.anything())
    expect(JSON.stringify(warn.mock.calls)).not.toMatch(/thief|secret/)
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
  /** A token of so many minutes, to be renewed in its last five or fifth, with some of them left. */
  const withLeft = (left: number, lifetime = 30) =>
    fakeInbox(
      {},
      {
        refreshedAt: inMinutes(left - lifetime),
        renewAt: inMinutes(left - Math.min(5, lifetime / 5)),
        expiresAt: inMinutes(left),
      },
    )
  const seconds = (count: number) => count / 60

  it.each<[left: number, used: string, refreshes: number, when: string]>([
    [29, 'access-1', 0, 'is used'],
    [5.1, 'access-1', 0, 'is used'],
    [4.9, 'access-1', 1, 'is used, and renewed beside it'],
    [seconds(17), 'access-1', 1, 'is used, and renewed beside it'],
    [seconds(13), 'access-2', 1, 'is renewed first'],
    [0, 'access-2', 1, 'is renewed first'],
    [-600, 'access-2', 1, 'is renewed first'],
  ])('in %d minutes: %s, with %i refreshes: it %s', async (left, used, refreshes) => {
    expect(await connections.use(withLeft(left), asking, tokenOf)).toBe(used)
    expect(refresher.refresh).toHaveBeenCalledTimes(refreshes)
  })

  it('of a short life isn’t waited for before its last tenth', async () => {
    expect(await connections.use(withLeft(seconds(7), 1), asking, tokenOf)).toBe('access-1')
    expect(await connections.use(withLeft(seconds(5), 1), asking, tokenOf)).not.toBe('access-1')
  })

  it('at a time that the CRM doesn’t tell is used until the CRM refuses it, though its renewal is due', async () => {
    const silent = fakeInbox({}, { expiresAt: null, renewAt: inMinutes(-1) })
    expect(await connections.use(silent, asking, tokenOf)).toBe('access-1')
    expect(refresher.refresh).not.toHaveBeenCalled()
  })

  it('later is not renewed in the question’s time: the question waits for nothing', async () => {
    refresher.refresh.mockReturnValue(new Promise(() => {}))
    expect(await connections.use(withLeft(3), asking, tokenOf)).toBe('access-1')
  })

  it('within seconds is waited for, but for two of them at most: it works yet', async () => {
    const patience = new AbortController()
    const timeout = vi.spyOn(AbortSignal, 'timeout').mockReturnValue(patience.signal)
    refresher.refresh.mockImplementation(
      (_connector, _seen, signal) =>
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(new BridgeError('crm_timeout', 'x')))),
    )
    const asked = connections.use(withLeft(seconds(10)), asking, tokenOf)
    expect(await stateOf(asked)).toBe('pending')
    expect(timeout.mock.calls).toEqual([[2_000]])
    patience.abort()
    expect(await asked).toBe('access-1')
  })

  it('now is renewed in the question’s own time', async () => {
    await connections.use(withLeft(0), asking, tokenOf)
    expect(refresher.refresh.mock.calls[0]?.[2]).toBe(asking.signal)
  })

  it.each([3, seconds(10)])('in %d minutes and can’t be renewed is used as long as it works', async (left) => {
    refresher.refresh.mockRejectedValue(new BridgeError('crm_unavailable', 'x'))
    expect(await connections.use(withLeft(left), asking, tokenOf)).toBe('access-1')
  })

  it.each<[code: ErrorCode, left: number]>([
    ['crm_unavailable', 0],
    ['reconnect_required', 0],
    ['reconnect_required', seconds(10)],
    ['not_connected', seconds(10)],
  ])('and that nothing comes after fails the question, unasked: %s, with %d minutes left', async (code, left) => {
    refresher.refresh.mockRejectedValue(new BridgeError(code, 'x'))
    const work = vi.fn(tokenOf)
    expect(await errorOf(connections.use(withLeft(left), asking, work))).toMatchObject({ code })
    expect(work).not.toHaveBeenCalled()
  })
})

describe('that an inbox asks', () => {
  it('is written down, every ten minutes at most', async () => {
    const askedAt = inMinutes(-11)
    const [inbox, other] = [fakeInbox({}, { askedAt }), fakeInbox({}, { askedAt })]
    for (const asker of [inbox, inbox, other]) await connections.use(asker, asking, tokenOf)
    expect(touch.mock.calls).toEqual([[inbox.id], [other.id]])
    await clock.pass(10 * minute + 1)
    await connections.use(inbox, asking, tokenOf)
    expect(touch.mock.calls.at(-1)).toEqual([inbox.id])
    expect(touch).toHaveBeenCalledTimes(3)
  })

  it('and can’t be written down does the question no harm', async () => {
    touch.mockRejectedValue(new Error('the database is away'))
    expect(await connections.use(fakeInbox({}, { askedAt: inMinutes(-11) }), asking, tokenOf)).toBe('access-1')
  })

  it('isn’t written down again by another process, or right after connecting', async () => {
    await connections.use(fakeInbox(), asking, tokenOf)
    expect(touch).not.toHaveBeenCalled()
  })
})

describe('what other questions know of the inbox', () => {
  const due = () => fakeInbox({}, { refreshedAt: inMinutes(-30), renewAt: inMinutes(-5), expiresAt: inMinutes(0) })

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
    const inbox = fakeInbox({}, { refreshedAt: inMinutes(-30), renewAt: inMinutes(-5), expiresAt: inMinutes(0) })
    expect(await errorOf(connections.use(inbox, asking, work))).toMatchObject({ code: 'crm_unavailable' })
    expect([work.mock.calls.length, refresher.refresh.mock.calls.length]).toEqual([2, 2])
  })

  it('even when new isn’t renewed again for five seconds, whoever asks', async () => {
    const [inbox, other] = [fakeInbox(), fakeInbox()]
    await connections.use(inbox, asking, taking()).catch(() => {})
    const work = vi.fn(taking())
    for (let question = 0; question < 10; question += 1)
      expect(await errorOf(connections.use(inbox, asking, work))).toMatchObject({ code: 'crm_unavailable' })
    expect([work.mock.calls.length, refresher.refresh.mock.calls.length]).toEqual([10, 1])
    expect(await connections.use(inbox, asking, taking('access-1'))).toBe('access-1')
    expect(await connections.use(other, asking, taking('access-3'))).toBe('access-3')
    await clock.pass(5_001)
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
})
