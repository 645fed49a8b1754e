// HubSpot's contacts: the sandbox's people under HubSpot's property names, with the properties that HubSpot calculates.

import { COUNTRIES, type CountryCode } from '../data/countries.ts'
import type { People } from '../data/people.ts'
import type { Person, TypedPhone } from '../data/person.ts'
import { readPhone } from '../data/phone-writing.ts'
import { mix } from '../data/random.ts'
import { RecordStore } from '../data/record-store.ts'
import { companyIds } from './companies.ts'
import { type CompanyLink, type IdScheme, iso, type ObjectRecord, type ObjectType, type PropertyKind } from './object-type.ts'

const properties = new Map<string, PropertyKind>([
  ['associatedcompanyid', 'number'],
  ['city', 'string'],
  ['company', 'string'],
  ['country', 'string'],
  ['createdate', 'datetime'],
  ['email', 'string'],
  ['fax', 'string'],
  ['firstname', 'string'],
  ['hs_additional_emails', 'enumeration'],
  ['hs_country_region_code', 'string'],
  ['hs_linkedin_url', 'string'],
  ['hs_object_id', 'number'],
  ['hs_searchable_calculated_international_mobile_number', 'string'],
  ['hs_searchable_calculated_international_phone_number', 'string'],
  ['hs_searchable_calculated_mobile_number', 'string'],
  ['hs_searchable_calculated_phone_number', 'string'],
  ['hs_whatsapp_phone_number', 'string'],
  ['jobtitle', 'string'],
  ['lastmodifieddate', 'datetime'],
  ['lastname', 'string'],
  ['lifecyclestage', 'enumeration'],
  ['mobilephone', 'string'],
  ['phone', 'string'],
  ['website', 'string'],
])

/** Contact ids leave gaps of changing width, as those of an account in which records were deleted and merged. */
const contactIds: IdScheme = {
  idAt: (position) => 151 + position * 50 + (mix(position, 0x1d) % 50),
  positionFrom(id) {
    const position = Math.max(0, Math.floor((id - 151) / 50))
    return contactIds.idAt(position) < id ? position + 1 : position
  },
}

const PHONE_PROPERTIES = new Set([
  'phone',
  'mobilephone',
  'hs_whatsapp_phone_number',
  'hs_searchable_calculated_phone_number',
  'hs_searchable_calculated_mobile_number',
  'hs_searchable_calculated_international_phone_number',
  'hs_searchable_calculated_international_mobile_number',
])

/** @see https://developers.hubspot.com/docs/api-reference/crm-contacts-v3/guide */
export function createContacts(people: People): ObjectType {
  return {
    name: 'contacts',
    singular: 'contact',
    typeId: '0-1',
    scopes: { read: 'crm.objects.contacts.read', write: 'crm.objects.contacts.write' },
    properties,
    defaults: ['createdate', 'email', 'firstname', 'hs_object_id', 'lastmodifieddate', 'lastname'],
    always: ['createdate', 'hs_object_id', 'lastmodifieddate'],
    uniqueProperty: 'email',
    queried: ['firstname', 'lastname', 'email', 'phone', 'hs_additional_emails', 'fax', 'mobilephone', 'company'],
    ids: contactIds,
    records: new RecordStore(people.count, (position) => recordOf(people.at(position))),
    positionsWith(property, value) {
      if (PHONE_PROPERTIES.has(property)) return people.withPhone(value)
      if (property === 'email' || property === 'hs_additional_emails') return people.withEmail(value)
      return null
    },
    create(position, given, companies, now) {
      const id = String(contactIds.idAt(position))
      return calculated({ id, properties: { ...given }, createdAt: now, updatedAt: now, archivedAt: null, companies })
    },
    change(record, given, now, companies = record.companies) {
      return calculated({ ...record, properties: { ...record.properties, ...given }, updatedAt: now, companies })
    },
  }
}

function recordOf(person: Person): ObjectRecord {
  const id = String(contactIds.idAt(person.position))
  const companies = person.companies.map(({ position, primary }) => ({ id: String(companyIds.idAt(position)), primary }))
  const { createdAt, updatedAt, phone, mobile } = person
  return {
    id,
    createdAt,
    updatedAt,
    archivedAt: null,
    companies,
    properties: {
      ...system({ id, createdAt, updatedAt, companies }),
      firstname: person.firstName,
      lastname: person.lastName,
      // HubSpot stores addresses in lower case, however they were typed.
      email: person.email?.toLowerCase() ?? null,
      hs_additional_emails: person.otherEmails.length === 0 ? null : person.otherEmails.join(';'),
      phone: phone?.written ?? null,
      mobilephone: mobile?.written ?? null,
      hs_whatsapp_phone_number: person.whatsapp?.written ?? null,
      fax: person.fax?.written ?? null,
      company: person.employer,
      jobtitle: person.jobTitle,
      website: person.website,
      hs_linkedin_url: person.linkedIn,
      country: person.countryName,
      hs_country_region_code: person.countryCode,
      city: person.city,
      lifecyclestage: 'lead',
      hs_searchable_calculated_phone_number: phone?.number?.national ?? null,
      hs_searchable_calculated_mobile_number: mobile?.number?.national ?? null,
      hs_searchable_calculated_international_phone_number: international(
        phone,
        person.countryCode !== null || person.countryName !== null,
      ),
      hs_searchable_calculated_international_mobile_number: international(
        mobile,
        person.countryCode !== null || person.countryName !== null,
      ),
    },
  }
}

// Without a country in the writing or on the record HubSpot has no calling code to put in front.
function international(phone: TypedPhone | null, hasCountry: boolean): string | null {
  if (phone === null || phone.number === null) return null
  return phone.namesCountry || hasCountry ? phone.number.international : null
}

function calculated(record: ObjectRecord): ObjectRecord {
  const given = Object.fromEntries(Object.entries(record.properties).map(([name, value]) => [name, value === '' ? null : value]))
  const country = countryCodeOf(given.hs_country_region_code, given.country)
  const phone = read(given.phone, country)
  const mobile = read(given.mobilephone, country)
  return {
    ...record,
    properties: {
      ...given,
      ...(given.email && { email: given.email.trim().toLowerCase() }),
      ...system(record),
      hs_searchable_calculated_phone_number: phone?.national ?? null,
      hs_searchable_calculated_mobile_number: mobile?.national ?? null,
      hs_searchable_calculated_international_phone_number: phone?.international ?? null,
      hs_searchable_calculated_international_mobile_number: mobile?.international ?? null,
    },
  }
}

function read(written: string | null | undefined, country: CountryCode | null): ReturnType<typeof readPhone> {
  return written === null || written === undefined ? null : readPhone(written, country)
}

function countryCodeOf(code: string | null | undefined, name: string | null | undefined): CountryCode | null {
  return COUNTRIES.find((country) => country.code === code?.toUpperCase() || country.name === name)?.code ?? null
}

function system(record: {
  readonly id: string
  readonly createdAt: number
  readonly updatedAt: number
  readonly companies: readonly CompanyLink[]
}): Readonly<Record<string, string | null>> {
  return {
    hs_object_id: record.id,
    createdate: iso(record.createdAt),
    lastmodifieddate: iso(record.updatedAt),
    associatedcompanyid: record.companies.find(({ primary }) => primary)?.id ?? null,
  }
}
