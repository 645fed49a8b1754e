/** What is written to the database by whom, and who loses. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ConnectionStore, createConnectionStore } from '../../src/connections/connection-store.ts'
import { createInboxStore, type InboxStore } from '../../src/connections/inbox-store.ts'
import { type Database, openDatabase } from '../../src/database/database.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'

let test: TestDatabase
let database: Database
let inboxes: InboxStore
let connections: ConnectionStore
beforeAll(async () => {
  test = await createTestDatabase()
  database = await openDatabase({ url: test.environment.DATABASE_URL, folder: test.environment.DATA_DIR })
  inboxes = createInboxStore(database.prisma)
  connections = createConnectionStore(database.prisma)
})
afterAll(async () => {
  await database.close()
  await test.drop()
})

const nobodys = '01900000-0000-7000-8000-000000000009'
const noOne = { name: 'Support', crm: null, region: null }
const tokens = (text: string) => ({ sealedTokens: Buffer.from(text), expiresAt: new Date('2026-12-01T00:00:00Z') })
const account = {
  crm: 'hubspot',
  accountId: '1',
  accountName: 'Acme',
  recordsUrl: '',
  apiUrl: null,
  loginUrl: null,
  scopes: ['a'],
}

async function connected() {
  const { inbox } = await inboxes.create(noOne)
  return connections.connect(inbox.id, { ...account, ...tokens('first') })
}

describe('the first inbox', () => {
  it('is made once, however many processes ask at once, and is the oldest ever after', async () => {
    const asked = await Promise.all(Array.from({ length: 8 }, () => inboxes.first({ ...noOne, name: 'First' })))
    expect(new Set(asked.map(({ id }) => id)).size).toBe(1)
    expect(await database.prisma.inbox.count()).toBe(1)
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
    expect(JSON.stringify(await database.prisma.inbox.findMany())).not.toContain(key)
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
    const connection = await connected()
    expect(await inboxes.byId(connection.inboxId)).toMatchObject({ connection })
    expect(connection).toMatchObject({ ...account, version: 1, status: 'active', leaseOwner: null })
  })

  it('replaces whatever was there, and shares nothing with it', async () => {
    const old = await connected()
    await connections.claim(old, 'somebody', 60_000)
    await connections.requireReconnect(old, 'it ended')
    const fresh = await connections.connect(old.inboxId, { ...account, accountId: '2', ...tokens('second') })
    expect(fresh.epoch).not.toBe(old.epoch)
    expect(fresh).toMatchObject({
      accountId: '2',
      version: 1,
      status: 'active',
      statusReason: null,
      leaseOwner: null,
      leaseUntil: null,
    })
    expect(await connections.storeTokens(old, tokens('of the old grant'))).toBe(false)
    expect(await connections.requireReconnect(old, 'the old one ended')).toBe(false)
    expect(await connections.claim(old, 'somebody', 60_000)).toBe(false)
    expect(await connections.find(old.inboxId)).toEqual(fresh)
  })

  it('is forgotten once', async () => {
    const connection = await connected()
    expect(await connections.disconnect(connection.inboxId)).toEqual(connection)
    expect(await connections.disconnect(connection.inboxId)).toBeNull()
    expect(await inboxes.byId(connection.inboxId)).toMatchObject({ connection: null })
  })

  it('takes tokens of its current version only: of two writers the later read wins', async () => {
    const read = await connected()
    expect(await connections.storeTokens(read, tokens('second'))).toBe(true)
    expect(await connections.storeTokens(read, tokens('late'))).toBe(false)
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
    await connections.release(connection, 'other')
    expect(await connections.claim(connection, 'other', 60_000)).toBe(false)
    await connections.release(connection, 'owner')
    expect(await connections.claim(connection, 'other', 60_000)).toBe(true)
  })

  it('lapses with its time', async () => {
    const connection = await connected()
    expect(await connections.claim(connection, 'died', 50)).toBe(true)
    await sleep(100)
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
})
