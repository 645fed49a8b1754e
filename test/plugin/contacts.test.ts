/** Contacts as the inbox gets them: pages, counts, tokens, look-ups. */
import { Value } from 'typebox/value'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { App } from '../../src/app.ts'
import { type Contact, Envelope } from '../../src/contact.ts'
import { startTestBridge, type TestBridge, unlimited } from '../support/bridge.ts'
import { anError, emptyEnvelope, type Injected, inject } from '../support/inject.ts'
import type { Json } from '../support/json.ts'

const contacts = 230
let bridge: TestBridge
let app: App
let key: string
beforeAll(async () => {
  bridge = await startTestBridge({ sandbox: { contacts, rateLimits: false }, environment: unlimited })
  app = bridge.bridge.app
  key = (await bridge.connectedInbox()).key
})
afterAll(() => bridge.stop())

const ask = (path: string, given = key): Promise<Injected> => inject(app, `/inboxes/${given}${path}`)
const idsOf = ({ results }: Json): string[] => results.map((contact: Contact) => contact.contact_id)

/** All pages of a question, as the inbox walks them. */
async function walk(query: string, tokenAs: (token: string) => string): Promise<Json[]> {
  const pages: Json[] = []
  let token = ''
  do {
    const { status, json } = await ask(`/contacts/?${query}${token && `&${tokenAs(token)}`}`)
    expect(status).toBe(200)
    pages.push(json)
    token = json.next_page_param
  } while (token)
  return pages
}

describe('a walk over all contacts', () => {
  it.each([1, 30, 99, 100, 500])('by %i meets each once; every page has the grand total', async (limit) => {
    const query = `limit=${limit}`
    const pages = await walk(limit === 1 ? `${query}&search=zo%C3%AB` : query, (token) => `next_page_param=${token}`)
    const total = limit === 1 ? pages.length : contacts
    expect(pages.map(({ count }) => count)).toEqual(pages.map(() => total))
    const ids = pages.flatMap(idsOf)
    expect(new Set(ids).size).toBe(total)
    expect(pages.slice(0, -1).every(({ results }) => results.length === Math.min(limit, 100))).toBe(true)
    for (const page of pages) expect([...Value.Errors(Envelope, page)]).toEqual([])
  })

  it.each<[string, (token: string) => string]>([
    ['page', (token) => `page=${token}`],
    ['pages', (token) => `pages=${token}`],
    ['next_page', (token) => `next_page=${token}`],
    ['cursor', (token) => `cursor=${token}`],
    ['after', (token) => `after=${token}`],
    ['offset', (token) => `offset=${token}`],
    ['the query string itself', (token) => token],
    ['the query string itself with =', (token) => `${token}=`],
    ['several names at once', (token) => `page=${token}&next_page_param=${token}`],
  ])('takes the token as %s', async (_name, tokenAs) => {
    const ids = (await walk('limit=100', tokenAs)).flatMap(idsOf)
    expect(ids).toEqual([...bridge.sandbox.contacts].map(({ id }) => `hubspot-${id}`))
  })

  it('a search without text is the list', async () => {
    const [all, empty, blank] = await Promise.all(['', '&search=', '&search=%20'].map((rest) => ask(`/contacts?limit=7${rest}`)))
    expect(idsOf(empty?.json)).toEqual(idsOf(all?.json))
    expect(idsOf(blank?.json)).toEqual(idsOf(all?.json))
  })

  it('is never kept by anyone on the way', async () => {
    for (const path of ['/contacts', '/contacts?search=ana', '/contacts/4915199999999']) {
      expect((await ask(path)).headers['cache-control']).toBe('private, no-cache')
    }
  })
})

describe('a page token', () => {
  const refused = { status: 400, json: { ...emptyEnvelope, error: anError('cursor_invalid') } }
  const tokenOf = async (query: string, given = key): Promise<string> =>
    (await ask(`/contacts?${query}`, given)).json.next_page_param
  const take = async (token: string, query = 'limit=50', given = key) => {
    const { status, json } = await ask(`/contacts?${query}&page=${token}`, given)
    return { status, json }
  }

  it('altered, cut or made up is refused', async () => {
    const token = await tokenOf('limit=50')
    const other = token.startsWith('A') ? 'B' : 'A'
    const wrong = [other + token.slice(1), token.slice(0, -1), `${token}A`, token.toUpperCase(), '2', '50', 'A'.repeat(60)]
    for (const made of wrong) expect(await take(made), made).toEqual(refused)
    expect((await take(token)).status).toBe(200)
  })

  it('of another search is refused, the same search otherwise written is not', async () => {
    const token = await tokenOf('limit=1&search=zo%C3%AB')
    expect(token).not.toBe('')
    expect(await take(token, 'limit=1')).toEqual(refused)
    expect(await take(token, 'limit=1&search=liam')).toEqual(refused)
    expect((await take(token, 'limit=1&search=%20ZOE%CC%88%20')).status).toBe(200)
  })

  it('is good for pages of another size', async () => {
    const first = await ask('/contacts?limit=10')
    const { json } = await take(first.json.next_page_param, 'limit=20')
    const all = [...bridge.sandbox.contacts].map(({ id }) => `hubspot-${id}`)
    expect(idsOf(json)).toEqual(all.slice(10, 30))
  })

  it('of another inbox is refused, also at the same account', async () => {
    const { key: neighbour } = await bridge.connectedInbox({ name: 'Neighbour' })
    expect(await take(await tokenOf('limit=50'), 'limit=50', neighbour)).toEqual(refused)
  })
})

describe('a question that can’t be read', () => {
  it.each([
    'limit=0',
    'limit=-1',
    'limit=ten',
    'limit=1.5',
    'limit=1&limit=2',
    'search=a&search=b',
    'page=a&page=b',
    `page=${'a'.repeat(40)}&cursor=${'b'.repeat(40)}`,
    `search=${'a'.repeat(501)}`,
  ])('%s is refused with an empty list beside the reason', async (query) => {
    const { status, json } = await ask(`/contacts?${query}`)
    expect({ status, json }).toEqual({ status: 400, json: { ...emptyEnvelope, error: anError('request_invalid') } })
  })
})

describe('a look-up', () => {
  it('by contact_id gives the one, as in the list', async () => {
    const { json: list } = await ask('/contacts?limit=3')
    for (const contact of list.results) {
      expect((await ask(`/contacts/${contact.contact_id}`)).json).toEqual({ ...emptyEnvelope, results: [contact], count: 1 })
    }
  })

  it('by WhatsApp id gives everyone with the number', async () => {
    const people = ['+1 415 200 0101', '(415) 200-0101'].map((phone) =>
      bridge.sandbox.addContact({ firstname: 'Shared', phone, hs_country_region_code: 'US' }),
    )
    const { json } = await ask('/contacts/14152000101')
    for (const { id } of people) bridge.sandbox.removeContact(id)
    expect(json).toMatchObject({ count: 2, next_page_param: '' })
    expect(idsOf(json).toSorted()).toEqual(people.map(({ id }) => `hubspot-${id}`).toSorted())
  })

  it.each(['4915199999999', '+4915199999999', '%2B4915199999999', '1', '0', '00000000000000000000', '9'.repeat(200)])(
    'of the number %s, which nobody has, is an empty answer',
    async (number) => {
      const { status, json, headers } = await ask(`/contacts/${number}`)
      expect({ status, json }).toEqual({ status: 200, json: emptyEnvelope })
      expect(headers).not.toHaveProperty('x-bridge-problem')
    },
  )

  it.each(['hubspot-1', 'hubspot-99999999999', 'hubspot-', 'salesforce-003000000000001', 'ana', '%00', "'", '%F0%9F%98%80'])(
    'of the contact_id %s, which nobody has, is 404 with an empty list beside the reason',
    async (id) => {
      const { status, json } = await ask(`/contacts/${id}`)
      expect({ status, json }).toEqual({ status: 404, json: { ...emptyEnvelope, error: anError('contact_not_found') } })
    },
  )

  it('of a contact that was removed is 404', async () => {
    const { id } = bridge.sandbox.addContact({ firstname: 'Gone' })
    bridge.sandbox.removeContact(id)
    expect((await ask(`/contacts/hubspot-${id}`)).status).toBe(404)
  })
})

describe('numbers without a country', () => {
  it('are read with the inbox’s region', async () => {
    const { id } = bridge.sandbox.addContact({ firstname: 'Berliner', phone: '030 901820', hs_country_region_code: null })
    const [german, american] = await Promise.all(['DE', 'US'].map((region) => bridge.connectedInbox({ region })))
    const phoneOf = async (given = '') =>
      (await ask(`/contacts/hubspot-${id}`, given)).json.results[0].phone_numbers[0].phone_number
    expect(await phoneOf(german?.key)).toBe('+4930901820')
    expect(await phoneOf(american?.key)).toBe('030 901820')
    bridge.sandbox.removeContact(id)
  })
})
