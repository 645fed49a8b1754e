/** The operator's API: only with the admin token, and a plugin URL is shown once. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { App } from '../../src/app.ts'
import { adminToken, startTestBridge, type TestBridge, unlimited } from '../support/bridge.ts'
import { anError, type Injected, inject, type Method } from '../support/inject.ts'
import type { Json } from '../support/json.ts'

let bridge: TestBridge
let app: App
beforeAll(async () => {
  bridge = await startTestBridge({ sandbox: { contacts: 5, rateLimits: false }, environment: unlimited })
  app = bridge.bridge.app
})
afterAll(() => bridge.stop())
afterEach(() => bridge.sandbox.faults.clear())

const authorization = `Bearer ${adminToken}`
const ask = (method: Method, path: string, body?: unknown): Promise<Injected> =>
  inject(app, `/admin/api${path}`, { method, headers: { authorization }, body })
const create = async (body: object): Promise<Json> => (await ask('POST', '/inboxes', body)).json
const asInbox = (pluginUrl: string, path: string) => inject(app, new URL(pluginUrl).pathname + path)
const summaryKeys = ['id', 'name', 'crm', 'region', 'status', 'account', 'messages', 'sending', 'created_at', 'connect_url']

describe('the operator’s API', () => {
  const routes: [Method, string][] = [
    ['GET', '/inboxes'],
    ['POST', '/inboxes'],
    ['GET', '/inboxes/x'],
    ['PATCH', '/inboxes/x'],
    ['GET', '/inboxes/x/check'],
    ['GET', '/inboxes/x/contacts?search='],
    ['POST', '/keys/rotate'],
    ['POST', '/inboxes/x/rotate-key'],
    ['POST', '/inboxes/x/disconnect'],
    ['DELETE', '/inboxes/x'],
  ]
  it.each(routes)('%s %s takes only the admin token', async (method, path) => {
    const { key } = await bridge.inbox()
    const basic = `Basic ${Buffer.from(`:${adminToken}`).toString('base64')}`
    const wrong = [
      '',
      adminToken,
      `Token ${adminToken}`,
      basic,
      `Bearer ${key}`,
      'Bearer ',
      `${authorization}x`,
      authorization.slice(0, -1),
    ]
    for (const given of wrong) {
      const { status, json } = await inject(app, `/admin/api${path}`, { method, headers: { authorization: given } })
      expect({ status, json }, given).toEqual({ status: 401, json: { error: anError('inbox_unauthorized') } })
    }
  })

  it('is closed on an open bridge as well', async () => {
    const open = await bridge.variant({ PLUGIN_AUTH: 'open' })
    expect((await inject(open, '/admin/api/inboxes')).status).toBe(401)
  })

  it('takes no token in the address or a cookie', async () => {
    expect((await inject(app, `/admin/api/inboxes?token=${encodeURIComponent(adminToken)}`)).status).toBe(401)
    expect(
      (await inject(app, '/admin/api/inboxes', { headers: { cookie: `token=${encodeURIComponent(adminToken)}` } })).status,
    ).toBe(401)
  })
})

describe('a new inbox', () => {
  it('comes with its plugin URL, which works at once', async () => {
    const { status, json } = await ask('POST', '/inboxes', { name: ' Support ', crm: 'hubspot', region: 'de' })
    expect(status).toBe(201)
    expect(json).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      name: 'Support',
      crm: 'hubspot',
      region: 'DE',
      status: 'not_connected',
      account: null,
      messages: 'off',
      sending: 'off',
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT.+Z$/),
      connect_url: expect.stringMatching(/^http:\/\/localhost:\d+\/connect\/[\w-]+$/),
      plugin_url: expect.stringMatching(/^http:\/\/localhost:\d+\/inboxes\/[\w-]{32}$/),
    })
    expect((await asInbox(json.plugin_url, '/')).json).toEqual({ name: 'HubSpot', type: 'hubspot' })
    expect((await inject(app, new URL(json.connect_url).pathname)).text).toContain('Support')
  })

  it('needs no more than a name', async () => {
    expect(await create({ name: 'x' })).toMatchObject({ name: 'x', crm: null, region: null })
    expect(await create({ name: '“Sales” / <b>日本</b>' })).toMatchObject({ name: '“Sales” / <b>日本</b>' })
  })

  it('has a key that nobody else has', async () => {
    const urls = await Promise.all(Array.from({ length: 5 }, async () => (await create({ name: 'Same' })).plugin_url))
    expect(new Set(urls).size).toBe(5)
  })

  it.each<[unknown, string]>([
    [{}, ''],
    [{ name: '' }, ''],
    [{ name: '   ' }, 'name'],
    [{ name: 7 }, ''],
    [{ name: ['x'] }, ''],
    [{ name: 'a'.repeat(201) }, ''],
    [{ name: 'x', crm: 'zoho' }, 'hubspot'],
    [{ name: 'x', crm: null }, ''],
    [{ name: 'x', region: 'XX' }, 'ISO 3166'],
    [{ name: 'x', region: 'Germany' }, 'ISO 3166'],
    [[], ''],
    ['x', ''],
    [null, ''],
  ])('%j is refused', async (body, word) => {
    const before = await bridge.inboxes.list()
    const { status, json } = await ask('POST', '/inboxes', body)
    expect({ status, json }).toEqual({ status: 400, json: { error: anError('request_invalid') } })
    expect(json.error.message).toContain(word)
    expect(await bridge.inboxes.list()).toHaveLength(before.length)
  })

  it.each(['{', '', '{"name":"x"', '\u0000'])('the body %j is refused', async (payload) => {
    const headers = { authorization, 'content-type': 'application/json' }
    const { statusCode } = await app.inject({ method: 'POST', url: '/admin/api/inboxes', headers, payload })
    expect(statusCode).toBe(400)
  })
})

describe('the list', () => {
  it('has every inbox, the oldest first, with its connection', async () => {
    const { inbox } = await bridge.connectedInbox({ name: 'Connected', region: 'GB' })
    const { status, json } = await ask('GET', '/inboxes')
    expect(status).toBe(200)
    expect(json.map(({ id }: Json) => id)).toEqual((await bridge.inboxes.list()).map(({ id }) => id))
    for (const row of json) expect(Object.keys(row)).toEqual(summaryKeys)
    expect(json.at(-1)).toMatchObject({
      ...{ id: inbox.id, name: 'Connected', crm: 'hubspot', region: 'GB', status: 'active' },
      account: bridge.sandbox.account.hubDomain,
    })
  })

  it('shows no key, hash, token or scope', async () => {
    const { key } = await bridge.connectedInbox()
    const { text } = await ask('GET', '/inboxes')
    expect(text).not.toContain(key)
    expect(text).not.toMatch(/plugin_url|hash|seal|token|scope/i)
  })
})

describe('a new key', () => {
  it('ends the old plugin URL at once; the connection stays', async () => {
    const { inbox, pluginUrl } = await bridge.connectedInbox({ name: 'Rotated' })
    expect((await asInbox(pluginUrl, '/contacts')).status).toBe(200)
    const { status, json } = await ask('POST', `/inboxes/${inbox.id}/rotate-key`)
    expect(status).toBe(200)
    expect(Object.keys(json).toSorted()).toEqual([...summaryKeys, 'plugin_url'].toSorted())
    expect(json.plugin_url).not.toBe(pluginUrl)
    expect((await asInbox(pluginUrl, '/contacts')).status).toBe(401)
    expect((await asInbox(json.plugin_url, '/contacts')).json.count).toBe(5)
  })
})

describe('a disconnect', () => {
  it('ends the grant here and at the CRM; inbox and plugin URL stay', async () => {
    const { inbox, pluginUrl } = await bridge.connectedInbox()
    bridge.sandbox.clearCalls()
    const { status, json } = await ask('POST', `/inboxes/${inbox.id}/disconnect`)
    expect({ status, json }).toMatchObject({ status: 200, json: { id: inbox.id, status: 'not_connected', account: null } })
    expect(bridge.sandbox.calls().map(({ method, path, status }) => `${method} ${path} ${status}`)).toEqual([
      'POST /oauth/2026-03/token/revoke 200',
    ])
    expect((await asInbox(pluginUrl, '/contacts')).status).toBe(409)
    expect((await asInbox(pluginUrl, '/initialize')).json.status).toBe('authorization_needed')
  })

  it('works though the CRM is down, and for what isn’t connected', async () => {
    const { inbox } = await bridge.connectedInbox()
    bridge.sandbox.faults.add({ kind: 'status', status: 503 })
    for (let times = 1; times <= 2; times += 1)
      expect((await ask('POST', `/inboxes/${inbox.id}/disconnect`)).json).toMatchObject({ status: 'not_connected' })
    expect((await bridge.inboxes.byId(inbox.id))?.connection).toBeNull()
    // It is to be told when it is back.
    const { parkedGrant } = bridge.bridge.database.prisma
    expect((await parkedGrant.deleteMany({ where: { inboxId: inbox.id } })).count).toBe(1)
  })
})

describe('a removal', () => {
  it('leaves nothing: no inbox, no connection, no flow under way', async () => {
    const { inbox, pluginUrl } = await bridge.connectedInbox()
    await inject(app, `${new URL(bridge.connectUrl(inbox.id)).pathname}/hubspot`)
    bridge.sandbox.clearCalls()
    const { status, json } = await ask('DELETE', `/inboxes/${inbox.id}`)
    expect({ status, json }).toMatchObject({ status: 200, json: { id: inbox.id } })
    expect(bridge.sandbox.calls().map(({ path }) => path)).toEqual(['/oauth/2026-03/token/revoke'])
    expect((await asInbox(pluginUrl, '/contacts')).status).toBe(401)
    const { prisma } = bridge.bridge.database
    const where = { where: { inboxId: inbox.id } }
    expect([await prisma.connection.count(where), await prisma.consentState.count(where)]).toEqual([0, 0])
    expect((await ask('DELETE', `/inboxes/${inbox.id}`)).status).toBe(400)
  })
})

describe('an inbox is found', () => {
  it.each(['Plain', 'With space', 'Ünïcödé 日本', 'a/b', '100%', "O'Brien & “Söhne”", '?x=1#y'])(
    'by its name %s',
    async (name) => {
      const { id } = await create({ name })
      const { status, json } = await ask('POST', `/inboxes/${encodeURIComponent(name)}/rotate-key`)
      expect({ status, id: json.id }).toEqual({ status: 200, id })
      expect((await ask('DELETE', `/inboxes/${encodeURIComponent(name)}`)).json).toMatchObject({ id, name })
    },
  )

  it('not by a name that several have: the id is asked for', async () => {
    const [first] = await Promise.all([create({ name: 'Twin' }), create({ name: 'Twin' })])
    const { status, json } = await ask('DELETE', '/inboxes/Twin')
    expect({ status, json }).toEqual({ status: 400, json: { error: anError('request_invalid') } })
    expect(json.error.message).toContain('id')
    expect((await ask('DELETE', `/inboxes/${first.id}`)).status).toBe(200)
    expect((await ask('DELETE', '/inboxes/Twin')).status).toBe(200)
  })

  it.each(['nobody', '01900000-0000-7000-8000-000000000000', '%00', "'; DROP TABLE", '*'])('not by %s', async (name) => {
    for (const [method, path] of [
      ['POST', '/rotate-key'],
      ['POST', '/disconnect'],
      ['DELETE', ''],
    ] as const) {
      const { status, json } = await ask(method, `/inboxes/${encodeURIComponent(name)}${path}`)
      expect({ status, json }).toEqual({ status: 400, json: { error: anError('request_invalid') } })
    }
  })
})

describe('an inbox’s name and region', () => {
  it('can be changed, also while it is connected, and count at once', async () => {
    const { inbox, pluginUrl } = await bridge.connectedInbox({ name: 'Before', region: 'US' })
    expect((await ask('PATCH', `/inboxes/${inbox.id}`, { name: ' After ', region: 'de' })).json).toMatchObject({
      id: inbox.id,
      name: 'After',
      region: 'DE',
      status: 'active',
    })
    expect((await ask('GET', '/inboxes/After')).json).toMatchObject({ id: inbox.id, region: 'DE' })
    expect((await ask('PATCH', '/inboxes/After', { region: '' })).json).toMatchObject({ name: 'After', region: null })
    expect((await asInbox(pluginUrl, '/contacts/')).json.count).toBe(5)
  })

  it.each([
    [{}, 400],
    [{ name: '  ' }, 400],
    [{ region: 'Atlantis' }, 400],
    [{ crm: 'salesforce' }, 400],
  ])('%j changes nothing', async (body, status) => {
    const { inbox } = await bridge.inbox({ name: 'Stays', region: 'FR' })
    const refused = await ask('PATCH', `/inboxes/${inbox.id}`, body)
    expect({ status: refused.status, json: refused.json }).toEqual({ status, json: { error: anError('request_invalid') } })
    expect((await ask('GET', `/inboxes/${inbox.id}`)).json).toMatchObject({ name: 'Stays', region: 'FR' })
  })
})

describe('a look through an inbox’s eyes', () => {
  it('gives the inbox’s own answer, with what it took', async () => {
    const { inbox, pluginUrl } = await bridge.connectedInbox({ name: 'Looked at' })
    const [first] = (await asInbox(pluginUrl, '/contacts/?limit=1')).json.results
    const search = encodeURIComponent(first.name)
    const looked = await ask('GET', `/inboxes/${inbox.id}/contacts?search=${search}&limit=2`)
    expect(looked.status).toBe(200)
    expect(looked.headers['server-timing']).toMatch(/^answer;dur=\d+$/)
    expect(Number(looked.headers['x-bridge-calls'])).toBeGreaterThan(0)
    expect(looked.headers['cache-control']).toBe('no-store')
    expect(looked.text).toBe((await asInbox(pluginUrl, `/contacts/?search=${search}&limit=2`)).text)
    // Remembered by now.
    expect((await ask('GET', `/inboxes/${inbox.id}/contacts?search=${search}&limit=2`)).headers['x-bridge-calls']).toBe('0')
  })

  it('says what keeps it from working', async () => {
    const { inbox } = await bridge.inbox({ name: 'Not connected' })
    expect((await ask('GET', `/inboxes/${inbox.id}/contacts`)).json).toEqual({ error: anError('not_connected') })
    expect((await ask('GET', `/inboxes/${inbox.id}/check`)).json).toMatchObject({
      works: false,
      code: 'not_connected',
      since: null,
      opens: false,
    })
    expect((await ask('GET', `/inboxes/${inbox.id}/contacts?limit=0`)).status).toBe(400)
  })

  it('checks a connection, which works or doesn’t', async () => {
    const working = await bridge.connectedInbox({ name: 'Works' })
    expect((await ask('GET', `/inboxes/${working.inbox.id}/check`)).json).toEqual({
      works: true,
      code: null,
      message: null,
      took: expect.any(Number),
      crm: 'hubspot',
      since: expect.stringMatching(/Z$/),
      reason: null,
      asked_at: expect.stringMatching(/Z$/),
      renewed_at: expect.stringMatching(/Z$/),
      failed_renewals: 0,
      opens: true,
    })
    const forbidden = await bridge.connectedInbox({ name: 'Forbidden' })
    bridge.sandbox.faults.add({ kind: 'status', status: 403 })
    expect((await ask('GET', `/inboxes/${forbidden.inbox.id}/check`)).json).toMatchObject({ works: false, code: 'crm_forbidden' })
  })
})
