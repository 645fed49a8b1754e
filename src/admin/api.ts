/** The operator's API: what the command line speaks, over HTTP to a running server or within its own process. */
import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import type { FromSchema, JSONSchema } from 'json-schema-to-ts'
import { Envelope } from '../contact.ts'
import { ErrorBody } from '../error-body.ts'
import { BridgeError } from '../errors.ts'
import { ConnectionCheck, type Inspection } from './inspection.ts'
import { InboxSummary, InboxWithKey, MessageReport, type Operator } from './operator.ts'
import { sameSecret } from './secret.ts'

const Rotation = {
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

export type AdminApiOptions = {
  adminToken: string
  /** Counts a failure of the request's address. @throws {BridgeError} too_many_attempts when there were too many */
  countFailure: (request: FastifyRequest) => Promise<void>
  inspection: Inspection
  operator: Operator
  rotate: () => Promise<Rotation>
}

const NewInbox = {
  type: 'object',
  properties: { name: { type: 'string', maxLength: 200 }, crm: { type: 'string' }, region: { type: 'string' } },
  required: ['name'],
} as const
const ChangedInbox = {
  type: 'object',
  properties: {
    name: { type: 'string', maxLength: 200 },
    region: { type: 'string', description: 'empty = the server’s DEFAULT_REGION' },
  },
  minProperties: 1,
  additionalProperties: false,
} as const
const Trial = {
  type: 'object',
  properties: {
    search: { type: 'string', maxLength: 500, default: '' },
    limit: { type: 'string', pattern: '^[1-9]\\d{0,8}$', default: '100', description: 'at most 100' },
  },
  required: ['search', 'limit'],
} as const
const Named = {
  type: 'object',
  properties: { id: { type: 'string', description: 'an inbox’s id, or its name if no other has it' } },
  required: ['id'],
} as const
const Choice = {
  type: 'object',
  properties: { on: { type: 'boolean' } },
  required: ['on'],
} as const
const Retried = {
  type: 'object',
  properties: { retried: { type: 'integer', description: 'messages that are tried again' } },
  required: ['retried'],
  additionalProperties: false,
} as const
type OnOne = { Params: FromSchema<typeof Named> }

export const adminApi: FastifyPluginAsync<AdminApiOptions> = async (app, options) => {
  const { adminToken, countFailure, inspection, operator, rotate } = options
  const failures = { '4xx': ErrorBody, '5xx': ErrorBody }
  const onOne = { params: Named, response: { 200: InboxSummary, ...failures } }

  app.addHook('onRequest', async (request) => {
    const [, token = ''] = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '') ?? []
    if (sameSecret(token, adminToken)) return
    await countFailure(request)
    throw new BridgeError('inbox_unauthorized', 'The admin token is missing or wrong (ADMIN_TOKEN).')
  })

  app.get('/inboxes', { schema: { response: { 200: { type: 'array', items: InboxSummary }, ...failures } } }, () =>
    operator.list(),
  )

  app.post<{ Body: FromSchema<typeof NewInbox> }>(
    '/inboxes',
    { schema: { body: NewInbox, response: { 201: InboxWithKey, ...failures } } },
    async (request, reply) => {
      const created = await operator.create(request.body)
      reply.code(201)
      return created
    },
  )

  app.get<OnOne>('/inboxes/:id', { schema: onOne }, (request) => operator.show(request.params.id))
  app.patch<OnOne & { Body: FromSchema<typeof ChangedInbox> }>(
    '/inboxes/:id',
    { schema: { ...onOne, body: ChangedInbox } },
    (request) => operator.change(request.params.id, request.body),
  )

  app.get<OnOne>(
    '/inboxes/:id/check',
    { schema: { params: Named, response: { 200: ConnectionCheck, ...failures } } },
    (request) => inspection.check(request.params.id),
  )
  app.get<OnOne & { Querystring: FromSchema<typeof Trial> }>(
    '/inboxes/:id/contacts',
    { schema: { params: Named, querystring: Trial, response: { 200: Envelope, ...failures } } },
    async (request, reply) => {
      const { search, limit } = request.query
      const { answer, took } = await inspection.contacts(request.params.id, { search, limit: Math.min(Number(limit), 100) })
      reply.headers({ 'server-timing': `answer;dur=${took}`, 'x-bridge-calls': answer.calls })
      if (answer.problem !== null) reply.header('x-bridge-problem', answer.problem)
      if (answer.missing.length > 0) reply.header('x-bridge-missing', answer.missing.join(', '))
      return reply.type('application/json; charset=utf-8').send(answer.written)
    },
  )

  app.post('/keys/rotate', { schema: { response: { 200: Rotation, ...failures } } }, () => rotate())

  app.post<OnOne>(
    '/inboxes/:id/rotate-key',
    { schema: { params: Named, response: { 200: InboxWithKey, ...failures } } },
    (request) => operator.rotateKey(request.params.id),
  )
  app.post<OnOne & { Body: FromSchema<typeof Choice> }>(
    '/inboxes/:id/log-messages',
    { schema: { ...onOne, body: Choice } },
    (request) => operator.logMessages(request.params.id, request.body.on),
  )
  app.get<OnOne>(
    '/inboxes/:id/messages',
    { schema: { params: Named, response: { 200: MessageReport, ...failures } } },
    (request) => operator.messages(request.params.id),
  )
  app.post<OnOne>(
    '/inboxes/:id/messages/retry',
    { schema: { params: Named, response: { 200: Retried, ...failures } } },
    (request) => operator.retryMessages(request.params.id),
  )
  app.post<OnOne>('/inboxes/:id/disconnect', { schema: onOne }, (request) => operator.disconnect(request.params.id))
  app.delete<OnOne>('/inboxes/:id', { schema: onOne }, (request) => operator.remove(request.params.id))
}
