/** What the plugin protocol's routes take and answer, as their documentation has it. */
import type { RouteShorthandOptions } from 'fastify'
import { Envelope } from '../contact.ts'
import { anywhere, ErrorBody, failures, ofACrm } from '../error-body.ts'
import type { ErrorCode } from '../errors.ts'
import { inboxKey, keyInHeader } from '../inbox-routes.ts'
import { Initialization } from './initialize.ts'

const Index = {
  $id: 'Plugin',
  description: 'The CRM that the inbox is connected to, or else meant for; `crm` where that isn’t known',
  type: 'object',
  properties: {
    name: { type: 'string', description: 'for people', examples: ['HubSpot'] },
    type: { type: 'string', description: 'for the inbox, which has icons for some', examples: ['hubspot'] },
  },
  required: ['name', 'type'],
  additionalProperties: false,
} as const
const Features = {
  $id: 'Features',
  description: 'What the plugin can do for the inbox',
  type: 'object',
  properties: {
    is_contact_provider: { type: 'boolean' },
    is_message_reciever: { type: 'boolean', description: 'spelled so by the protocol' },
    is_message_sender: { type: 'boolean' },
  },
  required: ['is_contact_provider', 'is_message_reciever', 'is_message_sender'],
  additionalProperties: false,
} as const
const EmptyEnvelopeWithError = {
  $id: 'ErrorWithEnvelope',
  description: 'An error beside an empty envelope, so that a reader of `results` finds an empty list',
  type: 'object',
  properties: { ...Envelope.properties, ...ErrorBody.properties },
  required: [...Envelope.required, ...ErrorBody.required],
  additionalProperties: false,
} as const

const NotModified = { type: 'null', description: 'The answer is still the one of `If-None-Match`' } as const
const contactAnswers = { 200: Envelope, 304: NotModified, '4xx': EmptyEnvelopeWithError, '5xx': EmptyEnvelopeWithError }

/** Callers are read by hand, liberally: what isn't documented may be sent all the same. */
const documentsOnly = { validatorCompiler: () => () => true } satisfies RouteShorthandOptions
/** Contacts go out as the bytes that are kept of them: their schemas only document, and cost nothing at the start. */
const keptBytesOnly = { ...documentsOnly, serializerCompiler: () => JSON.stringify } satisfies RouteShorthandOptions

/** Each route's schemas, for where they are registered: under a prefix with the key, or at the root with the key in a header. */
export function pluginSchemas(prefix: string) {
  const isKeyed = prefix.includes(':key')
  const tags = [isKeyed ? 'plugin' : 'plugin at the root']
  const params = (own: Record<string, object> = {}) => {
    const properties = { ...(isKeyed ? { key: inboxKey } : {}), ...own }
    return Object.keys(properties).length === 0
      ? {}
      : { params: { type: 'object', properties, required: Object.keys(properties) } }
  }
  const known = { tags, ...(isKeyed ? {} : { security: keyInHeader }) }
  const knownOrNot = { tags, ...(isKeyed ? {} : { security: [...keyInHeader, {}] }) }
  return {
    index: {
      ...documentsOnly,
      schema: { ...knownOrNot, summary: 'Name and type of the plugin', ...params(), response: { 200: Index, ...failures } },
      config: { errors: anywhere },
    },
    features: {
      ...documentsOnly,
      schema: { ...knownOrNot, summary: 'What the plugin can do', ...params(), response: { 200: Features, ...failures } },
      config: { errors: anywhere },
    },
    initialize: {
      ...documentsOnly,
      schema: {
        ...knownOrNot,
        summary: 'Whether the plugin can work, and if not, what to do',
        description: 'Asks the CRM for one contact; the outcome counts for half a minute, a failed one for three seconds.',
        ...params(),
        response: { 200: Initialization, ...failures },
      },
      config: { errors: anywhere },
    },
    contacts: {
      ...keptBytesOnly,
      schema: {
        ...known,
        summary: 'A page of all contacts, or of those that match',
        description: [
          'Without `search` all contacts, in an order in which a walk over the pages meets each once. Where the CRM fails, the first page of',
          'all contacts is `200` in spite of it, with what was seen last or nothing, and the code in the header `X-Bridge-Problem`. What couldn’t be had in',
          'time stands in `X-Bridge-Missing`: `companies`, `count`.',
        ].join(' '),
        ...params(),
        querystring: {
          type: 'object',
          properties: {
            search: {
              type: 'string',
              maxLength: 500,
              description: 'a phone number in any writing or a part of one, an email address, or a name; empty = all',
              examples: ['+1 415 555 2671'],
            },
            limit: { type: 'integer', minimum: 1, default: 100, description: 'contacts on a page; above 100 is 100' },
            next_page_param: {
              type: 'string',
              description: 'the token of the answer before; also read as `next_page`, `page`, `cursor`, `after`, `offset`',
            },
          },
        },
        response: contactAnswers,
      },
      config: { errors: ['request_invalid', 'cursor_invalid', ...anywhere, ...ofACrm] as readonly ErrorCode[] },
    },
    contact: {
      ...keptBytesOnly,
      schema: {
        ...known,
        summary: 'One contact, or everyone with a number',
        description:
          'By a number that nobody has: `200` and an empty list. Where the CRM fails, a number’s look-up is `200` in spite of it, as the first page is.',
        ...params({
          id: {
            type: 'string',
            description: 'a `contact_id`, or a WhatsApp id: the digits of an international number',
            examples: ['hubspot-477', '14155552671'],
          },
        }),
        response: contactAnswers,
      },
      config: { errors: ['request_invalid', 'contact_not_found', ...anywhere, ...ofACrm] as readonly ErrorCode[] },
    },
  } as const
}
