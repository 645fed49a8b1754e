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
