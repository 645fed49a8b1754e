/** What the routes share that an inbox's server calls, or that somebody posts JSON to for it. */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Inbox } from './connections/inbox-store.ts'
import { failures } from './error-body.ts'
import { BridgeError } from './errors.ts'

/** The parameter `:key` of a path. */
export const inboxKey = { type: 'string', description: 'the inbox’s key, as it stands in its plugin URL' } as const
/** The ways to give it where the path has none. */
export const keyInHeader = [{ key: [] }, { keyAsUser: [] }, { keyHeader: [] }]

/** What is answered where there is nothing to say but that it was taken. */
const Taken = { type: 'object', properties: {}, additionalProperties: false } as const
export const taken = { 200: Taken, ...failures } as const

/** How a route is documented that is registered under a prefix with the key, or at the root with the key in a header. */
export function keyedBy(prefix: string) {
  return prefix.includes(':key')
    ? { tags: ['plugin'], params: { type: 'object', properties: { key: inboxKey }, required: ['key'] } }
    : { tags: ['plugin at the root'], security: keyInHeader }
}

/** Reads every body of this scope as JSON, whatever content type it is given. @param largest bytes */
export function readJson(scope: FastifyInstance, largest: number): void {
  scope.removeAllContentTypeParsers()
  scope.addContentTypeParser('*', { parseAs: 'string', bodyLimit: largest }, async (_request: unknown, body: string) => {
    try {
      return JSON.parse(body)
    } catch {
      throw new BridgeError('request_invalid', 'The body isn’t JSON.')
    }
  })
}

/**
 * Finds out who is calling before the body is read: whoever isn't known is told so whatever they send.
 * @param require the inbox that calls, or for which; throws where there is none
 */
export function knownBefore(require: (request: FastifyRequest) => Inbox | Promise<Inbox>) {
  const inboxes = new WeakMap<FastifyRequest, Inbox>()
  return {
    onRequest: async (request: FastifyRequest) => void inboxes.set(request, await require(request)),
    inboxOf: (request: FastifyRequest) => inboxes.get(request) as Inbox,
  }
}
