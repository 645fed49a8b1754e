// A CRM compresses answers that are worth it for whoever accepts that, and for nobody else.

import { gzipSync } from 'node:zlib'
import type { FastifyInstance } from 'fastify'
import Negotiator from 'negotiator'

/** Bytes. */
const worthIt = 1_000

/** Register it before the faults, so that they strike what is on the wire. */
export function compressAnswers(app: FastifyInstance): void {
  app.addHook('onSend', async (request, reply, payload) => {
    if (typeof payload !== 'string' && !Buffer.isBuffer(payload)) return payload
    if (Buffer.byteLength(payload) < worthIt || !new Negotiator(request).encodings().includes('gzip')) return payload
    reply.removeHeader('content-length').headers({ 'content-encoding': 'gzip', vary: 'accept-encoding' })
    return gzipSync(payload, { level: 1 })
  })
}
