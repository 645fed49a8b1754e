/** Brings a database to the schema of this version: the pending folders of prisma/migrations, applied by Prisma's engine. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { SqlDriverAdapter, SqlDriverAdapterFactory } from '@prisma/driver-adapter-utils'
import type { MigrationList } from '@prisma/schema-engine-wasm/schema_engine_bg'
import { everything, openSchemaEngine } from './schema-engine.ts'

const migrationsFolder = join(import.meta.dirname, '../../prisma/migrations')

/**
 * Applies what is pending and returns the names of the migrations it applied. Writes the standard `_prisma_migrations` rows, so
 * `prisma migrate deploy` and this function can take turns. All in one transaction: a process that is killed meanwhile leaves nothing
 * half done, and of several that start at once the first migrates while the others wait.
 * @param factory whose adapter uses one connection only
 */
export async function applyMigrations(factory: SqlDriverAdapterFactory): Promise<string[]> {
  const session = await factory.connect()
  // The engine opens its own connections: give it this one, and keep it from closing it.
  const shared: SqlDriverAdapter = Object.assign(Object.create(session), { dispose: async () => {} })
  const { engine, close } = await openSchemaEngine({ ...adapterInfo(factory), connect: async () => shared, connectToShadowDb })
  try {
    await session.executeScript(`BEGIN; SET LOCAL lock_timeout = '5min'; SELECT pg_advisory_xact_lock(${migrationLock})`)
    const { appliedMigrationNames } = await engine.applyMigrations({
      migrationsList: await readMigrations(),
      filters: everything,
    })
    // The engine's own lock is the session's, which behind PgBouncer in transaction mode outlives this connection.
    await session.executeScript('SELECT pg_advisory_unlock_all(); COMMIT')
    return appliedMigrationNames
  } catch (error) {
    await session.executeScript('ROLLBACK').catch(() => {})
    throw error
  } finally {
    await close()
    await session.dispose()
  }
}

/** Any number that nobody else uses for a lock in this database. */
const migrationLock = 4_297_119_353

const adapterInfo = ({ provider, adapterName }: SqlDriverAdapterFactory) => ({ provider, adapterName })
const connectToShadowDb = () => Promise.reject(new Error('Applying migrations needs no shadow database'))

/** The names of this version's migrations, oldest first. */
export async function migrationNames(): Promise<string[]> {
  const entries = await readdir(migrationsFolder, { withFileTypes: true })
  return entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort()
}

/** The folder as the engine wants it: read by the caller, since the WebAssembly build has no file system. */
export async function readMigrations(): Promise<MigrationList> {
  const names = await migrationNames()
  return {
    baseDir: migrationsFolder,
    lockfile: { path: 'migration_lock.toml', content: await readFile(join(migrationsFolder, 'migration_lock.toml'), 'utf8') },
    shadowDbInitScript: '',
    migrationDirectories: await Promise.all(
      names.map(async (name) => ({
        path: name,
        migrationFile: {
          path: 'migration.sql',
          content: { tag: 'ok' as const, value: await readFile(join(migrationsFolder, name, 'migration.sql'), 'utf8') },
        },
      })),
    ),
  }
}
