/** `POST /public/webhook/{crm}`: a CRM says by itself that contacts have changed, and what is remembered of them is dropped. */
import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import type { Connector } from '../connectors/connector.ts'
import { anywhere } from '../error-body.ts'
import { BridgeError, type ErrorCode } from '../errors.ts'
import { taken } from '../inbox-routes.ts'
import type { Changes } from './changes.ts'

export type EventOptions = {
  changes: Changes
  connectors: readonly Connector[]
  /** Counts a failure of the request's address. @throws {BridgeError} too_many_attempts when there were too many */
  countFailure: (request: FastifyRequest) => Promise<void>
  publicUrl: string
}

/** A hundred events, each of some hundred bytes, are the most that a CRM sends at once. Bytes. */
const largestBody = 256 * 1024

const errors: readonly ErrorCode[] = ['request_invalid', ...anywhere]
const schema = {
  tags: ['public'],
  summary: 'A CRM says that contacts have changed',
  description:
    'Signed by the CRM as its app’s secret lets it. What is remembered of the accounts is dropped on every server. 404 for a CRM that sends nothing.',
  params: {
    type: 'object',
    properties: { crm: { type: 'string', description: 'the CRM’s id', examples: ['hubspot'] } },
    required: ['crm'],
  },
  body: { type: 'array', items: { type: 'object' }, description: 'events, as the CRM writes them' },
  security: [],
  response: taken,
} as const

export const eventRoutes: FastifyPluginAsync<EventOptions> = async (app, options) => {
  const { changes, connectors, countFailure, publicUrl } = options
  // To the last character: the signature is over it.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'string', bodyLimit: largestBody }, (_request, body, done) => done(null, body))

  const route = { schema, config: { errors }, validatorCompiler: () => () => true }
  app.post<{ Params: { crm: string } }>('/public/webhook/:crm', route, async (request, reply) => {
    const connector = connectors.find(({ id }) => id === request.params.crm)
    if (connector?.events === undefined) {
      reply.callNotFound()
      return reply
    }
    const { method, headers } = request
    const body = typeof request.body === 'string' ? request.body : ''
    const url = publicUrl + request.originalUrl
    if (!connector.events.isGenuine({ method, url, headers, body })) {
      await countFailure(request)
      throw new BridgeError('inbox_unauthorized', `This wasn’t signed by ${connector.label} for this server, or too long ago.`)
    }
    const accounts = readAccounts(() => connector.events?.accountsIn(body) ?? [])
    await Promise.all(accounts.map((accountId) => changes.note(connector.id, accountId)))
    return {}
  })
}

function readAccounts(read: () => readonly string[]): readonly string[] {
  try {
    return read()
  } catch {
    throw new BridgeError('request_invalid', 'The body isn’t a list of events.')
  }
}
