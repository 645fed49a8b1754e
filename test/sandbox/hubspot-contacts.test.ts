// Contacts and companies over HTTP: shapes, paging, single records, batches, associations, writes, errors.

import { describe, expect, it } from 'vitest'
import type { HubSpotSandboxApp } from '../../src/sandbox/hubspot/server.ts'
import { callWith, connectApp, firstRecord, READ_SCOPES } from './connected-app.ts'

const CONTACTS = '/crm/objects/2026-03/contacts'
const COMPANIES = '/crm/objects/2026-03/companies'
const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

const contactWith = (
  sandbox: HubSpotSandboxApp,
  test: (contact: NonNullable<ReturnType<HubSpotSandboxApp['contacts']['get']>>) => boolean,
) => {
  for (const contact of sandbox.contacts) if (test(contact)) return contact
  throw new Error('no such contact')
}

describe('the list', () => {
  it.each([CONTACTS, '/crm/v3/objects/contacts'])(
    'of %s has ten contacts with the default properties, and the way on',
    async (path) => {
      const { call, sandbox } = await connectApp()
      const answer = await call('GET', path)
      const { status, json, headers } = answer
      expect(status).toBe(200)
      expect(headers['x-hubspot-correlation-id']).toMatch(UUID)
      expect(Object.keys(json).sort()).toEqual(['paging', 'results'])
      expect(json.results).toHaveLength(10)
      const first = firstRecord(answer)
      expect(first).toEqual({
        id: expect.stringMatching(/^\d+$/),
        properties: expect.any(Object),
        createdAt: expect.stringMatching(ISO),
        updatedAt: expect.stringMatching(ISO),
        archived: false,
        url: `http://localhost:80/contacts/${sandbox.account.portalId}/record/0-1/${first.id}`,
      })
      expect(Object.keys(first.properties).sort()).toEqual([
        'createdate',
        'email',
        'firstname',
        'hs_object_id',
        'lastmodifieddate',
        'lastname',
      ])
      expect(first.properties.hs_object_id).toBe(first.id)
      expect(json.paging?.next.link).toContain(`after=${json.paging?.next.after}`)
    },
  )

  it('gives the properties asked for, with null for no value, and leaves unknown ones out', async () => {
    const { call } = await connectApp()
    for (const query of ['properties=phone,fax,nonsense', 'properties=phone&properties=fax&properties=nonsense']) {
      const { json } = await call('GET', `${CONTACTS}?${query}&limit=50`)
      for (const { properties } of json.results) {
        expect(Object.keys(properties).sort()).toEqual(['createdate', 'fax', 'hs_object_id', 'lastmodifieddate', 'phone'])
        for (const value of Object.values(properties)) expect(value === null || typeof value === 'string').toBe(true)
      }
      expect(json.results.some(({ properties }) => properties.fax === null)).toBe(true)
    }
  })

  it.each([1, 7, 100])('read to its end in pages of %d gives every contact exactly once, in order of ids', async (limit) => {
    const { call, sandbox } = await connectApp({ contacts: limit === 1 ? 30 : 1000 })
    const ids: string[] = []
    let after: string | undefined = ''
    while (after !== undefined) {
      const { json } = await call('GET', `${CONTACTS}?limit=${limit}${after && `&after=${after}`}`)
      ids.push(...json.results.map(({ id }) => id))
      after = json.paging?.next.after
    }
    expect(ids).toEqual([...sandbox.contacts].map(({ id }) => id))
    expect(new Set(ids).size).toBe(sandbox.contacts.size)
    expect(ids.map(Number)).toEqual(ids.map(Number).sort((a, b) => a - b))
  })

  it('is whole even when contacts come and go between pages', async () => {
    const { call, sandbox } = await connectApp({ contacts: 20 })
    const all = [...sandbox.contacts].map(({ id }) => id)
    const first = (await call('GET', `${CONTACTS}?limit=10`)).json
    sandbox.removeContact(all[3] ?? '')
    const next = first.paging?.next.after ?? ''
    sandbox.removeContact(next)
    const added = sandbox.addContact({ firstname: 'New' })
    const second = (await call('GET', `${CONTACTS}?limit=100&after=${next}`)).json
    const ids = second.results.map(({ id }) => id)
    expect(ids).toEqual([...all.slice(10).filter((id) => id !== next), added.id])
    expect(second.paging).toBeUndefined()
  })

  it('of a page that ends exactly at the end has no way on, nor has an empty one', async () => {
    const { call } = await connectApp({ contacts: 10 })
    expect((await call('GET', `${CONTACTS}?limit=10`)).json).not.toHaveProperty('paging')
    const none = await connectApp({ contacts: 0 })
    expect((await none.call('GET', CONTACTS)).json).toEqual({ results: [] })
  })

  it('follows paging.next.link as it is', async () => {
    const { call } = await connectApp()
    const first = (await call('GET', `${CONTACTS}?limit=5&properties=phone&associations=companies`)).json
    const link = new URL(first.paging?.next.link ?? '')
    const second = (await call('GET', link.pathname + link.search)).json
    expect(second.results).toHaveLength(5)
    expect(second.results[0]?.properties).toHaveProperty('phone')
  })

  it.each(['limit=101', 'limit=0', 'limit=-1', 'limit=ten', 'limit=1.5', 'after=abc', 'after=-1'])(
    'refuses %s',
    async (query) => {
      const { call } = await connectApp({ contacts: 5 })
      const { status, json, headers } = await call('GET', `${CONTACTS}?${query}`)
      expect(status).toBe(400)
      expect(json).toEqual({
        status: 'error',
        message: expect.any(String),
        correlationId: headers['x-hubspot-correlation-id'],
        category: 'VALIDATION_ERROR',
      })
    },
  )

  it('has archived contacts under archived=true only', async () => {
    const { call, sandbox } = await connectApp({ contacts: 30 })
    const [first] = [...sandbox.contacts]
    await call('DELETE', `${CONTACTS}/${first?.id}`)
    expect((await call('GET', `${CONTACTS}?limit=1`)).json.results[0]?.id).not.toBe(first?.id)
    const { json } = await call('GET', `${CONTACTS}?archived=true`)
    expect(json.results).toMatchObject([{ id: first?.id, archived: true, archivedAt: expect.stringMatching(ISO) }])
  })
})

describe('associations in lists', () => {
  it('give a primary company twice, others once, and nothing to contacts without any', async () => {
    const { call, sandbox } = await connectApp()
    const { json } = await call('GET', `${CONTACTS}?limit=100&associations=companies&properties=associatedcompanyid`)
    let seen = { three: 0, primaryNotFirst: 0, none: 0 }
    for (const contact of json.results) {
      const links = sandbox.contacts.get(contact.id)?.companies ?? []
      if (links.length === 0) {
        expect(contact).not.toHaveProperty('associations')
        expect(contact.properties.associatedcompanyid).toBeNull()
        seen = { ...seen, none: seen.none + 1 }
        continue
      }
      const { results } = contact.associations.companies
      const typed = (type: string) => results.filter((result) => result.type === type).map(({ id }) => id)
      expect(typed('contact_to_company_unlabeled')).toEqual(links.map(({ id }) => id))
      expect(typed('contact_to_company')).toEqual(links.filter(({ primary }) => primary).map(({ id }) => id))
      expect(contact.properties.associatedcompanyid).toBe(links.find(({ primary }) => primary)?.id ?? null)
      if (links.length === 3) seen = { ...seen, three: seen.three + 1 }
      if (links.length === 3 && links[0]?.primary === false) seen = { ...seen, primaryNotFirst: seen.primaryNotFirst + 1 }
    }
    expect(seen.three).toBeGreaterThan(0)
    expect(seen.primaryNotFirst).toBeGreaterThan(0)
    expect(seen.none).toBeGreaterThan(0)
  })

  it('come only when asked for, and kinds that do not exist are ignored', async () => {
    const { call } = await connectApp({ contacts: 50 })
    for (const query of ['', '&associations=deals,nonsense']) {
      const { json } = await call('GET', `${CONTACTS}?limit=50${query}`)
      expect(json.results.every((contact) => !('associations' in contact))).toBe(true)
    }
  })
})

describe('one contact', () => {
  it('is read by id, with properties and associations', async () => {
    const { call, sandbox } = await connectApp()
    const contact = contactWith(sandbox, ({ companies, properties }) => companies.length === 1 && properties.email != null)
    const { status, json } = await call('GET', `${CONTACTS}/${contact.id}?properties=email&associations=companies`)
    expect(status).toBe(200)
    expect(json).toMatchObject({ id: contact.id, properties: { email: contact.properties.email } })
    expect(json.associations.companies.results[0]?.id).toBe(contact.companies[0]?.id)
  })

  it('is read by email, in any case', async () => {
    const { call, sandbox } = await connectApp()
    const contact = contactWith(sandbox, ({ properties }) => properties.email != null)
    const email = encodeURIComponent(String(contact.properties.email).toUpperCase())
    expect((await call('GET', `${CONTACTS}/${email}?idProperty=email`)).json.id).toBe(contact.id)
    expect((await call('GET', `${CONTACTS}/${email}?idProperty=phone`)).json.category).toBe('VALIDATION_ERROR')
  })

  it.each(['1', '999999999999', 'abc', '..%2F..'])('that is not there (%s) is 404', async (id) => {
    const { call } = await connectApp({ contacts: 5 })
    const { status, json } = await call('GET', `${CONTACTS}/${id}`)
    expect([status, json.status, json.category]).toEqual([404, 'error', 'OBJECT_NOT_FOUND'])
  })

  it('has the numbers that HubSpot calculates', async () => {
    const { sandbox } = await connectApp()
    const at = (phone: string, extra: Record<string, string> = {}) => {
      const { properties } = sandbox.addContact({ phone, mobilephone: phone, ...extra })
      expect(properties.hs_searchable_calculated_mobile_number).toBe(properties.hs_searchable_calculated_phone_number)
      return [properties.hs_searchable_calculated_phone_number, properties.hs_searchable_calculated_international_phone_number]
    }
    expect(at('+1 (415) 555-2671')).toEqual(['4155552671', '14155552671'])
    expect(at('(415) 555-2671 ext. 12')).toEqual(['4155552671', '14155552671'])
    expect(at('0049 (0)30 1234567')).toEqual(['301234567', '49301234567'])
    expect(at('030 1234567', { hs_country_region_code: 'DE' })).toEqual(['301234567', '49301234567'])
    expect(at('030 1234567', { country: 'Germany' })).toEqual(['301234567', '49301234567'])
    expect(at('+351 912 345 678')).toEqual(['912345678', '351912345678'])
    expect(at('+34 612 34 56 78')).toEqual(['612345678', '34612345678'])
    expect(at('ask Ana')).toEqual([null, null])
  })
})

describe('writes', () => {
  it('create, change and archive a contact', async () => {
    const { call, sandbox } = await connectApp({ contacts: 5 })
    const [company] = [...sandbox.companies]
    const created = await call('POST', CONTACTS, {
      properties: { firstname: 'Ada', email: 'Ada@Example.com', phone: '+41 44 668 18 00' },
      associations: [{ to: { id: company?.id }, types: [{ associationCategory: 'HUBSPOT_DEFINED', associationTypeId: 1 }] }],
    })
    expect(created.status).toBe(201)
    expect(created.json.properties).toMatchObject({
      email: 'ada@example.com',
      hs_searchable_calculated_phone_number: '446681800',
      associatedcompanyid: company?.id,
    })
    const path = `${CONTACTS}/${created.json.id}`

    const changed = await call('PATCH', path, { properties: { phone: '', lastname: 'Lovelace' } })
    expect([changed.status, changed.json.properties.lastname, changed.json.properties.phone]).toEqual([200, 'Lovelace', null])
    expect(sandbox.contacts.get(created.json.id)?.properties.hs_searchable_calculated_phone_number).toBeNull()

    expect((await call('DELETE', path)).status).toBe(204)
    expect((await call('DELETE', path)).status).toBe(204)
    expect((await call('GET', path)).status).toBe(404)
    expect((await call('PATCH', path, { properties: {} })).status).toBe(404)
    expect((await call('GET', `${path}?archived=true`)).json).toMatchObject({
      archived: true,
      properties: { lastname: 'Lovelace' },
    })
    expect(sandbox.contacts.size).toBe(5)
  })

  it('change what lists and searches say at once', async () => {
    const { call, sandbox } = await connectApp({ contacts: 5 })
    const [first] = [...sandbox.contacts]
    const search = async (query: string) => (await call('POST', `${CONTACTS}/search`, { query })).json.total
    expect(await search('Ottokar')).toBe(0)
    sandbox.updateContact(first?.id ?? '', { firstname: 'Ottokar' })
    expect(await search('Ottokar')).toBe(1)
    expect((await call('GET', CONTACTS)).json.results[0]?.properties.firstname).toBe('Ottokar')
    sandbox.updateContact(first?.id ?? '', { firstname: 'Anders' })
    expect(await search('Ottokar')).toBe(0)
    sandbox.removeContact(first?.id ?? '')
    expect(await search('Anders')).toBe(0)
    expect(sandbox.updateContact('1', {})).toBeNull()
    expect(sandbox.removeContact('1')).toBe(false)
  })

  it('refuse a second contact with the same email, and properties that do not exist', async () => {
    const { call, sandbox } = await connectApp({ contacts: 30 })
    const { id, properties } = contactWith(sandbox, (contact) => contact.properties.email != null)
    const double = await call('POST', CONTACTS, { properties: { email: properties.email } })
    expect([double.status, double.json]).toMatchObject([
      409,
      { category: 'CONFLICT', message: `Contact already exists. Existing ID: ${id}` },
    ])
    expect((await call('PATCH', `${CONTACTS}/${id}`, { properties: { email: properties.email } })).status).toBe(200)
    expect((await call('POST', CONTACTS, { properties: { nonsense: '1' } })).json.category).toBe('VALIDATION_ERROR')
    expect(() => sandbox.addContact({ nonsense: '1' })).toThrow('nonsense')
  })
})

describe('batch read', () => {
  it('of companies gives those asked for', async () => {
    const { call, sandbox } = await connectApp()
    const ids = [...sandbox.companies].slice(0, 100).map(({ id }) => id)
    const { status, json } = await call('POST', `${COMPANIES}/batch/read`, {
      inputs: ids.map((id) => ({ id })),
      properties: ['name'],
    })
    expect(status).toBe(200)
    expect(json).toMatchObject({
      status: 'COMPLETE',
      startedAt: expect.stringMatching(ISO),
      completedAt: expect.stringMatching(ISO),
    })
    expect(json).not.toHaveProperty('errors')
    expect(json.results.map(({ id }) => id)).toEqual(ids)
    expect(json.results[0]?.properties.name).toBe(sandbox.companies.get(ids[0] ?? '')?.properties.name)
  })

  it('is 207 with an error when some are missing', async () => {
    const { call, sandbox } = await connectApp({ contacts: 5 })
    const [company] = [...sandbox.companies]
    const { status, json } = await call('POST', `${COMPANIES}/batch/read`, {
      inputs: [{ id: '1' }, { id: company?.id }, { id: '2' }],
      properties: [],
    })
    expect(status).toBe(207)
    expect(json.results).toHaveLength(1)
    expect(json.numErrors).toBe(1)
    expect(json.errors).toEqual([
      {
        status: 'error',
        category: 'OBJECT_NOT_FOUND',
        message: expect.any(String),
        context: { ids: ['1', '2'] },
        errors: [],
        links: {},
      },
    ])
  })

  it('takes at most a hundred, gives each once, and reads contacts by email too', async () => {
    const { call, sandbox } = await connectApp({ contacts: 30 })
    const many = Array.from({ length: 101 }, (_, i) => ({ id: String(i) }))
    expect((await call('POST', `${COMPANIES}/batch/read`, { inputs: many, properties: [] })).status).toBe(400)
    expect((await call('POST', `${COMPANIES}/batch/read`, {})).status).toBe(400)
    const { id, properties } = contactWith(sandbox, (contact) => contact.properties.email != null)
    const twice = await call('POST', `${CONTACTS}/batch/read`, { inputs: [{ id }, { id }], properties: [] })
    expect(twice.json.results).toHaveLength(1)
    const byEmail = await call('POST', `${CONTACTS}/batch/read`, {
      idProperty: 'email',
      inputs: [{ id: properties.email }],
      properties: [],
    })
    expect(byEmail.json.results[0]?.id).toBe(id)
  })
})

describe('associations in batches', () => {
  it.each([
    ['/crm/associations/2026-03', String],
    ['/crm/v4/associations', Number],
  ] as const)('at %s give both types of a primary company, and an error for a contact without any', async (base, toId) => {
    const { call, sandbox } = await connectApp()
    const linked = contactWith(sandbox, ({ companies }) => companies.length === 3 && companies[0]?.primary === false)
    const alone = contactWith(sandbox, ({ companies }) => companies.length === 0)
    const { status, json } = await call('POST', `${base}/contacts/companies/batch/read`, {
      inputs: [{ id: linked.id }, { id: alone.id }],
    })
    expect(status).toBe(207)
    const unlabelled = { category: 'HUBSPOT_DEFINED', typeId: 279, label: null }
    const primary = { category: 'HUBSPOT_DEFINED', typeId: 1, label: 'Primary' }
    expect(json.results).toEqual([
      {
        from: { id: linked.id },
        to: linked.companies.map((company) => ({
          toObjectId: toId(company.id),
          associationTypes: company.primary ? [primary, unlabelled] : [unlabelled],
        })),
      },
    ])
    expect(json.errors).toMatchObject([
      {
        category: 'OBJECT_NOT_FOUND',
        subCategory: 'crm.associations.NO_ASSOCIATIONS_FOUND',
        context: { fromObjectId: [alone.id] },
      },
    ])
    expect((await call('POST', `${base}/contacts/companies/batch/read`, { inputs: [{ id: linked.id }] })).status).toBe(200)
  })

  it('take at most a thousand', async () => {
    const { call } = await connectApp({ contacts: 1 })
    const inputs = Array.from({ length: 1001 }, (_, i) => ({ id: String(i) }))
    expect((await call('POST', '/crm/associations/2026-03/contacts/companies/batch/read', { inputs })).status).toBe(400)
  })
})

describe('the account', () => {
  it.each(['/account-info/2026-03/details', '/account-info/v3/details'])('is described at %s', async (path) => {
    const { call, sandbox } = await connectApp({ contacts: 1, account: { portalId: 4711 } })
    const { json } = await call('GET', path)
    expect(json).toEqual({
      portalId: 4711,
      accountType: 'DEVELOPER_TEST',
      timeZone: 'US/Eastern',
      companyCurrency: 'USD',
      additionalCurrencies: ['EUR'],
      utcOffset: '-05:00',
      utcOffsetMilliseconds: -18_000_000,
      uiDomain: 'localhost:80',
      dataHostingLocation: 'na1',
    })
    expect(sandbox.account.portalId).toBe(4711)
  })
})

describe('refusals', () => {
  it('401 without a good token', async () => {
    const { sandbox } = await connectApp({ contacts: 1 })
    for (const token of ['', 'made-up', 'a.b']) {
      const { status, json } = await callWith(sandbox, token, 'GET', CONTACTS)
      expect([status, json.category]).toEqual([401, 'INVALID_AUTHENTICATION'])
    }
    expect((await sandbox.app.inject(CONTACTS)).statusCode).toBe(401)
  })

  it('403 with the missing scope by name', async () => {
    const { call } = await connectApp({ contacts: 1 }, ['oauth', 'crm.objects.contacts.read'])
    expect((await call('GET', CONTACTS)).status).toBe(200)
    const { status, json } = await call('POST', `${COMPANIES}/batch/read`, { inputs: [], properties: [] })
    expect([status, json.category]).toEqual([403, 'MISSING_SCOPES'])
    expect(json.errors[0]?.context.requiredGranularScopes).toEqual(['crm.objects.companies.read'])
    const readOnly = await connectApp({ contacts: 1 }, READ_SCOPES)
    expect((await readOnly.call('POST', CONTACTS, { properties: {} })).status).toBe(403)
    const bare = await connectApp({ contacts: 1 }, ['oauth'])
    expect((await bare.call('GET', CONTACTS)).status).toBe(403)
    expect((await bare.call('GET', '/account-info/2026-03/details')).status).toBe(200)
  })

  it('400 for broken JSON, 415 for anything else, 404 for unknown paths', async () => {
    const { sandbox, tokens, call } = await connectApp({ contacts: 1 })
    const post = (payload: string, type: string) =>
      sandbox.app.inject({
        method: 'POST',
        url: `${CONTACTS}/search`,
        headers: { authorization: `Bearer ${tokens.access_token}`, 'content-type': type },
        payload,
      })
    expect((await post('{', 'application/json')).json()).toMatchObject({ status: 'error', category: 'VALIDATION_ERROR' })
    expect((await post('{', 'application/json')).statusCode).toBe(400)
    expect((await post('query=x', 'application/x-www-form-urlencoded')).statusCode).toBe(415)
    expect((await call('GET', '/crm/objects/2026-03/unicorns')).json).toMatchObject({
      status: 'error',
      correlationId: expect.stringMatching(UUID),
    })
  })
})
