/** What state the database is in, found without changing anything. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type DatabaseOptions, DatabaseUnusable } from './database.ts'
import { PrismaClient } from './generated/client.ts'
import { migrationNames } from './migrate.ts'

export type DatabaseReport = {
  /** PostgreSQL's own words, such as `17.2`. */
  readonly version: string
  /** Milliseconds of a round trip. */
  readonly latency: number
  /** Milliseconds by which its clock is ahead of this machine's. */
  readonly clockAhead: number
  /** Migrations of this version that the next start will apply. */
  readonly pending: readonly string[]
  /** Migrations that this version doesn't know: a newer one has been here. */
  readonly unknown: readonly string[]
  /** Migrations that began and never ended. */
  readonly broken: readonly string[]
}

/** Null where there is none yet: the embedded one is made by the first start. @throws {FolderInUse}, {DatabaseUnusable} */
export async function inspectDatabase({ url, folder }: DatabaseOptions): Promise<DatabaseReport | null> {
  if (url === undefined) return existsSync(join(folder, 'postgres')) ? inspectEmbedded(folder) : null
  const { PrismaPg } = await import('@prisma/adapter-pg')
  const pool = { connectionString: url, max: 1, connectionTimeoutMillis: 5_000, query_timeout: 5_000 }
  const prisma = new PrismaClient({ adapter: new PrismaPg(pool) })
  try {
    return await report(prisma)
  } catch (error) {
    throw new DatabaseUnusable(error)
  } finally {
    await prisma.$disconnect()
  }
}

async function inspectEmbedded(folder: string): Promise<DatabaseReport> {
  const [{ openEmbeddedPostgres }, { PrismaPGlite }] = await Promise.all([
    import('./embedded.ts'),
    import('pglite-prisma-adapter'),
  ])
  const { pglite, close } = await openEmbeddedPostgres(folder)
  const prisma = new PrismaClient({ adapter: new PrismaPGlite(pglite) })
  try {
    return await report(prisma)
  } finally {
    await prisma.$disconnect()
    await close()
  }
}

async function report(prisma: PrismaClient): Promise<DatabaseReport> {
  const [server] = await prisma.$queryRaw<{ version: string }[]>`SELECT current_setting('server_version') AS version`
  const samples = [await readClock(prisma), await readClock(prisma), await readClock(prisma)]
  const [quickest = { latency: 0, clockAhead: 0 }] = samples.sort((one, other) => one.latency - other.latency)
  const rows = await readMigrationRows(prisma)
  const known = await migrationNames()
  const done = rows.filter(({ finished }) => finished).map(({ name }) => name)
  return {
    version: server?.version.split(' ')[0] ?? '',
    ...quickest,
    pending: known.filter((name) => !done.includes(name)),
    unknown: done.filter((name) => !known.includes(name)),
    broken: rows.filter(({ name, finished }) => !finished && !done.includes(name)).map(({ name }) => name),
  }
}

async function readClock(prisma: PrismaClient): Promise<{ latency: number; clockAhead: number }> {
  const sent = Date.now()
  const begun = performance.now()
  const [row] = await prisma.$queryRaw<{ now: number }[]>`
    SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now`
  const latency = performance.now() - begun
  return { latency, clockAhead: (row?.now ?? sent) - (sent + latency / 2) }
}

async function readMigrationRows(prisma: PrismaClient): Promise<{ name: string; finished: boolean }[]> {
  const [table] = await prisma.$queryRaw<{ present: boolean }[]>`SELECT to_regclass('_prisma_migrations') IS NOT NULL AS present`
  if (!table?.present) return []
  return prisma.$queryRaw`
    SELECT migration_name AS name, finished_at IS NOT NULL AS finished FROM _prisma_migrations WHERE rolled_back_at IS NULL`
}
