/** Offers and grants to be revoked, in the database: who gets which, and when. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Connection } from '../../src/connections/inbox-store.ts'
import type { Offer, ParkedGrant, ParkedGrantStore } from '../../src/connections/parked-grant-store.ts'
import { fakeGrant } from '../support/fake-crm.ts'
import { fakeParking, openStores, type Stores } from '../support/stores.ts'

let stores: Stores
let parked: ParkedGrantStore
beforeAll(async () => {
  stores = await openStores()
  parked = stores.parked
})
afterAll(() => stores.close())
afterEach(() => stores.clear())

const inboxId = '01900000-0000-7000-8000-000000000001'
const nobodys = '01900000-0000-7000-8000-000000000009'
const minute = 60_000
const grant = fakeParking(inboxId, '', { loginUrl: 'https://login.example', sealedTokens: Uint8Array.from([0, 1, 255]) })
const offer: Offer = {
  accountName: 'Acme & Söhne',
  recordsUrl: 'https://fake.example/records',
  apiUrl: null,
  scopes: ['read', 'more'],
  expiresAt: '2026-12-01T00:00:00.000Z',
}
const offerFor = (seconds: number) => parked.offer(grant, offer, seconds)
/** As the connection of a new inbox. */
async function accept(id: string): Promise<Connection | null> {
  const inbox = await stores.inbox()
  return stores.connections.accept(id, inbox, fakeGrant(inbox))
}
/** All whose time has come. */
async function claimAll(): Promise<ParkedGrant[]> {
  const claimed: ParkedGrant[] = []
  for (;;) {
    const one = await parked.claim(minute)
    if (one === null) return claimed
    claimed.push(one)
  }
}

describe('an offer', () => {
  it('can be seen while it stands, and has everything of the connection that it would become', async () => {
    const id = await offerFor(60)
    expect(await parked.offered(id)).toMatchObject({ id, ...grant, offer, attempts: 0 })
    expect(await claimAll()).toEqual([])
  })

  it('is accepted once, whoever presses twice', async () => {
    const id = await offerFor(60)
    const accepted = await Promise.all(Array.from({ length: 4 }, () => accept(id)))
    expect(accepted.filter((connection) => connection !== null)).toHaveLength(1)
    expect([await parked.offered(id), await accept(id), await parked.all()]).toEqual([null, null, []])
  })

  it('that is declined is revoked now, and can’t be accepted any more', async () => {
    const id = await offerFor(60)
    await parked.decline(id)
    expect([await parked.offered(id), await accept(id)]).toEqual([null, null])
    expect(await claimAll()).toMatchObject([{ id, ...grant }])
  })

  it('that nobody decides is revoked when its time is over', async () => {
    const id = await offerFor(60)
    await stores.pass(minute - 10_000)
    expect([await parked.offered(id), await claimAll()]).toMatchObject([{ id }, []])
    await stores.pass(10_000)
    expect([await parked.offered(id), await accept(id)]).toEqual([null, null])
    expect(await claimAll()).toMatchObject([{ id }])
  })

  it('that a process is revoking can’t be accepted, though it waits for another try', async () => {
    const id = await offerFor(-1)
    await parked.claim(minute)
    expect([await parked.offered(id), await accept(id)]).toEqual([null, null])
    // Nor does declining bring the next try forward.
    await parked.decline(id)
    expect(await claimAll()).toEqual([])
  })

  it.each([nobodys, 'of a grant that is only to be revoked'])('is nothing else: %s', async (what) => {
    await parked.add(grant)
    // As where clocks differ.
    await stores.pass(-minute)
    const id = what === nobodys ? nobodys : ((await parked.all())[0]?.id ?? '')
    expect([await parked.offered(id), await accept(id)]).toEqual([null, null])
    await parked.decline(id)
    expect(await parked.all()).toHaveLength(1)
  })
})

describe('a grant that is to be revoked', () => {
  it('goes to one process, however many look at once', async () => {
    for (let count = 0; count < 5; count += 1) await parked.add(grant)
    const claimed = (await Promise.all(Array.from({ length: 12 }, () => parked.claim(minute)))).filter((one) => one !== null)
    expect(new Set(claimed.map(({ id }) => id)).size).toBe(claimed.length)
    // A process that found a neighbour's grant locked has come for nothing; the next look finds what is left.
    expect(claimed.length + (await claimAll()).length).toBe(5)
  })

  it('goes to another process when the first one doesn’t come back in time', async () => {
    await parked.add(grant)
    expect(await parked.claim(minute)).toMatchObject({ attempts: 1 })
    expect(await parked.claim(minute)).toBeNull()
    await stores.pass(minute)
    expect(await parked.claim(minute)).toMatchObject({ attempts: 2 })
  })

  it('waits as long as it is postponed', async () => {
    await parked.add(grant)
    const { id } = (await parked.claim(minute)) as ParkedGrant
    await parked.postpone(id, 2 * minute)
    await stores.pass(minute)
    expect(await parked.claim(minute)).toBeNull()
    await stores.pass(minute)
    expect(await parked.claim(minute)).toMatchObject({ id, attempts: 2 })
  })

  it('comes before those whose time came later', async () => {
    for (const [accountId, minutesAgo] of Object.entries({ newest: 1, oldest: 3, between: 2 })) {
      const revokeAt = new Date(Date.now() - minutesAgo * minute)
      await stores.prisma.parkedGrant.create({ data: { ...grant, accountId, revokeAt } })
    }
    expect((await claimAll()).map(({ accountId }) => accountId)).toEqual(['oldest', 'between', 'newest'])
  })

  it('is gone when it is removed', async () => {
    await parked.add(grant)
    const { id } = (await parked.claim(minute)) as ParkedGrant
    await parked.remove(id)
    await parked.remove(id)
    expect(await parked.all()).toEqual([])
  })
})
