/** What the inbox gets: get.chat's contact and the envelope that carries contacts. Schema and type in one. */
import { type Static, Type } from 'typebox'

const Company = Type.Object({ company_name: Type.String(), job_title: Type.String() })
const PhoneNumber = Type.Object({ phone_number: Type.String(), description: Type.String() })
const EmailAddress = Type.Object({ email_address: Type.String(), description: Type.String() })
const Url = Type.Object({ url: Type.String(), description: Type.String() })

/**
 * One contact as the inbox shows it. Every field is always there, and nothing inside an array is null.
 * @see https://docs.get.chat (Connect an external plugin, GET "/contacts/")
 */
export const Contact = Type.Object(
  {
    contact_id: Type.String({ description: 'Opaque; never digits alone, since those are read as a WhatsApp id' }),
    name: Type.Union([Type.String(), Type.Null()], { description: 'null lets the inbox fall back to the WhatsApp profile name' }),
    avatar: Type.Union([Type.String(), Type.Null()]),
    large_avatar: Type.Union([Type.String(), Type.Null()]),
    companies: Type.Array(Company, { description: 'The primary company first: the inbox shows only the first' }),
    phone_numbers: Type.Array(PhoneNumber, { description: 'E.164 where the number can be read, else as typed in the CRM' }),
    email_addresses: Type.Array(EmailAddress),
    urls: Type.Array(Url),
  },
  { $id: 'Contact' },
)
export type Contact = Static<typeof Contact>

/** The answer to every question about contacts. */
export const Envelope = Type.Object(
  {
    results: Type.Array(Contact),
    count: Type.Integer({ minimum: 0, description: 'The grand total of the question, not the length of this page' }),
    next_page_param: Type.String({ description: 'Token of the next page; empty after the last' }),
    contact_provider: Type.Object({}),
  },
  { $id: 'Envelope' },
)
export type Envelope = Static<typeof Envelope>

export const emptyEnvelope: Envelope = { results: [], count: 0, next_page_param: '', contact_provider: {} }

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
  return {
    contact_id: contactId,
    name: name.trim() || null,
    avatar: null,
    large_avatar: null,
    companies: distinctBy(
      companies
        .map(({ name, jobTitle }) => ({ company_name: name.trim(), job_title: jobTitle.trim() }))
        .filter((company) => company.company_name || company.job_title),
      (company) => company.company_name,
    ),
    phone_numbers: distinctBy(
      phones.flatMap(([number, description]) => (number ? [{ phone_number: number, description }] : [])),
      (phone) => phone.phone_number,
    ),
    email_addresses: distinctBy(
      emails.flatMap(([address, description]) => (address.trim() ? [{ email_address: address.trim(), description }] : [])),
      (email) => email.email_address.toLowerCase(),
    ),
    urls: distinctBy(
      urls.map(([url, description]) => ({ url: webUrl(url.trim()), description })).filter((link) => link.url),
      (link) => link.url,
    ),
  }
}

/** An http(s) URL, or '' for what isn't one: CRM fields hold anything, `javascript:` too, and the inbox may make it a link. */
function webUrl(typed: string): string {
  const hasScheme = /^[a-z][a-z0-9+.-]*:/i.test(typed) && !/^[^/:]+:\d+(\/|$)/.test(typed)
  const url = typed && URL.parse(hasScheme ? typed : `https://${typed.replace(/^\/+/, '')}`)
  return url && (url.protocol === 'https:' || url.protocol === 'http:') && url.hostname.includes('.') ? url.href : ''
}

function distinctBy<T>(items: readonly T[], key: (item: T) => string): T[] {
  const seen = new Set<string>()
  return items.filter((item) => !seen.has(key(item)) && seen.add(key(item)))
}
