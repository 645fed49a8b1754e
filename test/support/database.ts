/** A database for one test file: its own on the server of TEST_DATABASE_URL, else an embedded one in a temporary folder. */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'

export type TestDatabase = {
  /** What the bridge is configured with. */
  readonly environment: { readonly DATA_DIR: string; readonly DATABASE_URL?: string }
  readonly isServer: boolean
  drop(): Promise<void>
}

export async function createTestDatabase(): Promise<TestDatabase> {
  const folder = mkdtempSync(join(tmpdir(), 'crm-bridge-test-'))
  const server = process.env.TEST_DATABASE_URL
  const dropFolder = async () => rmSync(folder, { recursive: true, force: true })
  if (!server) return { environment: { DATA_DIR: folder }, isServer: false, drop: dropFolder }
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
