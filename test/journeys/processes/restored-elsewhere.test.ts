/** A backup is restored on another database, and a server started there with the same keys: every connection works. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { serverPrograms } from '../../support/cluster.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { ask, connectInbox, type NewInbox, type Server, settingsFor, startServer } from '../../support/processes.ts'
import { startTokenCrm, type TokenCrm } from '../../support/token-crm.ts'

const run = promisify(execFile)

describe.skipIf(!process.env.TEST_DATABASE_URL || serverPrograms === undefined)('a backup', () => {
  let first: TestDatabase
  let second: TestDatabase
  let crm: TokenCrm
  let inboxes: NewInbox[]
  const servers: Server[] = []
  beforeAll(async () => {
    first = await createTestDatabase()
    second = await createTestDatabase()
    crm = await startTokenCrm()
    const server = await startServer(await settingsFor(first, await crm.door('first')))
    servers.push(server)
    inboxes = [await connectInbox(server, 'Support'), await connectInbox(server, 'Sales')]
  })
  afterAll(async () => {
    await Promise.all(servers.map((server) => server.stop()))
    await crm.close()
    await Promise.all([first.drop(), second.drop()])
  })

  it('restored elsewhere has every connection work, and its tokens renewed', async () => {
    const program = (name: string) => join(serverPrograms ?? '', name)
    const file = join(first.environment.DATA_DIR, 'bridge.dump')
    await run(program('pg_dump'), ['--format=custom', `--file=${file}`, first.environment.DATABASE_URL ?? ''])
    await servers.pop()?.stop()
    await run(program('pg_restore'), ['--no-owner', '--exit-on-error', `--dbname=${second.environment.DATABASE_URL}`, file])

    const server = await startServer(await settingsFor(second, await crm.door('second')))
    servers.push(server)
    const statuses = () =>
      Promise.all(inboxes.map(({ key }) => ask(server, key, '/contacts?search=a').then(({ status }) => status)))
    expect(await statuses()).toEqual([200, 200])
    for (const grant of crm.grants) crm.endAccess(grant)
    const again = inboxes.map(({ key }) => ask(server, key, '/contacts?search=b').then(({ status }) => status))
    expect(await Promise.all(again)).toEqual([200, 200])
    expect(server.output()).not.toContain('migrated')
  })
})
