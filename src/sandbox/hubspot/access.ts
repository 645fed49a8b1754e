// Who may call the API: every API route asks here first, in HubSpot's order: token, limit, scope.

import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Grants } from '../grants.ts'
import { HubSpotError } from './errors.ts'
import type { LimitKind, Limits } from './limits.ts'

/** What a route needs. */
export interface Need {
  readonly scopes: readonly string[]
  /** Which limit it counts against; `api` unless said. */
  readonly limit?: LimitKind
}

export interface Access {
  /** A hook that lets the request through or throws 401, 429 or 403. */
  guard(need: Need): (request: FastifyRequest, reply: FastifyReply) => Promise<void>
}

/** @see https://developers.hubspot.com/docs/apps/developer-platform/build-apps/authentication/scopes */
export function createAccess(grants: Grants, limits: Limits, now: () => number): Access {
  return {
    guard:
      ({ scopes, limit = 'api' }) =>
      async (request, reply) => {
        const token = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1]
        const access = token === undefined ? ({ state: 'invalid' } as const) : grants.readAccess(token)
        if (access.state === 'invalid') throw unauthenticated()
        if (access.state === 'expired') throw expired(access.expiresAt, now())
        limits(limit, reply)
        const missing = scopes.filter((scope) => !access.grant.scopes.includes(scope))
        if (missing.length > 0) throw missingScopes(missing)
      },
  }
}

function unauthenticated(): HubSpotError {
  return new HubSpotError(401, {
    message:
      'Authentication credentials not found. This API supports OAuth 2.0 authentication and you can find more details at https://developers.hubspot.com/docs/methods/auth/oauth-overview',
    category: 'INVALID_AUTHENTICATION',
  })
}

function expired(expiresAt: number, now: number): HubSpotError {
  const seconds = Math.max(1, Math.round((now - expiresAt) / 1000))
  return new HubSpotError(401, {
    message: `The OAuth token used to make this call expired ${seconds} second(s) ago.`,
    category: 'EXPIRED_AUTHENTICATION',
    context: { 'expire time': [new Date(expiresAt).toISOString()] },
  })
}

function missingScopes(scopes: readonly string[]): HubSpotError {
  return new HubSpotError(403, {
    message:
      "This app hasn't been granted all required scopes to make this call. Read more about required scopes here: https://developers.hubspot.com/scopes.",
    category: 'MISSING_SCOPES',
    errors: [{ message: 'One or more of the following scopes are required.', context: { requiredGranularScopes: scopes } }],
    links: { scopes: 'https://developers.hubspot.com/scopes' },
  })
}
