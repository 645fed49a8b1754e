/** A server is killed while it makes its tables, again and again: the next start finishes, on whichever database there is. */
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { openDatabase } from '../../../src/database/database.ts'
import { migrationNames } from '../../../src/database/migrate.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { createInbox, launch, query, settingsFor, startServer } from '../../support/processes.ts'

const made: TestDatabase[] = []
afterEach(async () => {
  for (const database of made.splice(0)) await database.drop()
})

async function newDatabase(): Promise<TestDatabase> {
  const database = await createTestDatabase()
  made.push(database)
  return database
}

/** Columns, indices and constraints of all tables, and the migrations that are in. Opening it migrates nothing. */
async function schemaOf({ environment }: TestDatabase) {
  const { prisma, applied, close } = await openDatabase({ url: environment.DATABASE_URL, folder: environment.DATA_DIR })
  const columns = await prisma.$queryRaw`
    SELECT table_name, column_name, udt_name, is_nullable, column_default FROM information_schema.columns
    WHERE table_schema = 'public' ORDER BY table_name, column_name`
  const indices = await prisma.$queryRaw`SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY indexdef`
  const constraints = await prisma.$queryRaw`
    SELECT conrelid::regclass::text AS "table", pg_get_constraintdef(oid) AS definition FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2`
  const migrations = await prisma.$queryRaw<{ name: string; isFinished: boolean }[]>`
    SELECT migration_name AS name, finished_at IS NOT NULL AS "isFinished" FROM _prisma_migrations
    WHERE rolled_back_at IS NULL ORDER BY 1`
  await close()
  return { applied, columns, indices, constraints, migrations }
}

/** How long the start took. Milliseconds. */
async function startsAndWorks(database: TestDatabase): Promise<number> {
  const began = performance.now()
  const server = await startServer(await settingsFor(database))
  const took = performance.now() - began
  await createInbox(server)
  expect(await server.stop()).toBe(0)
  return took
}

// Whole processes take their time on a busy machine.
describe('a database', { timeout: 90_000 }, () => {
  it('whose first server is killed at any time of its start has the right tables after the next', async () => {
    const undisturbed = await newDatabase()
    const startTakes = await startsAndWorks(undisturbed)
    const right = await schemaOf(undisturbed)
    expect(right.applied).toEqual([])
    expect(right.migrations).toEqual((await migrationNames()).map((name) => ({ name, isFinished: true })))

    const database = await newDatabase()
    const settings = await settingsFor(database)
    for (let kill = 1; kill <= 5; kill += 1) {
      const server = launch('main.ts', [], settings)
      await sleep(startTakes * (0.3 + 0.7 * Math.random()))
      await server.kill()
    }
    await startsAndWorks(database)
    expect(await schemaOf(database)).toEqual(right)
  })

  it.skipIf(!process.env.TEST_DATABASE_URL)(
    'whose first server is killed between two tables has all of them after the next start',
    async () => {
      const undisturbed = await newDatabase()
      await startsAndWorks(undisturbed)
      const right = await schemaOf(undisturbed)

      const database = await newDatabase()
      const inTheWay = new pg.Client({ connectionString: database.environment.DATABASE_URL })
      await inTheWay.connect()
      // Whoever makes a table of this name waits for the end of this transaction: the tables before it are made, those after it aren't.
      await inTheWay.query('BEGIN')
      await inTheWay.query('CREATE TABLE "CallBudget" ()')
      const server = launch('main.ts', [], await settingsFor(database))
      const waiting = `
      SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%"CallBudget"%'`
      await vi.waitFor(async () => expect(await query(database, waiting)).toHaveLength(1), { timeout: 10_000 })
      await server.kill()
      await inTheWay.query('ROLLBACK')
      await inTheWay.end()
      await startsAndWorks(database)
      expect(await schemaOf(database)).toEqual(right)
    },
  )
})
