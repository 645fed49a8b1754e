// Salesforce's consent: what a link to it may ask for, what the org lets in, and where the person's answer leads.

import type { FastifyInstance, FastifyReply } from 'fastify'
import type { Grants } from '../grants.ts'
import { PAGE_HEADERS } from '../html.ts'
import { type ConsentRequest, consentPage, refusedPage } from './consent-pages.ts'
import type { SalesforceOrg } from './org.ts'
import { SCOPES } from './scopes.ts'
import { writeCode } from './tokens.ts'

/** Why an org lets nobody consent, whatever they would answer. */
export const CONSENT_REFUSALS = {
  blocked: { error: 'OAUTH_APP_BLOCKED', description: 'this app is blocked by admin' },
  'not-approved': { error: 'OAUTH_APP_ACCESS_DENIED', description: 'user is not admin approved to access this app' },
  'not-installed': { error: 'invalid_client', description: 'app must be installed into org' },
  /** Of an External Client App: Salesforce shows this one itself. */
  'not-found': { error: 'OAUTH_EC_APP_NOT_FOUND', description: 'External client app is not installed in this org' },
} as const
export type ConsentRefusal = keyof typeof CONSENT_REFUSALS

/** What consent needs to know. */
export interface ConsentOptions {
  readonly clientId: string
  /** The callback URLs of the app; any https address and any on loopback when there are none. */
  readonly redirectUris: readonly string[]
  readonly org: SalesforceOrg
  readonly grants: Grants
  readonly refusal: () => ConsentRefusal | null
}

type Form = Readonly<Record<string, string | undefined>>
const PATH = '/services/oauth2/authorize'

/**
 * Adds the page and the form behind its buttons. Where the app isn't known or its callback URL isn't its own, a page says so; all other
 * errors go back to the app. Needs a parser for forms.
 * @see https://help.salesforce.com/s/articleView?id=xcloud.remoteaccess_oauth_web_server_flow.htm
 */
export function addConsent(app: FastifyInstance, options: ConsentOptions): void {
  const { clientId, org, grants } = options
  const answer = (reply: FastifyReply, form: Form, respond: (request: ConsentRequest, target: URL) => FastifyReply) => {
    const refused = refusalOf(form, options)
    if (refused?.shown === true) {
      return reply.code(400).headers(PAGE_HEADERS).send(refusedPage(refused.error, refused.description))
    }
    const target = new URL(form.redirect_uri ?? '')
    return refused === null
      ? respond(consentRequest(form, target), target)
      : goBack(reply, target, form, { error: refused.error, error_description: refused.description })
  }

  app.get<{ Querystring: Form }>(PATH, async (request, reply) =>
    answer(reply, request.query, (asked) => reply.headers(PAGE_HEADERS).send(consentPage(org, PATH, asked))),
  )

  app.post<{ Body: Form | undefined }>(PATH, async (request, reply) => {
    const form = request.body ?? {}
    return answer(reply, form, ({ scopes }, target) => {
      if (form.decision !== 'allow') {
        return goBack(reply, target, form, { error: 'access_denied', error_description: 'end-user denied authorization' })
      }
      const code = grants.issueCode({
        clientId,
        redirectUri: form.redirect_uri ?? '',
        scopes,
        codeChallenge: form.code_challenge,
      })
      return goBack(reply, target, form, { code: writeCode(code) })
    })
  })
}

interface Refused {
  readonly error: string
  readonly description: string
  /** Whether Salesforce shows it itself instead of going back to the app. */
  readonly shown: boolean
}

function refusalOf(form: Form, { clientId, redirectUris, refusal }: ConsentOptions): Refused | null {
  const shown = (error: string, description: string): Refused => ({ error, description, shown: true })
  const told = (error: string, description: string): Refused => ({ error, description, shown: false })
  if (form.client_id !== clientId) return shown('invalid_client_id', 'client identifier invalid')
  if (!isCallback(form.redirect_uri ?? '', redirectUris))
    return shown('redirect_uri_mismatch', 'redirect_uri must match configuration')
  if (form.response_type !== 'code') return told('unsupported_response_type', 'response type not supported')
  if (!/^[\w-]{43}$/.test(form.code_challenge ?? '')) {
    return told(
      'invalid_request',
      form.code_challenge === undefined ? 'missing required code challenge' : 'invalid code challenge',
    )
  }
  if ((form.code_challenge_method ?? 'S256') !== 'S256') return told('invalid_request', 'code challenge method not supported')
  if (scopesIn(form.scope).some((scope) => !SCOPES.has(scope))) return told('invalid_scope', 'the requested scope is not allowed')
  const reason = refusal()
  if (reason === null) return null
  const { error, description } = CONSENT_REFUSALS[reason]
  return reason === 'not-found' ? shown(error, description) : told(error, description)
}

const CONSENT_FIELDS = [
  'response_type',
  'client_id',
  'redirect_uri',
  'scope',
  'state',
  'code_challenge',
  'code_challenge_method',
] as const

function consentRequest(form: Form, target: URL): ConsentRequest {
  const fields = Object.fromEntries(CONSENT_FIELDS.flatMap((name) => (form[name] === undefined ? [] : [[name, form[name]]])))
  return { fields, scopes: scopesIn(form.scope), returnHost: target.host }
}

function goBack(reply: FastifyReply, target: URL, { state }: Form, values: Readonly<Record<string, string>>): FastifyReply {
  for (const [name, value] of Object.entries({ ...values, ...(state !== undefined && { state }) }))
    target.searchParams.set(name, value)
  return reply.redirect(target.href, 302)
}

function isCallback(uri: string, registered: readonly string[]): boolean {
  if (!URL.canParse(uri)) return false
  if (registered.length > 0) return registered.includes(uri)
  const { protocol, hostname } = new URL(uri)
  const loopback = hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname)
  return protocol === 'https:' || (protocol === 'http:' && loopback)
}

// Without a scope an app gets all that it is registered for.
function scopesIn(text: string | undefined): readonly string[] {
  const scopes = (text ?? '').split(/\s+/).filter((scope) => scope !== '')
  return scopes.length === 0 ? ['api', 'id', 'refresh_token'] : [...new Set(scopes)]
}
