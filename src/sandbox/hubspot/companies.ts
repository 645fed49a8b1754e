// HubSpot's companies: the sandbox's companies under HubSpot's property names.

import { type Company, companyAt } from '../data/companies.ts'
import { countryOf } from '../data/countries.ts'
import { mix } from '../data/random.ts'
import { RecordStore } from '../data/record-store.ts'
import { type IdScheme, iso, type ObjectRecord, type ObjectType, type PropertyKind } from './object-type.ts'

const properties = new Map<string, PropertyKind>([
  ['city', 'string'],
  ['country', 'string'],
  ['createdate', 'datetime'],
  ['domain', 'string'],
  ['hs_lastmodifieddate', 'datetime'],
  ['hs_object_id', 'number'],
  ['industry', 'enumeration'],
  ['name', 'string'],
  ['phone', 'string'],
  ['website', 'string'],
])

/** Company ids are far above contact ids, so that mixing the two up shows. */
export const companyIds: IdScheme = {
  idAt: (position) => 7_000_000_011 + position * 30 + (mix(position, 0xc1d) % 30),
  positionFrom(id) {
    const position = Math.max(0, Math.floor((id - 7_000_000_011) / 30))
    return companyIds.idAt(position) < id ? position + 1 : position
  },
}

/** @see https://developers.hubspot.com/docs/api-reference/crm-companies-v3/guide */
export function createCompanies(seed: number, count: number): ObjectType {
  return {
    name: 'companies',
    singular: 'company',
    typeId: '0-2',
    scopes: { read: 'crm.objects.companies.read', write: 'crm.objects.companies.write' },
    properties,
    defaults: ['createdate', 'domain', 'hs_lastmodifieddate', 'hs_object_id', 'name'],
    always: ['createdate', 'hs_lastmodifieddate', 'hs_object_id'],
    uniqueProperty: null,
    queried: ['website', 'phone', 'name', 'domain'],
    ids: companyIds,
    records: new RecordStore(count, (position) => recordOf(companyAt(seed, position))),
    positionsWith: () => null,
    create(position, given, _companies, now) {
      const id = String(companyIds.idAt(position))
      return withSystem({ id, properties: given, createdAt: now, updatedAt: now, archivedAt: null, companies: [] })
    },
    change: (record, given, now) => withSystem({ ...record, properties: { ...record.properties, ...given }, updatedAt: now }),
  }
}

function recordOf(company: Company): ObjectRecord {
  const { createdAt, updatedAt, name, domain, phone, city, industry } = company
  const id = String(companyIds.idAt(company.position))
  const country = countryOf(company.country).name
  return withSystem({
    id,
    createdAt,
    updatedAt,
    archivedAt: null,
    companies: [],
    properties: { name, domain, website: domain, phone, city, industry, country },
  })
}

function withSystem(record: ObjectRecord): ObjectRecord {
  const given = Object.fromEntries(Object.entries(record.properties).map(([name, value]) => [name, value === '' ? null : value]))
  return {
    ...record,
    properties: {
      ...given,
      hs_object_id: record.id,
      createdate: iso(record.createdAt),
      hs_lastmodifieddate: iso(record.updatedAt),
    },
  }
}
