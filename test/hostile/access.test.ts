/** Who is let in, everywhere: only a good key, ticket, cookie or token, each at its own door, and none of them with a byte changed. */
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { steady } from '../support/properties.ts'
import { formIn, type HostileBridge, startHostileBridge } from './support/hostile-bridge.ts'
import { type Asked, asForm, type Exchange, exchange, goodHeaders, newAddress } from './support/requests.ts'
import { inHeader, markedText } from './support/values.ts'
import type { Route } from './support/watch.ts'

let bridge: HostileBridge
let inboxRoutes: readonly Route[]
/** Keys that were good once. */
let revoked: string[]
beforeAll(async () => {
  bridge = await startHostileBridge('both')
  const { routes } = bridge.watched
  // Each is there twice: with the key in the path, and at the root.
  const prefixed = new Set(routes.map(({ url }) => url).filter((url) => url.startsWith('/inboxes/:key')))
  inboxRoutes = routes.filter(({ url }) => prefixed.has(url) || prefixed.has(`/inboxes/:key${url}`))
  const [rotated, removed] = [await bridge.connectedInbox({ name: 'Rotated' }), await bridge.connectedInbox({ name: 'Removed' })]
  for (const { key } of [rotated, removed]) expect((await ask('GET', `/inboxes/${key}/contacts`)).answer.status).toBe(200)
  const headers = goodHeaders(bridge, { url: '/admin/' })
  const ends = [
    await exchange(bridge, { method: 'POST', url: `/admin/api/inboxes/${rotated.inbox.id}/rotate-key`, headers }),
    await exchange(bridge, { method: 'DELETE', url: `/admin/api/inboxes/${removed.inbox.id}`, headers }),
  ]
  expect(ends.map(({ answer }) => answer.status)).toEqual([200, 200])
  revoked = [rotated.key, removed.key]
})
afterAll(() => bridge.stop())

const ask = (method: string, url: string, headers: Record<string, string> = {}) => exchange(bridge, { method, url, headers })
const jsonOf = ({ answer }: Exchange) => (answer.body === '' ? null : JSON.parse(answer.body))

/** The good text with something done to it: never itself, nor another spelling of it. */
function altered(good: string): fc.Arbitrary<string> {
  const place = fc.nat(good.length - 1)
  const sign = fc.constantFrom(...'ABCxyz019-_.~')
  return fc
    .oneof(
      fc.tuple(place, sign).map(([at, other]) => good.slice(0, at) + other + good.slice(at + 1)),
      fc.tuple(place, sign).map(([at, other]) => good.slice(0, at) + other + good.slice(at)),
      place.map((at) => good.slice(0, at) + good.slice(at + 1)),
      place.map((at) => good.slice(0, at)),
      fc.constantFrom(
        good + good,
        good.toUpperCase(),
        good.toLowerCase(),
        [...good].toReversed().join(''),
        `${good}=`,
        `${good}.`,
      ),
    )
    .filter((text) => text !== good && text.length > 1)
}

/** Where a key can stand. */
type Door = 'path' | 'bearer' | 'token' | 'basic' | 'header'
const doors: Record<Door, (key: string) => { prefix: string; headers: Record<string, string> }> = {
  path: (key) => ({ prefix: `/inboxes/${encodeURIComponent(key)}`, headers: {} }),
  bearer: (key) => ({ prefix: '', headers: { authorization: `Bearer ${key}` } }),
  token: (key) => ({ prefix: '', headers: { authorization: `Token ${key}` } }),
  basic: (key) => ({ prefix: '', headers: { authorization: `Basic ${Buffer.from(`${key}:`).toString('base64')}` } }),
  header: (key) => ({ prefix: '', headers: { 'x-inbox-key': key } }),
}
const doorNames = Object.keys(doors) as Door[]
const atRoot = (routes: readonly Route[]) => routes.filter(({ url }) => !url.startsWith('/inboxes/'))
const pathOf = ({ url }: Route) => url.replace(':id', 'hubspot-151')

/** A refusal, or what anybody is told. */
async function expectNothingGiven(route: Route, { answer, asked }: Exchange): Promise<void> {
  if ([400, 401, 404, 414, 429].includes(answer.status)) return
  const anybody = await ask(asked.method, pathOf(route))
  expect({ status: answer.status, body: answer.body }).toEqual({ status: 200, body: anybody.answer.body })
  expect(route.hasEnvelope).toBe(false)
}

describe('a key', () => {
  it('that is the inbox’s opens every one of its routes, by every door', async () => {
    expect(inboxRoutes.length).toBeGreaterThanOrEqual(20)
    for (const route of atRoot(inboxRoutes)) {
      for (const door of doorNames) {
        const { prefix, headers } = doors[door](bridge.credentials.key)
        const { answer } = await ask(route.method, prefix + pathOf(route), headers)
        // What is taken there can't be nothing.
        const opened = route.url === '/configure_api' ? [400] : [200, 404]
        expect(opened, `${route.method} ${route.url} by ${door}`).toContain(answer.status)
      }
    }
  })

  it('that is nobody’s, or nobody’s any more, opens none, by no door', async () => {
    const { key, ticket, pageToken, adminToken, form, consented } = bridge.credentials
    const wrong = fc.oneof(
      { weight: 3, arbitrary: altered(key) },
      fc.constantFrom(...revoked, ticket, pageToken, form, consented, adminToken, bridge.spareInboxes[0] ?? '', 'null', '*'),
      inHeader(),
      markedText().map((text) => text.toWellFormed()),
    )
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...atRoot(inboxRoutes)),
        fc.constantFrom(...doorNames),
        wrong,
        async (route, door, given) => {
          const { prefix, headers } = doors[door](given)
          fc.pre(Object.values(headers).every((value) => /^[\x20-\xff]*$/.test(value)))
          const done = await ask(route.method, prefix + pathOf(route), headers)
          await expectNothingGiven(route, done)
          if (revoked.includes(given)) expect(done.answer.status).toBe(401)
        },
      ),
      steady(400),
    )
  })

  it('that is missing leaves nothing but what anybody is told', async () => {
    for (const route of atRoot(inboxRoutes)) {
      const { answer } = await ask(route.method, pathOf(route))
      expect(answer.status, route.url).toBe(route.hasEnvelope || route.method === 'POST' ? 401 : 200)
      for (const text of ['HubSpot', 'authorization_needed', '/connect/']) expect(answer.body).not.toContain(text)
    }
  })

  it('in the path counts, whatever a proxy puts into the headers', async () => {
    const { key } = bridge.credentials
    const good = await ask('GET', `/inboxes/${key}/contacts`, { authorization: 'Bearer wrong', 'x-inbox-key': 'wrong' })
    const bad = await ask('GET', '/inboxes/wrong/contacts', { authorization: `Bearer ${key}`, 'x-inbox-key': key })
    expect([good.answer.status, bad.answer.status]).toEqual([200, 401])
  })

  it('that is good works on from an address that has guessed a hundred wrong ones, and keeps working beside them', async () => {
    const address = newAddress()
    const from = (key: string) => exchange(bridge, { method: 'GET', url: `/inboxes/${key}/contacts?limit=1` }, address)
    for (let nth = 1; nth <= 100; nth += 1) {
      const { answer } = await from(`wrong-${nth}`)
      expect([401, 429]).toContain(answer.status)
      if (answer.status === 429) {
        expect(JSON.parse(answer.body)).toMatchObject({ results: [], error: { code: 'too_many_attempts' } })
        expect(Number(answer.headers['retry-after']?.[0])).toBeGreaterThan(0)
      }
      if (nth % 20 === 0) expect((await from(bridge.credentials.key)).answer.status).toBe(200)
    }
  })
})

describe('the operator’s routes', () => {
  const operatorRoutes = (prefix: string) =>
    bridge.watched.routes.filter(({ url, method }) => url.startsWith(prefix) && !(method === 'HEAD'))
  const found = (route: Route) => route.url.replace(':id', bridge.spareInboxes[0] ?? '')

  it('that programs use take the admin token alone', async () => {
    const { key, operator, form, adminToken } = bridge.credentials
    const routes = operatorRoutes('/admin/api/')
    expect(routes.length).toBeGreaterThanOrEqual(13)
    const schemes = fc.constantFrom('Bearer ', 'Token ', 'Basic ', '', 'Bearer')
    const token = fc.oneof(altered(adminToken), inHeader(), fc.constantFrom(key, operator, form, '', adminToken))
    const before = await bridge.inboxes.list()
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...routes), schemes, token, async (route, scheme, given) => {
        fc.pre(!(scheme.trim() === 'Bearer' && given.trim() === adminToken))
        const headers = { cookie: `crm-bridge-operator=${operator}`, authorization: scheme + given }
        const done = await ask(route.method, `${found(route)}?token=${encodeURIComponent(adminToken)}`, headers)
        expect([401, 429]).toContain(done.answer.status)
        expect(['inbox_unauthorized', 'too_many_attempts']).toContain(jsonOf(done).error.code)
      }),
      steady(300),
    )
    expect(await bridge.inboxes.list()).toEqual(before)
  })

  it('that forms lead to do nothing without the cookie and the token of its page', async () => {
    const { operator, form, adminToken, consented } = bridge.credentials
    const routes = operatorRoutes('/admin/').filter(
      ({ method, url, reader }) => reader === 'person' && method === 'POST' && url !== '/admin/sign-in',
    )
    expect(routes.length).toBeGreaterThanOrEqual(9)
    const cookies = fc.oneof(
      { weight: 2, arbitrary: fc.constant(operator) },
      altered(operator),
      fc.constantFrom('', consented, adminToken),
    )
    const forms = fc.oneof({ weight: 2, arbitrary: fc.constant(form) }, altered(form), fc.constantFrom('', operator, adminToken))
    const before = await bridge.inboxes.list()
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...routes), cookies, forms, async (route, cookie, field) => {
        fc.pre(cookie !== operator || field !== form)
        const headers = { cookie: `crm-bridge-operator=${cookie}`, authorization: `Bearer ${adminToken}` }
        const done = await exchange(bridge, asForm(found(route), { form: field, name: 'Planted' }, headers))
        expect([done.answer.status, done.answer.headers['set-cookie']]).toEqual([401, undefined])
      }),
      steady(200),
    )
    expect(await bridge.inboxes.list()).toEqual(before)
  })
})

describe('an inbox’s page', () => {
  it('tells nobody but the operator anything of it, not even whether there is one', async () => {
    const { operator, consented, form, adminToken } = bridge.credentials
    const [inbox] = await bridge.inboxes.list()
    const cookies = fc.oneof(altered(operator), fc.constantFrom('', consented, form, adminToken))
    const seen = async (id: string, cookie: string) =>
      (
        await ask('GET', `/admin/inboxes/${id}`, {
          cookie: `crm-bridge-operator=${cookie}`,
          authorization: `Bearer ${adminToken}`,
        })
      ).answer
    const plain = await ask('GET', '/admin')
    await fc.assert(
      fc.asyncProperty(cookies, async (cookie) => {
        for (const id of [inbox?.id ?? '', 'nobody']) {
          const { status, body } = await seen(id, cookie)
          expect({ status, body }).toEqual({ status: 200, body: plain.answer.body })
        }
      }),
      steady(60),
    )
    expect((await seen(inbox?.id ?? '', operator)).body).toContain(inbox?.name)
  })
})

describe('what the bridge has signed', () => {
  /** Each door that a signed text opens: how it is shown there, and whether one is inside. */
  const opens: Record<string, { show(text: string): Asked; isInside(done: Exchange): boolean }> = {
    ticket: {
      show: (text) => ({ method: 'GET', url: `/connect/${encodeURIComponent(text)}` }),
      isInside: ({ answer }) => answer.status === 200,
    },
    consented: {
      show: (text) => ({ method: 'GET', url: '/connected', headers: { cookie: `crm-bridge-consented=${text}` } }),
      isInside: ({ answer }) => answer.status === 200,
    },
    offered: {
      show: (text) => ({ method: 'GET', url: '/connected/replace', headers: { cookie: `crm-bridge-offered=${text}` } }),
      isInside: ({ answer }) => answer.status === 200,
    },
    operator: {
      show: (text) => ({ method: 'GET', url: '/admin', headers: { cookie: `crm-bridge-operator=${text}` } }),
      isInside: ({ answer }) => formIn(answer.body) !== '',
    },
    form: {
      show: (text) => asForm('/admin/inboxes', { form: text }, goodHeaders(bridge, { url: '/admin/' })),
      isInside: ({ answer }) => answer.status !== 401,
    },
    pageToken: {
      show: (text) => ({ method: 'GET', url: `/inboxes/${bridge.credentials.key}/contacts?page=${encodeURIComponent(text)}` }),
      isInside: ({ answer }) => answer.status === 200,
    },
    key: {
      show: (text) => ({ method: 'GET', url: `/inboxes/${encodeURIComponent(text)}/contacts` }),
      isInside: ({ answer }) => answer.status === 200,
    },
    adminToken: {
      show: (text) => ({ method: 'GET', url: '/admin/api/inboxes', headers: { authorization: `Bearer ${text}` } }),
      isInside: ({ answer }) => answer.status === 200,
    },
  }

  it('opens its own door and no other', async () => {
    const opened: string[] = []
    for (const [what, text] of Object.entries(bridge.credentials)) {
      for (const [door, { show, isInside }] of Object.entries(opens)) {
        const done = await exchange(bridge, show(text))
        if (isInside(done)) opened.push(`${what} opens ${door}`)
      }
    }
    expect(opened.toSorted()).toEqual(
      Object.keys(opens)
        .map((name) => `${name} opens ${name}`)
        .toSorted(),
    )
  })

  it('opens nothing any more with one byte changed, cut or added', async () => {
    const doorsAndTexts = fc.constantFrom(...Object.entries(opens)).chain(([name, door]) => {
      const good = bridge.credentials[name as keyof typeof bridge.credentials]
      return fc.tuple(fc.constant(door), altered(good), fc.constant(name))
    })
    await fc.assert(
      fc.asyncProperty(doorsAndTexts, async ([{ show, isInside }, text]) => {
        expect(isInside(await exchange(bridge, show(text)))).toBe(false)
      }),
      steady(400),
    )
  })
})

describe('an open bridge', () => {
  it('answers nobody who calls it by a name or an address of another machine, or through a proxy', async () => {
    const open = await bridge.behind(bridge.url, { PLUGIN_AUTH: 'open' })
    const elsewhere = fc.oneof(
      fc.domain(),
      fc.ipV4().filter((ip) => !ip.startsWith('127.')),
      fc
        .ipV6()
        .map((ip) => `[${ip}]`)
        .filter((ip) => ip !== '[::1]'),
    )
    const host = fc
      .tuple(
        fc.constantFrom('', 'localhost.', '127.0.0.1.', 'localhost@', 'localhost:80@', 'localhost%00.'),
        elsewhere,
        fc.constantFrom('', ':80', ':3000', '.', '#localhost', '?localhost', '\\localhost'),
      )
      .map((parts) => parts.join(''))
    const proxied = fc
      .tuple(
        fc.constantFrom('forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-forwarded-server'),
        fc.oneof(fc.constantFrom('', '127.0.0.1', 'localhost'), inHeader()),
      )
      .map(([name, value]) => ({ host: 'localhost', [name]: value }))
    const stranger = fc.oneof(
      host.map((name) => ({ host: name })),
      proxied,
    )
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...atRoot(inboxRoutes)), stranger, async (route, headers) => {
        const { answer } = await exchange(open, { method: route.method, url: pathOf(route), headers })
        expect([401, 429]).toContain(answer.status)
      }),
      steady(300),
    )
    const { answer } = await exchange(open, { method: 'GET', url: '/contacts', headers: { host: 'localhost' } })
    expect(answer.status).toBe(200)
  })
})
