/** The bridge behind PgBouncer in transaction mode, where every transaction may be on another connection. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createConnectionStore } from '../../src/connections/connection-store.ts'
import { createInboxStore } from '../../src/connections/inbox-store.ts'
import { type Database, openDatabase } from '../../src/database/database.ts'
import { migrationNames } from '../../src/database/migrate.ts'
import { hasPgBouncer, type Pooler, startPgBouncer } from '../support/cluster.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { fakeGrant } from '../support/fake-crm.ts'
import { query } from '../support/processes.ts'

const server = process.env.TEST_DATABASE_URL ?? ''
/** Fewer than the bridges open. */
const poolSize = 4

describe.skipIf(server === '' || !hasPgBouncer)('behind PgBouncer in transaction mode', () => {
  let pooler: Pooler
  let database: TestDatabase
  let replicas: Database[]
  beforeAll(async () => {
    pooler = await startPgBouncer(server, poolSize)
    database = await createTestDatabase()
    const url = pooler.through(database.environment.DATABASE_URL ?? '')
    replicas = await Promise.all([1, 2, 3].map(() => openDatabase({ url, folder: database.environment.DATA_DIR })))
  })
  afterAll(async () => {
    await Promise.all(replicas.map((replica) => replica.close()))
    await database.drop()
    await pooler.close()
  })

  it('of replicas that start together one migrates, and leaves no lock', async () => {
    const applied = replicas.map((replica) => replica.applied).filter((names) => names.length > 0)
    expect(applied).toEqual([await migrationNames()])
    for (const replica of replicas) expect(await replica.isCurrent()).toBe(true)
    const locks = `SELECT count(*)::int AS held FROM pg_locks WHERE locktype = 'advisory'
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`
    expect(await query(database, locks)).toEqual([{ held: 0 }])
  })

  it('statements, transactions and claims of several replicas at once keep apart', async () => {
    const stores = replicas.map(({ prisma }) => ({
      inboxes: createInboxStore(prisma),
      connections: createConnectionStore(prisma),
    }))
    const work = Array.from({ length: 60 }, async (_, nth) => {
      const { inboxes, connections } = stores[nth % 3] as (typeof stores)[number]
      const { inbox, key } = await inboxes.create({ name: `Inbox ${nth}`, crm: null, region: null })
      const connection = await connections.connect(inbox.id, fakeGrant(inbox.id, { accountId: `account ${nth}` }))
      const claims = await Promise.all(stores.map((store, owner) => store.connections.claim(connection, `owner ${owner}`, 5_000)))
      const found = await inboxes.byKey(key)
      return [found?.name, found?.connection?.accountId, claims.filter(Boolean).length]
    })
    const expected = work.map((_, nth) => [`Inbox ${nth}`, `account ${nth}`, 1])
    expect(await Promise.all(work)).toEqual(expected)
  })
})
