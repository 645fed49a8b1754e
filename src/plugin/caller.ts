/** Who is calling: the inbox behind a key, wherever the key was put. */
import type { FastifyRequest } from 'fastify'
import type { Inbox } from '../connections/inbox-store.ts'
import type { LiveInboxes } from '../connections/live-inboxes.ts'
import { isLoopback } from '../connectors/crm-url.ts'
import { BridgeError } from '../errors.ts'

export interface Callers {
  /** The caller's inbox, at once where it is known; null when no key was given and the server isn't open. @throws {BridgeError} inbox_unauthorized for a wrong key */
  identify(request: FastifyRequest): Inbox | null | Promise<Inbox | null>
  /** @throws {BridgeError} inbox_unauthorized */
  require(request: FastifyRequest): Inbox | Promise<Inbox>
}

/** Counts a failure of the request's address. @throws {BridgeError} too_many_attempts when there were too many */
export type CountFailure = (request: FastifyRequest) => Promise<void>

/** @param open whether a caller without a key is the first inbox's: only on this machine, see PLUGIN_AUTH */
export function createCallers(inboxes: LiveInboxes, open: boolean, countFailure: CountFailure): Callers {
  function identify(request: FastifyRequest): Inbox | null | Promise<Inbox | null> {
    const key = readKey(request)
    if (key !== null) {
      const inbox = inboxes.byKey(key)
      return inbox === null || inbox instanceof Promise ? known(request, inbox) : inbox
    }
    if (!open) return null
    refuseStrangers(request)
    return inboxes.first()
  }
  async function known(request: FastifyRequest, inbox: Promise<Inbox | null> | null): Promise<Inbox> {
    return (await inbox) ?? refuse(request, wrongKey)
  }
  async function required(request: FastifyRequest, inbox: Promise<Inbox | null> | null): Promise<Inbox> {
    const identified = await inbox
    if (identified !== null) return identified
    // Costs what a wrong key costs: the time of a refusal tells nothing.
    await inboxes.byKey('')
    return refuse(request, missingKey)
  }
  async function refuse(request: FastifyRequest, reason: string): Promise<never> {
    await countFailure(request)
    throw new BridgeError('inbox_unauthorized', reason)
  }

  return {
    identify,
    require(request) {
      const inbox = identify(request)
      return inbox === null || inbox instanceof Promise ? required(request, inbox) : inbox
    },
  }
}

const wrongKey = 'This plugin URL is not valid, or no longer. Ask the operator of the bridge for it.'
export const missingKey =
  'The plugin URL has no key. Enter the whole URL that the operator of the bridge gave you: https://…/inboxes/…'

/** The key from the path, `Authorization` (Bearer, Token, or Basic with the key as user name: https://key@host) or `X-Inbox-Key`. */
export function readKey(request: Pick<FastifyRequest, 'params' | 'headers'>): string | null {
  const { key } = request.params as { key?: string }
  if (key !== undefined) return key
  const header = request.headers['x-inbox-key']
  if (typeof header === 'string' && header !== '') return header
  const [, scheme, credentials] = /^(\w+) +(\S+)\s*$/.exec(request.headers.authorization ?? '') ?? []
  switch (scheme?.toLowerCase()) {
    case 'bearer':
    case 'token':
      return credentials ?? null
    case 'basic':
      return (
        Buffer.from(credentials ?? '', 'base64')
          .toString()
          .split(':')[0] || null
      )
    default:
      return null
  }
}

/**
 * An open server answers this machine only. A web page can make a browser here ask, by a name that resolves to loopback or by loopback's
 * own, and a proxy here can ask for the outside: none of them is let in.
 */
function refuseStrangers({ headers }: FastifyRequest): void {
  const isHere = (url: string) => isLoopback(URL.parse(url)?.hostname ?? '')
  const forwarded = Object.keys(headers).some((name) => name === 'forwarded' || name.startsWith('x-forwarded-'))
  const isOfAPage = (headers.origin !== undefined && !isHere(headers.origin)) || headers['sec-fetch-site'] === 'cross-site'
  if (!isHere(`http://${headers.host ?? ''}`) || forwarded || isOfAPage) {
    throw new BridgeError('inbox_unauthorized', 'This bridge runs open, for its own machine only (PLUGIN_AUTH=open).')
  }
}
