/** Lists, searches and their totals as HubSpot gives them, counted in calls. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { type HubSpotAtHand, hubSpotConnector, startHubSpot } from '../../support/hubspot.ts'
import { stateOf } from '../../support/promises.ts'
import { newMemory } from '../../support/session.ts'
import { answerWith, startStandIn } from '../../support/stand-in.ts'

let hubspot: HubSpotAtHand
beforeAll(async () => {
  hubspot = await startHubSpot({ contacts: 250 })
})
afterAll(() => hubspot.close())
beforeEach(() => hubspot.sandbox.clearCalls())
afterEach(() => hubspot.sandbox.faults.clear())

const searchPath = '/crm/objects/2026-03/contacts/search'
const page = { limit: 100, after: null }
const calls = () => hubspot.sandbox.calls().map(({ method, path }) => `${method} ${path.replace('/crm/objects/2026-03', '')}`)
const list = (options = {}, request: { limit: number; after: string | null } = page) =>
  hubspot.connector.list(hubspot.session(options), request)

describe('calls', () => {
  it('a first page takes the list, the total beside it and the companies', async () => {
    await list()
    expect(calls().toSorted()).toEqual(['GET /contacts', 'POST /companies/batch/read', 'POST /contacts/search'])
  })

  it('a later page takes the list and its companies; with those known, the list alone', async () => {
    const memory = newMemory()
    const { next } = await list({ memory })
    hubspot.sandbox.clearCalls()
    await list({ memory }, { limit: 100, after: next })
    expect(calls()).toEqual(['GET /contacts', 'POST /companies/batch/read'])
    hubspot.sandbox.clearCalls()
    await list({ memory }, { limit: 100, after: next })
    expect(calls()).toEqual(['GET /contacts'])
  })

  it.each(['100', 'a b&limit=1#?', 'NTI1Cg%3D%3D', 'ü', '\ud800'])(
    'a later page is asked for by its cursor, such as %j',
    async (after) => {
      const server = await startStandIn(answerWith(200, { results: [] }))
      const connector = hubSpotConnector({ HUBSPOT_APP_URL: server.url, HUBSPOT_API_URL: server.url })
      for (const limit of [7, 8]) {
        await connector.list({ ...hubspot.session(), apiUrl: server.url }, { limit, after })
        const asked = server.requests.findLast(({ method }) => method === 'GET')
        const { pathname, searchParams } = new URL(asked?.path ?? '', server.url)
        expect([pathname, searchParams.get('limit'), searchParams.getAll('after')]).toEqual([
          '/crm/objects/2026-03/contacts',
          String(limit),
          [after.toWellFormed()],
        ])
      }
      await server.close()
    },
  )

  it('a number takes one search, found or not', async () => {
    for (const e164 of ['+4930901820', '+14155550123']) {
      hubspot.sandbox.clearCalls()
      const query = { kind: 'phone', numbers: [{ e164, national: e164.slice(3), spellings: [e164] }] } as const
      await hubspot.connector.search(hubspot.session(), query, page)
      expect(calls()).toEqual(['POST /contacts/search'])
    }
  })

  it('text takes one search and the companies', async () => {
    await hubspot.connector.search(hubspot.session(), { kind: 'text', text: 'example' }, page)
    expect(calls()).toEqual(['POST /contacts/search', 'POST /companies/batch/read'])
  })

  it.each([
    ['a part of a number', { kind: 'digits', digits: '000111', typed: '000 111' }],
    ['an email', { kind: 'email', email: 'nobody@nowhere.example' }],
  ] as const)('%s that nothing has exactly takes a second search, as text', async (_what, query) => {
    const found = await hubspot.connector.search(hubspot.session(), query, page)
    expect(found).toMatchObject({ items: [], total: 0, next: null })
    expect(calls()).toEqual(['POST /contacts/search', 'POST /contacts/search'])
  })

  it('a contact takes itself and its companies', async () => {
    const { id } = hubspot.sandbox.addCompany({ name: 'Acme' })
    const contact = hubspot.sandbox.addContact({ firstname: 'A' }, [id])
    const alone = hubspot.sandbox.addContact({ firstname: 'B' })
    await hubspot.connector.get(hubspot.session(), `hubspot-${contact.id}`)
    expect(calls()).toEqual([`GET /contacts/${contact.id}`, 'POST /companies/batch/read'])
    hubspot.sandbox.clearCalls()
    await hubspot.connector.get(hubspot.session(), `hubspot-${alone.id}`)
    expect(calls()).toEqual([`GET /contacts/${alone.id}`])
    for (const { id } of [contact, alone]) hubspot.sandbox.removeContact(id)
  })

  it('ask for nothing that the inbox isn’t shown', async () => {
    await list()
    await hubspot.connector.search(hubspot.session(), { kind: 'text', text: 'example' }, page)
    const asked = hubspot.sandbox.calls().flatMap(({ query, body }) => {
      const { properties } = (body ?? {}) as { properties?: string[] }
      return [properties ?? [], String(query.properties ?? '').split(',')].flat()
    })
    expect(asked).toContain('phone')
    for (const hidden of ['fax', 'lifecyclestage', 'city', 'notes']) expect(asked).not.toContain(hidden)
  })
})

describe('where the next page begins', () => {
  const walk = async (after: string | null, onNext: (next: string | null) => void, options = {}) =>
    hubspot.connector.list(hubspot.session(options), { limit: 100, after, onNext })

  it('is said before the companies are there, and is what the page says in the end', async () => {
    hubspot.sandbox.faults.add({ kind: 'delay', delayMs: 300, match: { path: '/crm/objects/2026-03/companies' } })
    const said: [next: string | null, companiesAsked: boolean][] = []
    const { next } = await walk(null, (begin) => said.push([begin, calls().some((call) => call.includes('companies'))]))
    expect(said).toEqual([[next, false]])
    expect(next).not.toBeNull()
  })

  it('is nowhere after the last page', async () => {
    const { next } = await list({}, { limit: 100, after: null })
    const { next: last } = await list({}, { limit: 100, after: next })
    const said: (string | null)[] = []
    await walk(last, (begin) => said.push(begin))
    expect(said).toEqual([null])
  })

  it('is said while the names of companies are waited for: whoever reads ahead need not wait for them', async () => {
    const said: (string | null)[] = []
    hubspot.sandbox.faults.add({ kind: 'hang', match: { path: '/crm/objects/2026-03/companies' } })
    const walking = walk(null, (begin) => said.push(begin))
    await vi.waitFor(() => expect(said).toEqual([expect.any(String)]))
    expect(await stateOf(walking)).toBe('pending')
    await walking
  })
})

describe('identify', () => {
  it('names the account by its domain, and by its number where introspection fails', async () => {
    const { portalId, hubDomain } = hubspot.sandbox.account
    expect(await hubspot.connector.identify(hubspot.session())).toEqual({
      id: String(portalId),
      name: hubDomain,
      recordsUrl: `${hubspot.sandbox.url}/contacts/${portalId}/record/0-1`,
    })
    hubspot.sandbox.faults.add({ kind: 'status', status: 500, match: { path: '/oauth' } })
    expect(await hubspot.connector.identify(hubspot.session())).toMatchObject({ name: `HubSpot account ${portalId}` })
  })

  it.each(['null', '[]', '0', '{"hub_domain":7}', '{', ''])(
    'names it by its number where introspection answers %j',
    async (body) => {
      hubspot.sandbox.faults.add({ kind: 'garbage', body, match: { path: '/oauth' } })
      const { portalId } = hubspot.sandbox.account
      expect(await hubspot.connector.identify(hubspot.session())).toMatchObject({ name: `HubSpot account ${portalId}` })
    },
  )

  it('does without account details where the user may not read them', async () => {
    const { portalId, hubDomain } = hubspot.sandbox.account
    hubspot.sandbox.faults.add({ kind: 'status', status: 403, match: { path: '/account-info' } })
    const account = await hubspot.connector.identify(hubspot.session())
    expect(account).toMatchObject({ id: String(portalId), name: hubDomain })
    expect(account.recordsUrl).toContain(`/contacts/${portalId}/record/0-1`)
  })
})

describe('the total of all contacts', () => {
  it('is remembered for the pages that follow, and shared by those that ask at once', async () => {
    const memory = newMemory()
    const pages = await Promise.all([list({ memory }), list({ memory }), list({ memory })])
    expect(pages.map(({ total }) => total)).toEqual([250, 250, 250])
    expect(calls().filter((call) => call.endsWith('/search'))).toHaveLength(1)
  })

  it.each([
    ['refused', { kind: 'status', status: 403 }],
    ['limited', { kind: 'status', status: 429, headers: { 'retry-after': '60' } }],
    ['null', { kind: 'garbage', body: 'null' }],
    ['without a total', { kind: 'garbage', body: '{"results":[]}' }],
    ['with a total that is no number', { kind: 'garbage', body: '{"total":"many","results":[]}' }],
    ['a hang', { kind: 'hang' }],
  ] as const)('%s: the page comes without it, and the next page doesn’t ask again at once', async (_what, fault) => {
    hubspot.sandbox.faults.add({ ...fault, match: { path: searchPath } })
    const memory = newMemory()
    const first = await list({ memory })
    expect({ total: first.total, given: first.items.length }).toEqual({ total: null, given: 100 })
    const asked = calls().filter((call) => call.endsWith('/search')).length
    expect((await list({ memory }, { limit: 100, after: first.next })).total).toBeNull()
    expect(calls().filter((call) => call.endsWith('/search'))).toHaveLength(asked)
  })

  it('may fail after the page has failed already: nobody waits for it, and nothing breaks', async () => {
    hubspot.sandbox.faults.add({ kind: 'garbage', body: 'null' })
    await expect(list()).rejects.toMatchObject({ code: 'crm_protocol' })
  })
})

describe('answers of another shape', () => {
  it.each([
    '{"results":null}',
    '{"results":[null]}',
    '{"results":[{}]}',
    '{"results":[{"id":"1"}]}',
    '{"results":[{"id":"1","properties":null}]}',
    '{"results":[{"properties":{"firstname":"A"}}]}',
    '{"results":[{"id":null,"properties":{"firstname":"A"}}]}',
    '{"total":1}',
    '[]',
    '""',
  ])('%s is crm_protocol', async (body) => {
    hubspot.sandbox.faults.add({ kind: 'garbage', body })
    await expect(list()).rejects.toMatchObject({ code: 'crm_protocol' })
    const search = hubspot.connector.search(hubspot.session(), { kind: 'text', text: 'a' }, page)
    await expect(search).rejects.toMatchObject({ code: 'crm_protocol' })
  })

  it.each([undefined, null, 'many', 1.5])('a total of %j is none', async (total) => {
    hubspot.sandbox.faults.add({ kind: 'garbage', body: JSON.stringify({ total, results: [] }) })
    for (const query of [
      { kind: 'text', text: 'a' },
      { kind: 'phone', numbers: [] },
    ] as const)
      expect(await hubspot.connector.search(hubspot.session(), query, page)).toMatchObject({ items: [], total: null, next: null })
  })

  it('properties of another type are left out', async () => {
    const properties = { firstname: 7, lastname: 'X', phone: { a: 1 }, email: ['a@b.c'], company: true, website: null }
    hubspot.sandbox.faults.add({ kind: 'garbage', body: JSON.stringify({ results: [{ id: '9', properties }] }) })
    const { items } = await list()
    expect(items).toMatchObject([{ contact_id: 'hubspot-9', name: 'X', phone_numbers: [], email_addresses: [], companies: [] }])
  })
})

describe('a search beyond what HubSpot pages through', () => {
  it('ends after 10,000 with the true count and no error', async () => {
    const large = await startHubSpot({ contacts: 0 })
    for (let number = 0; number < 10_060; number += 1) large.sandbox.addContact({ firstname: 'Many' })
    const met = new Set<string>()
    const totals = new Set<number | null>()
    let after: string | null = null
    let last: { items: readonly unknown[] } = { items: [] }
    do {
      const found: Awaited<ReturnType<typeof large.connector.search>> = await large.connector.search(
        large.session(),
        { kind: 'text', text: 'many' },
        { limit: 99, after },
      )
      for (const { contact_id } of found.items) met.add(contact_id)
      totals.add(found.total)
      last = found
      after = found.next
    } while (after !== null)
    const refused = large.sandbox.calls().filter(({ status }) => status !== 200)
    await large.close()
    expect(met.size).toBe(10_000)
    expect(last.items).toHaveLength(1)
    expect([...totals]).toEqual([10_060])
    expect(refused).toEqual([])
  })

  it('has no page beyond the end', async () => {
    const beyond = hubspot.connector.search(hubspot.session(), { kind: 'text', text: 'example' }, { limit: 100, after: '0:9999' })
    expect(await beyond).toMatchObject({ items: [], next: null })
  })
})

describe('text that HubSpot’s search looks through', () => {
  it.each(['zyzzyva', 'zelda.quux', 'quux@nowhere.example', 'quux@'])('finds a person by %s', async (search) => {
    const { id } = hubspot.sandbox.addContact({
      firstname: 'Zelda',
      email: 'zelda.quux@nowhere.example',
      company: 'Zyzzyva Works',
    })
    const { contacts } = await hubspot.asker().list(search)
    hubspot.sandbox.removeContact(id)
    expect(contacts.map(({ contact_id }) => contact_id)).toEqual([`hubspot-${id}`])
  })

  it('an additional address finds its owner', async () => {
    const { id } = hubspot.sandbox.addContact({
      email: 'a@nowhere.example',
      hs_additional_emails: 'b@nowhere.example;c@nowhere.example',
    })
    const { contacts } = await hubspot.asker().list('C@nowhere.example')
    hubspot.sandbox.removeContact(id)
    expect(contacts.map(({ contact_id }) => contact_id)).toEqual([`hubspot-${id}`])
  })
})
