/** What is written to the database by whom, and who loses. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ConnectionStore } from '../../src/connections/connection-store.ts'
import type { InboxStore } from '../../src/connections/inbox-store.ts'
import { fakeGrant } from '../support/fake-crm.ts'
import { openStores, type Stores } from '../support/stores.ts'

let stores: Stores
let inboxes: InboxStore
let connections: ConnectionStore
beforeAll(async () => {
  stores = await openStores()
  inboxes = stores.inboxes
  connections = stores.connections
})
afterAll(() => stores.close())

const nobodys = '01900000-0000-7000-8000-000000000009'
const noOne = { name: 'Support', crm: null, region: null }
const tokens = (text: string) => ({
  sealedTokens: Buffer.from(text),
  expiresAt: new Date('2026-12-01T00:00:00Z'),
  renewAt: new Date('2026-11-30T23:55:00Z'),
})

const connected = () => stores.connected(tokens('first'))

describe('the first inbox', () => {
  it('is made once, however many processes ask at once, and is the oldest ever after', async () => {
    const asked = await Promise.all(Array.from({ length: 8 }, () => inboxes.first({ ...noOne, name: 'First' })))
    expect(new Set(asked.map(({ id }) => id)).size).toBe(1)
    expect(await stores.prisma.inbox.count()).toBe(1)
    await inboxes.create({ ...noOne, name: 'Second' })
    expect(await inboxes.first({ ...noOne, name: 'Third' })).toMatchObject({ name: 'First', connection: null })
    expect((await inboxes.list()).map(({ name }) => name)).toEqual(['First', 'Second'])
  })
})

describe('an inbox', () => {
  it('is found by its key, which is stored nowhere', async () => {
    const { inbox, key } = await inboxes.create({ name: 'Zürich', crm: 'hubspot', region: 'CH' })
    expect(key).toMatch(/^[\w-]{32}$/)
    expect(await inboxes.byKey(key)).toEqual(inbox)
    expect(inbox).toMatchObject({ name: 'Zürich', crm: 'hubspot', region: 'CH', connection: null })
    expect(JSON.stringify(await stores.prisma.inbox.findMany())).not.toContain(key)
  })

  it.each(['', 'x', "' OR 1=1 --", 'a'.repeat(10_000), '\u0000'])('is not found by %j', async (key) => {
    expect(await inboxes.byKey(key)).toBeNull()
  })

  it.each(['', 'not-a-uuid', nobodys, `${nobodys}'`])('has no id %j', async (id) => {
    expect(await inboxes.byId(id)).toBeNull()
  })

  it('has one key at a time', async () => {
    const { inbox, key } = await inboxes.create(noOne)
    const next = (await inboxes.rotateKey(inbox.id)) ?? ''
    expect(next).not.toBe(key)
    expect(await inboxes.byKey(key)).toBeNull()
    expect(await inboxes.byKey(next)).toMatchObject({ id: inbox.id })
    expect(await inboxes.rotateKey(nobodys)).toBeNull()
  })

  it('takes its connection along when it goes', async () => {
    const { inboxId } = await connected()
    expect(await inboxes.remove(inboxId)).toBe(true)
    expect([await inboxes.byId(inboxId), await connections.find(inboxId)]).toEqual([null, null])
    expect(await inboxes.remove(inboxId)).toBe(false)
  })
})

describe('a connection', () => {
  it('comes with its inbox', async () => {
    const { recovered, endedSending, ...connection } = await connected()
    expect(await inboxes.byId(connection.inboxId)).toMatchObject({ connection })
    expect([recovered, endedSending]).toEqual([false, false])
    expect(connection).toMatchObject({ crm: 'fake', accountId: 'account-1', version: 1, status: 'active', leaseOwner: null })
  })

  it('replaces whatever was there, and shares nothing with it', async () => {
    const old = await connected()
    await connections.claim(old, 'somebody', 60_000)
    await connections.release(old, 'somebody', 60_000)
    await connections.requireReconnect(old, 'it ended')
    const { recovered, endedSending, ...fresh } = await connections.connect(
      old.inboxId,
      fakeGrant(old.inboxId, { accountId: '2' }),
    )
    expect([recovered, endedSending]).toEqual([true, false])
    expect(fresh.epoch).not.toBe(old.epoch)
    expect(fresh).toMatchObject({
      accountId: '2',
      version: 1,
      status: 'active',
      statusReason: null,
      leaseOwner: null,
      leaseUntil: null,
      failures: 0,
      retryAt: null,
    })
    expect(await connections.storeTokens(old, tokens('of the old grant'))).toBe(null)
    expect(await connections.requireReconnect(old, 'the old one ended')).toBe(false)
    expect(await connections.claim(old, 'somebody', 60_000)).toBe(false)
    expect(await connections.find(old.inboxId)).toEqual(fresh)
  })

  it.each([
    ['account', { accountId: '2' }],
    ['CRM', { crm: 'other' }],
  ])('of another %s leaves the old grant parked, to be revoked', async (_what, other) => {
    await stores.clear()
    const old = await stores.connected({ loginUrl: 'https://login.example' })
    await connections.connect(old.inboxId, fakeGrant(old.inboxId, other))
    const { inboxId, crm, accountId, loginUrl, sealedTokens } = old
    expect(await stores.parked.all()).toMatchObject([{ inboxId, crm, accountId, loginUrl, sealedTokens, offer: null }])
    expect((await stores.parked.all())[0]?.revokeAt.getTime()).toBeLessThanOrEqual(Date.now())
  })

  it('of the same account leaves nothing behind: the CRM may have given the same tokens again', async () => {
    await stores.clear()
    const old = await connected()
    await connections.connect(old.inboxId, fakeGrant(old.inboxId))
    expect(await stores.parked.all()).toEqual([])
  })

  it('is parked when it is disconnected, once, and outlives its inbox', async () => {
    await stores.clear()
    const { inboxId } = await stores.connected({}, 'refresh-9')
    const disconnects = await Promise.all([connections.disconnect(inboxId), connections.disconnect(inboxId)])
    expect(disconnects).toEqual(expect.arrayContaining([{ crm: 'fake' }, null]))
    expect(await inboxes.byId(inboxId)).toMatchObject({ connection: null })
    await inboxes.remove(inboxId)
    expect(await stores.parkedTokens()).toEqual(['refresh-9'])
  })

  it('takes tokens of its current version only: of two writers the later read wins', async () => {
    const read = await connected()
    expect(await connections.storeTokens(read, tokens('second'))).toEqual({ recovered: false })
    expect(await connections.storeTokens(read, tokens('late'))).toBe(null)
    expect(await connections.requireReconnect(read, 'late')).toBe(false)
    const now = await connections.find(read.inboxId)
    expect(now).toMatchObject({ version: 2, status: 'active', epoch: read.epoch })
    expect(Buffer.from(now?.sealedTokens ?? []).toString()).toBe('second')
  })

  it('is marked as ended once, and says why and since when', async () => {
    const connection = await connected()
    const before = Date.now()
    expect(await connections.requireReconnect(connection, 'invalid_grant')).toBe(true)
    expect(await connections.requireReconnect(connection, 'again')).toBe(false)
    const ended = await connections.find(connection.inboxId)
    expect(ended).toMatchObject({ status: 'reconnect_required', statusReason: 'invalid_grant' })
    // As by a process whose refresh was under way: it had newer tokens than those that were refused.
    expect(await connections.storeTokens(connection, tokens('newer'))).toEqual({ recovered: true })
    expect(ended?.statusSince.getTime()).toBeGreaterThanOrEqual(before - 1_000)
  })
})

describe('the claim to refresh', () => {
  it('goes to one of many who want it at once', async () => {
    const connection = await connected()
    const claims = await Promise.all(
      Array.from({ length: 10 }, (_, nth) => connections.claim(connection, `process ${nth}`, 60_000)),
    )
    expect(claims.filter(Boolean)).toHaveLength(1)
  })

  it('stays with its owner, who may renew it, until it is given up', async () => {
    const connection = await connected()
    expect(await connections.claim(connection, 'owner', 60_000)).toBe(true)
    expect(await connections.claim(connection, 'owner', 60_000)).toBe(true)
    await connections.release(connection, 'other', 0)
    expect(await connections.claim(connection, 'other', 60_000)).toBe(false)
    await connections.release(connection, 'owner', 0)
    expect(await connections.claim(connection, 'other', 60_000)).toBe(true)
  })

  it('lapses with its time', async () => {
    const connection = await connected()
    expect(await connections.claim(connection, 'died', 60_000)).toBe(true)
    await stores.pass(60_001)
    expect(await connections.claim(connection, 'other', 60_000)).toBe(true)
    expect(await connections.claim(connection, 'died', 60_000)).toBe(false)
  })

  it('ends with new tokens, and there is none on an old version or an ended grant', async () => {
    const connection = await connected()
    await connections.claim(connection, 'owner', 60_000)
    await connections.storeTokens(connection, tokens('second'))
    expect(await connections.claim(connection, 'owner', 60_000)).toBe(false)
    const current = { ...connection, version: 2 }
    expect(await connections.claim(current, 'other', 60_000)).toBe(true)
    await connections.requireReconnect(current, 'ended')
    expect(await connections.claim(current, 'other', 60_000)).toBe(false)
  })

  it('is nobody’s during the pause after a failure, and anybody’s after it', async () => {
    const connection = await connected()
    await connections.claim(connection, 'owner', 60_000)
    await connections.release(connection, 'owner', 60_000)
    for (const process of ['owner', 'other']) expect(await connections.claim(connection, process, 60_000)).toBe(false)
    await stores.pass(60_000)
    expect(await connections.claim(connection, 'other', 60_000)).toBe(true)
  })

  it('counts the failures until there are new tokens', async () => {
    const connection = await connected()
    for (const failures of [1, 2, 3]) {
      await connections.claim(connection, 'owner', 60_000)
      await connections.release(connection, 'owner', 0)
      expect(await connections.find(connection.inboxId)).toMatchObject({ failures })
    }
    await connections.storeTokens(connection, tokens('second'))
    expect(await connections.find(connection.inboxId)).toMatchObject({ failures: 0, retryAt: null })
  })

  it('lapses with its time though a failure came before', async () => {
    const connection = await connected()
    await connections.claim(connection, 'owner', 60_000)
    await connections.release(connection, 'owner', 0)
    await connections.claim(connection, 'died', 60_000)
    await stores.pass(60_001)
    expect(await connections.claim(connection, 'other', 60_000)).toBe(true)
  })
})

describe('the time that a connection was last asked', () => {
  it('is written down without a word to whoever refreshes', async () => {
    const connection = await connected()
    await stores.prisma.connection.update({ where: { inboxId: connection.inboxId }, data: { askedAt: new Date(0) } })
    await connections.touch(connection.inboxId)
    const touched = await connections.find(connection.inboxId)
    expect(touched?.askedAt.getTime()).toBeGreaterThan(Date.now() - 10_000)
    expect(touched).toMatchObject({ version: connection.version, epoch: connection.epoch })
    await connections.touch(nobodys)
  })
})

describe('what tells replicas that a connection began or ended', () => {
  const generation = () => connections.generation()

  it('changes with every beginning and end, and with nothing else', async () => {
    const connection = await connected()
    const seen = [await generation()]
    await connections.claim(connection, 'owner', 60_000)
    await connections.storeTokens(connection, tokens('second'))
    await connections.touch(connection.inboxId)
    await connections.requireReconnect({ ...connection, version: 2 }, 'it ended')
    expect(await generation()).toBe(seen[0])
    for (const change of [
      () => connections.connect(connection.inboxId, fakeGrant(connection.inboxId)),
      () => connected(),
      () => connections.disconnect(connection.inboxId),
      () => inboxes.remove(connection.inboxId).then(() => connected()),
    ]) {
      await change()
      seen.push(await generation())
    }
    expect(new Set(seen).size).toBe(seen.length)
  })

  it('notes a change for every grant at an account, and for no other', async () => {
    const [one, other] = [await stores.connected({ accountId: 'changing' }), await stores.connected({ accountId: 'changing' })]
    const [elsewhere, theirs] = [
      await stores.connected({ accountId: 'still' }),
      await stores.connected({ crm: 'other', accountId: 'changing' }),
    ]
    const before = await generation()
    const noted = await connections.noteChange('fake', 'changing')
    expect(noted.map(({ epoch }) => epoch).toSorted()).toEqual([one.epoch, other.epoch].toSorted())
    expect(noted.map(({ inboxId }) => inboxId).toSorted()).toEqual([one.inboxId, other.inboxId].toSorted())
    expect(await generation()).not.toBe(before)
    const changes = await connections.current([one, other, elsewhere, theirs].map(({ epoch }) => epoch))
    expect([one, other, elsewhere, theirs].map(({ epoch }) => changes.get(epoch))).toEqual([1, 1, 0, 0])
    expect(await connections.noteChange('fake', 'nobody’s')).toEqual([])
  })

  it('tells whose epochs are alive', async () => {
    const [alive, replaced, gone] = [await connected(), await connected(), await connected()]
    const fresh = await connections.connect(replaced.inboxId, fakeGrant(replaced.inboxId))
    await connections.disconnect(gone.inboxId)
    const known = [alive, replaced, fresh, gone].map(({ epoch }) => epoch)
    expect([...(await connections.current([...known, nobodys])).keys()].toSorted()).toEqual([alive.epoch, fresh.epoch].toSorted())
    expect(await connections.current([])).toEqual(new Map())
  })
})
