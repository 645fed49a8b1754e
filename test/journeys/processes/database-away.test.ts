/** The database server goes away and comes back: agents go on, the operator is told the truth, and nobody restarts anything. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { anError } from '../../support/inject.ts'
import {
  administer,
  ask,
  connectInbox,
  createInbox,
  type Line,
  type NewInbox,
  type Server,
  settingsFor,
  startLine,
  startServer,
  storedConnection,
} from '../../support/processes.ts'
import { startTokenCrm, type TokenCrm } from '../../support/token-crm.ts'

/** As many as the server has connections to its database. */
const poolSize = 5
/** How long anybody waits for an answer, whatever has happened. Milliseconds. */
const patience = 9_000
/** How soon all is well again. Milliseconds. */
const recovery = 10_000

describe.skipIf(!process.env.TEST_DATABASE_URL)('a database that is away', () => {
  let database: TestDatabase
  let crm: TokenCrm
  const started = new Map<string, Started>()
  beforeAll(async () => {
    database = await createTestDatabase()
    crm = await startTokenCrm()
    for (const name of ['refused', 'frozen', 'ended', 'tokens refused', 'tokens frozen']) started.set(name, await start(name))
  })
  afterAll(async () => {
    for (const { server, line } of started.values()) {
      await server.kill()
      await line.close()
    }
    await crm.close()
    await database.drop()
  })

  type Started = { readonly line: Line; readonly server: Server; readonly inbox: NewInbox; readonly grant: string }

  /** A server with its own line to the database, and an inbox that has been asked about. */
  async function start(name: string): Promise<Started> {
    const url = new URL(database.environment.DATABASE_URL ?? '')
    const line = await startLine(Number(url.port))
    url.port = String(line.port)
    // With the limits on calls as they are by default: the budget for them is in the database, too.
    const limits = { HUBSPOT_SEARCHES_PER_SECOND: '4', HUBSPOT_CALLS_PER_10_SECONDS: '100' }
    const server = await startServer(
      await settingsFor(database, { ...(await crm.door(name)), ...limits, DATABASE_URL: url.href }),
    )
    const inbox = await connectInbox(server)
    const grant = crm.grants.at(-1) ?? ''
    // Every connection that the server may have, it has now.
    const busy = await Promise.all(Array.from({ length: 4 * poolSize }, () => administer(server, 'GET', '/inboxes')))
    expect(busy.map(({ status }) => status)).toEqual(busy.map(() => 200))
    await ask(server, inbox.key, '/contacts?search=example')
    return { line, server, inbox, grant }
  }

  const unavailable = { status: 503, json: { error: anError('bridge_unavailable') } }

  /** What works without the database, and what doesn't: more at once than there are connections to it. */
  async function goesOnWithout({ server, inbox }: Started): Promise<void> {
    const began = performance.now()
    const withIt = Promise.all(
      Array.from({ length: poolSize }, (_, nth) => [
        administer(server, 'GET', '/inboxes'),
        ask(server, `unknown-${nth}`, '/contacts'),
      ]).flat(),
    )
    const [found, initialized, features, refused] = await Promise.all([
      ask(server, inbox.key, '/contacts?search=example&limit=7'),
      ask(server, inbox.key, '/initialize'),
      ask(server, inbox.key, '/features'),
      withIt,
    ])
    expect([found.status, found.json.results.length, found.headers.get('x-bridge-problem')]).toEqual([200, 7, null])
    expect(initialized.json).toEqual({ status: 'initialized' })
    expect(features.status).toBe(200)
    for (const answer of refused) expect(answer).toMatchObject(unavailable)
    expect(performance.now() - began).toBeLessThan(patience)
  }

  async function worksAgain({ server, inbox }: Started): Promise<void> {
    expect((await administer(server, 'GET', '/inboxes')).status).toBe(200)
    expect((await ask(server, 'unknown', '/contacts')).status).toBe(401)
    expect((await ask(server, (await createInbox(server)).key, '/features')).status).toBe(200)
    expect((await ask(server, inbox.key, '/contacts?search=a')).status).toBe(200)
  }

  it.concurrent.each<[how: string, name: string, disturb: (line: Line) => unknown]>([
    ['since it refuses connections', 'refused', (line) => line.cut()],
    ['since nothing comes through to it', 'frozen', (line) => line.freeze()],
  ])(
    '%s stops no agent with a live token, is admitted to everybody else, and is used again when it is back',
    async (_how, name, disturb) => {
      const here = started.get(name) as Started
      await disturb(here.line)
      await goesOnWithout(here)
      await here.line.restore()
      await vi.waitFor(() => worksAgain(here), { timeout: recovery, interval: 250 })
      await worksAgain(here)
    },
  )

  it.concurrent('while a token ends has nobody call for tokens that could not be stored', async () => {
    const { line, server, inbox, grant } = started.get('ended') as Started
    await line.cut()
    crm.endAccess(grant)
    for (const path of ['/contacts?search=a', '/contacts?search=b'])
      expect(await ask(server, inbox.key, path)).toMatchObject(unavailable)
    expect(crm.refreshes(grant)).toHaveLength(0)
    await line.restore()
    const found = async () => expect((await ask(server, inbox.key, '/contacts?search=a')).status).toBe(200)
    await vi.waitFor(found, { timeout: recovery, interval: 250 })
    expect(crm.refreshes(grant)).toHaveLength(1)
  })

  it.concurrent.each<[how: string, name: string, disturb: (line: Line) => unknown]>([
    ['since it refuses connections', 'tokens refused', (line) => line.cut()],
    ['since nothing comes through to it', 'tokens frozen', (line) => line.freeze()],
  ])('%s, when new tokens come, loses none of them', async (_how, name, disturb) => {
    const { line, server, inbox, grant } = started.get(name) as Started
    crm.treatNext(async (call) => {
      const answer = await call.take()
      await disturb(line)
      call.send(answer)
      await sleep(2_000)
      await line.restore()
    }, grant)
    crm.endAccess(grant)
    const found = async () => expect((await ask(server, inbox.key, '/contacts?search=a')).status).toBe(200)
    await vi.waitFor(found, { timeout: recovery, interval: 250 })
    expect(await storedConnection(database, inbox)).toMatchObject({ status: 'active', version: 2, leaseOwner: null })
    expect(crm.refreshes(grant)).toHaveLength(1)
  })
})
