import { fork } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type Database, type DatabaseOptions, openDatabase } from '../../src/database/database.ts'
import { migrationNames } from '../../src/database/migrate.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'

const folderOf = (name: string) => join(import.meta.dirname, '../../prisma/migrations', name)

const optionsOf = ({ environment: { DATA_DIR, DATABASE_URL } }: TestDatabase): DatabaseOptions => ({
  url: DATABASE_URL,
  folder: DATA_DIR,
})

let names: string[]
let test: TestDatabase
let database: Database
/** Closes and opens again, as a restart does. */
const reopen = async () => {
  await database.close()
  database = await openDatabase(optionsOf(test))
}

beforeAll(async () => {
  names = await migrationNames()
  test = await createTestDatabase()
  database = await openDatabase(optionsOf(test))
})
afterAll(async () => {
  await database.close()
  await test.drop()
})

type Row = {
  migration_name: string
  checksum: string
  finished: boolean
  rolled_back_at: Date | null
  applied_steps_count: number
}

const rows = (from: Database) => from.prisma.$queryRaw<Row[]>`
  SELECT migration_name, checksum, finished_at IS NOT NULL AS finished, rolled_back_at, applied_steps_count
  FROM _prisma_migrations ORDER BY migration_name`

const standardRows = () =>
  names.map((name) => ({
    migration_name: name,
    checksum: createHash('sha256')
      .update(readFileSync(join(folderOf(name), 'migration.sql')))
      .digest('hex'),
    finished: true,
    rolled_back_at: null,
    applied_steps_count: 1,
  }))

describe('a fresh database', () => {
  it('gets every migration, oldest first', () => {
    expect(names.length).toBeGreaterThan(0)
    expect(names).toEqual([...names].sort())
    expect(database.applied).toEqual(names)
  })

  it('has the rows that `prisma migrate` looks for', async () => {
    expect(await rows(database)).toEqual(standardRows())
  })

  it('takes what the bridge stores, and forgets what belongs to a forgotten inbox', async () => {
    const { prisma } = database
    const inbox = await prisma.inbox.create({ data: { name: 'Support 📥', keyHash: Buffer.from([1, 2, 255]) } })
    const sealedTokens = Buffer.from([0, 1, 254, 255])
    await prisma.connection.create({
      data: {
        inbox: { connect: { id: inbox.id } },
        ...{ crm: 'hubspot', accountId: '1', accountName: 'Acme', recordsUrl: '', scopes: ['a', 'b'], sealedTokens },
      },
    })
    const expiresAt = new Date('2026-11-22T10:00:00.123Z')
    await prisma.consentState.create({ data: { stateHash: Buffer.from([9]), inboxId: inbox.id, crm: 'hubspot', expiresAt } })

    const read = await prisma.inbox.findUniqueOrThrow({ where: { id: inbox.id }, include: { connection: true, consents: true } })
    expect(read).toMatchObject({ name: 'Support 📥', connection: { scopes: ['a', 'b'], status: 'active', version: 1 } })
    expect(Buffer.from(read.connection?.sealedTokens ?? []).equals(sealedTokens)).toBe(true)
    expect(read.consents[0]?.expiresAt).toEqual(expiresAt)

    await prisma.inbox.delete({ where: { id: inbox.id } })
    expect([await prisma.connection.count(), await prisma.consentState.count()]).toEqual([0, 0])
  })
})

describe('a database that is there', () => {
  it('is opened as it is, rows and all', async () => {
    const { id } = await database.prisma.inbox.create({ data: { name: 'Kept', keyHash: Buffer.from('kept') } })
    await reopen()
    expect(database.applied).toEqual([])
    expect(await database.prisma.inbox.findUnique({ where: { id } })).toMatchObject({ name: 'Kept' })
    expect(await rows(database)).toEqual(standardRows())
  })

  it('of a newer version is opened, too: a rollback of the server needs no rollback of the database', async () => {
    await database.prisma.$executeRaw`
      INSERT INTO _prisma_migrations (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
      VALUES ('newer', 'x', '99991231000000_newer', now(), now(), 1)`
    await reopen()
    expect(database.applied).toEqual([])
    await database.prisma.$executeRaw`DELETE FROM _prisma_migrations WHERE id = 'newer'`
  })

  it('where a migration failed half-way is not opened, until somebody has looked at it', async () => {
    await database.prisma.$executeRaw`
      UPDATE _prisma_migrations SET finished_at = NULL, logs = 'it failed' WHERE migration_name = ${names.at(-1)}`
    await database.close()
    const attempt = await openDatabase(optionsOf(test)).then(
      (opened) => opened.close().then(() => 'opened'),
      (error: Error) => error.message,
    )
    expect(attempt).toMatch(/failed/)
    // The refused start has let go of the database: `prisma migrate resolve` can have it.
    await repair()
    await reopen()
  })

  /** What `prisma migrate resolve --applied` does. */
  async function repair() {
    const set = 'UPDATE _prisma_migrations SET finished_at = now(), logs = NULL'
    if (test.isServer) {
      const { default: pg } = await import('pg')
      const client = new pg.Client({ connectionString: test.environment.DATABASE_URL })
      await client.connect()
      await client.query(set)
      await client.end()
      database = { ...database, close: async () => {} }
    } else {
      const { openEmbeddedPostgres } = await import('../../src/database/embedded.ts')
      const { pglite, close } = await openEmbeddedPostgres(test.environment.DATA_DIR)
      await pglite.exec(set)
      database = { ...database, close }
    }
  }
})

describe.runIf(process.env.TEST_DATABASE_URL)('on a server', () => {
  it('four that start at once migrate it once', async () => {
    const fresh = await createTestDatabase()
    try {
      const opened = await Promise.all(Array.from({ length: 4 }, () => openDatabase(optionsOf(fresh))))
      expect(opened.map(({ applied }) => applied.length).sort()).toEqual([0, 0, 0, names.length])
      expect(opened[0] && (await rows(opened[0]))).toEqual(standardRows())
      await Promise.all(
        opened.map(({ prisma }, nth) => prisma.inbox.create({ data: { name: 'x', keyHash: Buffer.from([nth]) } })),
      )
      expect(await opened[3]?.prisma.inbox.count()).toBe(4)
      await Promise.all(opened.map(({ close }) => close()))
    } finally {
      await fresh.drop()
    }
  })

  it('keeps no connection beside its own, nor Prisma’s migration lock: another replica may have more to migrate', async () => {
    const fresh = await createTestDatabase()
    const { close, prisma } = await openDatabase({ ...optionsOf(fresh), connections: 1 })
    try {
      const sessions = () => prisma.$queryRaw<{ locks: number }[]>`
        SELECT (SELECT count(*) FROM pg_locks WHERE pg_locks.pid = activity.pid AND locktype = 'advisory')::int AS locks
        FROM pg_stat_activity AS activity WHERE datname = current_database() AND backend_type = 'client backend'`
      // A server takes a moment to notice that a connection was closed.
      await vi.waitFor(async () => expect(await sessions()).toEqual([{ locks: 0 }]), 5_000)
    } finally {
      await close()
      await fresh.drop()
    }
  })

  it('one that isn’t there stops the start, without the password in the reason', async () => {
    const url = new URL(process.env.TEST_DATABASE_URL ?? '')
    url.password = 'very-secret'
    url.pathname = 'no_such_database'
    const reason = await openDatabase({ url: url.href, folder: test.environment.DATA_DIR }).catch((error: Error) => error.message)
    expect(reason).toMatch(/^DATABASE_URL can't be used: .*no_such_database/)
    expect(reason).not.toContain('very-secret')
    expect(reason).not.toContain('\n')
  })

  it('is not migrated after the server that began it has ended', async () => {
    const fresh = await createTestDatabase()
    const connectionString = fresh.environment.DATABASE_URL ?? ''
    const other = new pg.Client({ connectionString })
    await other.connect()
    const count = async (what: string) => Number((await other.query(`SELECT count(*) FROM ${what}`)).rows[0].count)
    try {
      // As a replica that migrates holds it.
      await other.query('SELECT pg_advisory_lock(4297119353)')
      const migrating = fork('src/database/migration-process.ts', { execArgv: [] })
      migrating.send({ connectionString })
      await vi.waitFor(async () => expect(await count(`pg_locks WHERE locktype = 'advisory' AND NOT granted`)).toBe(1), 10_000)
      migrating.disconnect()
      await once(migrating, 'exit')
      await other.query('SELECT pg_advisory_unlock_all()')
      await vi.waitFor(async () => expect(await count(`pg_stat_activity WHERE datname = current_database()`)).toBe(1), 5_000)
      expect(await count(`information_schema.tables WHERE table_schema = 'public'`)).toBe(0)
    } finally {
      await other.end()
      await fresh.drop()
    }
  })

  it('one that can’t be migrated stops the start, with what the server says', async () => {
    const fresh = await createTestDatabase()
    const url = new URL(fresh.environment.DATABASE_URL ?? '')
    url.searchParams.set('options', '-c default_transaction_read_only=on')
    try {
      const opening = openDatabase({ url: url.href, folder: fresh.environment.DATA_DIR })
      await expect(opening).rejects.toThrow(/^DATABASE_URL can't be used: .*read-only transaction$/)
    } finally {
      await fresh.drop()
    }
  })
})
