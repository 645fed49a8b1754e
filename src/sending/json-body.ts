/** Bodies as they come from callers that don't always say what they send: JSON, whatever content type it is given. */
import type { FastifyInstance } from 'fastify'
import { BridgeError } from '../errors.ts'

/** @param largest bytes */
export function readJson(app: FastifyInstance, largest: number): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'string', bodyLimit: largest }, async (_request: unknown, body: string) => {
    try {
      return JSON.parse(body)
    } catch {
      throw new BridgeError('request_invalid', 'The body isn’t JSON.')
    }
  })
}
