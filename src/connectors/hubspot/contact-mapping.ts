/** From HubSpot's contact record to the inbox's contact: pure, so that a table can test it. */
import { type Contact, makeContact } from '../../contact.ts'
import type { ReadPhone } from '../connector.ts'

/** The properties that the mapping reads; the bridge asks for no other. */
export const contactProperties = [
  'firstname',
  'lastname',
  'email',
  'hs_additional_emails',
  'phone',
  'mobilephone',
  'hs_whatsapp_phone_number',
  'jobtitle',
  'company',
  'associatedcompanyid',
  'website',
  'hs_linkedin_url',
  'country',
  'hs_country_region_code',
]

export type ContactRecord = {
  readonly id: string
  readonly properties: Readonly<Record<string, string | null | undefined>>
  readonly associations?:
    | { readonly [type: string]: { readonly results: readonly { readonly id: string; readonly type: string }[] } | undefined }
    | undefined
}

export type MappingContext = {
  /** Names by company id, as far as they are known. */
  readonly companyNames: ReadonlyMap<string, string>
  readonly readPhone: ReadPhone
  readonly recordsUrl: string
}

const idPrefix = 'hubspot-'

/** HubSpot's ids are digits, and a look-up by digits alone means a WhatsApp number; hence the prefix. */
export const toContactId = (recordId: string): string => idPrefix + recordId

/** HubSpot's own id in a contact_id of ours, or null. */
export function toRecordId(contactId: string): string | null {
  const recordId = contactId.startsWith(idPrefix) ? contactId.slice(idPrefix.length) : ''
  return /^\d{1,20}$/.test(recordId) ? recordId : null
}

export function toContact(record: ContactRecord, { companyNames, readPhone, recordsUrl }: MappingContext): Contact {
  const property = (name: string): string => text(record.properties[name])
  const country = property('hs_country_region_code') || property('country')
  return makeContact({
    contactId: toContactId(record.id),
    name: [property('firstname'), property('lastname')].filter(Boolean).join(' '),
    companies: companies(record, companyNames),
    phones: [
      [readPhone(property('phone'), country), 'work'],
      [readPhone(property('mobilephone'), country), 'mobile'],
      [readPhone(property('hs_whatsapp_phone_number'), country), 'WhatsApp'],
    ],
    emails: [[property('email'), 'email'], ...additionalEmails(property('hs_additional_emails'))],
    urls: [
      [recordsUrl && `${recordsUrl}/${record.id}`, 'HubSpot'],
      [property('website'), 'website'],
      [property('hs_linkedin_url'), 'LinkedIn'],
    ],
  })
}

function additionalEmails(list: string): (readonly [address: string, description: string])[] {
  return list === '' ? [] : list.split(';').map((email) => [email, 'additional'])
}

/**
 * The ids of a record's companies, each once, the primary one first. In a list HubSpot gives an association per label, the primary
 * company's without a suffix; a search gives none, only the primary company's id as a property.
 */
export function companyIds(record: ContactRecord): string[] {
  const associated = record.associations?.companies?.results ?? []
  const property = text(record.properties.associatedcompanyid)
  const ids = new Set<string>(property ? [property] : [])
  for (const { id, type } of associated) if (id && type === 'contact_to_company') ids.add(id)
  for (const { id } of associated) if (id) ids.add(id)
  return [...ids]
}

/** The job title belongs to the primary company, the only one that HubSpot relates it to. */
function companies(record: ContactRecord, names: ReadonlyMap<string, string>): { name: string; jobTitle: string }[] {
  const known = companyIds(record).flatMap((id) => names.get(id) || [])
  const all = known.length > 0 ? known : [text(record.properties.company)]
  const jobTitle = text(record.properties.jobtitle)
  return all.map((name, index) => ({ name, jobTitle: index === 0 ? jobTitle : '' }))
}

const text = (value: unknown): string => (typeof value === 'string' ? value.trim() : '')
