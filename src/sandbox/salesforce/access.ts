// Who may call the API: every API request comes by here first, in Salesforce's order: session, API access, quota.

import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Grant, Grants } from '../grants.ts'
import { SalesforceError } from './errors.ts'
import type { Quota } from './quota.ts'
import { readAccessToken } from './tokens.ts'

/** What requests are let through by. */
export interface AccessOptions {
  readonly grants: Grants
  readonly orgId: string
  readonly quota: Quota
  readonly apiEnabled: () => boolean
}

/** The access token of a request: in its header, or where identity is asked for also in its query, as `oauth_token`. */
export function tokenIn(request: FastifyRequest): string | undefined {
  const { oauth_token: queried } = request.query as { readonly oauth_token?: unknown }
  const written = /^(?:Bearer|OAuth) (\S+)$/i.exec(request.headers.authorization ?? '')?.[1]
  return written ?? (typeof queried === 'string' && !request.url.startsWith('/services/data') ? queried : undefined)
}

/** The grant behind a request's access token; null when the token doesn't count. */
export function sessionOf(request: FastifyRequest, { grants, orgId }: Pick<AccessOptions, 'grants' | 'orgId'>): Grant | null {
  const access = grants.readAccess(readAccessToken(orgId, tokenIn(request) ?? ''))
  return access.state === 'live' ? access.grant : null
}

/** Whose request it is. Throws 401 without a session, 403 where the org's API is off. */
export function grantOf(request: FastifyRequest, options: AccessOptions): Grant {
  const grant = sessionOf(request, options)
  if (grant === null) throw new SalesforceError(401, 'INVALID_SESSION_ID', 'Session expired or invalid')
  if (!grant.scopes.some((scope) => scope === 'api' || scope === 'full')) {
    throw new SalesforceError(401, 'INVALID_SESSION_ID', 'This session is not valid for use with the REST API')
  }
  if (!options.apiEnabled()) {
    throw new SalesforceError(403, 'API_DISABLED_FOR_ORG', 'The REST API is not enabled for this Organization.')
  }
  return grant
}

/**
 * Counts calls against the org's quota, or throws 403. The answer says how much of it is used.
 * @see https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/headers_api_usage.htm
 */
export function spend(reply: FastifyReply, { quota }: AccessOptions, calls: number): void {
  const admitted = quota.take(calls)
  reply.header('sforce-limit-info', `api-usage=${quota.used}/${quota.max}`)
  if (!admitted) throw new SalesforceError(403, 'REQUEST_LIMIT_EXCEEDED', 'TotalRequests Limit exceeded.')
}
