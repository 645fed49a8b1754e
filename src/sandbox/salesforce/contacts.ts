// Salesforce's contacts: the sandbox's people under Salesforce's field names, with what Salesforce makes of them.

import type { Person } from '../data/person.ts'
import { writePhone } from '../data/phone-writing.ts'
import { mix } from '../data/random.ts'
import { RecordStore } from '../data/record-store.ts'
import { companyAccountId, isPersonAccount, personAccountId } from './accounts.ts'
import { computed, field, fieldMap, reference, SYSTEM_FIELDS, stored, systemValues } from './fields.ts'
import { CONTACT_IDS } from './ids.ts'
import { neighbourOf, type Population } from './population.ts'
import type { FieldValue, FieldValues, SObject } from './sobject.ts'

const FIELDS = [
  ...SYSTEM_FIELDS,
  reference('AccountId', 'Account'),
  field('Salutation', 'picklist', 40),
  field('FirstName', 'string', 40),
  field('LastName', 'string', 80),
  computed('Name', 'string', 121),
  field('Title', 'string', 128),
  field('Department', 'string', 80),
  field('Email', 'email'),
  field('Phone', 'phone'),
  field('MobilePhone', 'phone'),
  field('HomePhone', 'phone'),
  field('OtherPhone', 'phone'),
  field('AssistantName', 'string', 40),
  field('AssistantPhone', 'phone'),
  field('Fax', 'phone'),
  field('MailingCity', 'string', 40),
  field('MailingCountry', 'string', 80),
  field('LeadSource', 'picklist'),
]
const PHONES = ['Phone', 'MobilePhone', 'HomePhone', 'OtherPhone', 'AssistantPhone', 'Fax']
const NAMES = ['Name', 'AssistantName', 'Account.Name']

/** @see https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/sforce_api_objects_contact.htm */
export function createContacts(
  population: Population,
  { personAccounts, missing }: { readonly personAccounts: boolean; readonly missing: ReadonlySet<string> },
): SObject {
  const { people } = population
  const fields = [...FIELDS, ...(personAccounts ? [computed('IsPersonAccount', 'boolean')] : [])]

  const complete: SObject['complete'] = (position, values, times) => {
    const id = CONTACT_IDS.idAt(position)
    const Name = nameOf(values.FirstName, values.LastName)
    return { id, type: 'Contact', fields: { IsPersonAccount: false, ...values, Name, ...systemValues(id, times) } }
  }

  return {
    name: 'Contact',
    labelPlural: 'Contacts',
    ids: CONTACT_IDS,
    fields: fieldMap('Contact', fields, missing),
    searched: {
      NAME: NAMES,
      EMAIL: ['Email'],
      PHONE: PHONES,
      SIDEBAR: [...NAMES, 'Email', ...PHONES],
      ALL: [...NAMES, 'Email', ...PHONES, 'Title', 'Department', 'MailingCity', 'MailingCountry'],
    },
    records: new RecordStore(population.contacts, (position) => {
      const person = people.at(position)
      const values = { ...valuesOf(population, person), AccountId: accountOf(person) }
      if (!personAccounts || !isPersonAccount(position)) return complete(position, values, person)
      const account = { AccountId: personAccountId(population, position), IsPersonAccount: true }
      return complete(position, { ...values, ...account }, person)
    }),
    known: (position, name) => (name === 'Id' ? CONTACT_IDS.idAt(position) : name === 'IsDeleted' ? false : undefined),
    positionsWith(name, value) {
      if (name === 'Email') return population.withEmail('Contact', value)
      return PHONES.includes(name) ? population.withPhone('Contact', value) : null
    },
    complete,
  }
}

/** First and last name as Salesforce puts them together. */
export function nameOf(first: FieldValue = null, last: FieldValue = null): string | null {
  return [first, last].filter((part) => part !== null && part !== '').join(' ') || null
}

/**
 * First and last name of a person as they get into Salesforce: nobody is saved without a last name, so people write whatever they have
 * there, and a mark where they have nothing.
 */
export function namesOf({ position, firstName, lastName }: Person): {
  readonly FirstName: string | null
  readonly LastName: string
} {
  const [first, last] = [stored(firstName, 40), stored(lastName, 80)]
  if (last !== null) return { FirstName: first, LastName: last }
  if (first !== null) return { FirstName: null, LastName: first }
  return { FirstName: null, LastName: ['-', '.', 'Unknown', '[not provided]'][mix(position, 0x1a5) % 4] as string }
}

/** The greeting that some records have; the sandbox gives it without looking at the name. */
export function salutationOf(person: number): string | null {
  return ['Mr.', 'Ms.', 'Dr.', 'Prof.', 'Mx.'][mix(person, 0x5a1) % 20] ?? null
}

function valuesOf({ people }: Population, person: Person): FieldValues {
  const { position, phone, mobile } = person
  // The same line once more, written in another way, and the number of a colleague.
  const home = phone?.number != null && mix(position, 0x40e) % 9 === 0 ? writePhone(phone.number, 'national') : null
  const colleague = mix(position, 0xa55) % 14 === 0 && position > 0 ? people.at(neighbourIn(people.count, position)) : null
  const assistant = colleague?.phone?.number != null ? writePhone(colleague.phone.number, 'spaced') : null
  return {
    Salutation: salutationOf(position),
    ...namesOf(person),
    Title: stored(person.jobTitle, 128),
    Email: stored(person.email, 80),
    Phone: stored(phone?.written, 40),
    MobilePhone: stored(mobile?.written, 40),
    HomePhone: home,
    OtherPhone: stored(person.whatsapp?.written, 40),
    AssistantName: assistant === null ? null : stored(colleague?.firstName, 40),
    AssistantPhone: assistant,
    Fax: stored(person.fax?.written, 40),
    MailingCity: stored(person.city, 40),
    MailingCountry: stored(person.countryName ?? person.countryCode, 80),
    LeadSource: ['Web', 'Phone Inquiry', 'Partner Referral', 'Other'][mix(position, 0x1ead) % 8] ?? null,
  }
}

function neighbourIn(count: number, position: number): number {
  const neighbour = neighbourOf(position)
  return neighbour < count ? neighbour : position
}

// A contact belongs to one account: the primary company of several, or the only one.
function accountOf({ companies }: Person): string | null {
  const company = companies.find(({ primary }) => primary) ?? companies[0]
  return company === undefined ? null : companyAccountId(company.position)
}
