/** The list of contacts and leads, walked over whole orgs and counted in calls. */
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import type { Memory, Page } from '../../../src/connectors/connector.ts'
import type { Contact } from '../../../src/contact.ts'
import { createMemories } from '../../../src/directory/memory.ts'
import { createStore } from '../../../src/directory/store.ts'
import type { SalesforceSandboxOptions } from '../../../src/sandbox/salesforce/server.ts'
import { type Clock, stopClock } from '../../support/clock.ts'
import { type SalesforceAtHand, startSalesforce } from '../../support/salesforce.ts'
import { newMemory } from '../../support/session.ts'

afterEach(() => {
  vi.restoreAllMocks()
})

async function start(options: Partial<SalesforceSandboxOptions> = {}): Promise<SalesforceAtHand> {
  const salesforce = await startSalesforce(options)
  onTestFinished(() => salesforce.close())
  return salesforce
}

type Walk = {
  readonly limit: number
  /** The memory that the next page is asked with; one for all unless said. */
  readonly memory?: (page: number) => Memory
  /** Done after every page. */
  readonly between?: (page: number) => unknown
  readonly notice?: (finding: string) => void
}

/** All pages, one after the other, as an inbox asks for them. */
async function walk({ connector, session }: SalesforceAtHand, { limit, memory, between, notice = () => {} }: Walk) {
  const own = newMemory()
  const pages: Page<Contact>[] = []
  let after: string | null = null
  do {
    const at = session({ memory: memory?.(pages.length) ?? own, notice })
    const page: Page<Contact> = await connector.list(at, { limit, after })
    if (page.next !== null) expect(page.items).toHaveLength(limit)
    pages.push(page)
    after = page.next
    await between?.(pages.length)
  } while (after !== null)
  const items = pages.flatMap(({ items }) => items)
  return { items, ids: items.map(({ contact_id }) => contact_id), pages }
}

/** Statements that read rows, and the requests that count. */
function callsOf({ sandbox }: SalesforceAtHand) {
  const calls = sandbox.calls()
  return { reads: calls.filter(({ kind }) => kind === 'query').length, counts: calls.filter(({ kind }) => kind === 'api').length }
}

/** What a walk may cost: the first page, which can reach from contacts into leads, and then one call for every 1,000 records. */
const allowed = (records: number) => 2 + Math.ceil(records / 1_000)

describe('a walk over all', () => {
  it.each([
    [10_000, 100],
    [10_000, 97],
    [4_003, 33],
    [2_500, 1_000],
    [50_000, 100],
  ])('%i records by %i meets each exactly once, with one call for every thousand', async (contacts, limit) => {
    const salesforce = await start({ contacts })
    const expected = salesforce.ids()
    const { ids, pages } = await walk(salesforce, { limit })
    // In order: contacts, then leads, each as they were created.
    expect(ids).toEqual(expected)
    expect(new Set(pages.map(({ total }) => total))).toEqual(new Set([expected.length]))
    const { reads, counts } = callsOf(salesforce)
    expect(reads).toBeLessThanOrEqual(allowed(expected.length))
    expect(counts).toBe(1)
  })

  it.each([
    [0, 0],
    [1, 0],
    [1, 1],
    [100, 0],
    [200, 100],
    [2_000, 0],
    [2_100, 0],
    [4_100, 2_000],
  ])('%i records of which %i are leads: nothing lost or doubled where pages, chunks and objects end', async (contacts, leads) => {
    const salesforce = await start({ contacts, leads })
    for (const limit of [100, 50, 7].slice(0, contacts > 200 ? 1 : 3)) {
      const { ids } = await walk(salesforce, { limit })
      expect(ids, `pages of ${limit}`).toEqual(salesforce.ids())
    }
  })

  it('reads no more than it shows on the first page, which everybody asks for', async () => {
    const salesforce = await start({ contacts: 500 })
    const { items } = await salesforce.connector.list(salesforce.session(), { limit: 100, after: null })
    expect(items).toHaveLength(100)
    const statements = salesforce.statements()
    expect(statements.filter((statement) => / LIMIT /.test(statement))).toEqual([expect.stringMatching(/ORDER BY Id LIMIT 100$/)])
    expect(statements.join()).not.toContain('OFFSET')
  })

  it('leaves out converted leads, which live on as contacts', async () => {
    const salesforce = await start({ contacts: 400, leads: 200 })
    const converted = [...salesforce.sandbox.leads].filter(({ fields }) => fields.IsConverted).map(({ id }) => id)
    expect(converted.length).toBeGreaterThan(10)
    const { ids, pages } = await walk(salesforce, { limit: 60 })
    expect(ids.filter((id) => converted.includes(id))).toEqual([])
    expect(pages[0]?.total).toBe(400 - converted.length)
  })

  it('shows person accounts once', async () => {
    const salesforce = await start({ contacts: 300, features: { personAccounts: true } })
    const persons = [...salesforce.sandbox.contacts].filter(({ fields }) => fields.IsPersonAccount)
    expect(persons.length).toBeGreaterThan(10)
    const { items, ids } = await walk(salesforce, { limit: 100 })
    expect(ids).toEqual(salesforce.ids())
    for (const { id, fields } of persons) {
      const [contact] = items.filter(({ contact_id }) => contact_id === id)
      expect(contact?.name).toBe(fields.Name)
      // Their own name is no employer.
      expect(contact?.companies.map(({ company_name }) => company_name)).not.toContain(fields.Name)
    }
  })
})

describe('a walk while records come and go', () => {
  it.each([10, 100])('by %i meets who stays exactly once, and nobody twice', async (limit) => {
    const salesforce = await start({ contacts: limit * 25 })
    const { sandbox } = salesforce
    const before = salesforce.ids()
    const gone = new Set<string>()
    const { ids } = await walk(salesforce, {
      limit,
      // Everything of the page before and of the pages to come changes: who is there moves for a walk by numbers.
      between(page) {
        for (const at of [page * limit - 1, page * limit, page * limit + limit + 3, 2 * limit]) {
          const id = before[at]
          if (id !== undefined && sandbox.removeRecord(id)) gone.add(id)
        }
        sandbox.addRecord('Contact', { LastName: `Came ${page}` })
        sandbox.addRecord('Lead', { LastName: `Came ${page}`, Company: 'Acme' })
        const lead = before.at(-page * 3)
        if (lead?.startsWith('00Q') && sandbox.updateRecord(lead, { IsConverted: true })) gone.add(lead)
      },
    })
    expect(gone.size).toBeGreaterThan(20)
    expect(new Set(ids).size).toBe(ids.length)
    const staying = before.filter((id) => !gone.has(id))
    expect(ids.filter((id) => before.includes(id) && !gone.has(id))).toEqual(staying)
  })

  it('goes on after the very row at which a page ended has gone, in another process, too', async () => {
    const salesforce = await start({ contacts: 120, leads: 40 })
    const left = new Set(salesforce.ids())
    let last = ''
    const { ids } = await walk(salesforce, {
      limit: 9,
      memory: () => newMemory(),
      between(page) {
        last = [...left][page * 9 - 1] ?? ''
        salesforce.sandbox.removeRecord(last)
      },
    })
    expect(ids).toEqual([...left])
  })
})

describe('several walks', () => {
  it('of one size at once cost what one costs, but for their first pages', async () => {
    const salesforce = await start({ contacts: 6_000 })
    const memory = newMemory()
    const walks = await Promise.all(Array.from({ length: 6 }, () => walk(salesforce, { limit: 100, memory: () => memory })))
    for (const { ids } of walks) expect(ids).toEqual(salesforce.ids())
    const { reads, counts } = callsOf(salesforce)
    expect(reads).toBeLessThanOrEqual(allowed(6_000) + 5)
    expect(counts).toBe(1)
  })

  it('of different sizes and beginnings at once each meet all', async () => {
    const salesforce = await start({ contacts: 5_000 })
    const memory = newMemory()
    const limits = [100, 99, 61, 250, 100, 13]
    const walks = await Promise.all(limits.map((limit) => walk(salesforce, { limit, memory: () => memory })))
    for (const { ids } of walks) expect(ids).toEqual(salesforce.ids())
    expect(callsOf(salesforce).reads).toBeLessThanOrEqual(limits.length * allowed(5_000))
  })

  it('one after the other within two minutes share what was read', async () => {
    const salesforce = await start({ contacts: 5_000 })
    const memory = newMemory()
    await walk(salesforce, { limit: 100, memory: () => memory })
    salesforce.sandbox.clearCalls()
    const { ids } = await walk(salesforce, { limit: 100, memory: () => memory })
    expect(ids).toEqual(salesforce.ids())
    expect(callsOf(salesforce)).toEqual({ reads: 1, counts: 0 })
  })
})

describe('walks that together read more than there is memory for', () => {
  it.each([
    { memory: 'for a fraction of them', bytes: 1_500_000, most: 3 },
    { memory: 'for hardly one', bytes: 400_000, most: 4 },
  ])('($memory) read fewer rows at once, and hardly any row twice', async ({ bytes, most }) => {
    const salesforce = await start({ contacts: 4_000, leads: 0 })
    const memories = createMemories(createStore(bytes))
    const walks = await Promise.all(
      Array.from({ length: 12 }, (_, inbox) =>
        walk(salesforce, { limit: 100, memory: () => memories.of(`inbox ${inbox}`, 'US') }),
      ),
    )
    for (const { ids } of walks) expect(ids).toEqual(salesforce.ids())
    const asked = salesforce.statements().flatMap((statement) => / LIMIT (\d+)$/.exec(statement)?.[1] ?? [])
    const rows = asked.reduce((sum, limit) => sum + Number(limit), 0)
    expect(rows / (12 * 4_000)).toBeLessThan(most)
    expect(asked.length / (12 * 40)).toBeLessThan(0.6)
  })

  it('read as many as there are again once there is room', async () => {
    const salesforce = await start({ contacts: 6_000, leads: 0 })
    const clock = stopClock()
    const memories = createMemories(createStore(400_000))
    const sizes = async (inbox: string) => {
      salesforce.sandbox.clearCalls()
      await walk(salesforce, { limit: 100, memory: () => memories.of(inbox, 'US') })
      return salesforce.statements().flatMap((statement) => / LIMIT (\d+)$/.exec(statement)?.[1] ?? [])
    }
    await Promise.all(['one', 'another', 'a third'].map(sizes))
    await clock.pass(121_000)
    expect((await sizes('one')).slice(0, 2)).toEqual(['100', '2000'])
  })
})

describe('a walk whose pages land where nothing is remembered', () => {
  it('on another replica each, meets all exactly once', async () => {
    const salesforce = await start({ contacts: 2_300, leads: 500 })
    const { ids } = await walk(salesforce, { limit: 100, memory: () => newMemory() })
    expect(ids).toEqual(salesforce.ids())
  })

  it('on three replicas in turn, meets all exactly once and still reads ahead on each', async () => {
    const salesforce = await start({ contacts: 9_000 })
    const replicas = [newMemory(), newMemory(), newMemory()]
    const { ids } = await walk(salesforce, { limit: 100, memory: (page) => replicas[page % 3] as Memory })
    expect(ids).toEqual(salesforce.ids())
    expect(callsOf(salesforce).reads).toBeLessThanOrEqual(3 * allowed(9_000))
  })

  it('in a process that forgets rows at any time, meets all exactly once', async () => {
    const salesforce = await start({ contacts: 1_500, leads: 300 })
    const memory = newMemory()
    let asked = 0
    const forgetful: Memory = { ...memory, get: (key) => (++asked % 3 === 0 ? undefined : memory.get(key)) }
    const { ids } = await walk(salesforce, { limit: 40, memory: () => forgetful })
    expect(ids).toEqual(salesforce.ids())
  })

  it('after rows have become too old, reads them anew: none is older than two minutes', async () => {
    const salesforce = await start({ contacts: 900, leads: 0 })
    const clock: Clock = stopClock()
    const memory = newMemory()
    const first = await walk(salesforce, { limit: 100, memory: () => memory })
    const id = first.ids[450] ?? ''
    salesforce.sandbox.updateRecord(id, { LastName: 'Renamed', FirstName: null })
    const nameNow = async () =>
      (await walk(salesforce, { limit: 100, memory: () => memory })).items.find(({ contact_id }) => contact_id === id)?.name
    await clock.pass(119_000)
    const { reads } = callsOf(salesforce)
    expect(await nameNow()).not.toBe('Renamed')
    expect(callsOf(salesforce).reads).toBe(reads + 1)
    await clock.pass(2_000)
    expect(await nameNow()).toBe('Renamed')
  })

  it('at a walker’s pace, slower than rows are kept, meets all exactly once', async () => {
    const salesforce = await start({ contacts: 700 })
    const clock = stopClock()
    const { ids } = await walk(salesforce, { limit: 100, between: () => clock.pass(90_000) })
    expect(ids).toEqual(salesforce.ids())
  })
})

describe('the grand total', () => {
  const batch = { method: 'POST', path: 'composite/batch' }

  it.each([
    ['refused', { kind: 'status', status: 500 }],
    ['HTML', { kind: 'html', status: 200 }],
    ['no results', { kind: 'garbage', body: '{"results":[]}' }],
    ['null', { kind: 'garbage', body: 'null' }],
    [
      'no number',
      { kind: 'garbage', body: '{"results":[{"statusCode":200,"result":{"totalSize":"x"}},{"statusCode":200,"result":{}}]}' },
    ],
    [
      'a part refused',
      { kind: 'garbage', body: '{"results":[{"statusCode":200,"result":{"totalSize":1}},{"statusCode":500,"result":[]}]}' },
    ],
  ] as const)('%s: pages come without it, and it isn’t asked for at every page', async (_what, fault) => {
    const salesforce = await start({ contacts: 300 })
    salesforce.sandbox.faults.add({ ...fault, match: batch })
    const { ids, pages } = await walk(salesforce, { limit: 100 })
    expect(ids).toEqual(salesforce.ids())
    expect(pages.map(({ total }) => total)).toEqual([null, null, null])
    // Upstream tries again by itself what may pass.
    expect(callsOf(salesforce).counts).toBe(1)
  })

  it('that doesn’t come holds up a page for two seconds at most', async () => {
    const salesforce = await start({ contacts: 50 })
    salesforce.sandbox.faults.add({ kind: 'hang', match: batch })
    const began = Date.now()
    const page = await salesforce.connector.list(salesforce.session({ deadlineAfter: 4_000 }), { limit: 10, after: null })
    expect(page).toMatchObject({ total: null, items: { length: 10 } })
    expect(Date.now() - began).toBeLessThan(3_000)
  })

  it('is of contacts and unconverted leads, asked for once in ten minutes', async () => {
    const salesforce = await start({ contacts: 150 })
    const clock = stopClock()
    const memory = newMemory()
    const total = async () => (await salesforce.connector.list(salesforce.session({ memory }), { limit: 1, after: null })).total
    const before = salesforce.ids().length
    expect(await total()).toBe(before)
    salesforce.sandbox.addRecord('Lead', { LastName: 'New', Company: 'Acme' })
    await clock.pass(599_000)
    expect(await total()).toBe(before)
    expect(callsOf(salesforce).counts).toBe(1)
    await clock.pass(2_000)
    expect(await total()).toBe(before + 1)
  })
})

describe('an org that lacks something', () => {
  it('lists the rest, asks for what is missing once, and tells the operator once', async () => {
    const missingFields = ['Contact.OtherPhone', 'Contact.MailingCountry', 'Lead.Website', 'Account.Website']
    const salesforce = await start({ contacts: 300, features: { missingFields } })
    const memory = newMemory()
    const told: string[] = []
    const options = { limit: 40, memory: () => memory, notice: (finding: string) => told.push(finding) }
    const { ids, items } = await walk(salesforce, options)
    expect(ids).toEqual(salesforce.ids())
    expect(items.some(({ phone_numbers }) => phone_numbers.length > 0)).toBe(true)
    for (const name of ['Contact.OtherPhone', 'Contact.MailingCountry', 'Lead.Website', 'Contact.Account.Website'])
      expect(
        told.filter((finding) => finding.includes(`no ${name} `)),
        name,
      ).toHaveLength(1)
    expect(told).toHaveLength(4)

    salesforce.sandbox.clearCalls()
    await walk(salesforce, options)
    await salesforce.connector.search(
      salesforce.session({ memory }),
      { kind: 'text', text: 'example' },
      { limit: 5, after: null },
    )
    expect(salesforce.sandbox.calls().filter(({ status }) => status !== 200)).toEqual([])
    expect(salesforce.statements().join()).not.toMatch(/OtherPhone|MailingCountry|Website/)
    expect(told).toHaveLength(4)
  })

  it('without leads lists contacts, and tells the operator once, however many ask at once', async () => {
    const salesforce = await start({ contacts: 250, features: { leads: false } })
    const memory = newMemory()
    const told: string[] = []
    const options = { limit: 40, memory: () => memory, notice: (finding: string) => told.push(finding) }
    const walks = await Promise.all(Array.from({ length: 4 }, () => walk(salesforce, options)))
    for (const { ids, pages } of walks) {
      expect(ids).toEqual(salesforce.ids())
      expect(pages.at(-1)?.total).toBe(ids.length)
    }
    expect(told).toEqual([expect.stringContaining('no Lead ')])
    salesforce.sandbox.clearCalls()
    await walk(salesforce, options)
    expect(salesforce.statements().join()).not.toContain('Lead')
  })

  it('where leads can’t be told from converted ones lists them all', async () => {
    const salesforce = await start({ contacts: 100, leads: 50, features: { missingFields: ['Lead.IsConverted'] } })
    const { ids, pages } = await walk(salesforce, { limit: 30 })
    expect(ids).toHaveLength(100)
    expect(pages[0]?.total).toBe(100)
  })
})
