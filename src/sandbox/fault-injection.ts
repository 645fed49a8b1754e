// Makes ordered faults happen in a sandbox's server.

import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Fault, Faults } from './faults.ts'

/** Where the control routes live; faults never strike here, or nobody could clear them. */
export const CONTROL_PREFIX = '/sandbox'

/**
 * Lets the faults strike. `errorBody` is what this CRM says for a status when the fault brings no body of its own. Register it after
 * the call log, so that a struck request is still counted.
 */
export function injectFaults(
  app: FastifyInstance,
  faults: Faults,
  errorBody: (status: number, reply: FastifyReply) => unknown,
): void {
  const answerFaults = new WeakMap<FastifyRequest, Fault>()

  app.addHook('onRequest', async (request, reply) => {
    if (request.url === CONTROL_PREFIX || request.url.startsWith(`${CONTROL_PREFIX}/`)) return
    const fault = faults.strike(request.method, request.url)
    if (fault === null) return
    switch (fault.kind) {
      case 'delay':
        await sleep(fault.delayMs ?? 1000)
        return
      case 'drip':
      case 'half':
        answerFaults.set(request, fault)
        return
      case 'hang':
        reply.hijack()
        return
      case 'reset':
        reply.hijack()
        request.raw.socket.resetAndDestroy()
        return
      default:
        return answerAtOnce(reply, fault, errorBody)
    }
  })

  app.addHook('onSend', async (request, reply, payload) => {
    const fault = answerFaults.get(request)
    if (fault === undefined || (typeof payload !== 'string' && !Buffer.isBuffer(payload))) return payload
    const bytes = Buffer.from(payload)
    reply.header('content-length', bytes.length)
    return Readable.from(fault.kind === 'drip' ? drip(bytes, fault.delayMs ?? 100) : half(bytes, reply), { objectMode: false })
  })
}

function answerAtOnce(
  reply: FastifyReply,
  fault: Fault,
  errorBody: (status: number, reply: FastifyReply) => unknown,
): FastifyReply {
  if (fault.headers !== undefined) reply.headers(fault.headers)
  switch (fault.kind) {
    case 'html':
      return reply
        .code(fault.status ?? 502)
        .type('text/html; charset=utf-8')
        .send(
          textOf(fault.body) ??
            '<!doctype html><html><head><title>502 Bad Gateway</title></head><body><h1>Bad Gateway</h1></body></html>',
        )
    case 'garbage':
      return reply
        .code(fault.status ?? 200)
        .type('application/json; charset=utf-8')
        .send(textOf(fault.body) ?? '{"results": [{"id": "1", "prop')
    case 'redirect':
      if (fault.headers?.location === undefined) reply.header('location', 'https://elsewhere.example/')
      return reply.code(fault.status ?? 302).send()
    default: {
      const status = fault.status ?? 500
      reply.code(status)
      if (typeof fault.body === 'string') return reply.send(fault.body)
      return reply.type('application/json; charset=utf-8').send(JSON.stringify(fault.body ?? errorBody(status, reply)))
    }
  }
}

async function* drip(bytes: Buffer, pause: number): AsyncGenerator<Buffer, void, undefined> {
  for (let start = 0; start < bytes.length; start += 8) {
    yield bytes.subarray(start, start + 8)
    await sleep(pause)
  }
}

async function* half(bytes: Buffer, reply: FastifyReply): AsyncGenerator<Buffer, void, undefined> {
  yield bytes.subarray(0, Math.floor(bytes.length / 2))
  // The half has to reach the client before the end does.
  await sleep(20)
  reply.raw.destroy()
}

function textOf(body: unknown): string | null {
  return body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body)
}
