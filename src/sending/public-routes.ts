/** `POST /public/webhook/inboxes/{inbox}/messages`: a CRM's workflow has a WhatsApp message sent, with a secret that does nothing else. */
import { timingSafeEqual } from 'node:crypto'
import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import type { InboxStore } from '../connections/inbox-store.ts'
import { hashSendingSecret } from '../connections/message-sending.ts'
import { anywhere, failures } from '../error-body.ts'
import { BridgeError, type ErrorCode } from '../errors.ts'
import { knownBefore, readJson } from '../inbox-routes.ts'
import { readMessage } from './message.ts'
import type { Sending } from './sending.ts'

export type SendingOptions = {
  /** Counts a failure of the request's address. @throws {BridgeError} too_many_attempts when there were too many */
  countFailure: (request: FastifyRequest) => Promise<void>
  defaultRegion: string
  inboxes: Pick<InboxStore, 'byId'>
  sending: Sending
}

/** Bytes. */
const largestBody = 64 * 1024
/** Characters. */
const longestKey = 255

const errors: readonly ErrorCode[] = [
  'request_invalid',
  'sending_not_set_up',
  'sending_limited',
  'idempotency_mismatch',
  'window_closed',
  'message_refused',
  'message_unclear',
  'inbox_api_refused',
  'inbox_api_unavailable',
  ...anywhere,
]
const text = {
  type: 'string',
  maxLength: 4096,
  description: 'what to write; only within 24 hours of what the customer wrote',
} as const
const Template = {
  type: 'object',
  description: 'what WhatsApp has approved, at any time',
  properties: {
    name: { type: 'string', examples: ['order_shipped'] },
    language: { type: 'string', examples: ['en'] },
    parameters: { type: 'array', items: { type: 'string' }, description: 'what takes the places of {{1}}, {{2}} … in its body' },
  },
  required: ['name', 'language'],
} as const
const Outgoing = {
  type: 'object',
  description:
    'Either `text` or `template`. For forms without objects and lists: `template` as a name, beside it `language`, `parameter_1`, `parameter_2` …',
  properties: {
    to: {
      type: 'string',
      description: 'a phone number; a national one is read with the inbox’s region',
      examples: ['+14155552671'],
    },
    text,
    template: Template,
    idempotency_key: { type: 'string', maxLength: longestKey, description: 'where the header `Idempotency-Key` can’t be set' },
  },
  required: ['to'],
} as const
const Sent = {
  $id: 'SentMessage',
  type: 'object',
  properties: {
    status: { type: 'string', enum: ['sent'] },
    message_id: { type: ['string', 'null'], description: 'what the inbox calls it, where it says' },
    duplicate: { type: 'boolean', description: 'it had been sent before by this key, and wasn’t sent again' },
  },
  required: ['status', 'message_id', 'duplicate'],
  additionalProperties: false,
} as const

const schema = {
  tags: ['public'],
  summary: 'Send a WhatsApp message for a workflow of the CRM',
  description:
    'Once for each `Idempotency-Key`, for seven days: the same key again answers with what became of it. Where certainly nothing was sent, the same key may be tried again.',
  security: [{ sendingSecret: [] }],
  params: {
    type: 'object',
    properties: { inbox: { type: 'string', description: 'the inbox’s id' } },
    required: ['inbox'],
  },
  headers: {
    type: 'object',
    properties: {
      'idempotency-key': { type: 'string', maxLength: longestKey, description: 'names this message, such as by a record’s id' },
    },
  },
  body: Outgoing,
  response: { 200: Sent, ...failures },
} as const

export const sendingRoutes: FastifyPluginAsync<SendingOptions> = async (app, options) => {
  const { countFailure, defaultRegion, inboxes, sending } = options
  readJson(app, largestBody)

  const { onRequest, inboxOf } = knownBefore(async (request) => {
    const inbox = await inboxes.byId((request.params as { inbox: string }).inbox)
    const isRight = timingSafeEqual(hashSendingSecret(readSecret(request)), inbox?.sendingHash ?? nobodys)
    if (inbox === null || !isRight) {
      await countFailure(request)
      throw new BridgeError(
        'inbox_unauthorized',
        'The secret for sending is missing or wrong. Ask the operator of the bridge for it.',
      )
    }
    return inbox
  })
  // What is wrong is told in the caller's words, not in a schema's.
  const byHand = { validatorCompiler: () => () => true }

  app.post('/public/webhook/inboxes/:inbox/messages', { schema, config: { errors }, onRequest, ...byHand }, async (request) => {
    const inbox = inboxOf(request)
    const message = readMessage(request.body, inbox.region ?? defaultRegion)
    const { messageId, wasSent } = await sending.send(inbox, message, readIdempotencyKey(request))
    return { status: 'sent', message_id: messageId, duplicate: wasSent }
  })
}

/** No secret has this hash. */
const nobodys = Buffer.alloc(32)

/** From `Authorization` (Bearer or Token) or `X-Api-Key`. */
function readSecret({ headers }: FastifyRequest): string {
  const [, bearer] = /^(?:bearer|token) +(\S+)\s*$/i.exec(headers.authorization ?? '') ?? []
  const { 'x-api-key': apiKey } = headers
  return bearer ?? (typeof apiKey === 'string' ? apiKey : '')
}

/** @throws {BridgeError} request_invalid */
function readIdempotencyKey({ headers, body }: FastifyRequest): string {
  const { idempotency_key: inBody } = body as { idempotency_key?: unknown }
  const given = headers['idempotency-key'] ?? inBody
  const key = typeof given === 'number' ? String(given) : given
  if (typeof key === 'string' && key !== '' && key.length <= longestKey) return key
  throw new BridgeError(
    'request_invalid',
    'An idempotency key is missing, or too long: name the message by the header Idempotency-Key, or by the field idempotency_key.',
  )
}
