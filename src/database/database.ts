/** The one door to the database: Prisma on a PostgreSQL server or on the embedded one, at the schema of this version. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import type { SqlDriverAdapterFactory } from '@prisma/driver-adapter-utils'
import { PrismaClient } from './generated/client.ts'
import { applyMigrations, migrationNames } from './migrate.ts'
import type { Outcome } from './migration-process.ts'

export type { PrismaClient } from './generated/client.ts'

export interface Database {
  readonly prisma: PrismaClient
  /** The migrations that opening it applied. */
  readonly applied: readonly string[]
  /** Asks the database whether it has every migration of this version. Throws when there is no answer. */
  isCurrent(): Promise<boolean>
  close(): Promise<void>
}

/** The server can't be reached, doesn't let the bridge in, or can't be migrated. Says why in one line, without the URL's password. */
export class DatabaseUnusable extends Error {
  constructor(cause: unknown) {
    // The schema engine tells, below the reason, where in its own code it was.
    const [told = ''] = cause instanceof Error ? cause.message.split(/\n\s+0: /, 1) : []
    const lines = told.split('\n').filter((line) => line.trim())
    const [, driverMessage] = /Message: `(.+?)`?$/.exec(lines.at(-1) ?? '') ?? []
    super(`DATABASE_URL can't be used: ${driverMessage ?? lines.at(-1)?.trim() ?? 'unknown reason'}`, { cause })
    this.name = 'DatabaseUnusable'
  }
}

/** `url` = a PostgreSQL server; without it, the embedded one in `folder`. */
export type DatabaseOptions = { readonly url?: string | undefined; readonly folder: string; readonly connections?: number }

/**
 * Opens the database and applies pending migrations, safely when several replicas start at once.
 * @throws {FolderInUse} when another process has the embedded one.
 */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  return options.url === undefined ? openEmbedded(options.folder) : openServer(options.url, options.connections ?? 5)
}

async function openServer(connectionString: string, connections: number): Promise<Database> {
  const { PrismaPg } = await import('@prisma/adapter-pg')
  const pool = { connectionString, max: connections, connectionTimeoutMillis: 5_000, idleTimeoutMillis: 60_000 }
  // A connection through which nothing comes any more would else be waited for, and keep its place in the pool, for ever.
  const prisma = new PrismaClient({ adapter: new PrismaPg({ ...pool, query_timeout: 5_000 }) })
  try {
    const applied = (await isCurrent(prisma)) ? [] : await migrateServer(pool)
    return { prisma, applied, isCurrent: () => isCurrent(prisma), close: () => prisma.$disconnect() }
  } catch (error) {
    await prisma.$disconnect()
    throw new DatabaseUnusable(error)
  }
}

async function openEmbedded(folder: string): Promise<Database> {
  const [{ openEmbeddedPostgres }, { PrismaPGlite }] = await Promise.all([
    import('./embedded.ts'),
    import('pglite-prisma-adapter'),
  ])
  const { pglite, close } = await openEmbeddedPostgres(folder)
  const factory = new PrismaPGlite(pglite)
  // The adapter itself runs scripts without waiting for them, and keeps their errors to itself.
  const migrating: SqlDriverAdapterFactory = {
    provider: factory.provider,
    adapterName: factory.adapterName,
    async connect() {
      const executeScript = async (script: string) => void (await pglite.exec(script))
      return Object.assign(Object.create(await factory.connect()), { executeScript })
    },
  }
  const prisma = new PrismaClient({ adapter: factory })
  try {
    const applied = (await isCurrent(prisma)) ? [] : await applyMigrations(migrating)
    return { prisma, applied, isCurrent: () => isCurrent(prisma), close: () => prisma.$disconnect().then(close) }
  } catch (error) {
    await close()
    throw error
  }
}

/** In a process of its own. @param pool where the server is @returns the migrations that were applied */
async function migrateServer(pool: object): Promise<readonly string[]> {
  const child = fork(new URL('./migration-process.ts', import.meta.url), { execArgv: [] })
  child.send(pool)
  const ended = once(child, 'exit').then((): [Outcome] => [{ reason: 'Migrating ended before it was done' }])
  const [outcome] = await Promise.race([once(child, 'message') as Promise<[Outcome]>, ended])
  if ('reason' in outcome) throw new Error(outcome.reason)
  return outcome.applied
}

/** Whether every migration of this version is in: spares a normal start the engine's 40 MB. A newer version's rows don't matter. */
async function isCurrent(prisma: PrismaClient): Promise<boolean> {
  const [table] = await prisma.$queryRaw<{ present: boolean }[]>`SELECT to_regclass('_prisma_migrations') IS NOT NULL AS present`
  if (!table?.present) return false
  const rows = await prisma.$queryRaw<{ migration_name: string }[]>`
    SELECT migration_name FROM _prisma_migrations WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL`
  const done = new Set(rows.map((row) => row.migration_name))
  return (await migrationNames()).every((name) => done.has(name))
}
