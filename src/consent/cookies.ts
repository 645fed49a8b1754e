/** The cookies that bind a consent to one browser. */
import type { CookieSerializeOptions } from '@fastify/cookie'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { ticketLifetime } from '../connections/connect-ticket.ts'
import { offerStands } from '../connections/grants.ts'
import type { Connection } from '../connections/inbox-store.ts'
import { type Keys, readUnexpired, signFor } from '../keys.ts'
import { consentLifetime } from './consent-state-store.ts'

export type MadeHere = Pick<Connection, 'inboxId' | 'epoch'>

export interface ConsentCookies {
  /** Name and attributes of a CRM's flow cookies, for @fastify/oauth2. Each CRM has its own: two flows may run side by side. */
  flow(crm: string): { redirectStateCookieName: string; verifierCookieName: string; cookie: CookieSerializeOptions }
  /** Whether this browser began the flow of this state. */
  beganFlow(request: FastifyRequest, crm: string, state: string): boolean
  /** The flow's PKCE verifier, for use once: the cookies are gone with the answer. */
  takeVerifier(request: FastifyRequest, reply: FastifyReply, crm: string): string
  /** Remembers the ticket by which this browser began a consent, to lead back to where it came from. */
  rememberTicket(reply: FastifyReply, ticket: string): void
  rememberedTicket(request: FastifyRequest): string
  /** Remembers that this browser made or accepted the connection: only to it are the contacts shown, and of no later one. */
  remember(reply: FastifyReply, connection: MadeHere): void
  /** The connection that this browser made or accepted within the hour; the inbox may have another one by now, or none. */
  remembered(request: FastifyRequest): MadeHere | null
  /** Remembers an offer that only this browser may accept. */
  rememberOffer(reply: FastifyReply, offerId: string): void
  rememberedOffer(request: FastifyRequest): string | null
}

const rememberedFor = 3600

export function createConsentCookies(keys: Keys, publicUrl: string): ConsentCookies {
  const secure = publicUrl.startsWith('https:')
  // Browsers take a __Host- cookie only over https, for this host alone: no neighbour can plant one.
  // https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Set-Cookie#cookie_prefixes
  const named = (name: string) => `${secure ? '__Host-' : ''}crm-bridge-${name}`
  // Lax, not Strict: the browser comes back from the CRM's site.
  const attributes = { path: '/', httpOnly: true, sameSite: 'lax', secure } as const
  const consented = named('consented')
  const offered = named('offered')
  const ticketed = named('ticket')
  return {
    flow: (crm) => ({
      redirectStateCookieName: named(`${crm}-state`),
      verifierCookieName: named(`${crm}-verifier`),
      cookie: { ...attributes, maxAge: consentLifetime },
    }),
    beganFlow: (request, crm, state) => request.cookies[named(`${crm}-state`)] === state,
    takeVerifier(request, reply, crm) {
      for (const part of ['state', 'verifier']) reply.clearCookie(named(`${crm}-${part}`), attributes)
      return request.cookies[named(`${crm}-verifier`)] ?? ''
    },
    rememberTicket(reply, ticket) {
      reply.setCookie(ticketed, ticket, { ...attributes, maxAge: ticketLifetime })
    },
    rememberedTicket: (request) => request.cookies[ticketed] ?? '',
    remember(reply, { inboxId, epoch }) {
      const signed = signFor(keys, rememberedFor, 'consented', `${inboxId}.${epoch}`)
      reply.setCookie(consented, signed, { ...attributes, maxAge: rememberedFor })
    },
    remembered(request) {
      const [inboxId, epoch] = readUnexpired(keys, 'consented', request.cookies[consented] ?? '')?.split('.') ?? []
      return inboxId === undefined || epoch === undefined ? null : { inboxId, epoch }
    },
    rememberOffer(reply, offerId) {
      reply.setCookie(offered, signFor(keys, offerStands, 'offered', offerId), { ...attributes, maxAge: offerStands })
    },
    rememberedOffer: (request) => readUnexpired(keys, 'offered', request.cookies[offered] ?? ''),
  }
}
