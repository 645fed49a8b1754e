/** `POST /configure_api`: the inbox gives access to its own API, or takes it back. */
import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import type { Inbox, InboxStore } from '../connections/inbox-store.ts'
import type { LiveInboxes } from '../connections/live-inboxes.ts'
import { anywhere } from '../error-body.ts'
import { BridgeError, type ErrorCode } from '../errors.ts'
import { keyedBy, knownBefore, readJson, taken } from '../inbox-routes.ts'
import { readApiAddress } from './api-address.ts'
import type { ApiAccess, ApiVault } from './api-vault.ts'

export type ConfigureOptions = {
  /** Whether an API on this machine may be named. */
  loopback: boolean
  inboxes: Pick<InboxStore, 'setApi'>
  live: Pick<LiveInboxes, 'forget'>
  /** The inbox that calls. @throws {BridgeError} inbox_unauthorized */
  requireInbox: (request: FastifyRequest) => Inbox | Promise<Inbox>
  vault: ApiVault
}

/** Bytes. */
const largestBody = 16 * 1024
/** Characters. */
const longestToken = 4_096

const nothing = 'null or `None` = no access any more'
const Access = {
  type: 'object',
  properties: {
    api_url: {
      type: ['string', 'null'],
      description: `the base URL of the inbox’s API, https at a public address; ${nothing}`,
      examples: ['https://inbox.example.com/api/v1/'],
    },
    api_token: { type: ['string', 'null'], description: `what its \`Authorization: Token\` header takes; ${nothing}` },
  },
  required: ['api_url', 'api_token'],
} as const

const errors: readonly ErrorCode[] = ['request_invalid', ...anywhere]

export const configureRoutes: FastifyPluginAsync<ConfigureOptions> = async (app, options) => {
  const { loopback, inboxes, live, requireInbox, vault } = options
  readJson(app, largestBody)

  const schema = {
    ...keyedBy(app.prefix),
    summary: 'Give access to the inbox’s own API, or take it back',
    description: 'Kept sealed. What is refused changes nothing.',
    body: Access,
    response: taken,
  }
  const { onRequest, inboxOf } = knownBefore(requireInbox)
  // What is wrong is told in the caller's words, not in a schema's.
  const byHand = { validatorCompiler: () => () => true }

  app.post('/configure_api', { schema, config: { errors }, onRequest, ...byHand }, async (request) => {
    const inbox = inboxOf(request)
    const { id } = inbox
    const access = readAccess(request.body, loopback)
    const isTaken = await inboxes.setApi(inbox, access && vault.seal(id, access))
    live.forget(id)
    // A key that has just ended is known for another moment: what it gave would outlive it.
    if (!isTaken)
      throw new BridgeError('inbox_unauthorized', 'This plugin URL has ended. Ask the operator of the bridge for the new one.')
    request.log.info({ inboxId: id, hasAccess: access !== null }, 'the inbox configured its API')
    return {}
  })
}

/** Null = no access. @throws {BridgeError} request_invalid */
function readAccess(body: unknown, loopback: boolean): ApiAccess | null {
  if (typeof body !== 'object' || body === null || !('api_url' in body) || !('api_token' in body))
    throw new BridgeError('request_invalid', 'The body should be an object with api_url and api_token.')
  const { api_url: url, api_token: token } = body
  if (isNothing(url) || isNothing(token)) return null
  if (typeof url !== 'string') throw new BridgeError('request_invalid', 'The api_url should be a text, or null.')
  // What a header can hold. @see https://www.rfc-editor.org/rfc/rfc9110#section-5.5
  if (typeof token !== 'string' || token.length > longestToken || !/^[\x21-\x7e]+$/.test(token))
    throw new BridgeError('request_invalid', 'The api_token should be a text without spaces, or null.')
  return { url: readApiAddress(url, { loopback }).href, token }
}

/** The protocol writes `None` where it means none. */
const isNothing = (value: unknown): boolean => value === null || value === 'None' || value === ''
