/** A database for one test file: its own on the server of TEST_DATABASE_URL, else an embedded one in a temporary folder. */
import { randomBytes } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'

export type TestDatabase = {
  /** What the bridge is configured with. */
  readonly environment: { readonly DATA_DIR: string; readonly DATABASE_URL?: string }
  readonly isServer: boolean
  drop(): Promise<void>
}

/** @param server the server to use; empty = an embedded database */
export async function createTestDatabase(server = process.env.TEST_DATABASE_URL ?? ''): Promise<TestDatabase> {
  const folder = mkdtempSync(join(tmpdir(), 'crm-bridge-test-'))
  const dropFolder = async () => rmSync(folder, { recursive: true, force: true })
  if (server === '') {
    cpSync(await emptyCluster(), join(folder, 'postgres'), { recursive: true })
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

/**
 * A folder as PGlite leaves it when it has just been made: without the bridge's tables, so migrations still run on every copy. Making
 * one takes seconds of computing, copying it none; kept from run to run.
 */
async function emptyCluster(): Promise<string> {
  const modules = join(import.meta.dirname, '../../node_modules')
  const { version } = JSON.parse(readFileSync(join(modules, '@electric-sql/pglite/package.json'), 'utf8')) as { version: string }
  const kept = join(modules, '.cache/crm-bridge', `pglite-${version}`)
  if (existsSync(kept)) return kept
  const draft = `${kept}.${randomBytes(6).toString('hex')}`
  mkdirSync(draft, { recursive: true })
  const { PGlite } = await import('@electric-sql/pglite')
  await (await PGlite.create(draft)).close()
  try {
    renameSync(draft, kept)
  } catch (error) {
    rmSync(draft, { recursive: true })
    // Another worker was faster.
    if (!existsSync(kept)) throw error
  }
  return kept
}
