/** Three replicas behind a load balancer are restarted one after the other, as when a new version is rolled out: nobody notices. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type Balancer, startBalancer } from '../../support/balancer.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { ask, connectInbox, type NewInbox, type Server, settingsFor, startServer } from '../../support/processes.ts'
import { startTokenCrm, type TokenCrm } from '../../support/token-crm.ts'

/** How often the balancer looks. A server that is told to end has to be found out before it does. Milliseconds. */
const probeEvery = 100
const drainSeconds = '1'

describe.skipIf(!process.env.TEST_DATABASE_URL)('replicas that are restarted one by one under load', () => {
  let database: TestDatabase
  let crm: TokenCrm
  let balancer: Balancer
  let inbox: NewInbox
  const servers: Server[] = []
  beforeAll(async () => {
    database = await createTestDatabase()
    crm = await startTokenCrm()
    const started = ['1', '2', '3'].map(async (name) =>
      startServer(await settingsFor(database, { ...(await crm.door(name)), DRAIN_SECONDS: drainSeconds })),
    )
    servers.push(...(await Promise.all(started)))
    inbox = await connectInbox(servers[0] as Server)
    balancer = await startBalancer(servers, probeEvery)
  })
  afterAll(async () => {
    await balancer?.close()
    await Promise.all(servers.map((server) => server.kill()))
    await crm.close()
    await database.drop()
  })

  it('break no answer, and each ends in peace', async () => {
    expect(balancer.inUse()).toBe(3)
    const statuses = new Map<number | string, number>()
    let isOver = false
    const agents = Array.from({ length: 6 }, async (_, agent) => {
      for (let nth = 0; !isOver; nth += 1) {
        const path = nth % 3 === 0 ? '/initialize' : `/contacts?search=example&limit=${1 + ((agent + nth) % 40)}`
        const outcome = await ask(balancer, inbox.key, path).then(
          ({ status }) => status,
          (error) => String(error.cause ?? error),
        )
        statuses.set(outcome, (statuses.get(outcome) ?? 0) + 1)
        await sleep(5)
      }
    })
    const codes: (number | null)[] = []
    for (const [nth, server] of servers.entries()) {
      const ended = server.stop()
      await vi.waitFor(() => expect(balancer.inUse()).toBe(2), { interval: 20 })
      codes.push(await ended)
      servers[nth] = await startServer(server.settings)
      await vi.waitFor(() => expect(balancer.inUse()).toBe(3), { timeout: 5_000, interval: 20 })
    }
    isOver = true
    await Promise.all(agents)
    expect(codes).toEqual([0, 0, 0])
    expect([...statuses.keys()]).toEqual([200])
    expect(statuses.get(200)).toBeGreaterThan(100)
  })
})
