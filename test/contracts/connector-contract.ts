/**
 * What the bridge relies on from every connector, tested over real HTTP against the CRM's sandbox. A new connector runs this suite
 * unchanged: it brings a sandbox and says how many calls its answers take.
 */
import fc from 'fast-check'
import { Value } from 'typebox/value'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Connector, Page, Session } from '../../src/connectors/connector.ts'
import { connectorModules } from '../../src/connectors/index.ts'
import { Contact } from '../../src/contact.ts'
import { hostileText, steady } from '../support/properties.ts'
import { newMemory } from '../support/session.ts'
import { describeFailures } from './failures.ts'
import type { ContractSandbox, ContractSubject, Person } from './subject.ts'

/** More than a page, and every oddity of the sandbox's people at least once. */
const contacts = 112

/** How people write +49 30 901820, in a search box of a German inbox. */
const writings = [
  '+4930901820',
  '+49 30 901820',
  '+49 (0)30 901820',
  '+49-30-901820',
  '+49\u00a030\u00a0901820',
  '+49\u00a030\u2011901820',
  '\u202a+49 30 901820\u202c',
  '004930901820',
  '0049 30 901820',
  '030901820',
  '030 901820',
  '030/901820',
  '030-901-820',
  '030.901.820',
  '(030) 901820',
  '(030) 90 18 - 20',
  '4930901820',
  'tel:+49-30-901820',
  '  030 901820  ',
  '030 901820 ext. 12',
]

export function describeConnector(subject: ContractSubject): void {
  let sandbox: ContractSandbox
  let connector: Connector
  let session: Session

  beforeAll(async () => {
    sandbox = await subject.start({ contacts })
    connector = sandbox.connector
  })
  afterAll(() => sandbox.close())
  beforeEach(() => {
    session = sandbox.harness.session()
    sandbox.clearCalls()
    sandbox.harness.clearSpent()
  })
  afterEach(() => sandbox.faults.clear())

  /** Adds people for one test. */
  async function withPeople<T>(people: readonly Person[], work: (contactIds: string[]) => Promise<T>): Promise<T> {
    const added = people.map((person) => sandbox.add(person))
    return work(added).finally(() => added.forEach(sandbox.remove))
  }

  const idsOf = (found: readonly Contact[]) => found.map(({ contact_id }) => contact_id)

  async function walk(limit: number, between: (page: number) => void = () => {}): Promise<Contact[]> {
    const all: Contact[] = []
    const memory = newMemory()
    let after: string | null = null
    for (let number = 1; ; number += 1) {
      const page: Page<Contact> = await connector.list(sandbox.harness.session({ memory }), { limit, after })
      expect(page.items.length).toBeLessThanOrEqual(limit)
      all.push(...page.items)
      if (page.next === null) return all
      after = page.next
      between(number)
    }
  }

  describe(`${subject.label} in the registry`, () => {
    it('has the id and the label that the inbox knows it by', () => {
      const module = connectorModules.find(({ id }) => id === subject.id)
      expect(module?.label).toBe(subject.label)
      expect({ id: connector.id, label: connector.label }).toEqual({ id: subject.id, label: subject.label })
    })
  })

  describe('identify', () => {
    it('names the account and where its records open', async () => {
      const account = await connector.identify(session)
      expect(account).toMatchObject(sandbox.account)
      expect(new URL(account.recordsUrl).protocol).toMatch(/^https?:$/)
    })
  })

  describe('list', () => {
    it('meets every contact exactly once, whatever the size of the pages', async () => {
      const expected = sandbox.contactIds()
      expect(expected).toHaveLength(contacts)
      for (const limit of [1, 2, 3, 7, 10, 19, 28, 50, 56, 99, 100]) {
        const met = idsOf(await walk(limit))
        expect(met.toSorted(), `pages of ${limit}`).toEqual(expected.toSorted())
      }
    })

    it('meets who stays exactly once while others come and go', async () => {
      const before = idsOf(await walk(100))
      const [first = '', last = ''] = [before[0], before.at(-1)]
      const leaving = [sandbox.add({ firstName: 'Goes' }), sandbox.add({ firstName: 'Goes too' })]
      const coming: string[] = []
      const met = idsOf(
        await walk(25, (page) => {
          const gone = leaving[page - 1]
          if (gone !== undefined) sandbox.remove(gone)
          coming.push(sandbox.add({ firstName: 'Comes' }))
        }),
      )
      coming.forEach(sandbox.remove)
      expect(met.filter((id) => before.includes(id))).toEqual(before)
      expect([first, last].every((id) => met.includes(id))).toBe(true)
      expect(new Set(met).size).toBe(met.length)
    })

    it('says how many there are, on every page', async () => {
      const first = await connector.list(session, { limit: 60, after: null })
      const second = await connector.list(session, { limit: 60, after: first.next })
      expect([first.total, second.total]).toEqual([contacts, contacts])
      expect(second.next).toBeNull()
    })

    it('comes without a total when that can’t be had, and the inbox is told a count that lets it go on', async () => {
      sandbox.faults.add(subject.totalFails)
      const page = await connector.list(session, { limit: 50, after: null })
      expect(page).toMatchObject({ total: null, items: { length: 50 } })
      const asker = sandbox.harness.asker()
      const counts: number[] = []
      let token = ''
      do {
        const answer = await asker.list('', { limit: 50, token })
        counts.push(answer.count)
        token = answer.next
      } while (token)
      expect(counts).toEqual([100, 150, contacts])
    })

    it('gives only whole contacts', async () => {
      for (const contact of await walk(100)) expectWhole(contact, subject.contactId)
    })
  })

  describe('search by a number', () => {
    it('finds it in every writing, whatever way the CRM has it', async () => {
      const people = [
        { firstName: 'E.164', phone: '+4930901820' },
        { firstName: 'Typed', mobile: '030 / 90 18 20', country: 'DE' },
      ]
      await withPeople(people, async (added) => {
        for (const writing of writings) {
          const answer = await sandbox.harness.asker('DE').list(writing)
          expect(idsOf(answer.contacts).toSorted(), `“${writing}”`).toEqual(added.toSorted())
          expect(answer).toMatchObject({ count: 2, next: '', problem: null })
        }
      })
    })

    it('gives several where several share it, also page by page', async () => {
      const people = ['+1 415 200 0101', '(415) 200-0101', '4152000101'].map((phone) => ({ phone, country: 'US' }))
      await withPeople(people, async (added) => {
        const all = await sandbox.harness.asker().lookUp('14152000101')
        expect(idsOf(all.contacts).toSorted()).toEqual(added.toSorted())
        const asker = sandbox.harness.asker()
        const first = await asker.list('+14152000101', { limit: 2 })
        const second = await asker.list('+14152000101', { limit: 2, token: first.next })
        expect(idsOf([...first.contacts, ...second.contacts]).toSorted()).toEqual(added.toSorted())
        expect([first.count, second.count, second.next]).toEqual([3, 3, ''])
      })
    })

    it('leaves out who has the same national number in another country', async () => {
      const people = [{ phone: '+1 415 555 0123' }, { phone: '+52 415 555 0123' }]
      await withPeople(people, async ([american = '', mexican = '']) => {
        const asker = sandbox.harness.asker()
        expect(idsOf((await asker.lookUp('14155550123')).contacts)).toEqual([american])
        expect(idsOf((await asker.lookUp('524155550123')).contacts)).toEqual([mexican])
        expect(idsOf((await asker.list('(415) 555-0123')).contacts)).toEqual([american])
      })
    })

    it('finds everyone of the list by every number that the list gives for them', async () => {
      const numbers = (contact: Contact) => contact.phone_numbers.map(({ phone_number }) => phone_number)
      const listed = (await walk(100)).filter((contact) => numbers(contact).some((number) => number.startsWith('+')))
      expect(listed.length).toBeGreaterThan(contacts / 2)
      const asker = sandbox.harness.asker()
      for (const contact of listed) {
        for (const number of numbers(contact).filter((typed) => /^\+\d+$/.test(typed))) {
          const { contacts: found } = await asker.lookUp(number.slice(1))
          expect(idsOf(found), `${number} of ${contact.contact_id}`).toContain(contact.contact_id)
          expect(found.every((other) => numbers(other).includes(number))).toBe(true)
        }
      }
    })

    it('answers a number that nobody has with nothing', async () => {
      const asker = sandbox.harness.asker()
      expect(await asker.lookUp('4915199999999')).toMatchObject({ contacts: [], count: 0, next: '', problem: null })
      expect(await asker.list('+49 151 99999999')).toMatchObject({ contacts: [], count: 0, next: '' })
    })

    it.each(['90182', '3090', '30 90', '3 0 9', '(030) 90'])('finds it by a part: %s', async (part) => {
      await withPeople([{ firstName: 'Part', phone: '+49 30 901820' }], async ([added]) => {
        expect(idsOf((await sandbox.harness.asker('DE').list(part)).contacts)).toContain(added)
      })
    })
  })

  describe('search by text', () => {
    const zelda = { firstName: 'Zelda', lastName: 'Quux-Grünwald', email: 'zelda.quux@nowhere.example' }

    it.each([
      ['a first name', 'zelda'],
      ['a last name', 'Grünwald'],
      ['both', 'Zelda Quux'],
      ['both, the other way round', 'quux zelda'],
      ['the beginning of a name', 'Zel'],
      ['an email', 'zelda.quux@nowhere.example'],
      ['an email in capitals', 'ZELDA.QUUX@NOWHERE.EXAMPLE'],
    ])('finds a person by %s', async (_what, search) => {
      await withPeople([zelda], async ([added]) => {
        const answer = await sandbox.harness.asker().list(search)
        expect(idsOf(answer.contacts)).toEqual([added])
        expect(answer).toMatchObject({ count: 1, next: '' })
        for (const contact of answer.contacts) expectWhole(contact, subject.contactId)
      })
    })

    it.each(['nobodyiscalledthis', 'nobody@nowhere.example', 'xq', '%', '*', '_', '""', "'", '??'])(
      'finds nothing for %s',
      async (search) => {
        expect(await sandbox.harness.asker().list(search)).toMatchObject({ contacts: [], count: 0, next: '' })
      },
    )

    it('walks all that match exactly once, and counts them', async () => {
      const people = Array.from({ length: 23 }, (_, index) => ({ firstName: 'Quuxbert', lastName: `The ${index}th` }))
      await withPeople(people, async (added) => {
        for (const limit of [1, 5, 23, 100]) {
          const asker = sandbox.harness.asker()
          const met: string[] = []
          let token = ''
          do {
            const answer = await asker.list('quuxbert', { limit, token })
            met.push(...idsOf(answer.contacts))
            token = answer.next
            // An inbox stops walking at the count, so it isn't reached before the last page.
            if (token) expect(answer.count).toBeGreaterThan(met.length)
            else expect(answer.count).toBe(23)
          } while (token)
          expect(met.toSorted(), `pages of ${limit}`).toEqual(added.toSorted())
        }
      })
    })

    it('takes any text that anybody may type', async () => {
      const asker = sandbox.harness.asker()
      await fc.assert(
        fc.asyncProperty(hostileText(500), async (search) => {
          const answer = await asker.list(search, { limit: 3 })
          expect(answer.problem).toBeNull()
          for (const contact of answer.contacts) expectWhole(contact, subject.contactId)
        }),
        steady(150),
      )
    })
  })

  describe('get', () => {
    it('gives what the list gave', async () => {
      const listed = await walk(100)
      for (const contact of listed.filter((_, index) => index % 9 === 0))
        expect(await connector.get(session, contact.contact_id)).toEqual(contact)
    })

    it('knows no contact that has gone', async () => {
      const id = sandbox.add({ firstName: 'Gone' })
      expect(await connector.get(session, id)).toMatchObject({ contact_id: id, name: 'Gone' })
      sandbox.remove(id)
      expect(await connector.get(session, id)).toBeNull()
    })

    it('knows no id of another make, and asks nobody about it', async () => {
      const own = sandbox.contactIds()[0] ?? ''
      const others = ['', 'elsewhere-1', 'google-people/c1', own.slice(0, 4), ...subject.resembling(own)]
      const altered = [`${own}/..`, `../${own}`, `${own}?archived=true`, `${own}#`, `${own} `, ` ${own}`, `${own}%00`, `${own}\n`]
      for (const id of [...others, ...altered]) expect(await connector.get(session, id), JSON.stringify(id)).toBeNull()
      expect(sandbox.calls()).toBe(0)
    })

    it('takes any text for an id', async () => {
      await fc.assert(
        fc.asyncProperty(hostileText(300), async (id) => {
          expect(await connector.get(session, id)).toBeNull()
          const own = subject.idWith(id)
          expect((await connector.get(session, own))?.contact_id ?? own).toBe(own)
        }),
        steady(100),
      )
    })
  })

  describeFailures(subject, {
    get sandbox() {
      return sandbox
    },
    get connector() {
      return connector
    },
    get session() {
      return session
    },
  })

  describe('counted in calls', () => {
    const page = { limit: 20, after: null }
    const number = { e164: '+14155550123', national: '4155550123', spellings: ['+14155550123'] }
    const { calls } = subject

    it.each<[string, number, (at: Session) => Promise<unknown>]>([
      ['identify', calls.identify, (at) => connector.identify(at)],
      ['a first page', calls.list + calls.total, (at) => connector.list(at, page)],
      ['a number', calls.phone, (at) => connector.search(at, { kind: 'phone', numbers: [number] }, page)],
      ['an email', calls.email, (at) => connector.search(at, { kind: 'email', email: 'nobody@nowhere.example' }, page)],
      ['a text', calls.text, (at) => connector.search(at, { kind: 'text', text: 'example' }, page)],
      ['a contact', calls.get, (at) => connector.get(at, sandbox.contactIds()[0] ?? '')],
    ])('%s takes no more than %i', async (_what, most, ask) => {
      await ask(session)
      expect(sandbox.calls()).toBeGreaterThan(0)
      expect(sandbox.calls()).toBeLessThanOrEqual(most)
    })

    it('a later page doesn’t ask for the total again', async () => {
      const memory = newMemory()
      const first = await connector.list(sandbox.harness.session({ memory }), page)
      sandbox.clearCalls()
      await connector.list(sandbox.harness.session({ memory }), { ...page, after: first.next })
      expect(sandbox.calls()).toBeLessThanOrEqual(calls.list)
    })

    it('every call is taken from the account’s budget', async () => {
      await connector.identify(session)
      await connector.list(session, page)
      await connector.search(session, { kind: 'phone', numbers: [number] }, page)
      await connector.search(session, { kind: 'text', text: 'example' }, page)
      await connector.get(session, sandbox.contactIds()[0] ?? '')
      expect(sandbox.harness.spent()).toHaveLength(sandbox.calls())
    })
  })
}

/** Whole as the inbox needs it: every field there, nothing null or empty inside an array, an id that is no number. */
function expectWhole(contact: Contact, id: RegExp): void {
  expect([...Value.Errors(Contact, contact)], contact.contact_id).toEqual([])
  expect(Object.keys(contact)).toEqual(Object.keys(Contact.properties))
  expect(contact.contact_id).toMatch(id)
  expect(contact.contact_id).toMatch(/\D/)
  expect(contact.name).not.toBe('')
  for (const { phone_number } of contact.phone_numbers) expect(phone_number.trim()).not.toBe('')
  for (const { email_address } of contact.email_addresses) expect(email_address.trim()).not.toBe('')
  for (const { url } of contact.urls) expect(url).toMatch(/^https?:\/\//)
  for (const company of contact.companies) expect(company.company_name + company.job_title).not.toBe('')
}
