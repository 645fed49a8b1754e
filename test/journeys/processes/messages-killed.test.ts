/**
 * Five hundred messages to two servers on one database, many of them twice. One server is killed while it writes on timelines; the CRM has
 * taken some of what it wrote, and some not.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type HubSpotSandbox, startHubSpotSandbox } from '../../../src/sandbox/hubspot/server.ts'
import { consent } from '../../support/bridge.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { administer, createInbox, type NewInbox, query, type Server, settingsFor, startServer } from '../../support/processes.ts'
import { post, webhookOf } from '../../support/webhook.ts'

const customers = Array.from({ length: 25 }, (_, nth) => `49151123400${String(nth).padStart(2, '0')}`)
const numbers = Array.from({ length: 20 }, (_, nth) => nth + 1)
const secret = 'Geheimnis der Kundin'
const app = { clientId: 'test-client', clientSecret: 'test-secret' }
/** Some messages follow one another quickly, some don't. Epoch seconds. */
const sentAt = (nth: number) => 1_770_000_000 + nth * 2 + Math.floor(nth / 3) * 10

describe.skipIf(!process.env.TEST_DATABASE_URL)('messages to two servers, one of which is killed', () => {
  let database: TestDatabase
  let sandbox: HubSpotSandbox
  let servers: Server[]
  let inbox: NewInbox
  const contactOf = new Map<string, string>()

  beforeAll(async () => {
    database = await createTestDatabase()
    sandbox = await startHubSpotSandbox({ ...app, contacts: 50, rateLimits: false })
    const settings = {
      HUBSPOT_CLIENT_ID: app.clientId,
      HUBSPOT_CLIENT_SECRET: app.clientSecret,
      HUBSPOT_APP_URL: sandbox.url,
      HUBSPOT_API_URL: sandbox.url,
      MESSAGES_TOGETHER_SECONDS: '3',
      LOG_LEVEL: 'info',
    }
    servers = await Promise.all([1, 2].map(async () => startServer(await settingsFor(database, settings))))
    inbox = await createInbox(servers[0] as Server)
    await administer(servers[0] as Server, 'POST', `/inboxes/${inbox.id}/log-messages`, { on: true })
    await consent(inbox.connectUrl)
    // Both servers know within two seconds.
    await sleep(2_000)
    for (const from of customers) contactOf.set(from, sandbox.addContact({ firstname: from, mobilephone: `+${from}` }).id)
  })
  afterAll(async () => {
    await Promise.all(servers.map((server) => server.stop()))
    await sandbox.close()
    await database.drop()
  })

  /** As the inbox does: what isn't taken is sent again. */
  async function deliver(nth: number, body: object): Promise<void> {
    for (let attempt = nth; ; attempt += 1) {
      const server = servers[attempt % 2] as Server
      if ((await post(`${server.url}/inboxes/${inbox.key}`, body).catch(() => 0)) === 200) return
      await sleep(20)
    }
  }

  it('are all on their timelines, none twice, in order', async () => {
    const [victim, survivor] = servers as [Server, Server]
    // Written at once, answered slowly: whoever is killed has written what it doesn’t know of.
    sandbox.faults.add({ kind: 'drip', delayMs: 4, match: { method: 'POST', path: 'communications$' } })
    const delivered = Promise.all(
      customers.map(async (from, customer) => {
        const twice: object[] = []
        for (const nth of numbers) {
          const message = { id: `${from}-${nth}`, from, text: `${secret} ${nth}`, at: sentAt(nth) }
          const body = webhookOf(message)
          await deliver(customer + nth, body)
          if (nth % 4 === 0) await Promise.all([0, 1].map((other) => deliver(other, body)))
          if (nth % 3 === 0) twice.push(body)
          await sleep(100)
        }
        for (const [nth, body] of twice.entries()) await deliver(nth, body)
      }),
    )
    await vi.waitFor(() => expect(sandbox.timeline().length).toBeGreaterThan(30), { timeout: 30_000, interval: 5 })
    await victim.kill()
    const before = sandbox.timeline().length
    await delivered
    expect(before).toBeLessThan(customers.length * 7)

    const dump = await query(
      database,
      `SELECT "Message"::text AS row FROM "Message" UNION ALL SELECT "Conversation"::text FROM "Conversation"`,
    )
    const secrets = [secret, ...customers].flatMap((text) => [
      text,
      Buffer.from(text).toString('hex'),
      Buffer.from(text).toString('base64'),
    ])
    for (const { row } of dump) expect(secrets.filter((text) => row.includes(text))).toEqual([])

    await vi.waitFor(
      async () => {
        // The dead server's claims are over sooner than a minute: those of the other one are renewed all the time.
        await query(
          database,
          `UPDATE "Conversation" SET "leaseUntil" = now() WHERE "leaseUntil" < now() + interval '50 seconds';`,
        )
        await query(database, `UPDATE "Conversation" SET "dueAt" = now() WHERE "problem" IS NOT NULL`)
        const [{ waiting }] = await query(database, `SELECT count(*)::int AS waiting FROM "Message" WHERE "state" = 'waiting'`)
        expect(waiting).toBe(0)
      },
      { timeout: 60_000, interval: 500 },
    )

    for (const from of customers) {
      const entries = sandbox.timeline(contactOf.get(from)).toSorted((a, b) => Number(a.id) - Number(b.id))
      const told = entries.flatMap(({ body }) => [...body.matchAll(/Kundin (\d+)/g)].map(([, nth]) => Number(nth)))
      expect(told, from).toEqual(numbers)
      expect(entries.length).toBeLessThan(numbers.length)
    }
    expect(sandbox.timeline().flatMap(({ contacts }) => contacts)).toHaveLength(sandbox.timeline().length)
    const report = await administer(survivor, 'GET', `/inboxes/${inbox.id}/messages`)
    expect(report.json).toEqual({ waiting: 0, logged: 500, failed: 0, failures: [] })
    const [{ bodies }] = await query(database, `SELECT count("sealedBody")::int AS bodies FROM "Message"`)
    expect(bodies).toBe(0)
    for (const text of [secret, ...customers]) for (const server of servers) expect(server.output()).not.toContain(text)
  }, 150_000)
})
