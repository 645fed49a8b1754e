/** The operator's API: what the command line speaks, over HTTP to a running server or within its own process. */
import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import type { FromSchema, JSONSchema } from 'json-schema-to-ts'
import { ErrorBody } from '../error-body.ts'
import { BridgeError } from '../errors.ts'
import { InboxSummary, InboxWithKey, type Operator } from './operator.ts'
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
  operator: Operator
  rotate: () => Promise<Rotation>
}

const NewInbox = {
  type: 'object',
  properties: { name: { type: 'string', maxLength: 200 }, crm: { type: 'string' }, region: { type: 'string' } },
  required: ['name'],
} as const
const Named = {
  type: 'object',
  properties: { id: { type: 'string', description: 'an inbox’s id, or its name if no other has it' } },
  required: ['id'],
} as const
type OnOne = { Params: FromSchema<typeof Named> }

export const adminApi: FastifyPluginAsync<AdminApiOptions> = async (app, options) => {
  const { adminToken, countFailure, operator, rotate } = options
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

  app.post('/keys/rotate', { schema: { response: { 200: Rotation, ...failures } } }, () => rotate())

  app.post<OnOne>(
    '/inboxes/:id/rotate-key',
    { schema: { params: Named, response: { 200: InboxWithKey, ...failures } } },
    (request) => operator.rotateKey(request.params.id),
  )
  app.post<OnOne>('/inboxes/:id/disconnect', { schema: onOne }, (request) => operator.disconnect(request.params.id))
  app.delete<OnOne>('/inboxes/:id', { schema: onOne }, (request) => operator.remove(request.params.id))
}
