/** Grants that no inbox uses any more end at their CRM: now, or when it can be told. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { ParkedGrant, Parking } from '../../src/connections/parked-grant-store.ts'
import { createRevocations } from '../../src/connections/revocations.ts'
import type { Connector } from '../../src/connectors/connector.ts'
import { fakeCrm, fakeVault as vault } from '../support/fake-crm.ts'
import { type FakeTokenEndpoint, startFakeTokenEndpoint } from '../support/fake-token-endpoint.ts'
import { answerWith, half, reset } from '../support/stand-in.ts'
import { fakeParking, openStores, type Stores } from '../support/stores.ts'

let stores: Stores
let endpoint: FakeTokenEndpoint
let connector: Connector
const log = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() }
beforeAll(async () => {
  stores = await openStores()
})
afterAll(() => stores.close())
beforeEach(async () => {
  endpoint = await startFakeTokenEndpoint()
  connector = fakeCrm([], endpoint.oauth).connector
})
afterEach(async () => {
  vi.clearAllMocks()
  await endpoint.close()
  await stores.clear()
})

const inboxId = '01900000-0000-7000-8000-000000000001'
const second = 1_000
const hour = 3_600 * second

const park = (refreshToken?: string, changes?: Partial<Parking>) => stores.parked.add(fakeParking(inboxId, refreshToken, changes))
const run = (connectors: readonly Connector[] = [connector]) =>
  createRevocations({ connectors, parked: stores.parked, grants: stores.connections, vault, log }).run()
/** The only parked grant. */
async function left(): Promise<ParkedGrant> {
  const [grant, ...more] = await stores.parked.all()
  if (grant === undefined || more.length > 0) throw new Error(`${more.length} grants are left`)
  return grant
}
const down = answerWith(503)

describe('a grant that no inbox uses', () => {
  it('is revoked at its CRM, and forgotten', async () => {
    await park()
    await run()
    expect(endpoint.questions).toEqual([{ kind: 'revoke', token: 'refresh-1' }])
    expect(await stores.parked.all()).toEqual([])
  })

  it('is revoked where it was granted', async () => {
    const elsewhere = await startFakeTokenEndpoint()
    await park('refresh-2', { loginUrl: elsewhere.url })
    await run()
    await elsewhere.close()
    expect([elsewhere.revoked(), endpoint.revoked()]).toEqual([['refresh-2'], []])
  })

  it('is given up where its host isn’t the CRM’s, and nothing is sent there', async () => {
    const elsewhere = await startFakeTokenEndpoint()
    await park('refresh-2', { loginUrl: elsewhere.url })
    const oauth = { ...connector.oauth, isOwnHost: () => false }
    await run([{ ...connector, oauth }])
    await elsewhere.close()
    expect([elsewhere.questions, endpoint.questions, await stores.parked.all()]).toEqual([[], [], []])
    expect(log.warn).toHaveBeenCalledWith(expect.objectContaining({ inboxId }), 'grant given up')
    expect(JSON.stringify(log.warn.mock.calls)).not.toContain(elsewhere.url)
  })

  it('is revoked with all others whose time has come, whatever the CRM’s answer holds', async () => {
    endpoint.answer = (response, { token }) => answerWith(200, token === 'refresh-2' ? '<p>Fine</p>' : { fine: true })(response)
    for (const token of ['refresh-1', 'refresh-2', 'refresh-3']) await park(token)
    await run()
    expect(endpoint.revoked().toSorted()).toEqual(['refresh-1', 'refresh-2', 'refresh-3'])
    expect(await stores.parked.all()).toEqual([])
  })

  it('is revoked once by processes that do it at once', async () => {
    for (const token of ['refresh-1', 'refresh-2', 'refresh-3']) await park(token)
    await Promise.all([run(), run(), run(), run()])
    expect(endpoint.revoked().toSorted()).toEqual(['refresh-1', 'refresh-2', 'refresh-3'])
  })

  it('is not revoked while it is offered to somebody', async () => {
    const offer = { accountName: 'Acme', recordsUrl: '', apiUrl: null, scopes: [], expiresAt: null }
    await stores.parked.offer(fakeParking(inboxId), offer, 600)
    await run()
    expect(endpoint.questions).toEqual([])
    await stores.pass(600 * second)
    await run()
    expect(endpoint.revoked()).toEqual(['refresh-1'])
  })
})

describe('a CRM that can’t be told', () => {
  it.each([
    ['is down (503)', down],
    ['fails (500)', answerWith(500)],
    ['is busy (429)', answerWith(429)],
    ['gives up waiting (408)', answerWith(408)],
    ['is behind a broken proxy', answerWith(502, '<h1>Bad gateway</h1>')],
    ['resets', reset],
    ['doesn’t know this server’s app, until the operator has looked', answerWith(401, { error: 'invalid_client' })],
    ['refuses this server’s secret', answerWith(400, { error: 'invalid_client' })],
  ])('because it %s is told when it can be', async (_what, answer) => {
    const answerWell = endpoint.answer
    endpoint.answer = answer
    await park()
    await run()
    endpoint.answer = answerWell
    await run()
    expect(endpoint.revoked()).toEqual(['refresh-1'])
    await stores.pass(5 * second)
    await run()
    expect(endpoint.revoked()).toEqual(['refresh-1', 'refresh-1'])
    expect(await stores.parked.all()).toEqual([])
  })

  it.each<[nth: number, pause: number]>([
    [1, 5 * second],
    [2, 10 * second],
    [3, 20 * second],
    [12, 10_240 * second],
    [14, 6 * hour],
    [39, 6 * hour],
  ])('for the %ith time is told again after %i ms', async (nth, pause) => {
    endpoint.answer = down
    await park()
    await stores.prisma.parkedGrant.updateMany({ data: { attempts: nth - 1 } })
    const before = Date.now()
    await run()
    const { attempts, revokeAt } = await left()
    expect(attempts).toBe(nth)
    expect(revokeAt.getTime()).toBeGreaterThanOrEqual(before + pause)
    expect(revokeAt.getTime()).toBeLessThanOrEqual(Date.now() + pause)
  })

  it('for a week isn’t told any more', async () => {
    endpoint.answer = down
    await park()
    await stores.prisma.parkedGrant.updateMany({ data: { attempts: 39 } })
    await run()
    expect(await stores.parked.all()).toEqual([])
  })

  it('keeps no other from being told', async () => {
    const well = await startFakeTokenEndpoint()
    endpoint.answer = down
    await park()
    await park('refresh-2', { crm: 'well' })
    await run([connector, { ...fakeCrm([], well.oauth).connector, id: 'well' }])
    await well.close()
    expect(well.revoked()).toEqual(['refresh-2'])
    expect(await left()).toMatchObject({ crm: 'fake' })
  })

  it('because it isn’t set up any more is told when it is set up again', async () => {
    await park()
    await run([])
    expect(await left()).toMatchObject({ attempts: 1 })
    await stores.pass(5 * second)
    await run()
    expect(endpoint.revoked()).toEqual(['refresh-1'])
  })

  it('because it breaks its answer off has probably heard: a success is a success', async () => {
    endpoint.answer = half
    await park()
    await run()
    expect(await stores.parked.all()).toEqual([])
  })
})

describe('a grant that can’t be revoked', () => {
  it.each([
    ['ended already', 400, { error: 'invalid_grant' }],
    ['unknown', 400, { error: 'unsupported_token_type', error_description: 'this token type is not supported' }],
    ['not to be revoked at this address', 404, 'Not found'],
  ])('because it is %s at the CRM is given up', async (_what, status, body) => {
    endpoint.answer = answerWith(status, body)
    await park()
    await run()
    expect(endpoint.revoked()).toEqual(['refresh-1'])
    expect(await stores.parked.all()).toEqual([])
  })

  it('because its seal can’t be opened is given up, and its CRM isn’t asked', async () => {
    await park('', { sealedTokens: Uint8Array.from(Buffer.from('moved')) })
    await run()
    expect(endpoint.questions).toEqual([])
    expect(await stores.parked.all()).toEqual([])
  })
})

describe('a refresh token that another inbox of the account lives on', () => {
  it('is not revoked: some CRMs give the same one to whoever connects the account', async () => {
    await stores.connected({}, 'refresh-1')
    await park()
    await run()
    expect(endpoint.questions).toEqual([])
    expect(await stores.parked.all()).toEqual([])
  })

  it.each([
    ['with another token', {}, 'refresh-2'],
    ['of another account', { accountId: 'account-2' }, 'refresh-1'],
    ['of another CRM', { crm: 'other' }, 'refresh-1'],
    ['whose seal can’t be opened', { sealedTokens: Uint8Array.from(Buffer.from('moved')) }, ''],
  ])('is no inbox’s %s', async (_what, connection, refreshToken) => {
    await stores.connected(connection, refreshToken)
    await park()
    await run()
    expect(endpoint.revoked()).toEqual(['refresh-1'])
  })
})

describe('the operator', () => {
  it('reads what became of each grant, and no token', async () => {
    const answers = [down, answerWith(200), answerWith(400, { error: 'invalid_grant' })]
    endpoint.answer = (response) => answers.shift()?.(response)
    await park()
    await run()
    await stores.pass(5 * second)
    await run()
    await park()
    await run()
    const about = { inboxId, crm: 'fake' }
    expect(log.warn.mock.calls).toEqual([
      [{ ...about, attempts: 1, reason: expect.stringContaining('503') }, 'grant not revoked yet'],
      [{ ...about, attempts: 1, reason: expect.stringContaining('invalid_grant') }, 'grant given up'],
    ])
    expect(log.info.mock.calls).toEqual([[about, 'grant revoked']])
    expect(JSON.stringify(Object.values(log).map(({ mock }) => mock.calls))).not.toMatch(/refresh-1|access-1/)
  })
})
