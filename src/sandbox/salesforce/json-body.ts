// Reads JSON bodies as Salesforce does: a broken one is a JSON_PARSER_ERROR.

import type { FastifyInstance } from 'fastify'
import { SalesforceError } from './errors.ts'

/** Makes these routes read JSON and nothing else; other content types are 415. */
export function readJsonBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'string' }, async (_request: unknown, text: string) => {
    if (text.trim() === '') return undefined
    try {
      return JSON.parse(text) as unknown
    } catch {
      throw new SalesforceError(400, 'JSON_PARSER_ERROR', 'The body could not be read as JSON')
    }
  })
}
