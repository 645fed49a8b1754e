// The HTTP way to order faults, for the demo and for tests that run in another process than the sandbox.

import type { FastifyInstance } from 'fastify'
import { CONTROL_PREFIX } from './fault-injection.ts'
import { FAULT_KINDS, type FaultOrder, type Faults } from './faults.ts'

const orderSchema = {
  type: 'object',
  required: ['kind'],
  additionalProperties: false,
  properties: {
    match: {
      type: 'object',
      additionalProperties: false,
      properties: { method: { type: 'string' }, path: { type: 'string' } },
    },
    kind: { enum: FAULT_KINDS },
    status: { type: 'integer', minimum: 200, maximum: 599 },
    headers: { type: 'object', additionalProperties: { type: 'string' } },
    body: {},
    delayMs: { type: 'integer', minimum: 0 },
    times: { type: 'integer', minimum: 1 },
  },
} as const

/** Adds `GET`, `POST` and `DELETE /sandbox/faults` and `DELETE /sandbox/faults/{id}`. */
export function addFaultRoutes(app: FastifyInstance, faults: Faults): void {
  const path = `${CONTROL_PREFIX}/faults`
  app.get(path, async () => ({ faults: faults.list() }))

  app.post<{ Body: FaultOrder }>(path, { schema: { body: orderSchema } }, async (request, reply) => {
    try {
      return reply.code(201).send(faults.add(request.body))
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error
      return reply.code(400).send({ status: 'error', message: `match.path is no regular expression: ${error.message}` })
    }
  })

  app.delete(path, async (_request, reply) => {
    faults.clear()
    return reply.code(204).send()
  })

  app.delete<{ Params: { id: string } }>(`${path}/:id`, async (request, reply) =>
    reply.code(faults.remove(Number(request.params.id)) ? 204 : 404).send(),
  )
}
