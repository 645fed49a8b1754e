// HubSpot's consent: what a link to it may ask for, and where the person's answer leads.

import type { FastifyInstance, FastifyReply } from 'fastify'
import type { Grants } from '../grants.ts'
import { PAGE_HEADERS } from '../html.ts'
import type { HubSpotAccount } from './account.ts'
import { type ConsentRequest, consentPage, refusedPage } from './consent-pages.ts'
import { SCOPES } from './scopes.ts'

type Form = Readonly<Record<string, string | undefined>>

/** What consent needs to know. */
export interface ConsentOptions {
  readonly clientId: string
  readonly account: HubSpotAccount
  readonly grants: Grants
}

/**
 * Adds `/oauth/authorize`: the page, and the form behind its buttons. What is wrong with the link is told on a page; only the person's
 * own answer is sent back to the app. Needs a parser for forms.
 */
export function addConsent(app: FastifyInstance, { clientId, account, grants }: ConsentOptions): void {
  const show = (reply: FastifyReply, status: number, body: string) => reply.code(status).headers(PAGE_HEADERS).send(body)

  app.get<{ Querystring: Form }>('/oauth/authorize', async (request, reply) => {
    const asked = readConsent(request.query, clientId)
    return typeof asked === 'string' ? show(reply, 400, refusedPage(asked)) : show(reply, 200, consentPage(account, asked))
  })

  app.post<{ Body: Form | undefined }>('/oauth/authorize', async (request, reply) => {
    const form = request.body ?? {}
    const asked = readConsent(form, clientId)
    if (typeof asked === 'string') return show(reply, 400, refusedPage(asked))
    const { redirect_uri: redirectUri = '', code_challenge: codeChallenge, state } = asked.fields
    const target = new URL(redirectUri)
    if (form.decision === 'allow') {
      const scopes = [...new Set([...asked.required, ...asked.optional])]
      target.searchParams.set('code', grants.issueCode({ clientId, redirectUri, scopes, codeChallenge }))
    } else {
      target.searchParams.set('error', 'access_denied')
      target.searchParams.set('error_description', 'The user denied access to the application')
    }
    if (state !== undefined) target.searchParams.set('state', state)
    return reply.redirect(target.href, 302)
  })
}

const CONSENT_FIELDS = [
  'client_id',
  'redirect_uri',
  'scope',
  'optional_scope',
  'state',
  'code_challenge',
  'code_challenge_method',
] as const

function readConsent(query: Form, clientId: string): ConsentRequest | string {
  if (query.client_id !== clientId) return 'The client_id of this link belongs to no app that HubSpot knows.'
  const redirect = redirectOf(query.redirect_uri)
  if (redirect === null)
    return 'The redirect_uri of this link is missing, or isn’t an https address (http is allowed on localhost only).'
  const required = scopesIn(query.scope)
  const optional = scopesIn(query.optional_scope)
  const unknown = [...required, ...optional].filter((scope) => !SCOPES.has(scope))
  if (unknown.length > 0) return `Authorization failed because the app asks for scopes that don’t exist: ${unknown.join(', ')}`
  if (!required.includes('oauth')) return 'Authorization failed because the app doesn’t ask for the scope that it needs: oauth'
  if (query.code_challenge !== undefined && query.code_challenge_method !== 'S256')
    return 'The code_challenge_method must be S256.'
  const fields = Object.fromEntries(CONSENT_FIELDS.flatMap((name) => (query[name] === undefined ? [] : [[name, query[name]]])))
  return { fields, required, optional: optional.filter((scope) => !required.includes(scope)), returnHost: redirect.host }
}

function redirectOf(uri: string | undefined): URL | null {
  const url = URL.canParse(uri ?? '') ? new URL(uri ?? '') : null
  if (url === null) return null
  const loopback = url.hostname === 'localhost' || url.hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(url.hostname)
  return url.protocol === 'https:' || (url.protocol === 'http:' && loopback) ? url : null
}

function scopesIn(text: string | undefined): readonly string[] {
  return [...new Set((text ?? '').split(/[\s,]+/).filter((scope) => scope !== ''))]
}
