/** Changing encryption keys while connections are in use. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createConnectionStore } from '../../src/connections/connection-store.ts'
import { createInboxStore } from '../../src/connections/inbox-store.ts'
import { findLostGrants, rotateKeys } from '../../src/connections/key-rotation.ts'
import { createTokenVault } from '../../src/connections/token-vault.ts'
import { type Database, openDatabase } from '../../src/database/database.ts'
import { newKey, readKeys } from '../../src/keys.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'

const [old, next, other] = [newKey('old'), newKey('next'), newKey('other')]
const tokens = { accessToken: 'an access token', refreshToken: 'a refresh token' }

let testDatabase: TestDatabase
let database: Database
beforeAll(async () => {
  testDatabase = await createTestDatabase()
  database = await openDatabase({ url: testDatabase.environment.DATABASE_URL, folder: testDatabase.environment.DATA_DIR })
})
afterAll(async () => {
  await database.close()
  await testDatabase.drop()
})

async function connected(name: string, key: string) {
  const { inbox } = await createInboxStore(database.prisma).create({ name, crm: null, region: null })
  return createConnectionStore(database.prisma).connect(inbox.id, {
    crm: 'fake',
    accountId: '1',
    accountName: 'Account',
    recordsUrl: 'https://crm.example.com',
    apiUrl: null,
    loginUrl: null,
    scopes: [],
    expiresAt: null,
    ...createTokenVault(readKeys(key)).seal(inbox.id, 'fake', tokens),
  })
}

describe('rotating keys', () => {
  it('seals by the first key what an older one has sealed, and names what no key opens', async () => {
    const store = createConnectionStore(database.prisma)
    const moved = await connected('Moved', old)
    await connected('New', next)
    await connected('Lost', other)
    const keys = readKeys(`${next},${old}`)
    const vault = createTokenVault(keys)

    expect(await findLostGrants(store, keys)).toEqual(new Map([['other', ['Lost']]]))
    expect(await rotateKeys(store, vault, keys)).toEqual({ resealed: 1, unchanged: 1, lost: ['Lost'] })
    expect(await rotateKeys(store, vault, keys)).toEqual({ resealed: 0, unchanged: 2, lost: ['Lost'] })

    const row = await store.find(moved.inboxId)
    expect(row?.version).toBe(moved.version)
    expect(row && createTokenVault(readKeys(next)).open(row)).toEqual(tokens)
  })

  it('doesn’t undo a refresh that comes between', async () => {
    const store = createConnectionStore(database.prisma)
    const { inboxId } = await connected('Refreshing', old)
    const keys = readKeys(`${next},${old}`)
    const vault = createTokenVault(keys)
    const newer = { accessToken: 'newer', refreshToken: 'newest' }
    let raced = false
    const racing = {
      ...store,
      reseal: async (...args: Parameters<typeof store.reseal>) => {
        if (!raced && args[0].inboxId === inboxId) {
          raced = true
          await store.storeTokens(args[0], { ...vault.seal(inboxId, 'fake', newer), expiresAt: null })
        }
        return store.reseal(...args)
      },
    }
    await rotateKeys(racing, vault, keys)
    const row = await store.find(inboxId)
    expect(raced).toBe(true)
    expect(row && vault.open(row)).toEqual(newer)
  })
})
