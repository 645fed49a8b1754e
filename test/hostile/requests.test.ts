/** Whatever is asked of any route, the bridge keeps its promises. The routes are read off the app: a new one is asked as well. */
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { anError, emptyEnvelope } from '../support/inject.ts'
import { steady } from '../support/properties.ts'
import { type HostileBridge, startHostileBridge } from './support/hostile-bridge.ts'
import { brokenPromises, promises } from './support/promises.ts'
import { type Asked, type Exchange, exchange, goodHeaders, requests } from './support/requests.ts'
import { mark } from './support/values.ts'
import type { Route } from './support/watch.ts'

const often = steady(2_000)
let bridge: HostileBridge
beforeAll(async () => {
  bridge = await startHostileBridge('both')
})
afterAll(() => bridge.stop())

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
  const pathOf = ({ url }: Route) =>
    url.replace(':ticket', bridge.credentials.ticket).replace(':id', bridge.spareInboxes[0] ?? '')

  it('is refused by every route, before it is read', async () => {
    const payload = Buffer.alloc(large, `name=${mark}&`)
    for (const route of takers()) {
      for (const type of ['application/json', 'application/x-www-form-urlencoded', 'text/plain', 'application/octet-stream']) {
        const headers = { ...goodHeaders(bridge, route), 'content-type': type }
        const done = await exchange(bridge, { method: route.method, url: pathOf(route), headers, payload })
        expect([413, 415], `${nameOf(route)} ${type}`).toContain(done.answer.status)
        expect(brokenPromises(done, bridge)).toEqual([])
      }
    }
  })

  it('is refused in words that arrive, over a socket', async () => {
    const body = Buffer.alloc(large, 'a')
    for (const route of takers()) {
      const headers = { ...goodHeaders(bridge, route), 'content-type': 'application/json' }
      const { status } = await fetch(bridge.config.publicUrl + pathOf(route), { method: route.method, headers, body })
      expect(status, nameOf(route)).toBe(413)
    }
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
