/** Four servers on one database, and a CRM that ends the grant of whoever uses a refresh token twice. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { ask, connectInbox, type Server, settingsFor, startServer } from '../../support/processes.ts'
import { answerTruly, startTokenCrm, type TokenCrm } from '../../support/token-crm.ts'

describe.skipIf(!process.env.TEST_DATABASE_URL)('an access token that ends while fifty agents ask four servers', () => {
  let database: TestDatabase
  let crm: TokenCrm
  let servers: Server[]
  beforeAll(async () => {
    database = await createTestDatabase()
    crm = await startTokenCrm()
    const own = ['1', '2', '3', '4'].map(async (name) => startServer(await settingsFor(database, await crm.door(name))))
    servers = await Promise.all(own)
  })
  afterAll(async () => {
    await Promise.all(servers.map((server) => server.stop()))
    await crm.close()
    await database.drop()
  })

  it('is refreshed by one call, time after time, and every agent finds who they were looking for', async () => {
    const inbox = await connectInbox(servers[0] as Server)
    const grant = crm.grants.at(-1) ?? ''
    const emails = [...crm.sandbox.contacts].flatMap(({ properties: { email } }) => email ?? [])
    expect(emails.length).toBeGreaterThan(150)

    for (const round of [1, 2, 3]) {
      crm.endAccess(grant)
      const asked = emails.slice((round - 1) * 50, round * 50)
      const answers = await Promise.all(
        asked.map((email, nth) => ask(servers[nth % 4] as Server, inbox.key, `/contacts?search=${encodeURIComponent(email)}`)),
      )
      const found = answers.map(({ status, json }) => [status, json.results[0]?.email_addresses[0].email_address])
      expect(found).toEqual(asked.map((email) => [200, email]))
      expect(crm.refreshes(grant)).toHaveLength(round)
    }
  })

  it('is refreshed by one call also where the CRM takes longer over it than a claim holds', async () => {
    const inbox = await connectInbox(servers[0] as Server)
    const grant = crm.grants.at(-1) ?? ''
    crm.treat(async (call) => {
      const answer = await call.take()
      setTimeout(() => call.send(answer), 4_500)
    }, grant)
    crm.endAccess(grant)
    const searches = Array.from({ length: 12 }, (_, nth) => `/contacts?search=example&limit=${nth + 1}`)
    const answers = await Promise.all(searches.map((path, nth) => ask(servers[nth % 4] as Server, inbox.key, path)))
    expect(answers.map(({ status, json }) => [status, json.results.length])).toEqual(searches.map((_, nth) => [200, nth + 1]))
    expect(crm.refreshes(grant)).toHaveLength(1)
    crm.treat(answerTruly, grant)
  })
})
