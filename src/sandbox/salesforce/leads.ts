// Salesforce's leads: people whom nobody has made a contact yet, and those who have become one.

import { companyAt } from '../data/companies.ts'
import type { Person } from '../data/person.ts'
import { mix } from '../data/random.ts'
import { RecordStore } from '../data/record-store.ts'
import { nameOf, namesOf, salutationOf } from './contacts.ts'
import { computed, field, fieldMap, reference, SYSTEM_FIELDS, stored, systemValues } from './fields.ts'
import { CONTACT_IDS, LEAD_IDS } from './ids.ts'
import type { Population } from './population.ts'
import type { FieldValues, SObject } from './sobject.ts'

const FIELDS = [
  ...SYSTEM_FIELDS,
  field('Salutation', 'picklist', 40),
  field('FirstName', 'string', 40),
  field('LastName', 'string', 80),
  computed('Name', 'string', 121),
  field('Title', 'string', 128),
  field('Company', 'string'),
  field('Email', 'email'),
  field('Phone', 'phone'),
  field('MobilePhone', 'phone'),
  field('Fax', 'phone'),
  field('Website', 'url'),
  field('City', 'string', 40),
  field('Country', 'string', 80),
  field('Status', 'picklist'),
  field('LeadSource', 'picklist'),
  field('IsConverted', 'boolean'),
  reference('ConvertedContactId', 'Contact'),
]
const PHONES = ['Phone', 'MobilePhone', 'Fax']
const NAMES = ['Name', 'Company']

/** @see https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/sforce_api_objects_lead.htm */
export function createLeads(population: Population, { missing }: { readonly missing: ReadonlySet<string> }): SObject {
  const { people, seed } = population

  const complete: SObject['complete'] = (position, values, times) => {
    const id = LEAD_IDS.idAt(position)
    const Name = nameOf(values.FirstName, values.LastName)
    return { id, type: 'Lead', fields: { IsConverted: false, ...values, Name, ...systemValues(id, times) } }
  }

  return {
    name: 'Lead',
    labelPlural: 'Leads',
    ids: LEAD_IDS,
    fields: fieldMap('Lead', FIELDS, missing),
    searched: {
      NAME: NAMES,
      EMAIL: ['Email'],
      PHONE: PHONES,
      SIDEBAR: [...NAMES, 'Email', ...PHONES],
      ALL: [...NAMES, 'Email', ...PHONES, 'Title', 'Website', 'City', 'Country'],
    },
    records: new RecordStore(population.leads, (position) => {
      const { person: about, converted } = population.leadOrigin(position)
      const person = people.at(about)
      const contact = converted && about < population.contacts ? CONTACT_IDS.idAt(about) : null
      const status = converted ? 'Closed - Converted' : position % 3 === 0 ? 'Working - Contacted' : 'Open - Not Contacted'
      const values = { ...valuesOf(seed, person), Status: status, IsConverted: converted, ConvertedContactId: contact }
      return complete(position, values, person)
    }),
    known(position, name) {
      if (name === 'Id') return LEAD_IDS.idAt(position)
      if (name === 'IsDeleted') return false
      return name === 'IsConverted' ? population.leadOrigin(position).converted : undefined
    },
    positionsWith(name, value) {
      if (name === 'Email') return population.withEmail('Lead', value)
      return PHONES.includes(name) ? population.withPhone('Lead', value) : null
    },
    complete,
  }
}

function valuesOf(seed: number, person: Person): FieldValues {
  return {
    Salutation: salutationOf(person.position),
    ...namesOf(person),
    Title: stored(person.jobTitle, 128),
    Company: companyOf(seed, person),
    Email: stored(person.email, 80),
    Phone: stored(person.phone?.written, 40),
    MobilePhone: stored(person.mobile?.written, 40),
    Fax: stored(person.fax?.written, 40),
    Website: stored(person.website, 255),
    City: stored(person.city, 40),
    Country: stored(person.countryName ?? person.countryCode, 80),
    LeadSource: person.position % 2 === 0 ? 'Web' : null,
  }
}

// Nobody is saved as a lead without a company, so people write a mark where they know none.
function companyOf(seed: number, { position, employer, companies }: Person): string {
  const [company] = companies
  const name = employer ?? (company === undefined ? null : companyAt(seed, company.position).name)
  return stored(name, 255) ?? (['[not provided]', '-', 'n/a', 'Self'][mix(position, 0xc0) % 4] as string)
}
