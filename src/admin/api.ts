/** The operator's API: what the command line speaks, over HTTP to a running server or within its own process. */
import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import { BridgeError } from '../errors.ts'
import { type ChangedInbox, type Choice, type Named, type NewInbox, type Rotation, schemas, type Trial } from './api-schemas.ts'
import type { Inspection } from './inspection.ts'
import type { Operator } from './operator.ts'
import { sameSecret } from './secret.ts'

export type AdminApiOptions = {
  adminToken: string
  /** Counts a failure of the request's address. @throws {BridgeError} too_many_attempts when there were too many */
  countFailure: (request: FastifyRequest) => Promise<void>
  inspection: Inspection
  operator: Operator
  rotate: () => Promise<Rotation>
}

type OnOne = { Params: Named }

export const adminApi: FastifyPluginAsync<AdminApiOptions> = async (app, options) => {
  const { adminToken, countFailure, inspection, operator, rotate } = options

  app.addHook('onRequest', async (request) => {
    const [, token = ''] = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '') ?? []
    if (sameSecret(token, adminToken)) return
    await countFailure(request)
    throw new BridgeError('inbox_unauthorized', 'The admin token is missing or wrong (ADMIN_TOKEN).')
  })

  app.get('/inboxes', schemas.list, () => operator.list())
  app.post<{ Body: NewInbox }>('/inboxes', schemas.create, async (request, reply) => {
    const created = await operator.create(request.body)
    reply.code(201)
    return created
  })

  app.get<OnOne>('/inboxes/:id', schemas.show, (request) => operator.show(request.params.id))
  app.patch<OnOne & { Body: ChangedInbox }>('/inboxes/:id', schemas.change, (request) =>
    operator.change(request.params.id, request.body),
  )
  app.post<OnOne>('/inboxes/:id/rotate-key', schemas.rotateKey, (request) => operator.rotateKey(request.params.id))
  app.post<OnOne>('/inboxes/:id/disconnect', schemas.disconnect, (request) => operator.disconnect(request.params.id))
  app.delete<OnOne>('/inboxes/:id', schemas.remove, (request) => operator.remove(request.params.id))

  app.get<OnOne>('/inboxes/:id/check', schemas.check, (request) => inspection.check(request.params.id))
  app.get<OnOne & { Querystring: Trial }>('/inboxes/:id/contacts', schemas.contacts, async (request, reply) => {
    const { search, limit } = request.query
    const { answer, took } = await inspection.contacts(request.params.id, { search, limit: Math.min(Number(limit), 100) })
    reply.headers({ 'server-timing': `answer;dur=${took}`, 'x-bridge-calls': answer.calls })
    if (answer.problem !== null) reply.header('x-bridge-problem', answer.problem)
    if (answer.missing.length > 0) reply.header('x-bridge-missing', answer.missing.join(', '))
    return reply.type('application/json; charset=utf-8').send(answer.written)
  })

  app.post<OnOne & { Body: Choice }>('/inboxes/:id/log-messages', schemas.logMessages, (request) =>
    operator.logMessages(request.params.id, request.body.on),
  )
  app.post<OnOne & { Body: Choice }>('/inboxes/:id/sending', schemas.sending, (request) =>
    operator.sending(request.params.id, request.body.on),
  )
  app.get<OnOne>('/inboxes/:id/messages', schemas.messages, (request) => operator.messages(request.params.id))
  app.post<OnOne>('/inboxes/:id/messages/retry', schemas.retryMessages, (request) => operator.retryMessages(request.params.id))

  app.post('/keys/rotate', schemas.rotateKeys, () => rotate())
}
