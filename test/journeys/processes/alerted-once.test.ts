/** A CRM ends a grant while agents ask two servers: whoever is to be told is told once; and once more when it works again. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { consent } from '../../support/bridge.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { administer, ask, connectInbox, type NewInbox, type Server, settingsFor, startServer } from '../../support/processes.ts'
import { answerWith, type StandIn, startStandIn } from '../../support/stand-in.ts'
import { answerTruly, startTokenCrm, type TokenCrm } from '../../support/token-crm.ts'

describe.skipIf(!process.env.TEST_DATABASE_URL)('a connection that breaks', () => {
  let database: TestDatabase
  let crm: TokenCrm
  let receiver: StandIn
  let servers: Server[]
  let inbox: NewInbox
  beforeAll(async () => {
    database = await createTestDatabase()
    crm = await startTokenCrm()
    receiver = await startStandIn(answerWith(200))
    const own = ['1', '2'].map(async (name) =>
      startServer(await settingsFor(database, { ...(await crm.door(name)), ALERT_WEBHOOK_URL: receiver.url })),
    )
    servers = await Promise.all(own)
    inbox = await connectInbox(servers[0] as Server, 'Support')
  })
  afterAll(async () => {
    await Promise.all(servers.map((server) => server.stop()))
    await receiver.close()
    await crm.close()
    await database.drop()
  })

  const told = () => receiver.requests.map(({ body }) => JSON.parse(body))
  const agents = () =>
    Promise.all(
      Array.from({ length: 12 }, (_, nth) => ask(servers[nth % 2] as Server, inbox.key, `/contacts?search=a&limit=${nth + 1}`)),
    )

  it('is told once by all servers together, and its recovery once', async () => {
    const grant = crm.grants.at(-1) ?? ''
    const body = JSON.stringify({ error: 'invalid_grant', status: 'BAD_REFRESH_TOKEN' })
    crm.treat((call) => call.send({ status: 400, headers: { 'content-type': 'application/json' }, body }), grant)
    crm.endAccess(grant)
    const answers = await agents()
    expect(new Set(answers.map(({ json }) => json.error?.code))).toEqual(new Set(['reconnect_required']))
    await agents()
    await vi.waitFor(() => expect(told().length).toBeGreaterThan(0))
    const about = { inbox: { id: inbox.id, name: 'Support' }, crm: 'hubspot', at: expect.any(String) }
    const broken = { event: 'connection.broken', ...about, reason: expect.stringContaining('invalid_grant') }
    expect(told()).toEqual([broken])

    crm.treat(answerTruly, grant)
    const { json } = await administer(servers[1] as Server, 'GET', '/inboxes')
    const { url } = await consent(json[0].connect_url)
    expect(url).toMatch(/\/connected$/)
    await vi.waitFor(async () => expect((await agents()).map(({ status }) => status)).toEqual(Array(12).fill(200)), {
      timeout: 5_000,
    })
    await vi.waitFor(() => expect(told()).toHaveLength(2))
    expect(told()[1]).toEqual({ event: 'connection.recovered', ...about, reason: null })
    for (const server of servers) expect(server.output()).not.toContain(receiver.url)
  })
})
