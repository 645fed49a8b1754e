/** PLUGIN_AUTH=open: this machine asks without a key, and nobody else does. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { App } from '../../src/app.ts'
import { startTestBridge, type TestBridge } from '../support/bridge.ts'
import { anError, emptyEnvelope, inject } from '../support/inject.ts'

let bridge: TestBridge
let open: App
beforeAll(async () => {
  bridge = await startTestBridge({ sandbox: { contacts: 3 } })
  open = await bridge.variant({ PLUGIN_AUTH: 'open' })
})
afterAll(() => bridge.stop())

const routes = ['/', '/features', '/initialize', '/contacts', '/contacts/4915199999999', '/contacts/hubspot-151']

describe('an open bridge', () => {
  it('makes the first inbox when it is first asked, and only one, however many ask at once', async () => {
    expect(await bridge.inboxes.list()).toEqual([])
    const replica = await bridge.variant({ PLUGIN_AUTH: 'open' })
    const answers = await Promise.all([open, replica, open, replica].map((app) => inject(app, '/initialize')))
    expect(answers.map(({ json }) => json.status)).toEqual(Array(4).fill('authorization_needed'))
    expect(await bridge.inboxes.list()).toHaveLength(1)
  })

  it('serves the oldest inbox', async () => {
    const [first] = await bridge.inboxes.list()
    await bridge.inbox({ name: 'Second' })
    const { json } = await inject(open, '/initialize')
    const page = await inject(open, new URL(json.authorization_needed.external_url).pathname)
    expect(page.text).toContain(`<h1>${first?.name}</h1>`)
    expect(await bridge.inboxes.list()).toHaveLength(2)
  })

  it.each(['localhost', 'localhost:3000', '127.0.0.1', '127.0.0.1:3000', '[::1]', '[::1]:3000', 'LOCALHOST'])(
    'answers this machine by the name %s',
    async (host) => {
      expect((await inject(open, '/initialize', { headers: { host } })).status).toBe(200)
    },
  )

  it.each<Record<string, string>>([
    { host: 'attacker.example' },
    { host: 'attacker.example:3000' },
    { host: 'localhost.attacker.example' },
    { host: '127.0.0.1.attacker.example' },
    { host: 'localhost@attacker.example' },
    { host: '192.168.0.7' },
    { host: '0.0.0.0' },
    { host: 'localhost', 'x-forwarded-for': '203.0.113.7' },
    { host: 'localhost', 'x-forwarded-host': 'localhost' },
    { host: 'localhost', 'x-forwarded-proto': 'https' },
    { host: 'localhost', forwarded: 'for=203.0.113.7' },
    { host: 'localhost', origin: 'https://attacker.example' },
    { host: 'localhost', origin: 'null' },
    { host: 'localhost', 'sec-fetch-site': 'cross-site' },
  ])('refuses everybody else: %o', async (headers) => {
    for (const route of routes) {
      const { status, json } = await inject(open, route, { headers })
      const beside = route.startsWith('/contacts') ? emptyEnvelope : {}
      expect({ status, json }, route).toEqual({ status: 401, json: { ...beside, error: anError('inbox_unauthorized') } })
    }
  })

  it('still knows keys, and refuses wrong ones', async () => {
    const { key } = await bridge.inbox({ name: 'Keyed', crm: 'hubspot' })
    const asKeyed = { headers: { 'x-inbox-key': key, host: 'bridge.example' } }
    expect((await inject(open, '/', asKeyed)).json).toEqual({ name: 'HubSpot', type: 'hubspot' })
    expect((await inject(open, '/', { headers: { 'x-inbox-key': 'wrong' } })).status).toBe(401)
    expect((await inject(open, '/inboxes/wrong/')).status).toBe(401)
  })

  it('gives contacts once connected', async () => {
    const { inbox } = await bridge.connectedInbox()
    await bridge.bridge.database.prisma.inbox.deleteMany({ where: { id: { not: inbox.id } } })
    await expect.poll(async () => (await inject(open, '/contacts')).json.count, { timeout: 3_000 }).toBe(3)
  })
})
