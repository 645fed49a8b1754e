/** What the operator's API takes and answers. */
import type { FromSchema, JSONSchema } from 'json-schema-to-ts'
import { Envelope } from '../contact.ts'
import { anywhere, failures, ofACrm } from '../error-body.ts'
import type { ErrorCode } from '../errors.ts'
import { ConnectionCheck } from './inspection.ts'
import { InboxSummary, InboxWithKey, InboxWithSending, MessageReport } from './operator.ts'

const Rotation = {
  $id: 'Rotation',
  type: 'object',
  properties: {
    resealed: { type: 'integer', description: 'connections that an older key had sealed' },
    unchanged: { type: 'integer', description: 'connections that the first key seals already' },
    lost: { type: 'array', items: { type: 'string' }, description: 'inboxes whose connection no key opens' },
  },
  required: ['resealed', 'unchanged', 'lost'],
  additionalProperties: false,
} as const satisfies JSONSchema
export type Rotation = FromSchema<typeof Rotation>

const region = {
  type: 'string',
  description: 'ISO 3166 country by which national phone numbers are read',
  examples: ['DE'],
} as const

const NewInbox = {
  type: 'object',
  properties: {
    name: { type: 'string', maxLength: 200, examples: ['Support'] },
    crm: { type: 'string', description: 'the CRM it is meant for; left out = the administrator picks', examples: ['hubspot'] },
    region,
  },
  required: ['name'],
} as const
export type NewInbox = FromSchema<typeof NewInbox>

const ChangedInbox = {
  type: 'object',
  properties: {
    name: { type: 'string', maxLength: 200 },
    region: { ...region, description: `${region.description}; empty = the server’s DEFAULT_REGION` },
  },
  minProperties: 1,
  additionalProperties: false,
} as const
export type ChangedInbox = FromSchema<typeof ChangedInbox>

const Trial = {
  type: 'object',
  properties: {
    search: { type: 'string', maxLength: 500, default: '', description: 'as an inbox searches; empty = all' },
    limit: { type: 'string', pattern: '^[1-9]\\d{0,8}$', default: '100', description: 'contacts; above 100 is 100' },
  },
  required: ['search', 'limit'],
} as const
export type Trial = FromSchema<typeof Trial>

const Named = {
  type: 'object',
  properties: { id: { type: 'string', description: 'an inbox’s id, or its name if no other has it' } },
  required: ['id'],
} as const
export type Named = FromSchema<typeof Named>

const Choice = {
  type: 'object',
  properties: { on: { type: 'boolean' } },
  required: ['on'],
} as const
export type Choice = FromSchema<typeof Choice>

const Retried = {
  $id: 'Retried',
  type: 'object',
  properties: { retried: { type: 'integer', description: 'messages that are tried again' } },
  required: ['retried'],
  additionalProperties: false,
} as const

const Inboxes = { type: 'array', items: InboxSummary, description: 'the oldest first' } as const

const common = { tags: ['admin'], security: [{ adminToken: [] }] }
const wrongInput: readonly ErrorCode[] = ['request_invalid', ...anywhere]

/** A route about one inbox. */
const onOne = <Answer extends object>(summary: string, answer: Answer, more: object = {}) => ({
  schema: { ...common, summary, params: Named, response: { 200: answer, ...failures }, ...more },
  config: { errors: wrongInput },
})

export const schemas = {
  list: {
    schema: { ...common, summary: 'All inboxes', response: { 200: Inboxes, ...failures } },
    config: { errors: anywhere },
  },
  create: {
    schema: {
      ...common,
      summary: 'Make an inbox; its plugin URL is shown this once',
      body: NewInbox,
      response: { 201: InboxWithKey, ...failures },
    },
    config: { errors: wrongInput },
  },
  show: onOne('One inbox', InboxSummary),
  change: onOne('Give an inbox another name or region', InboxSummary, { body: ChangedInbox }),
  check: onOne('Whether an inbox’s connection works', ConnectionCheck),
  contacts: {
    ...onOne('What an inbox would be told', Envelope, {
      querystring: Trial,
      description: 'How long it took is in `Server-Timing`, how many calls to the CRM it cost in `X-Bridge-Calls`.',
    }),
    // Bytes that are kept: the schema only documents.
    serializerCompiler: () => JSON.stringify,
    config: { errors: [...wrongInput, ...ofACrm] },
  },
  logMessages: onOne('Have what customers write logged in the CRM, or no longer', InboxSummary, {
    body: Choice,
    description: 'While `messages` is `permission_needed`, an administrator has to connect again by `connect_url`.',
  }),
  sending: onOne('Let the CRM have messages sent by a new secret, shown once; or no longer', InboxWithSending, {
    body: Choice,
    description: 'While `sending` is `access_needed`, the inbox has to give access to its API: save the plugin in get.chat.',
  }),
  messages: onOne('What became of an inbox’s messages of the last thirty days', MessageReport),
  retryMessages: onOne('Have messages tried again that failed', Retried),
  rotateKey: onOne('End an inbox’s plugin URL and its access to the inbox’s API, and show the new one once', InboxWithKey),
  disconnect: onOne('End an inbox’s connection, here and at the CRM', InboxSummary),
  remove: onOne('Forget an inbox, its plugin URL and its connection', InboxSummary),
  rotateKeys: {
    schema: {
      ...common,
      summary: 'Seal every connection by the first of ENCRYPTION_KEYS',
      response: { 200: Rotation, ...failures },
    },
    config: { errors: anywhere },
  },
}
