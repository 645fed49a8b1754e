/** The cookies that bind a consent to one browser. */
import type { CookieSerializeOptions } from '@fastify/cookie'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { offerStands } from '../connections/grants.ts'
import { type Keys, readUnexpired, signFor } from '../keys.ts'
import { consentLifetime } from './consent-state-store.ts'

export interface ConsentCookies {
  /** Name and attributes of a CRM's flow cookies, for @fastify/oauth2. Each CRM has its own: two flows may run side by side. */
  flow(crm: string): { redirectStateCookieName: string; verifierCookieName: string; cookie: CookieSerializeOptions }
  /** Whether this browser began the flow of this state. */
  beganFlow(request: FastifyRequest, crm: string, state: string): boolean
  /** The flow's PKCE verifier, for use once: the cookies are gone with the answer. */
  takeVerifier(request: FastifyRequest, reply: FastifyReply, crm: string): string
  /** Remembers that this browser consented for the inbox: only to it are the contacts shown. */
  remember(reply: FastifyReply, inboxId: string): void
  /** The inbox that this browser consented for within the hour. */
  remembered(request: FastifyRequest): string | null
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
    remember(reply, inboxId) {
      reply.setCookie(consented, signFor(keys, rememberedFor, 'consented', inboxId), { ...attributes, maxAge: rememberedFor })
    },
    remembered: (request) => readUnexpired(keys, 'consented', request.cookies[consented] ?? ''),
    rememberOffer(reply, offerId) {
      reply.setCookie(offered, signFor(keys, offerStands, 'offered', offerId), { ...attributes, maxAge: offerStands })
    },
    rememberedOffer: (request) => readUnexpired(keys, 'offered', request.cookies[offered] ?? ''),
  }
}
