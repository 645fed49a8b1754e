/** Whatever is asked of any route, the bridge keeps its promises. The routes are read off the app: a new one is asked as well. */
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { anError, emptyEnvelope } from '../support/inject.ts'
import { steady } from '../support/properties.ts'
import { type HostileBridge, startHostileBridge } from './support/hostile-bridge.ts'
import { brokenPromises, promises } from './support/promises.ts'
import { type Asked, type Exchange, exchange, goodHeaders, requests } from './support/requests.ts'
import { isMarked, mark, webhookBody } from './support/values.ts'
import type { Route } from './support/watch.ts'

const often = steady(2_000)
let bridge: HostileBridge
beforeAll(async () => {
  bridge = await startHostileBridge('both')
})
afterAll(() => bridge.stop())

function isParsable(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

const nameOf = ({ method, url }: Route) => `${method} ${url}`

describe('an answer to anything', () => {
  let asked: fc.Arbitrary<Asked>
  /** Asked once for all promises. */
  const exchanges: Exchange[] = []
  beforeAll(async () => {
    asked = requests(bridge)
    const ask = fc.asyncProperty(asked, async (request) => {
      exchanges.push(await exchange(bridge, request))
    })
    await fc.assert(ask, often)
  }, 120_000)

  it('comes from every route that there is', () => {
    const answered = new Set(exchanges.map(({ route }) => route && nameOf(route)))
    expect(bridge.watched.routes.map(nameOf).filter((name) => !answered.has(name))).toEqual([])
    expect(answered.size).toBeGreaterThan(50)
  })

  it.each(Object.entries(promises))('%s', async (_name, kept) => {
    const broken = exchanges.filter((one) => kept(one, bridge) !== null)
    if (broken.length === 0) return
    // Asked again for the smallest request that breaks it; one that needs those before it is shown as it was.
    const again = fc.asyncProperty(asked, async (request) => {
      expect(kept(await exchange(bridge, request), bridge)).toBeNull()
    })
    await fc.assert(again, { ...often, interruptAfterTimeLimit: 20_000 })
    expect(broken.slice(0, 3).map((one) => ({ ...one, complaint: kept(one, bridge) }))).toEqual([])
  })
})

describe('a body of 10 MB', () => {
  const large = 10 * 1024 * 1024
  const takers = () => bridge.watched.routes.filter(({ method }) => !/GET|HEAD/.test(method))
  const pathOf = ({ url }: Route, key = bridge.credentials.key) =>
    url
      .replace(':ticket', bridge.credentials.ticket)
      .replace(':id', bridge.spareInboxes[0] ?? '')
      .replace(':key', key)

  it('is refused by every route, before it is read', async () => {
    const payload = Buffer.alloc(large, `name=${mark}&`)
    for (const route of takers()) {
      for (const type of ['application/json', 'application/x-www-form-urlencoded', 'text/plain', 'application/octet-stream']) {
        const headers = { ...goodHeaders(bridge, route), 'content-type': type }
        const done = await exchange(bridge, { method: route.method, url: pathOf(route), headers, payload })
        // Whoever sends without a secret is told so first.
        const refused = route.url.startsWith('/public/webhook/inboxes/') ? [401] : [413, 415]
        expect(refused, `${nameOf(route)} ${type}`).toContain(done.answer.status)
        expect(brokenPromises(done, bridge)).toEqual([])
      }
    }
  })

  it('is refused in words that arrive, over a socket', async () => {
    const body = Buffer.alloc(large, 'a')
    for (const route of takers()) {
      const headers = { ...goodHeaders(bridge, route), 'content-type': 'application/json' }
      const { status } = await fetch(bridge.config.publicUrl + pathOf(route), { method: route.method, headers, body })
      expect(status, nameOf(route)).toBe(route.url.startsWith('/public/webhook/inboxes/') ? 401 : 413)
    }
  })

  it('for a webhook with a key that is nobody’s is not even looked at', async () => {
    const webhooks = takers().filter(({ url }) => url.endsWith('/webhook'))
    expect(webhooks).toHaveLength(2)
    for (const route of webhooks) {
      const asked = {
        method: route.method,
        headers: { authorization: 'Bearer nobody', 'content-type': 'application/json' },
        payload: Buffer.alloc(large, 'a'),
      }
      const done = await exchange(bridge, { ...asked, url: pathOf(route, 'nobody') })
      expect([done.answer.status, ...brokenPromises(done, bridge)], nameOf(route)).toEqual([401])
      const { status } = await fetch(bridge.config.publicUrl + pathOf(route, 'nobody'), { ...asked, body: asked.payload })
      expect(status, nameOf(route)).toBe(401)
    }
  })
})

describe('a webhook of anything', () => {
  it('is answered 200 or refused, kept sealed or not at all, and text in the CRM', async () => {
    const { id: contactId } = bridge.sandbox.addContact({ firstname: 'Ana', phone: '+14155552671' })
    const url = `/inboxes/${bridge.credentials.key}/webhook`
    const headers = { 'content-type': 'application/json' }
    await fc.assert(
      fc.asyncProperty(webhookBody, async (payload) => {
        const done = await exchange(bridge, { method: 'POST', url, headers, payload })
        const isJson = isParsable(payload)
        expect([done.answer.status, ...brokenPromises(done, bridge)]).toEqual([
          payload.length > 3_000_000 ? 413 : isJson ? 200 : 400,
        ])
        if (isJson && payload.length <= 3_000_000) expect(done.answer.body).toBe('{}')
      }),
      steady(500),
    )
    const kept = await bridge.bridge.database.prisma.message.findMany()
    expect(kept.filter(({ reason }) => reason !== 'no_number').length).toBeGreaterThan(20)
    const inClear = kept.filter(({ id, sealedBody, ...rest }) =>
      isMarked(`${JSON.stringify(rest)} ${Buffer.from(sealedBody ?? []).toString('latin1')}`),
    )
    expect(inClear).toEqual([])

    const logged = () => bridge.sandbox.timeline(contactId)
    await expect.poll(() => logged().length, { timeout: 20_000 }).toBeGreaterThan(0)
    for (const { body } of logged()) expect(body.replaceAll('<br>', '')).not.toMatch(/[<>]/)
    // With what the log says of all that.
    expect(brokenPromises(await exchange(bridge, { method: 'GET', url: '/features' }), bridge)).toEqual([])
  })
})

describe('what is there for anybody', () => {
  const open = /^\/(docs|docs\/openapi\.json|healthz|readyz|assets\/.+)$/

  it('is the same whatever else is asked, and repeats nothing', async () => {
    const routes = bridge.watched.routes.filter(({ method, url }) => method === 'GET' && open.test(url))
    expect(routes.length).toBeGreaterThanOrEqual(8)
    const plain = new Map<string, string>()
    for (const { method, url } of routes) {
      const { answer } = await exchange(bridge, { method, url })
      expect(answer.status, url).toBe(200)
      plain.set(url, answer.body)
    }
    await fc.assert(
      fc.asyncProperty(requests(bridge, routes), async (asked) => {
        const { answer, route } = await exchange(bridge, asked)
        expect(isMarked(answer.body), answer.body).toBe(false)
        if (route?.method === 'GET' && answer.status === 200) expect(answer.body).toBe(plain.get(route.url))
      }),
      steady(300),
    )
  })
})

describe('a contact that can’t be looked up, because its id', () => {
  it.each([
    ['is half of an escape', '%', [400]],
    ['is an escape of no character', '%c0%af', [400]],
    ['is longer than any id', mark.repeat(200), [404, 414]],
    ['holds a slash', 'a%2fb', [404]],
    ['is a name that objects have', '__proto__', [404]],
    ['is a path', '..%2f..%2foauth', [404]],
  ])('%s, comes with the empty envelope', async (_what, id, statuses) => {
    const done = await exchange(bridge, { method: 'GET', url: `/inboxes/${bridge.credentials.key}/contacts/${id}` })
    expect(statuses).toContain(done.answer.status)
    const code = expect.stringMatching(/^(request_invalid|contact_not_found)$/)
    expect(JSON.parse(done.answer.body)).toEqual({ ...emptyEnvelope, error: anError(code) })
  })
})
