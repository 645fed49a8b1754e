// Reads JSON bodies as HubSpot does: an empty one is no body, a broken one is a VALIDATION_ERROR, and the length as sent is known.

import type { FastifyInstance, FastifyRequest } from 'fastify'
import { invalid } from './errors.ts'

const lengths = new WeakMap<FastifyRequest, number>()

/** Makes these routes read JSON and nothing else; other content types are 415. */
export function readJsonBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'string' }, async (request: FastifyRequest, text: string) => {
    lengths.set(request, text.length)
    if (text.trim() === '') return undefined
    try {
      return JSON.parse(text) as unknown
    } catch {
      throw invalid('Invalid input JSON: the body could not be read')
    }
  })
}

/** Characters in the body as it was sent. */
export function bodyLength(request: FastifyRequest): number {
  return lengths.get(request) ?? 0
}
