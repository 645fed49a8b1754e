/** A database for one test file: its own on the server of TEST_DATABASE_URL, else an embedded one in a temporary folder. */
import { createHash, randomBytes } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import pg from 'pg'

export type TestDatabase = {
  /** What the bridge is configured with. */
  readonly environment: { readonly DATA_DIR: string; readonly DATABASE_URL?: string }
  readonly isServer: boolean
  drop(): Promise<void>
}

/**
 * @param server the server to use; empty = an embedded database
 * @param migrated whether an embedded one has the bridge's tables already, for tests that aren't about how they come into being
 */
export async function createTestDatabase(
  server = process.env.TEST_DATABASE_URL ?? '',
  { migrated = false } = {},
): Promise<TestDatabase> {
  const folder = mkdtempSync(join(tmpdir(), 'crm-bridge-test-'))
  const dropFolder = async () => rmSync(folder, { recursive: true, force: true })
  if (server === '') {
    cpSync(await (migrated ? migratedCluster() : emptyCluster()), join(folder, 'postgres'), { recursive: true })
    return { environment: { DATA_DIR: folder }, isServer: false, drop: dropFolder }
  }
  const name = `bridge_test_${randomBytes(6).toString('hex')}`
  await onServer(server, `CREATE DATABASE ${name}`)
  const url = new URL(server)
  url.pathname = `/${name}`
  return {
    environment: { DATA_DIR: folder, DATABASE_URL: url.href },
    isServer: true,
    drop: () => onServer(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`).then(dropFolder),
  }
}

async function onServer(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query(statement)
  await client.end()
}

const root = join(import.meta.dirname, '../..')

/** A folder as PGlite leaves it when it has just been made: without the bridge's tables, so migrations run on every copy. */
function emptyCluster(): Promise<string> {
  const about = JSON.parse(readFileSync(join(root, 'node_modules/@electric-sql/pglite/package.json'), 'utf8'))
  return kept(`pglite-${about.version}`, async (draft) => {
    const { PGlite } = await import('@electric-sql/pglite')
    await (await PGlite.create(draft)).close()
  })
}

/** The same with all migrations applied, as they are written now. */
async function migratedCluster(): Promise<string> {
  const empty = await emptyCluster()
  const hash = createHash('sha256')
  for (const file of readdirSync(join(root, 'prisma/migrations'), { recursive: true, encoding: 'utf8' }).toSorted())
    if (file.endsWith('.sql')) hash.update(file).update(readFileSync(join(root, 'prisma/migrations', file)))
  return kept(`${basename(empty)}-${hash.digest('hex').slice(0, 12)}`, async (draft) => {
    const folder = mkdtempSync(join(tmpdir(), 'crm-bridge-test-'))
    cpSync(empty, join(folder, 'postgres'), { recursive: true })
    const { openDatabase } = await import('../../src/database/database.ts')
    await (await openDatabase({ url: undefined, folder })).close()
    cpSync(join(folder, 'postgres'), draft, { recursive: true })
    rmSync(folder, { recursive: true })
  })
}

/** Making a cluster takes seconds of computing, copying it none: it is made once, whole or not at all, and kept from run to run. */
async function kept(name: string, make: (draft: string) => Promise<void>): Promise<string> {
  const kept = join(root, 'node_modules/.cache/crm-bridge', name)
  if (existsSync(kept)) return kept
  const draft = `${kept}.${randomBytes(6).toString('hex')}`
  mkdirSync(draft, { recursive: true })
  await make(draft)
  try {
    renameSync(draft, kept)
  } catch (error) {
    rmSync(draft, { recursive: true })
    // Another worker was faster.
    if (!existsSync(kept)) throw error
  }
  return kept
}
