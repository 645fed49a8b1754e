/** From HubSpot's contact record to the inbox's contact: pure, so that a table can test it. */
import type { Contact } from '../../contact.ts'
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

export function toContact(record: ContactRecord, context: MappingContext): Contact {
  const property = (name: string): string => text(record.properties[name])
  const country = property('hs_country_region_code') || property('country')
  return {
    contact_id: toContactId(record.id),
    name: [property('firstname'), property('lastname')].filter(Boolean).join(' ') || null,
    avatar: null,
    large_avatar: null,
    companies: companies(record, context.companyNames),
    phone_numbers: distinctBy(
      [
        { phone_number: context.readPhone(property('phone'), country), description: 'work' },
        { phone_number: context.readPhone(property('mobilephone'), country), description: 'mobile' },
        { phone_number: context.readPhone(property('hs_whatsapp_phone_number'), country), description: 'WhatsApp' },
      ].filter(hasPhone),
      (phone) => phone.phone_number,
    ),
    email_addresses: distinctBy(
      [
        { email_address: property('email'), description: 'email' },
        ...property('hs_additional_emails')
          .split(';')
          .map((email) => ({ email_address: email.trim(), description: 'additional' })),
      ].filter((email) => email.email_address),
      (email) => email.email_address.toLowerCase(),
    ),
    urls: distinctBy(
      [
        { url: webUrl(context.recordsUrl && `${context.recordsUrl}/${record.id}`), description: 'HubSpot' },
        { url: webUrl(property('website')), description: 'website' },
        { url: webUrl(property('hs_linkedin_url')), description: 'LinkedIn' },
      ].filter((link) => link.url),
      (link) => link.url,
    ),
  }
}

/**
 * The ids of a record's companies, each once, the primary one first. In a list HubSpot gives an association per label, the primary
 * company's without a suffix; a search gives none, only the primary company's id as a property.
 */
export function companyIds(record: ContactRecord): string[] {
  const associated = record.associations?.companies?.results ?? []
  const primary = associated.filter((association) => association.type === 'contact_to_company')
  const property = text(record.properties.associatedcompanyid)
  return [...new Set([property, ...primary.map(({ id }) => id), ...associated.map(({ id }) => id)])].filter(Boolean)
}

/** The job title belongs to the primary company, the only one that HubSpot relates it to. */
function companies(record: ContactRecord, names: ReadonlyMap<string, string>): Contact['companies'] {
  const known = companyIds(record).flatMap((id) => names.get(id) || [])
  const typed = text(record.properties.company)
  const all = [...new Set(known.length > 0 ? known : [typed])]
  const jobTitle = text(record.properties.jobtitle)
  return all
    .map((name, index) => ({ company_name: name, job_title: index === 0 ? jobTitle : '' }))
    .filter((company) => company.company_name || company.job_title)
}

const text = (value: unknown): string => (typeof value === 'string' ? value.trim() : '')

function hasPhone(entry: { phone_number: string | null; description: string }): entry is Contact['phone_numbers'][number] {
  return entry.phone_number !== null
}

/** An http(s) URL, or '' for what isn't one: CRM fields hold anything, and the inbox may make it a link. */
function webUrl(typed: string): string {
  if (!typed) return ''
  const url = URL.parse(
    /^[a-z][a-z0-9+.-]*:/i.test(typed) && !/^[^/:]+:\d+(\/|$)/.test(typed) ? typed : `https://${typed.replace(/^\/+/, '')}`,
  )
  return url && (url.protocol === 'https:' || url.protocol === 'http:') && url.hostname.includes('.') ? url.href : ''
}

function distinctBy<T>(items: readonly T[], key: (item: T) => string): T[] {
  const seen = new Set<string>()
  return items.filter((item) => !seen.has(key(item)) && seen.add(key(item)))
}
