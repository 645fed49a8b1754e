// Salesforce's accounts: the sandbox's companies under Salesforce's field names and, where the org has them, people who are accounts
// of their own.

import { type Company, companyAt } from '../data/companies.ts'
import { countryOf } from '../data/countries.ts'
import { mix } from '../data/random.ts'
import { RecordStore } from '../data/record-store.ts'
import { computed, field, fieldMap, SYSTEM_FIELDS, stored, systemValues } from './fields.ts'
import { ACCOUNT_IDS } from './ids.ts'
import type { Population } from './population.ts'
import type { FieldValues, SalesforceRecord, SObject } from './sobject.ts'

const FIELDS = [
  ...SYSTEM_FIELDS,
  field('Name', 'string'),
  field('Phone', 'phone'),
  field('Website', 'url'),
  field('Industry', 'picklist'),
  field('BillingCity', 'string', 40),
  field('BillingCountry', 'string', 80),
]

// Every twelfth contact is a person account, where the org has those.
const EVERY = 12
const FIRST = 5

/** Whether a generated contact is a person account. */
export function isPersonAccount(contact: number): boolean {
  return contact % EVERY === FIRST
}

/** The id of a company's account. */
export function companyAccountId(company: number): string {
  return ACCOUNT_IDS.idAt(company)
}

/** The id of the account that a contact is; they come after the companies. */
export function personAccountId(population: Population, contact: number): string {
  return ACCOUNT_IDS.idAt(population.companies + (contact - FIRST) / EVERY)
}

/** @see https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/sforce_api_objects_account.htm */
export function createAccounts(
  population: Population,
  options: {
    readonly personAccounts: boolean
    readonly missing: ReadonlySet<string>
    /** A contact as generated, for the accounts that are people. */
    readonly contactAt: (position: number) => SalesforceRecord
  },
): SObject {
  const { seed, companies, contacts } = population
  const { personAccounts, missing, contactAt } = options
  const persons = personAccounts ? Math.max(0, Math.ceil((contacts - FIRST) / EVERY)) : 0
  const fields = [...FIELDS, ...(personAccounts ? [computed('IsPersonAccount', 'boolean')] : [])]

  const complete: SObject['complete'] = (position, values, times) => {
    const id = ACCOUNT_IDS.idAt(position)
    return { id, type: 'Account', fields: { IsPersonAccount: false, ...values, ...systemValues(id, times) } }
  }
  const personAt = (position: number): SalesforceRecord => {
    const { Name = null, Phone = null, CreatedDate, LastModifiedDate } = contactAt((position - companies) * EVERY + FIRST).fields
    const times = { createdAt: Date.parse(String(CreatedDate)), updatedAt: Date.parse(String(LastModifiedDate)) }
    return complete(position, { Name, Phone, IsPersonAccount: true }, times)
  }

  return {
    name: 'Account',
    labelPlural: 'Accounts',
    ids: ACCOUNT_IDS,
    fields: fieldMap('Account', fields, missing),
    searched: {
      NAME: ['Name', 'Website'],
      EMAIL: [],
      PHONE: ['Phone'],
      SIDEBAR: ['Name', 'Phone'],
      ALL: ['Name', 'Website', 'Phone', 'BillingCity', 'BillingCountry'],
    },
    records: new RecordStore(companies + persons, (position) => {
      if (position >= companies) return personAt(position)
      const company = companyAt(seed, position)
      return complete(position, valuesOf(company), company)
    }),
    known: (position, name) => (name === 'Id' ? companyAccountId(position) : name === 'IsDeleted' ? false : undefined),
    positionsWith: () => null,
    complete,
  }
}

function valuesOf({ position, name, domain, phone, city, country, industry }: Company): FieldValues {
  const written = ['', 'www.', 'https://www.', 'http://'][mix(position, 0xacc) % 4]
  return {
    Name: stored(name, 255),
    Phone: stored(phone, 40),
    Website: domain === null ? null : `${written}${domain}`,
    Industry: industry,
    BillingCity: stored(city, 40),
    BillingCountry: stored(countryOf(country).name, 80),
  }
}
