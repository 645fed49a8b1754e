/** How an inbox's grant begins, is replaced by another account's, and ends. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Grant } from '../../src/connections/connections.ts'
import { createGrants, type Grants } from '../../src/connections/grants.ts'
import { createRevocations, type Revocations } from '../../src/connections/revocations.ts'
import type { Connector } from '../../src/connectors/connector.ts'
import { type ConnectionChanged, createTelemetry } from '../../src/telemetry.ts'
import { fakeCrm, fakeInbox, silent, fakeVault as vault } from '../support/fake-crm.ts'
import { type FakeTokenEndpoint, startFakeTokenEndpoint } from '../support/fake-token-endpoint.ts'
import { defer, stateOf } from '../support/promises.ts'
import { answerWith } from '../support/stand-in.ts'
import { openStores, type Stores } from '../support/stores.ts'

let stores: Stores
let endpoint: FakeTokenEndpoint
let connector: Connector
let grants: Grants
let inboxId: string
const forget = vi.fn()
beforeAll(async () => {
  stores = await openStores()
})
afterAll(() => stores.close())
beforeEach(async () => {
  endpoint = await startFakeTokenEndpoint()
  connector = fakeCrm([], { ...endpoint.oauth, idleLimit: 400 }).connector
  grants = createWith([connector])
  inboxId = await stores.inbox()
})
afterEach(async () => {
  vi.useRealTimers()
  forget.mockReset()
  await endpoint.close()
  await stores.clear()
})

const telemetry = createTelemetry()

function createWith(connectors: readonly Connector[], revocations?: Revocations): Grants {
  const { connections: store, parked } = stores
  return createGrants({
    connectors,
    store,
    parked,
    inboxes: { forgetAll() {}, forget, renew() {}, byKey: async () => null, first: async () => fakeInbox() },
    vault,
    revocations: revocations ?? createRevocations({ connectors, parked, grants: store, vault, log: silent }),
    telemetry,
    log: silent,
  })
}

const minute = 60_000
const expiresAt = new Date('2026-12-01T00:00:00Z')
/** What consent at an account of this number gave. */
const grantOf = (number: number, changes: Partial<Grant> = {}): Grant => ({
  tokens: { accessToken: `access-${number}`, refreshToken: `refresh-${number}`, expiresAt },
  account: { id: `account-${number}`, name: `Number ${number}`, recordsUrl: `https://${number}.example/records` },
  apiUrl: `https://${number}.example`,
  scopes: ['read', 'more'],
  ...changes,
})
const connect = (grant: Grant, loginUrl: string | null = null) => grants.connect(inboxId, connector, grant, loginUrl)
const stored = () => stores.stored({ inboxId })
/** An inbox with the first account, to which an administrator has now signed in with the second. */
async function offer(grant = grantOf(2), loginUrl: string | null = null): Promise<string> {
  await connect(grantOf(1))
  const { offerId } = await connect(grant, loginUrl)
  forget.mockReset()
  return offerId ?? ''
}
/** Waits until these and no others are revoked. */
const revoked = (...tokens: string[]) =>
  vi.waitFor(async () => expect([endpoint.revoked(), await stores.parked.all()]).toEqual([tokens, []]), 5_000)

describe('a grant', () => {
  it('is stored sealed, with everything that the CRM told, and known at once', async () => {
    expect(await connect(grantOf(9), 'https://login.example')).toEqual({ offerId: null })
    const row = await stored()
    expect(row).toMatchObject({
      ...{ crm: 'fake', accountId: 'account-9', accountName: 'Number 9', recordsUrl: 'https://9.example/records' },
      ...{ apiUrl: 'https://9.example', loginUrl: 'https://login.example', scopes: ['read', 'more'], expiresAt },
      renewAt: new Date(expiresAt.getTime() - 5 * minute),
    })
    expect(Buffer.from(row.sealedTokens).toString('latin1')).not.toMatch(/access|refresh/)
    expect(vault.open(row)).toEqual({ accessToken: 'access-9', refreshToken: 'refresh-9' })
    expect(forget).toHaveBeenCalled()
  })

  it('whose end the CRM doesn’t tell is renewed before it lapses', async () => {
    const { tokens, ...rest } = grantOf(9)
    await connect({ tokens: { ...tokens, expiresAt: null }, ...rest })
    const { renewAt, expiresAt } = await stored()
    expect(expiresAt).toBeNull()
    expect((renewAt.getTime() - Date.now()) / 1_000).toBeCloseTo(100, -1)
  })

  it('of the same account replaces the one before at once, and nothing is revoked', async () => {
    await connect(grantOf(1))
    const before = await stored()
    const { tokens, ...same } = grantOf(1)
    expect(await connect({ ...same, tokens: { ...tokens, refreshToken: 'refresh-2' } })).toEqual({ offerId: null })
    const after = await stored()
    expect(after.epoch).not.toBe(before.epoch)
    expect(vault.open(after).refreshToken).toBe('refresh-2')
    expect([await stores.parked.all(), endpoint.questions]).toEqual([[], []])
  })
})

describe('a grant of another account', () => {
  it('changes nothing by itself: it is offered', async () => {
    await connect(grantOf(1))
    const before = await stored()
    forget.mockReset()
    const { offerId } = await connect(grantOf(2))
    expect(await stored()).toEqual(before)
    expect(await grants.offered(offerId ?? '')).toEqual({
      inboxId,
      offered: { crm: 'fake', id: 'account-2', name: 'Number 2' },
      current: { crm: 'fake', id: 'account-1', name: 'Number 1' },
    })
    expect(endpoint.questions).toEqual([])
    expect(forget).not.toHaveBeenCalled()
  })

  it('is another CRM’s, too, whatever its number', async () => {
    await connect(grantOf(1))
    const { offerId } = await grants.connect(inboxId, { ...connector, id: 'other' }, grantOf(1), null)
    expect(await grants.offered(offerId ?? '')).toMatchObject({ offered: { crm: 'other' }, current: { crm: 'fake' } })
    expect(await stored()).toMatchObject({ crm: 'fake' })
  })

  it('ends the secret by which the other account’s workflows send, once it is accepted; the same account’s stays', async () => {
    const sendingHash = Buffer.alloc(32, 1)
    const left = async () => (await stores.inboxes.byId(inboxId))?.sendingHash ?? null
    await connect(grantOf(1))
    await stores.inboxes.setSending(inboxId, sendingHash)
    await connect(grantOf(1))
    const { offerId } = await connect(grantOf(2))
    expect(Buffer.from((await left()) ?? [])).toEqual(sendingHash)
    const other = await stores.connected()
    await stores.inboxes.setSending(other.inboxId, sendingHash)
    expect(await grants.accept(offerId ?? '')).toBe(true)
    expect([await left(), (await stores.inboxes.byId(other.inboxId))?.sendingHash?.length]).toEqual([null, 32])
    await stores.inboxes.setSending(inboxId, sendingHash)
    await grants.decline((await connect(grantOf(3))).offerId ?? '')
    expect(await left()).not.toBeNull()
    await grants.disconnect(inboxId)
    expect(await left()).not.toBeNull()
  })

  it('is offered as well where the CRM has ended the one before: agents would see other people’s contacts', async () => {
    await connect(grantOf(1))
    await stores.connections.requireReconnect(await stored(), 'it ended')
    expect((await connect(grantOf(2))).offerId).not.toBeNull()
    expect(await stored()).toMatchObject({ accountId: 'account-1', status: 'reconnect_required' })
  })

  it('takes the place when it is accepted, and the one before is revoked at its CRM', async () => {
    const offerId = await offer(grantOf(2), endpoint.url)
    const { epoch } = await stored()
    expect(await grants.accept(offerId)).toBe(true)
    const row = await stored()
    expect(row.epoch).not.toBe(epoch)
    expect(row).toMatchObject({
      ...{ crm: 'fake', accountId: 'account-2', accountName: 'Number 2', recordsUrl: 'https://2.example/records' },
      ...{ apiUrl: 'https://2.example', loginUrl: endpoint.url, scopes: ['read', 'more'], expiresAt },
      ...{ renewAt: new Date(expiresAt.getTime() - 5 * minute), version: 1, status: 'active' },
    })
    expect(vault.open(row)).toEqual({ accessToken: 'access-2', refreshToken: 'refresh-2' })
    expect(forget).toHaveBeenCalled()
    await revoked('refresh-1')
  })

  it('whose end the CRM doesn’t tell is accepted with none', async () => {
    const { tokens, ...rest } = grantOf(2)
    await grants.accept(await offer({ tokens: { ...tokens, expiresAt: null }, ...rest }))
    expect(await stored()).toMatchObject({ accountId: 'account-2', expiresAt: null })
  })

  it('is accepted once, whoever presses twice', async () => {
    const offerId = await offer()
    const answers = await Promise.all([grants.accept(offerId), grants.accept(offerId), grants.accept(offerId)])
    expect(answers.filter(Boolean)).toHaveLength(1)
    expect([await grants.offered(offerId), await grants.accept(offerId)]).toEqual([null, false])
    expect(await stored()).toMatchObject({ accountId: 'account-2' })
  })

  it('is revoked when it is declined, and the inbox keeps what it has', async () => {
    const offerId = await offer()
    const before = await stored()
    await grants.decline(offerId)
    expect(await stored()).toEqual(before)
    await revoked('refresh-2')
    expect([await grants.offered(offerId), await grants.accept(offerId)]).toEqual([null, false])
  })

  it('can’t be declined any more when it is accepted', async () => {
    const offerId = await offer()
    await grants.accept(offerId)
    await revoked('refresh-1')
    await grants.decline(offerId)
    expect(await stored()).toMatchObject({ accountId: 'account-2' })
    await revoked('refresh-1')
  })

  it('lapses after ten minutes', async () => {
    const offerId = await offer()
    await stores.pass(9 * minute)
    expect(await grants.offered(offerId)).not.toBeNull()
    await stores.pass(minute)
    expect([await grants.offered(offerId), await grants.accept(offerId)]).toEqual([null, false])
    expect(await stored()).toMatchObject({ accountId: 'account-1' })
  })

  it('can be accepted though the inbox was disconnected meanwhile', async () => {
    const offerId = await offer()
    await grants.disconnect(inboxId)
    expect(await grants.accept(offerId)).toBe(true)
    expect(await stored()).toMatchObject({ accountId: 'account-2' })
  })
})

describe('a disconnect', () => {
  it('ends the grant here and at its CRM', async () => {
    await connect(grantOf(1))
    forget.mockReset()
    expect(await grants.disconnect(inboxId)).toBe(true)
    expect(await stores.connections.find(inboxId)).toBeNull()
    expect(forget).toHaveBeenCalled()
    expect([endpoint.revoked(), await stores.parked.all()]).toEqual([['refresh-1'], []])
  })

  it.each<[string, () => void]>([
    ['the CRM fails', () => Object.assign(endpoint, { answer: answerWith(503) })],
    ['the CRM was taken out', () => Object.assign(connector, { id: 'another' })],
  ])('is done here even when %s, and there when it can be', async (_what, happen) => {
    await connect(grantOf(1))
    happen()
    expect(await grants.disconnect(inboxId)).toBe(true)
    expect(await stores.connections.find(inboxId)).toBeNull()
    expect(await stores.parkedTokens()).toEqual(['refresh-1'])
  })

  it('is done here before the CRM has heard of it', async () => {
    await connect(grantOf(1))
    const told = defer<void>()
    forget.mockReset()
    const disconnected = createWith([connector], { run: () => told.promise }).disconnect(inboxId)
    await vi.waitFor(() => expect(forget).toHaveBeenCalled())
    expect(await stores.connections.find(inboxId)).toBeNull()
    expect(await stateOf(disconnected)).toBe('pending')
    told.resolve()
    expect(await disconnected).toBe(true)
  })

  it('waits five seconds at most for the CRM to hear of it', async () => {
    await connect(grantOf(1))
    const begun = defer<void>()
    const hang = () => {
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
      begun.resolve()
      return new Promise<void>(() => {})
    }
    const disconnected = createWith([connector], { run: hang }).disconnect(inboxId)
    await begun.promise
    vi.advanceTimersByTime(4_999)
    expect(await stateOf(disconnected)).toBe('pending')
    vi.advanceTimersByTime(1)
    expect(await disconnected).toBe(true)
  })

  it('of what isn’t connected does nothing', async () => {
    expect(await grants.disconnect(inboxId)).toBe(false)
    expect(endpoint.questions).toEqual([])
  })
})

describe('a connection that was broken', () => {
  const changes: ConnectionChanged[] = []
  const note = (change: ConnectionChanged) => void changes.push(change)
  beforeEach(() => {
    changes.length = 0
    telemetry.on('connection', note)
  })
  afterEach(() => telemetry.off('connection', note))

  const breakIt = async () => {
    const connection = await stores.stored({ inboxId })
    if (connection !== null) await stores.connections.requireReconnect(connection, 'it ended')
  }
  const recovered = () => ({ inboxId, crm: connector.id, change: 'recovered', reason: null })

  it('is told to work again once it is connected again; one that worked isn’t', async () => {
    await connect(grantOf(1))
    await connect(grantOf(1))
    expect(changes).toEqual([])
    await breakIt()
    await connect(grantOf(1))
    await connect(grantOf(1))
    expect(changes).toEqual([recovered()])
  })

  it('is told to work again once another account has been accepted in its place', async () => {
    await connect(grantOf(1))
    await breakIt()
    const { offerId } = await connect(grantOf(2))
    expect(changes).toEqual([])
    expect(await grants.accept(offerId ?? '')).toBe(true)
    expect(changes).toEqual([recovered()])
  })
})
