/** Behind a load balancer, an administrator's browser meets another server with every request. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Browser, consentUntilCallback } from '../../support/bridge.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { administer, ask, type Server, settingsFor, startServer } from '../../support/processes.ts'
import { startTokenCrm, type TokenCrm } from '../../support/token-crm.ts'

describe.skipIf(!process.env.TEST_DATABASE_URL)('a consent over several servers', () => {
  let database: TestDatabase
  let crm: TokenCrm
  let servers: [Server, Server, Server]
  const publicUrl = 'https://bridge.example.com'
  beforeAll(async () => {
    database = await createTestDatabase()
    crm = await startTokenCrm()
    const start = async (name: string) =>
      startServer(await settingsFor(database, { ...(await crm.door(name)), PUBLIC_URL: publicUrl }))
    servers = await Promise.all([start('1'), start('2'), start('3')])
  })
  afterAll(async () => {
    await Promise.all(servers.map((server) => server.stop()))
    await crm.close()
    await database.drop()
  })

  /** What the load balancer makes of a public address. */
  const at = (server: Server, url: string) => url.replace(publicUrl, server.url)

  it('begun at one is finished at another and shown by a third, once', async () => {
    const [one, another, third] = servers
    const { json: created } = await administer(one, 'POST', '/inboxes', { name: 'Support' })
    const key = created.plugin_url.split('/').at(-1)
    const { json: needed } = await ask(third, key, '/initialize')
    const connectUrl = needed.authorization_needed.external_url
    expect(connectUrl).toMatch(new RegExp(`^${publicUrl}/connect/`))

    const browser = new Browser()
    expect(await (await browser.visit(at(another, connectUrl))).text()).toContain('Connect HubSpot')
    const callback = await consentUntilCallback(at(one, connectUrl), 'allow', browser)
    expect(callback).toMatch(new RegExp(`^${publicUrl}/oauth/hubspot/callback`))
    const finished = await browser.visit(at(another, callback))
    expect([finished.status, finished.headers.get('location')]).toEqual([303, `${publicUrl}/connected`])
    const shown = await browser.visit(at(third, `${publicUrl}/connected`))
    expect([shown.status, await shown.text()]).toEqual([200, expect.stringContaining('200 contacts')])
    expect((await ask(another, key, '/initialize')).json).toEqual({ status: 'initialized' })

    for (const server of servers) expect((await browser.visit(at(server, callback))).status).toBe(400)
    expect(crm.grants).toHaveLength(1)
  })

  it('begun at one isn’t finished by another browser at another', async () => {
    const [one, another] = servers
    const { json: created } = await administer(one, 'POST', '/inboxes', { name: 'Sales' })
    const callback = await consentUntilCallback(at(one, created.connect_url), 'allow', new Browser())
    expect((await new Browser().visit(at(another, callback))).status).toBe(400)
    expect((await ask(another, created.plugin_url.split('/').at(-1), '/initialize')).json.status).toBe('authorization_needed')
  })
})
