/** Migrations are applied all or none: whatever breaks off meanwhile, the next start finds what was there before. */
import { PrismaPg } from '@prisma/adapter-pg'
import type { SqlDriverAdapter, SqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils'
import { PrismaPGlite } from 'pglite-prisma-adapter'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openEmbeddedPostgres } from '../../src/database/embedded.ts'
import { applyMigrations, migrationNames, readMigrations } from '../../src/database/migrate.ts'
import { everything, openSchemaEngine } from '../../src/database/schema-engine.ts'
import { createTestDatabase } from '../support/database.ts'

type Factory = SqlMigrationAwareDriverAdapterFactory
type Opened = { readonly factory: Factory; close(): Promise<void> }

async function openEmbedded(): Promise<Opened> {
  const { environment, drop } = await createTestDatabase('')
  const { pglite, close } = await openEmbeddedPostgres(environment.DATA_DIR)
  return { factory: new PrismaPGlite(pglite), close: () => close().then(drop) }
}

async function openServer(): Promise<Opened> {
  const { environment, drop } = await createTestDatabase()
  return { factory: new PrismaPg({ connectionString: environment.DATABASE_URL, max: 1 }), close: drop }
}

type Method = 'executeScript' | 'executeRaw' | 'queryRaw'
type GoWrong = (session: SqlDriverAdapter, call: unknown) => Promise<unknown>
/** The same database, where something goes wrong instead of the nth call of these methods. */
function breaking(factory: Factory, methods: readonly Method[], nth: number, goWrong: GoWrong): Factory {
  let calls = 0
  return {
    provider: factory.provider,
    adapterName: factory.adapterName,
    async connect() {
      const session = await factory.connect()
      const watch = (method: Method) => async (call: never) => {
        calls += 1
        return calls === nth ? goWrong(session, call) : session[method](call)
      }
      return Object.assign(Object.create(session), Object.fromEntries(methods.map((method) => [method, watch(method)])))
    },
    connectToShadowDb: () => factory.connectToShadowDb(),
  }
}
const isCut: GoWrong = () => Promise.reject(new Error('the power is cut'))
/** A commit that went through can't fail afterwards. */
const failAfter: GoWrong = (session, script) =>
  session.executeScript(/COMMIT/.test(String(script)) ? String(script) : `${script}; SELECT 1 / 0`)

async function query(factory: Factory, sql: string): Promise<unknown[][]> {
  const session = await factory.connect()
  const { rows } = await session.queryRaw({ sql, args: [], argTypes: [] })
  await session.dispose()
  return rows
}

/** Every table with its columns, and what `prisma migrate` would read. */
async function stateOf(factory: Factory) {
  const columns = await query(
    factory,
    `SELECT table_name || '.' || column_name FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1`,
  )
  const hasTable = columns.some(([name]) => String(name).startsWith('_prisma_migrations.'))
  const rows = hasTable
    ? await query(
        factory,
        'SELECT migration_name, finished_at IS NOT NULL, applied_steps_count FROM _prisma_migrations ORDER BY 1',
      )
    : []
  const inboxes = hasTable ? await query(factory, 'SELECT name FROM "Inbox"') : []
  return { columns: columns.flat(), rows, inboxes }
}

/** Brings it to the version before this one, with an inbox in it. */
async function applyAllButLast(factory: Factory): Promise<void> {
  const { engine, close } = await openSchemaEngine(factory)
  const { migrationDirectories, ...list } = await readMigrations()
  await engine.applyMigrations({
    migrationsList: { ...list, migrationDirectories: migrationDirectories.slice(0, -1) },
    filters: everything,
  })
  await close()
  await query(factory, `INSERT INTO "Inbox" ("id", "name", "keyHash") VALUES (gen_random_uuid(), 'Support', 'x') RETURNING 1`)
}

const names = await migrationNames()
type Accident = readonly [what: string, methods: readonly Method[], goWrong: GoWrong]
const breakingOff: Accident = ['wherever it breaks off', ['executeScript', 'executeRaw', 'queryRaw'], isCut]
const refusal: Accident = ['whichever script the database refuses', ['executeScript'], failAfter]

const databases: [where: string, open: () => Promise<Opened>, accidents: Accident[]][] = [
  // Its adapter doesn't hear what becomes of a script.
  ['the embedded database', openEmbedded, [breakingOff]],
]
if (process.env.TEST_DATABASE_URL) databases.push(['a server', openServer, [breakingOff, refusal]])

describe.each(databases)('on %s', (_where, open, accidents) => {
  describe.each<[what: string, prepare: (factory: Factory) => Promise<void>, pending: readonly string[]]>([
    ['from nothing', async () => {}, names],
    ['from the version before, in use', applyAllButLast, names.slice(-1)],
  ])('%s', (_what, prepare, pending) => {
    let opened: Opened
    let factory: Factory
    beforeEach(async () => {
      opened = await open()
      factory = opened.factory
      await prepare(factory)
    })
    afterEach(() => opened.close())

    it.each(accidents)('leaves nothing half done, %s, and the next start goes on', async (_when, methods, goWrong) => {
      const before = await stateOf(factory)
      let nth = 0
      for (;;) {
        nth += 1
        const applied = await applyMigrations(breaking(factory, methods, nth, goWrong)).catch(() => null)
        // There was no nth call any more, so nothing went wrong.
        if (applied !== null) {
          expect(applied).toEqual(pending)
          break
        }
        expect(await stateOf(factory), `after call ${nth}`).toEqual(before)
      }
      expect(nth).toBeGreaterThan(pending.length + 1)
      const { rows, inboxes } = await stateOf(factory)
      expect(rows).toEqual(names.map((name) => [name, true, 1]))
      expect(inboxes).toEqual(before.inboxes)
    })
  })
})
