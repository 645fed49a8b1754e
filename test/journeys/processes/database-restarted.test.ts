/** A PostgreSQL server that is restarted, or crashes, under load: agents go on, and everything works again by itself within seconds. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type Cluster, serverPrograms, startCluster } from '../../support/cluster.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import {
  administer,
  ask,
  connectInbox,
  createInbox,
  type NewInbox,
  type Server,
  settingsFor,
  startServer,
} from '../../support/processes.ts'
import { startTokenCrm, type TokenCrm } from '../../support/token-crm.ts'

describe.skipIf(!process.env.TEST_DATABASE_URL || serverPrograms === undefined)('a database server that ends under load', () => {
  let cluster: Cluster
  let database: TestDatabase
  let crm: TokenCrm
  let server: Server
  let inbox: NewInbox
  beforeAll(async () => {
    cluster = await startCluster()
    database = await createTestDatabase(cluster.url)
    crm = await startTokenCrm()
    server = await startServer(await settingsFor(database, await crm.door('only')))
    inbox = await connectInbox(server)
  })
  afterAll(async () => {
    await server?.kill()
    await crm?.close()
    await database?.drop()
    await cluster?.remove()
  })

  const probe = (path: string) => fetch(server.url + path).then(({ status }) => status)

  it.each(['fast', 'immediate'] as const)('by a shutdown that is %s, and comes back, is got over', async (mode) => {
    const told: number[] = []
    let isOver = false
    const agents = Array.from({ length: 4 }, async (_, agent) => {
      for (let nth = 0; !isOver; nth += 1) {
        told.push((await ask(server, inbox.key, `/contacts?search=example&limit=${1 + ((agent + nth) % 30)}`)).status)
        await sleep(10)
      }
    })
    await sleep(300)
    await cluster.stop(mode)
    await vi.waitFor(async () => expect(await probe('/readyz')).toBe(503), { timeout: 5_000, interval: 100 })
    expect(await probe('/readyz?exclude=database')).toBe(200)
    expect(await probe('/healthz')).toBe(200)
    expect((await administer(server, 'GET', '/inboxes')).status).toBe(503)
    await sleep(1_000)
    await cluster.start()
    await vi.waitFor(async () => expect(await probe('/readyz')).toBe(200), { timeout: 5_000, interval: 100 })
    expect((await administer(server, 'GET', '/inboxes')).status).toBe(200)
    expect((await ask(server, (await createInbox(server)).key, '/features')).status).toBe(200)
    isOver = true
    await Promise.all(agents)
    expect([...new Set(told)]).toEqual([200])
    expect(told.length).toBeGreaterThan(50)
  })
})
