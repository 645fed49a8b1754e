/** Who may ask what, and in which shape the answers come: every route, at the root and under the plugin URL. */
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { App } from '../../src/app.ts'
import { startTestBridge, type TestBridge, unlimited } from '../support/bridge.ts'
import { anError, emptyEnvelope, inject, type Method } from '../support/inject.ts'
import { hostileText, steady } from '../support/properties.ts'

let bridge: TestBridge
let app: App
let key: string
let contactId: string
beforeAll(async () => {
  bridge = await startTestBridge({ sandbox: { contacts: 12, rateLimits: false }, environment: unlimited })
  app = bridge.bridge.app
  const connected = await bridge.connectedInbox({ name: 'Support' })
  key = connected.key
  contactId = `hubspot-${[...bridge.sandbox.contacts][0]?.id}`
})
afterAll(() => bridge.stop())

const basic = (name: string) => `Basic ${Buffer.from(`${name}:`).toString('base64')}`

/** Each way of saying which inbox is asking: a prefix of the path, or headers at the root. */
const ways: Readonly<Record<string, (key: string) => { prefix: string; headers: Record<string, string> }>> = {
  'in the path': (given) => ({ prefix: `/inboxes/${given}`, headers: {} }),
  'as Bearer': (given) => ({ prefix: '', headers: { authorization: `Bearer ${given}` } }),
  'as Token': (given) => ({ prefix: '', headers: { authorization: `Token ${given}` } }),
  'as Basic user name': (given) => ({ prefix: '', headers: { authorization: basic(given) } }),
  'as X-Inbox-Key': (given) => ({ prefix: '', headers: { 'x-inbox-key': given } }),
}
const routes = ['/', '/features', '/initialize', '/contacts', '/contacts/:id', '/contacts/4915199999999']

const ask = (path: string, way: keyof typeof ways = 'in the path', given = key) => {
  const { prefix, headers } = (ways[way] as NonNullable<(typeof ways)[string]>)(given)
  return inject(app, prefix + path.replace(':id', contactId), { headers })
}

describe.each(Object.keys(ways))('with the key %s', (way) => {
  it('every route answers, with and without a trailing slash', async () => {
    for (const route of routes) {
      const plain = await ask(route, way)
      expect(plain.status, route).toBe(200)
      expect(plain.headers['content-type']).toBe('application/json; charset=utf-8')
      const slashed = await ask(`${route.replace(/\/$/, '')}/`, way)
      expect(slashed.json, `${route}/`).toEqual(plain.json)
    }
  })

  it('a key that nobody has is refused on every route', async () => {
    for (const route of routes) {
      const { status, json } = await ask(route, way, `${key.slice(0, -1)}${key.endsWith('A') ? 'B' : 'A'}`)
      expect({ status, json }, route).toEqual({
        status: 401,
        json: { ...(route.startsWith('/contacts') ? emptyEnvelope : {}), error: anError('inbox_unauthorized') },
      })
    }
  })
})

describe('without a key', () => {
  it('the root says what it is, and no more', async () => {
    expect((await inject(app, '/')).json).toEqual({ name: 'CRM', type: 'crm' })
    expect((await inject(app, '/features')).status).toBe(200)
  })

  it('initialize says what to do', async () => {
    const { status, json } = await inject(app, '/initialize')
    expect(status).toBe(200)
    expect(json).toEqual({ status: 'init_failed', error_message: expect.stringContaining('/inboxes/') })
  })

  it.each(['/contacts', '/contacts/', '/contacts?search=ana', '/contacts/hubspot-151', '/contacts/4915199999999'])(
    '%s is refused, with an empty list beside the error',
    async (url) => {
      const { status, json, headers } = await inject(app, url)
      expect({ status, json }).toEqual({ status: 401, json: { ...emptyEnvelope, error: anError('inbox_unauthorized') } })
      expect(headers['cache-control']).toBe('no-store')
    },
  )

  it.each(['', ' ', 'null', 'undefined', '%00', 'k'.repeat(490)])('the key %j is no key', async (given) => {
    const { status } = await inject(app, `/inboxes/${given}/contacts`)
    expect([401, 404]).toContain(status)
  })

  it('a key in the query string is no key: it would end in logs', async () => {
    expect((await inject(app, `/contacts?key=${key}`)).status).toBe(401)
  })
})

describe('the answers', () => {
  it('/ names the connected CRM, before that the intended one', async () => {
    expect((await ask('/')).json).toEqual({ name: 'HubSpot', type: 'hubspot' })
    const intended = await bridge.inbox({ crm: 'hubspot' })
    const open = await bridge.inbox()
    const nameOf = async (given: string) => (await ask('/', 'in the path', given)).json
    expect(await nameOf(intended.key)).toEqual({ name: 'HubSpot', type: 'hubspot' })
    expect(await nameOf(open.key)).toEqual({ name: 'CRM', type: 'crm' })
  })

  it('/features has the protocol’s three, in its spelling', async () => {
    expect((await ask('/features')).json).toEqual({
      is_contact_provider: true,
      is_message_reciever: false,
      is_message_sender: false,
    })
  })

  it('/contacts is the envelope, and nothing else', async () => {
    const { json } = await ask('/contacts?limit=5')
    expect(Object.keys(json)).toEqual(['results', 'count', 'next_page_param', 'contact_provider'])
    expect(json).toMatchObject({ results: { length: 5 }, count: 12, contact_provider: {} })
    expect(json.next_page_param).toMatch(/^[\w-]{30,}$/)
  })

  it('/contacts/{contact_id} is the envelope with the one', async () => {
    const { json } = await ask('/contacts/:id')
    expect(json).toMatchObject({ results: [{ contact_id: contactId }], count: 1, next_page_param: '', contact_provider: {} })
  })

  it('every answer has a request id, of its own', async () => {
    const ids = await Promise.all(['/', '/contacts', '/nowhere'].map(async (path) => (await ask(path)).headers['x-request-id']))
    expect(new Set(ids).size).toBe(3)
    const { json, headers } = await inject(app, '/contacts')
    expect(json.error.request_id).toBe(headers['x-request-id'])
  })

  it('no answer sets a cookie or names the software', async () => {
    for (const route of routes) {
      const { headers } = await ask(route)
      expect(headers).not.toHaveProperty('set-cookie')
      expect(headers).not.toHaveProperty('x-powered-by')
      expect(headers).not.toHaveProperty('server')
    }
  })

  it.each(['/nowhere', '/contacts/a/b', '/inboxes', '/inboxes/', '/initialise', '/public/webhook'])(
    'there is nothing at %s',
    async (url) => {
      const { status, json } = await inject(app, url)
      expect({ status, json }).toEqual({ status: 404, json: { error: anError('request_invalid') } })
    },
  )

  it.each<[Method, string]>([
    ['POST', '/contacts'],
    ['PUT', '/initialize'],
    ['DELETE', '/contacts/:id'],
    ['PATCH', '/'],
  ])('%s %s is nothing', async (method, path) => {
    const url = `/inboxes/${key}${path.replace(':id', contactId)}`
    expect((await inject(app, url, { method })).status).toBe(404)
  })

  it('HEAD answers as GET does, without the body', async () => {
    const { status, text, headers } = await inject(app, `/inboxes/${key}/contacts`, { method: 'HEAD' })
    expect({ status, text }).toEqual({ status: 200, text: '' })
    expect(headers['cache-control']).toBe('private, no-cache')
  })
})

describe('whatever comes', () => {
  const method = fc.constantFrom<Method>('GET', 'GET', 'GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS')
  const path = fc.oneof(
    fc.constantFrom(
      ...routes.map((route) => `/inboxes/KEY${route}`),
      ...routes,
      '/connect/x',
      '/connected',
      '/oauth/hubspot/callback',
    ),
    hostileText(60).map((text) => `/inboxes/KEY/contacts/${encodeURIComponent(text.toWellFormed())}`),
    fc.webPath().map((rest) => `/inboxes/KEY${rest}`),
  )
  const name = fc.constantFrom('limit', 'search', 'next_page_param', 'page', 'cursor', 'offset', 'state', 'code', 'error', 'x')
  const value = fc.oneof(hostileText(40), fc.constantFrom('5', '', '-1', 'A'.repeat(60)))
  const pairs = fc.array(fc.tuple(name, value), { maxLength: 4 })
  const query = fc.oneof(
    pairs.map((list) => list.map(([key, text]) => `${key}=${encodeURIComponent(text.toWellFormed())}`).join('&')),
    fc.webQueryParameters(),
    fc.stringMatching(/^[%&=\w[\].+-]{0,30}$/),
  )
  const header = fc.stringMatching(/^[\x20-\x7e]{0,60}$/)
  const headers = fc.record(
    {
      authorization: fc.oneof(
        header,
        header.map((text) => `Basic ${text}`),
        header.map((text) => `Bearer ${text}`),
      ),
      'x-inbox-key': header,
      cookie: header,
      host: header,
      'x-forwarded-for': header,
      forwarded: header,
      accept: header,
      'if-none-match': header,
    },
    { requiredKeys: [] },
  )

  it('no path, query or header is answered by a 5xx', async () => {
    await fc.assert(
      fc.asyncProperty(method, path, query, headers, async (method, path, query, headers) => {
        const url = `${path.replace('KEY', key)}${query && `?${query}`}`
        const { statusCode, body } = await app.inject({ method, url, headers })
        expect(statusCode, body).toBeLessThan(500)
      }),
      steady(600),
    )
  })
})
