/** The embedded database has nothing but its folder: whatever kills the process, the folder opens again with all that was promised. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import {
  administer,
  ask,
  createInbox,
  launch,
  type NewInbox,
  type Server,
  settingsFor,
  startServer,
} from '../../support/processes.ts'

describe('the embedded database', { timeout: 120_000 }, () => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await createTestDatabase('')
  })
  afterAll(() => database.drop())

  it('has every inbox that was acknowledged, whenever its process was killed', async () => {
    const settings = await settingsFor(database)
    const acknowledged: NewInbox[] = []
    for (const enough of [1, 50]) {
      const server = await startServer(settings)
      const before = acknowledged.length
      const creating = Array.from({ length: 4 }, () => createUntilItDies(server, acknowledged))
      while (acknowledged.length < before + enough) await sleep(1)
      await server.kill()
      await Promise.all(creating)
    }
    const server = await startServer(settings)
    const { json } = await administer(server, 'GET', '/inboxes')
    const ids = new Set(json.map(({ id }: { id: string }) => id))
    expect(acknowledged.filter(({ id }) => !ids.has(id))).toEqual([])
    // One per kill and connection may have been stored, and the answer lost.
    expect(ids.size - acknowledged.length).toBeLessThanOrEqual(8)
    for (const { key } of acknowledged) expect((await ask(server, key, '/features')).status).toBe(200)
    expect(await server.stop()).toBe(0)
  })

  it('opens after a first start that was killed when its files were nearly complete', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'crm-bridge-test-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    const settings = await settingsFor({ ...database, environment: { DATA_DIR: folder } })
    const first = launch('main.ts', [], settings)
    // Nothing is written for seconds, and then everything at once: from there on it may run for moments only.
    while (!isBegun(folder)) await sleep(10)
    while (!isNearlyComplete(folder)) {
      first.resume()
      spin(0.2)
      first.pause()
      await turn()
    }
    await first.kill()
    const server = await startServer(settings)
    await createInbox(server)
    expect(await server.stop()).toBe(0)
  })
})

async function createUntilItDies(server: Server, acknowledged: NewInbox[]): Promise<void> {
  for (;;) {
    try {
      acknowledged.push(await createInbox(server))
    } catch (error) {
      expect(error).toMatchObject({ message: expect.stringMatching(/fetch failed|terminated/) })
      return
    }
  }
}

/** PostgreSQL's files, wherever in the data folder they are made. */
const made = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) => readdirSync(join(folder, name)))

const isBegun = (folder: string): boolean => made(folder).length > 0

/** The one that names the version is among the last. */
const isNearlyComplete = (folder: string): boolean => made(folder).includes('PG_VERSION')

/** Waits for less than a timer can. */
function spin(milliseconds: number): void {
  const until = performance.now() + milliseconds
  while (performance.now() < until);
}
