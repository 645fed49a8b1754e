/** Companies' names: by one more call at most, remembered, and never a reason for a page to fail. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { CompanyNames } from '../../../src/connectors/hubspot/companies.ts'
import { stopClock } from '../../support/clock.ts'
import { type HubSpotAtHand, startHubSpot } from '../../support/hubspot.ts'
import { newMemory } from '../../support/session.ts'

let hubspot: HubSpotAtHand
beforeAll(async () => {
  hubspot = await startHubSpot({ contacts: 0 })
})
afterAll(() => hubspot.close())
beforeEach(() => hubspot.sandbox.clearCalls())
afterEach(() => {
  vi.restoreAllMocks()
  hubspot.sandbox.faults.clear()
  for (const { id } of [...hubspot.sandbox.contacts]) hubspot.sandbox.removeContact(id)
})

const page = { limit: 100, after: null }
const list = (options = {}) => hubspot.connector.list(hubspot.session(options), page)
const batches = () => hubspot.sandbox.calls().filter(({ path }) => path.endsWith('/companies/batch/read'))
const inputs = () => batches().map(({ body }) => (body as { inputs: unknown[] }).inputs.length)
const names = (items: readonly { companies: readonly { company_name: string }[] }[]) =>
  items.map(({ companies }) => companies.map(({ company_name }) => company_name))

/** Companies named by number, with one contact for each group of them. */
function addContactsAt(...groups: readonly number[][]): void {
  const known = new Map<number, string>()
  const idOf = (number: number) => {
    const id = known.get(number) ?? hubspot.sandbox.addCompany({ name: `Company ${number}` }).id
    known.set(number, id)
    return id
  }
  for (const group of groups) hubspot.sandbox.addContact({ firstname: 'Works at', company: 'Typed' }, group.map(idOf))
}

describe('the names of companies', () => {
  it('of a whole page come by one call, each asked for once', async () => {
    addContactsAt([1, 2], [2], [1], [3, 1, 2], [])
    const { items, missing } = await list()
    expect(names(items)).toEqual([
      ['Company 1', 'Company 2'],
      ['Company 2'],
      ['Company 1'],
      ['Company 3', 'Company 1', 'Company 2'],
      ['Typed'],
    ])
    expect(missing).toEqual([])
    expect(inputs()).toEqual([3])
  })

  it('beyond a hundred come by as many calls as HubSpot’s batches need', async () => {
    addContactsAt(...Array.from({ length: 30 }, (_, contact) => Array.from({ length: 8 }, (_, index) => contact * 8 + index)))
    const { items } = await list()
    expect(inputs()).toEqual([100, 100, 40])
    expect(names(items).flat()).toHaveLength(240)
    expect(names(items)[29]?.[0]).toBe('Company 232')
  })

  it('are remembered: the next page asks only for those it doesn’t know', async () => {
    addContactsAt([1], [2])
    const memory = newMemory()
    await list({ memory })
    hubspot.sandbox.clearCalls()
    expect(names((await list({ memory })).items)).toEqual([['Company 1'], ['Company 2']])
    expect(batches()).toEqual([])
    addContactsAt([3])
    expect(names((await list({ memory })).items)).toEqual([['Company 1'], ['Company 2'], ['Company 3']])
    expect(inputs()).toEqual([1])
  })

  it('are asked for anew after ten minutes', async () => {
    const clock = stopClock()
    addContactsAt([1])
    const memory = newMemory()
    await list({ memory })
    await clock.pass(9 * 60_000)
    await list({ memory })
    expect(inputs()).toEqual([1])
    // One more, which doesn't make the others any newer.
    addContactsAt([2])
    await list({ memory })
    await clock.pass(60_000)
    await list({ memory })
    expect(inputs()).toEqual([1, 1, 1])
  })

  it('that are the oldest are forgotten first', () => {
    const known = new CompanyNames()
    for (let id = 0; id < 10_000; id += 1) known.set(String(id), `Company ${id}`)
    known.set('0', 'Renamed')
    for (let id = 10_000; id < 10_010; id += 1) known.set(String(id), `Company ${id}`)
    expect(['0', '1', '10', '11', '10009'].map((id) => known.get(id))).toEqual([
      'Renamed',
      undefined,
      undefined,
      'Company 11',
      'Company 10009',
    ])
  })

  it('take as much memory as they say, however often they change', () => {
    const known = new CompanyNames()
    const empty = known.bytes
    for (let round = 0; round < 3; round += 1) for (let id = 0; id < 12_000; id += 1) known.set(String(id), 'x'.repeat(100))
    expect(known.bytes - empty).toBeGreaterThan(10_000 * 300)
    expect(known.bytes - empty).toBeLessThan(10_000 * 500)
  })

  it('are all on the page, though so many are learned with it that the oldest are forgotten', async () => {
    const popular = hubspot.sandbox.addCompany({ name: 'Popular' }).id
    hubspot.sandbox.addContact({ firstname: 'A' }, [popular])
    const memory = newMemory()
    await list({ memory })
    const full = memory.get<CompanyNames>('companies') as CompanyNames
    for (let id = 0; id < 9_999; id += 1) full.set(`x${id}`, 'Other')
    addContactsAt([1])
    const { items, missing } = await list({ memory })
    expect([names(items), missing]).toEqual([[['Popular'], ['Company 1']], []])
    expect(inputs()).toEqual([1, 1])
  })

  it('that a company doesn’t have are remembered, too', async () => {
    const nameless = hubspot.sandbox.addCompany({ city: 'Berlin' })
    const gone = hubspot.sandbox.addCompany({ name: 'Gone' })
    hubspot.sandbox.removeCompany(gone.id)
    hubspot.sandbox.addContact({ firstname: 'A', company: 'Typed' }, [nameless.id])
    hubspot.sandbox.addContact({ firstname: 'B' }, [gone.id])
    const memory = newMemory()
    expect(names((await list({ memory })).items)).toEqual([['Typed'], []])
    expect(names((await list({ memory })).items)).toEqual([['Typed'], []])
    expect(batches()).toHaveLength(1)
  })

  it('fall back to a company’s domain', async () => {
    const { id } = hubspot.sandbox.addCompany({ domain: 'acme.example.com' })
    hubspot.sandbox.addContact({ firstname: 'A' }, [id])
    expect(names((await list()).items)).toEqual([['acme.example.com']])
  })

  it.each([
    ['refused', { kind: 'status', status: 403 }],
    ['down', { kind: 'status', status: 500 }],
    ['limited', { kind: 'status', status: 429, headers: { 'retry-after': '60' } }],
    ['garbage', { kind: 'garbage' }],
    ['of another shape', { kind: 'garbage', body: '{"results":null}' }],
    ['reset', { kind: 'reset' }],
  ] as const)('%s: the page comes with what the contacts themselves say', async (_what, fault) => {
    addContactsAt([1], [])
    hubspot.sandbox.faults.add({ ...fault, match: { path: '/crm/objects/2026-03/companies' } })
    const { items, missing, total } = await list()
    expect(names(items)).toEqual([['Typed'], ['Typed']])
    expect({ missing, total }).toEqual({ missing: ['companies'], total: 2 })
    const single = await hubspot.connector.get(hubspot.session(), items[0]?.contact_id ?? '')
    expect(single?.companies).toEqual([{ company_name: 'Typed', job_title: '' }])
  })

  it('that hang are given up before the question is', async () => {
    addContactsAt([1])
    hubspot.sandbox.faults.add({ kind: 'hang', match: { path: '/crm/objects/2026-03/companies' } })
    expect((await list()).missing).toEqual(['companies'])
  })

  it('that a failure left unknown come with the next page', async () => {
    addContactsAt([1])
    const memory = newMemory()
    hubspot.sandbox.faults.add({ kind: 'status', status: 500, times: 1, match: { path: '/crm/objects/2026-03/companies' } })
    expect(names((await list({ memory })).items)).toEqual([['Typed']])
    expect(names((await list({ memory })).items)).toEqual([['Company 1']])
  })

  it('in a look-up by number cost nothing: known ones are shown, else what is typed', async () => {
    const { id } = hubspot.sandbox.addCompany({ name: 'Acme' })
    hubspot.sandbox.addContact({ firstname: 'A', phone: '+4930901820', company: 'Typed' }, [id])
    const memory = newMemory()
    const query = { kind: 'phone', numbers: [{ e164: '+4930901820', national: '30901820', spellings: ['+4930901820'] }] } as const
    const search = () => hubspot.connector.search(hubspot.session({ memory }), query, page)
    expect(names((await search()).items)).toEqual([['Typed']])
    await list({ memory })
    hubspot.sandbox.clearCalls()
    expect(names((await search()).items)).toEqual([['Acme']])
    expect(hubspot.sandbox.calls()).toHaveLength(1)
  })

  it('in a look-up by number are none that were learned long ago', async () => {
    const clock = stopClock()
    const { id } = hubspot.sandbox.addCompany({ name: 'Acme' })
    hubspot.sandbox.addContact({ firstname: 'A', phone: '+4930901820', company: 'Typed' }, [id])
    const memory = newMemory()
    await list({ memory })
    const query = { kind: 'phone', numbers: [{ e164: '+4930901820', national: '30901820', spellings: ['+4930901820'] }] } as const
    const shown = async () => names((await hubspot.connector.search(hubspot.session({ memory }), query, page)).items)
    await clock.pass(9 * 60_000)
    // Another company, by which what is known of all is kept in memory.
    addContactsAt([1])
    await list({ memory })
    expect(await shown()).toEqual([['Acme']])
    await clock.pass(60_000)
    expect(await shown()).toEqual([['Typed']])
  })

  it('in a search are the primary ones', async () => {
    addContactsAt([1, 2])
    const query = { kind: 'text', text: 'works' } as const
    const { items } = await hubspot.connector.search(hubspot.session(), query, page)
    expect(names(items)).toEqual([['Company 1']])
  })
})
