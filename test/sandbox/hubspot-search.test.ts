// HubSpot's search: every operator, the query, sorting, paging, its limits, and look-ups by number among a million contacts.

import { describe, expect, it } from 'vitest'
import type { ObjectRecord } from '../../src/sandbox/hubspot/object-type.ts'
import { connectApp, firstRecord } from './connected-app.ts'

const PATH = '/crm/objects/2026-03/contacts/search'

// Few enough to read, so that every expectation can be checked by eye.
const PEOPLE = [
  { firstname: 'Ana', lastname: 'López', email: 'ana@example.com', phone: '+14155552671', company: 'Acme Foods', city: 'Austin' },
  {
    firstname: 'Anabel',
    lastname: 'Müller',
    email: 'anabel@example.org',
    phone: '030 1234567',
    hs_country_region_code: 'DE',
    fax: '030 999',
  },
  {
    firstname: 'Bo',
    lastname: 'Lopez-Acme',
    mobilephone: '(415) 555-2671',
    hs_additional_emails: 'bo@example.com;bo@example.net',
  },
  { firstname: 'Céline', email: 'celine@example.com', hs_whatsapp_phone_number: '+41791234567', lifecyclestage: 'Lead' },
]

async function searching() {
  let now = Date.UTC(2026, 0, 1)
  const connected = await connectApp({ contacts: 0, now: () => now, tokenLifetime: 30 * 86_400 })
  const contacts = PEOPLE.map((properties) => {
    now += 86_400_000
    return connected.sandbox.addContact(properties)
  })
  const names = new Map(contacts.map(({ id, properties }) => [id, properties.firstname]))
  const search = (body: object) => connected.call('POST', PATH, body)
  const found = async (body: object) => {
    const { status, json } = await search(body)
    expect(status, JSON.stringify(json)).toBe(200)
    expect(json.total).toBe(json.results.length)
    return json.results.map(({ id }) => names.get(id))
  }
  const filtered = (...filters: object[]) => found({ filterGroups: [{ filters }] })
  return { ...connected, contacts, search, found, filtered }
}

describe('filters', () => {
  it.each([
    [{ propertyName: 'firstname', operator: 'EQ', value: 'ana' }, ['Ana']],
    [{ propertyName: 'firstname', operator: 'NEQ', value: 'Ana' }, ['Anabel', 'Bo', 'Céline']],
    [{ propertyName: 'email', operator: 'EQ', value: 'ANA@EXAMPLE.COM' }, ['Ana']],
    [{ propertyName: 'email', operator: 'NEQ', value: 'ana@example.com' }, ['Anabel', 'Bo', 'Céline']],
    [{ propertyName: 'firstname', operator: 'IN', values: ['ana', 'bo'] }, ['Ana', 'Bo']],
    // Strings in IN have to be in lower case.
    [{ propertyName: 'firstname', operator: 'IN', values: ['Ana'] }, []],
    [{ propertyName: 'firstname', operator: 'NOT_IN', values: ['ana', 'bo'] }, ['Anabel', 'Céline']],
    [{ propertyName: 'company', operator: 'NOT_IN', values: ['acme foods'] }, ['Anabel', 'Bo', 'Céline']],
    [{ propertyName: 'email', operator: 'HAS_PROPERTY' }, ['Ana', 'Anabel', 'Céline']],
    [{ propertyName: 'email', operator: 'NOT_HAS_PROPERTY' }, ['Bo']],
    [{ propertyName: 'company', operator: 'CONTAINS_TOKEN', value: 'foods' }, ['Ana']],
    [{ propertyName: 'company', operator: 'CONTAINS_TOKEN', value: 'food' }, []],
    [{ propertyName: 'company', operator: 'CONTAINS_TOKEN', value: 'foo*' }, ['Ana']],
    [{ propertyName: 'company', operator: 'NOT_CONTAINS_TOKEN', value: 'foo*' }, ['Anabel', 'Bo', 'Céline']],
    [{ propertyName: 'email', operator: 'CONTAINS_TOKEN', value: '*@example.com' }, ['Ana', 'Céline']],
    [{ propertyName: 'hs_additional_emails', operator: 'CONTAINS_TOKEN', value: 'bo@example.net' }, ['Bo']],
    [{ propertyName: 'lastname', operator: 'CONTAINS_TOKEN', value: '*[(' }, []],
    [{ propertyName: 'createdate', operator: 'GT', value: '2026-01-03T00:00:00Z' }, ['Bo', 'Céline']],
    [{ propertyName: 'createdate', operator: 'GTE', value: String(Date.UTC(2026, 0, 4)) }, ['Bo', 'Céline']],
    [{ propertyName: 'createdate', operator: 'LT', value: '2026-01-03T00:00:00Z' }, ['Ana']],
    [{ propertyName: 'createdate', operator: 'LTE', value: '2026-01-03T00:00:00Z' }, ['Ana', 'Anabel']],
    [
      { propertyName: 'createdate', operator: 'BETWEEN', value: '2026-01-03T00:00:00Z', highValue: '2026-01-04T00:00:00Z' },
      ['Anabel', 'Bo'],
    ],
    [{ propertyName: 'phone', operator: 'EQ', value: '+14155552671' }, ['Ana']],
    [{ propertyName: 'phone', operator: 'EQ', value: '14155552671' }, []],
    [{ propertyName: 'hs_searchable_calculated_phone_number', operator: 'EQ', value: '4155552671' }, ['Ana']],
    [{ propertyName: 'hs_searchable_calculated_mobile_number', operator: 'EQ', value: '4155552671' }, ['Bo']],
    [{ propertyName: 'hs_searchable_calculated_phone_number', operator: 'EQ', value: '301234567' }, ['Anabel']],
    [{ propertyName: 'hs_whatsapp_phone_number', operator: 'EQ', value: '+41791234567' }, ['Céline']],
    // Enumerations are exact.
    [{ propertyName: 'lifecyclestage', operator: 'EQ', value: 'lead' }, []],
    [{ propertyName: 'lifecyclestage', operator: 'EQ', value: 'Lead' }, ['Céline']],
  ])('%j', async (filter, expected) => {
    const { filtered } = await searching()
    expect(await filtered(filter)).toEqual(expected)
  })

  it('of one group all hold, and any group is enough', async () => {
    const { filtered, found } = await searching()
    const ana = { propertyName: 'firstname', operator: 'CONTAINS_TOKEN', value: 'ana*' }
    const german = { propertyName: 'hs_country_region_code', operator: 'EQ', value: 'de' }
    const bo = { propertyName: 'firstname', operator: 'EQ', value: 'Bo' }
    expect(await filtered(ana, german)).toEqual(['Anabel'])
    expect(await found({ filterGroups: [{ filters: [german] }, { filters: [bo] }, { filters: [german] }] })).toEqual([
      'Anabel',
      'Bo',
    ])
    expect(await found({ query: 'example.com', filterGroups: [{ filters: [ana] }] })).toEqual(['Ana'])
  })

  it('by id and by primary company', async () => {
    const { sandbox, filtered, contacts } = await searching()
    const company = sandbox.addCompany({ name: 'Acme' })
    const ids = contacts.map(({ id }) => id)
    sandbox.updateContact(ids[1] ?? '', {}, [company.id])
    expect(await filtered({ propertyName: 'hs_object_id', operator: 'IN', values: [ids[0], ids[2], '3'] })).toEqual(['Ana', 'Bo'])
    expect(await filtered({ propertyName: 'associatedcompanyid', operator: 'EQ', value: company.id })).toEqual(['Anabel'])
  })
})

describe('query', () => {
  it.each([
    ['ana', ['Ana', 'Anabel']],
    ['ANAB', ['Anabel']],
    ['nabel', []],
    ['lopez', ['Bo']],
    ['lópez', ['Ana']],
    ['acme', ['Ana', 'Bo']],
    ['acme ana', ['Ana']],
    ['ana acm lóp', ['Ana']],
    ['ana nobody', []],
    ['celine@example.com', ['Céline']],
    ['bo@example.net', ['Bo']],
    ['415 555', ['Bo']],
    ['+1415555', ['Ana']],
    ['999', ['Anabel']],
    // Neither the calculated numbers, nor WhatsApp's, nor other properties are looked at.
    ['4155552671', []],
    ['41791234567', []],
    ['austin', []],
    ['', ['Ana', 'Anabel', 'Bo', 'Céline']],
    ['***', []],
  ])('%j', async (query, expected) => {
    const { found } = await searching()
    expect(await found({ query })).toEqual(expected)
  })

  it('finds the same with and without the words it keeps', async () => {
    const { call, sandbox } = await connectApp()
    const [contact] = [...sandbox.contacts].filter(({ properties }) => properties.lastname === 'Schäfer')
    const search = async () => (await call('POST', PATH, { query: 'schäf' })).json.total
    const before = await search()
    expect(before).toBeGreaterThan(1)
    sandbox.updateContact(contact?.id ?? '', { lastname: 'Anders', email: null, hs_additional_emails: null })
    expect(await search()).toBe(before - 1)
    sandbox.updateContact(contact?.id ?? '', { lastname: 'Schäfer' })
    expect(await search()).toBe(before)
  })
})

describe('answers', () => {
  it('have the total, the default properties, no associations and no rate-limit headers', async () => {
    const { call } = await connectApp({ rateLimits: true })
    const answer = await call('POST', PATH, { limit: 2, associations: ['companies'] })
    const { json, headers } = answer
    expect(json).toEqual({ total: 1000, results: [expect.any(Object), expect.any(Object)], paging: { next: { after: '2' } } })
    expect(Object.keys(firstRecord(answer)).sort()).toEqual(['archived', 'createdAt', 'id', 'properties', 'updatedAt', 'url'])
    expect(Object.keys(firstRecord(answer).properties)).toHaveLength(6)
    expect(Object.keys(headers).filter((name) => name.includes('ratelimit'))).toEqual([])
  })

  it('come ten at a time unless asked otherwise, and page to the end exactly once', async () => {
    const { call } = await connectApp({ contacts: 450 })
    expect((await call('POST', PATH, {})).json.results).toHaveLength(10)
    const ids: string[] = []
    let after: string | undefined
    do {
      const { json } = await call('POST', PATH, { limit: 200, ...(after !== undefined && { after }) })
      ids.push(...json.results.map(({ id }) => id))
      after = json.paging?.next.after
    } while (after !== undefined)
    expect(ids).toHaveLength(450)
    expect(new Set(ids).size).toBe(450)
  })

  it('are sorted by one property, those without it last', async () => {
    const { found } = await searching()
    const sorted = (direction: string) => found({ sorts: [{ propertyName: 'lastname', direction }] })
    expect(await sorted('ASCENDING')).toEqual(['Bo', 'Ana', 'Anabel', 'Céline'])
    expect(await sorted('DESCENDING')).toEqual(['Anabel', 'Ana', 'Bo', 'Céline'])
    expect(await found({ sorts: ['-createdate'] })).toEqual(['Céline', 'Bo', 'Anabel', 'Ana'])
  })

  it('leave archived contacts out', async () => {
    const { found, contacts, sandbox } = await searching()
    sandbox.removeContact(contacts[0]?.id ?? '')
    expect(await found({ query: 'ana' })).toEqual(['Anabel'])
    expect(
      await found({ filterGroups: [{ filters: [{ propertyName: 'email', operator: 'EQ', value: 'ana@example.com' }] }] }),
    ).toEqual([])
  })

  it('exist for companies too', async () => {
    const { call, sandbox } = await connectApp()
    const [company] = [...sandbox.companies]
    const { json } = await call('POST', '/crm/objects/2026-03/companies/search', {
      filterGroups: [{ filters: [{ propertyName: 'hs_object_id', operator: 'EQ', value: company?.id }] }],
    })
    expect(json.results).toMatchObject([{ id: company?.id, properties: { name: company?.properties.name } }])
  })
})

describe('limits', () => {
  const eq = { propertyName: 'firstname', operator: 'EQ', value: 'x' }
  const group = (filters: number) => ({ filters: Array.from({ length: filters }, () => eq) })

  it.each([
    ['a limit over 200', { limit: 201 }],
    ['a page beyond 10,000', { limit: 100, after: 9901 }],
    ['an after that is no number', { after: 'abc' }],
    ['six groups', { filterGroups: Array.from({ length: 6 }, () => group(1)) }],
    ['seven filters in a group', { filterGroups: [group(7)] }],
    ['nineteen filters in all', { filterGroups: [group(6), group(6), group(6), group(1)] }],
    ['a group without filters', { filterGroups: [{ filters: [] }] }],
    ['two sorts', { sorts: ['createdate', 'email'] }],
    ['an unknown property in a filter', { filterGroups: [{ filters: [{ ...eq, propertyName: 'nonsense' }] }] }],
    ['an unknown property in a sort', { sorts: [{ propertyName: 'nonsense', direction: 'ASCENDING' }] }],
    ['an unknown operator', { filterGroups: [{ filters: [{ ...eq, operator: 'LIKE' }] }] }],
    ['EQ without a value', { filterGroups: [{ filters: [{ propertyName: 'firstname', operator: 'EQ' }] }] }],
    ['IN without values', { filterGroups: [{ filters: [{ propertyName: 'firstname', operator: 'IN', value: 'x' }] }] }],
    [
      'BETWEEN without an end',
      { filterGroups: [{ filters: [{ propertyName: 'createdate', operator: 'BETWEEN', value: '1' }] }] },
    ],
    ['a body over 3,000 characters', { query: 'x'.repeat(3000) }],
    ['a list', []],
  ])('refuse %s', async (_, body) => {
    const { call } = await connectApp({ contacts: 3 })
    const { status, json } = await call('POST', PATH, body)
    expect([status, json.status, json.category]).toEqual([400, 'error', 'VALIDATION_ERROR'])
  })

  it.each([
    ['the largest search', { filterGroups: [group(6), group(6), group(6)], limit: 200 }],
    ['five groups', { filterGroups: Array.from({ length: 5 }, () => group(3)) }],
    ['the last page', { limit: 100, after: '9900' }],
  ])('allow %s', async (_, body) => {
    const { call } = await connectApp({ contacts: 3 })
    expect((await call('POST', PATH, body)).status).toBe(200)
  })

  it('end a long search at 10,000 although its total says more', async () => {
    const { call } = await connectApp({ contacts: 10_500 })
    const last = (await call('POST', PATH, { limit: 200, after: 9800 })).json
    expect([last.total, last.results.length, last.paging?.next.after]).toEqual([10_500, 200, '10000'])
    expect((await call('POST', PATH, { limit: 200, after: last.paging?.next.after })).status).toBe(400)
  })
})

describe('a million contacts', () => {
  it('list a page and look numbers and addresses up without reading them all', async () => {
    const { call, sandbox } = await connectApp({ contacts: 1_000_000 })
    expect(sandbox.contacts.size).toBe(1_000_000)
    const someone = (): ObjectRecord => {
      const from = String(151 + 50 * 765_432)
      for (let id = Number(from); ; id++) {
        const contact = sandbox.contacts.get(String(id))
        if (contact?.properties.hs_searchable_calculated_phone_number && contact.properties.email) return contact
      }
    }
    const contact = someone()
    const before = performance.now()
    const page = (await call('GET', `/crm/objects/2026-03/contacts?limit=100&after=${contact.id}`)).json
    expect(page.results[0]?.id).toBe(contact.id)
    const lookUp = (propertyName: string, value: string | null | undefined) =>
      call('POST', PATH, { filterGroups: [{ filters: [{ propertyName, operator: 'EQ', value }] }] })
    for (const name of ['hs_searchable_calculated_phone_number', 'phone', 'email']) {
      const { json } = await lookUp(name, contact.properties[name])
      expect(json.results.map(({ id }) => id)).toContain(contact.id)
    }
    // Reading all of them takes seconds.
    expect(performance.now() - before).toBeLessThan(500)
  })

  it('find by number exactly those that reading everyone would find', async () => {
    const { call, sandbox } = await connectApp({ contacts: 3000 })
    const name = 'hs_searchable_calculated_phone_number'
    const all = [...sandbox.contacts]
    for (const { properties } of all.slice(600, 800)) {
      const value = properties[name]
      if (value === null || value === undefined) continue
      const { json } = await call('POST', PATH, {
        limit: 50,
        filterGroups: [{ filters: [{ propertyName: name, operator: 'EQ', value }] }],
      })
      expect(json.results.map(({ id }) => id)).toEqual(
        all.filter((other) => other.properties[name] === value).map(({ id }) => id),
      )
    }
  })
})
