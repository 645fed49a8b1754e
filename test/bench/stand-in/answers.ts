/** HubSpot's answers about the sandbox's people, written once: the stand-in has to be quicker than what it measures. */
import { contactProperties } from '../../../src/connectors/hubspot/contact-texts.ts'
import { createPeople, MAX_PEOPLE, type People } from '../../../src/sandbox/data/people.ts'
import { createCompanies } from '../../../src/sandbox/hubspot/companies.ts'
import { createContacts } from '../../../src/sandbox/hubspot/contacts.ts'
import { type ObjectRecord, type ObjectType, publicObject, recordById } from '../../../src/sandbox/hubspot/object-type.ts'
import type { Account } from '../accounts.ts'

const seed = 1
const shown = ['createdate', 'hs_object_id', 'lastmodifieddate', ...contactProperties]

type World = { readonly people: People; readonly contacts: ObjectType; readonly companies: ObjectType }
const worlds = new Map<number, World>()
const pages = new Map<string, Buffer>()

let endsEverywhere = false

/** From now on every page is the last. */
export function endEverywhere(): void {
  endsEverywhere = true
}

/** A page of all contacts; `after` counts from the account's first. */
export function listPage(account: Account, after: number, limit: number): Buffer {
  const end = Math.min(after + limit, account.contacts)
  const isLast = endsEverywhere || end === account.contacts
  const name = `${account.companies} ${account.from} ${after} ${end} ${isLast}`
  return kept(name, () => {
    const results = records(account, after, end).map((record) => ({ ...shownContact(record), ...associationsOf(record) }))
    return json({
      results,
      ...(!isLast && { paging: { next: { after: String(end), link: 'https://api.hubapi.com' } } }),
    })
  })
}

/** A contact by its id; undefined where the account has none. */
export function contact(account: Account, id: string): Buffer | undefined {
  const record = recordById(worldOf(account).contacts, id)
  return record && json({ ...shownContact(record), ...associationsOf(record) })
}

type Filter = {
  readonly propertyName: string
  readonly operator: string
  readonly value?: string
  readonly values?: readonly string[]
}

/** Everyone whose property has the value; arithmetic finds them among a million. */
export function withPhone(account: Account, filters: readonly Filter[]): Buffer {
  const { people, contacts } = worldOf(account)
  const matches = new Map<string, ObjectRecord>()
  for (const { propertyName, operator, value = '', values = [value] } of filters) {
    if (operator !== 'EQ' && operator !== 'IN') continue
    for (const position of values.flatMap((number) => people.withPhone(number) ?? [])) {
      const record = isIn(account, position) ? contacts.records.at(position) : undefined
      if (record !== undefined && values.includes(record.properties[propertyName] ?? '')) matches.set(record.id, record)
    }
  }
  return found([...matches.values()])
}

/** For `page 7` the seventh hundred of the contacts, for any other words ten, other ones for other words. */
export function withText(account: Account, text: string): Buffer {
  const [, page] = /^page (\d+)$/.exec(text) ?? []
  if (page !== undefined)
    return kept(`${account.from} search ${page}`, () => found(records(account, +page * 100, +page * 100 + 100)))
  const last = Math.max(1, account.contacts - 10)
  const first = [...text].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % last, 7)
  return found(records(account, first, first + 10))
}

export const total = ({ contacts }: Account): Buffer => json({ total: contacts, results: [] })

export function companiesWith(account: Account, ids: readonly string[]): Buffer {
  const { companies } = worldOf(account)
  const known = ids.map((id) => recordById(companies, id)).filter((record) => record !== undefined)
  return json({ status: 'COMPLETE', results: known.map((record) => withoutUrl(record, ['name', 'domain', 'hs_object_id'])) })
}

/** The number of a contact, as WhatsApp writes it; of the first from `position` on that has one. */
export function whatsAppIdFrom(account: Account, position: number): string {
  const { people } = worldOf(account)
  for (let at = position; at < account.contacts; at++) {
    const { mobile } = people.at(account.from + at)
    if (mobile?.number && mobile.written === `+${mobile.number.international}`) return mobile.number.international
  }
  throw new Error('nobody has a number from there on')
}

function worldOf({ companies }: Account): World {
  const known = worlds.get(companies)
  if (known !== undefined) return known
  const people = createPeople(seed, MAX_PEOPLE, companies)
  const world = { people, contacts: createContacts(people), companies: createCompanies(seed, companies) }
  worlds.set(companies, world)
  return world
}

function kept(name: string, write: () => Buffer): Buffer {
  const page = pages.get(name) ?? write()
  pages.set(name, page)
  return page
}

const found = (matches: readonly ObjectRecord[]): Buffer => json({ total: matches.length, results: matches.map(shownContact) })

const isIn = ({ from, contacts }: Account, position: number): boolean => position >= from && position < from + contacts

function records(account: Account, from: number, to: number): ObjectRecord[] {
  const { contacts } = worldOf(account)
  return Array.from({ length: to - from }, (_, index) => contacts.records.at(account.from + from + index)).filter(
    (record) => record !== undefined,
  )
}

const shownContact = (record: ObjectRecord): object => withoutUrl(record, shown)

function withoutUrl(record: ObjectRecord, names: readonly string[]): object {
  return { ...publicObject(record, names, ''), url: undefined }
}

/** A primary company comes twice, once for each of its association types. */
function associationsOf({ companies }: ObjectRecord): object {
  const results = companies.flatMap(({ id, primary }) => [
    ...(primary ? [{ id, type: 'contact_to_company' }] : []),
    { id, type: 'contact_to_company_unlabeled' },
  ])
  return results.length === 0 ? {} : { associations: { companies: { results } } }
}

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value))
