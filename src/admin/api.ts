/** The operator's API: what the command line speaks, over HTTP to a running server or within its own process. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import { ErrorBody } from '../error-body.ts'
import { BridgeError } from '../errors.ts'
import { InboxSummary, InboxWithKey, type Operator } from './operator.ts'
import { sameSecret } from './secret.ts'

export const Rotation = Type.Object({
  resealed: Type.Integer({ description: 'connections that an older key had sealed' }),
  unchanged: Type.Integer({ description: 'connections that the first key seals already' }),
  lost: Type.Array(Type.String(), { description: 'inboxes whose connection no key opens' }),
})
export type Rotation = Static<typeof Rotation>

export type AdminApiOptions = {
  adminToken: string
  /** Counts a failure of the request's address. @throws {BridgeError} too_many_attempts when there were too many */
  countFailure: (request: FastifyRequest) => Promise<void>
  operator: Operator
  rotate: () => Promise<Rotation>
}

const NewInbox = Type.Object({
  name: Type.String({ maxLength: 200 }),
  crm: Type.Optional(Type.String()),
  region: Type.Optional(Type.String()),
})
const Named = Type.Object({ id: Type.String({ description: 'an inbox’s id, or its name if no other has it' }) })

export const adminApi: FastifyPluginAsyncTypebox<AdminApiOptions> = async (app, options) => {
  const { adminToken, countFailure, operator, rotate } = options
  const failures = { '4xx': ErrorBody, '5xx': ErrorBody }
  const onOne = { params: Named, response: { 200: InboxSummary, ...failures } }

  app.addHook('onRequest', async (request) => {
    const [, token = ''] = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '') ?? []
    if (sameSecret(token, adminToken)) return
    await countFailure(request)
    throw new BridgeError('inbox_unauthorized', 'The admin token is missing or wrong (ADMIN_TOKEN).')
  })

  app.get('/inboxes', { schema: { response: { 200: Type.Array(InboxSummary), ...failures } } }, () => operator.list())

  app.post('/inboxes', { schema: { body: NewInbox, response: { 201: InboxWithKey, ...failures } } }, async (request, reply) => {
    const created = await operator.create(request.body)
    reply.code(201)
    return created
  })

  app.post('/keys/rotate', { schema: { response: { 200: Rotation, ...failures } } }, () => rotate())

  app.post('/inboxes/:id/rotate-key', { schema: { params: Named, response: { 200: InboxWithKey, ...failures } } }, (request) =>
    operator.rotateKey(request.params.id),
  )
  app.post('/inboxes/:id/disconnect', { schema: onOne }, (request) => operator.disconnect(request.params.id))
  app.delete('/inboxes/:id', { schema: onOne }, (request) => operator.remove(request.params.id))
}
