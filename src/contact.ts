/** What the inbox gets: get.chat's contact and the envelope that carries contacts. Each is a JSON Schema, and the type that follows from it. */
import type { FromSchema, JSONSchema } from 'json-schema-to-ts'

const string = { type: 'string' } as const
const stringOrNull = { type: ['string', 'null'] } as const

/**
 * One contact as the inbox shows it. Every field is always there, and nothing inside an array is null.
 * @see https://docs.get.chat (Connect an external plugin, GET "/contacts/")
 */
export const Contact = {
  $id: 'Contact',
  type: 'object',
  properties: {
    contact_id: { type: 'string', description: 'Opaque; never digits alone, since those are read as a WhatsApp id' },
    name: { type: ['string', 'null'], description: 'null lets the inbox fall back to the WhatsApp profile name' },
    avatar: stringOrNull,
    large_avatar: stringOrNull,
    companies: {
      type: 'array',
      description: 'The primary company first: the inbox shows only the first',
      items: {
        type: 'object',
        properties: { company_name: string, job_title: string },
        required: ['company_name', 'job_title'],
        additionalProperties: false,
      },
    },
    phone_numbers: {
      type: 'array',
      description: 'E.164 where the number can be read, else as typed in the CRM',
      items: {
        type: 'object',
        properties: { phone_number: string, description: string },
        required: ['phone_number', 'description'],
        additionalProperties: false,
      },
    },
    email_addresses: {
      type: 'array',
      items: {
        type: 'object',
        properties: { email_address: string, description: string },
        required: ['email_address', 'description'],
        additionalProperties: false,
      },
    },
    urls: {
      type: 'array',
      items: {
        type: 'object',
        properties: { url: string, description: string },
        required: ['url', 'description'],
        additionalProperties: false,
      },
    },
  },
  required: ['contact_id', 'name', 'avatar', 'large_avatar', 'companies', 'phone_numbers', 'email_addresses', 'urls'],
  additionalProperties: false,
} as const satisfies JSONSchema
export type Contact = FromSchema<typeof Contact>

/** The answer to every question about contacts. */
export const Envelope = {
  $id: 'Envelope',
  description: 'A page of contacts',
  type: 'object',
  properties: {
    results: { type: 'array', items: Contact },
    count: { type: 'integer', minimum: 0, description: 'The grand total of the question, not the length of this page' },
    next_page_param: { type: 'string', description: 'Token of the next page; empty after the last' },
    contact_provider: { type: 'object', properties: {}, additionalProperties: false },
  },
  required: ['results', 'count', 'next_page_param', 'contact_provider'],
  additionalProperties: false,
  examples: [
    {
      results: [
        {
          contact_id: 'hubspot-477',
          name: 'Ana Lima',
          avatar: null,
          large_avatar: null,
          companies: [{ company_name: 'Café Foods', job_title: 'Buyer' }],
          phone_numbers: [{ phone_number: '+14155552671', description: 'mobile' }],
          email_addresses: [{ email_address: 'ana@example.com', description: 'email' }],
          urls: [{ url: 'https://app.hubspot.com/contacts/1/record/0-1/477', description: 'HubSpot' }],
        },
      ],
      count: 1,
      next_page_param: '',
      contact_provider: {},
    },
  ],
} as const satisfies JSONSchema
export type Envelope = FromSchema<typeof Envelope>

/** What stands before the contacts of an envelope. */
export const envelopeBegin = '{"results":'
/** Bytes that an envelope takes around its contacts: a page of contacts with room for them on both sides isn't copied into one. */
export const envelopeRoom = { before: envelopeBegin.length, behind: 256 } as const

export const emptyEnvelope: Envelope = { results: [], count: 0, next_page_param: '', contact_provider: {} }

/** A contact as JSON, piece by piece in the order of its schema: for connectors that write contacts without making objects of them. */
export const contactJson = {
  begin: '{"contact_id":"',
  name: '","name":',
  companies: ',"avatar":null,"large_avatar":null,"companies":[',
  companyName: '{"company_name":"',
  jobTitle: '","job_title":"',
  companyEnd: '"}',
  phoneNumbers: '],"phone_numbers":[',
  phoneNumber: '{"phone_number":"',
  emailAddresses: '],"email_addresses":[',
  emailAddress: '{"email_address":"',
  urls: '],"urls":[',
  url: '{"url":"',
  end: ']}',
  /** What ends a phone number, an email address or a URL. */
  described: (description: string) => `","description":${JSON.stringify(description)}}`,
} as const

/** What a connector knows of a contact, in the CRM's order and as it stands there: values may be empty, missing, or repeat. */
export type ContactParts = {
  readonly contactId: string
  readonly name: string
  /** The primary company first. */
  readonly companies: readonly { readonly name: string; readonly jobTitle: string }[]
  readonly phones: readonly (readonly [number: string | null, description: string])[]
  readonly emails: readonly (readonly [address: string, description: string])[]
  readonly urls: readonly (readonly [url: string, description: string])[]
}

/** The inbox's contact: empty values left out, duplicates folded into the first, links only where a browser may follow them. */
export function makeContact({ contactId, name, companies, phones, emails, urls }: ContactParts): Contact {
  const contact: Contact = {
    contact_id: contactId,
    name: name.trim() || null,
    avatar: null,
    large_avatar: null,
    companies: [],
    phone_numbers: [],
    email_addresses: [],
    urls: [],
  }
  const isNewCompany = onlyOnce(companies.length)
  for (const { name, jobTitle } of companies) {
    const [company_name, job_title] = [name.trim(), jobTitle.trim()]
    if ((company_name || job_title) && isNewCompany(company_name)) contact.companies.push({ company_name, job_title })
  }
  const isNewPhone = onlyOnce(phones.length)
  for (const [phone_number, description] of phones)
    if (phone_number && isNewPhone(phone_number)) contact.phone_numbers.push({ phone_number, description })
  const isNewEmail = onlyOnce(emails.length)
  for (const [typed, description] of emails) {
    const email_address = typed.trim()
    if (email_address && isNewEmail(email_address.toLowerCase())) contact.email_addresses.push({ email_address, description })
  }
  const isNewUrl = onlyOnce(urls.length)
  for (const [typed, description] of urls) {
    const url = webUrl(typed.trim())
    if (url && isNewUrl(url)) contact.urls.push({ url, description })
  }
  return contact
}

/** Says of each of so many values whether it comes for the first time. Mostly there are one or two, and it is asked for every field of every contact. */
export function onlyOnce(values: number): (value: string) => boolean {
  if (values <= 1) return always
  if (values > 8) {
    const seen = new Set<string>()
    return (value) => seen.size < seen.add(value).size
  }
  const seen: string[] = []
  return (value) => !seen.includes(value) && seen.push(value) > 0
}

const always = () => true

/** Of longer ones the expression would need more of the stack than there is. */
const longestPlainUrl = 2_000

/** An http(s) URL, or '' for what isn't one: CRM fields hold anything, `javascript:` too, and the inbox may make it a link. */
export function webUrl(typed: string): string {
  // What parsing would hardly change, such as a CRM's own links: parsing is a good part of a page's work.
  const isPlain = typed.length < longestPlainUrl && /^(https?:\/\/)?[a-z0-9-]+(\.[a-z0-9-]+)*\.[a-z]+(\/[\w/-]*)?$/.test(typed)
  if (isPlain && !typed.includes('xn--')) {
    const url = typed.includes('://') ? typed : `https://${typed}`
    return url.includes('/', 'https://'.length) ? url : `${url}/`
  }
  const hasScheme = /^[a-z][a-z0-9+.-]*:/i.test(typed) && !/^[^/:]+:\d+(\/|$)/.test(typed)
  const url = typed && URL.parse(hasScheme ? typed : `https://${typed.replace(/^\/+/, '')}`)
  return url && (url.protocol === 'https:' || url.protocol === 'http:') && url.hostname.includes('.') ? url.href : ''
}
