// Salesforce's OAuth endpoints: tokens and their revocation, and beside them the consent that they start from.

import { createHmac } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Grant, Grants, Refusal } from '../grants.ts'
import { addConsent, type ConsentOptions } from './consent.ts'
import { identityUrl } from './identity.ts'
import type { SalesforceOrg } from './org.ts'
import { readAccessToken, readCode, readRefreshToken, writeAccessToken, writeRefreshToken } from './tokens.ts'

/** The app as registered in Salesforce, and the org that it is installed into. `sessionLifetime` is in seconds. */
export interface OAuthOptions extends ConsentOptions {
  readonly clientSecret: string
  readonly sessionLifetime: number
  readonly rotateRefreshTokens: boolean
  readonly now: () => number
}

type Form = Readonly<Record<string, string | undefined>>

/** @see https://help.salesforce.com/s/articleView?id=xcloud.remoteaccess_oauth_endpoints.htm */
export function addOAuthRoutes(app: FastifyInstance, options: OAuthOptions): void {
  addConsent(app, options)
  addToken(app, options)
  addRevocation(app, options)
}

function addToken(app: FastifyInstance, options: OAuthOptions): void {
  const { grants, clientId, rotateRefreshTokens } = options
  app.post<{ Body: Form | undefined }>('/services/oauth2/token', async (request, reply) => {
    reply.headers({ 'cache-control': 'no-store', pragma: 'no-cache' })
    const form: Form = { ...request.body, ...basicCredentials(request) }
    if (form.client_id !== clientId) return refuse(reply, 'invalid_client_id', 'client identifier invalid')
    if (form.client_secret !== options.clientSecret) return refuse(reply, 'invalid_client', 'invalid client credentials')
    switch (form.grant_type) {
      case 'authorization_code': {
        if (form.code_verifier === undefined) return refuse(reply, 'invalid_request', 'missing required code verifier')
        const result = grants.redeemCode(readCode(form.code ?? ''), {
          clientId,
          redirectUri: form.redirect_uri ?? '',
          codeVerifier: form.code_verifier,
        })
        if (typeof result === 'string') return refuse(reply, ...CODE_REFUSALS[result])
        const lasting = result.grant.scopes.some((scope) => scope === 'refresh_token' || scope === 'offline_access')
        return tokensOf(request, result.grant, lasting ? result.refreshToken : null, options)
      }
      case 'refresh_token': {
        const result = grants.refresh(readRefreshToken(form.refresh_token ?? ''), clientId)
        if (typeof result === 'string') return refuse(reply, 'invalid_grant', 'expired access/refresh token')
        // Without rotation the old token goes on, and the answer holds none.
        return tokensOf(request, result.grant, rotateRefreshTokens ? result.refreshToken : null, options)
      }
      default:
        return refuse(reply, 'unsupported_grant_type', 'grant type not supported')
    }
  })
}

function addRevocation(app: FastifyInstance, { grants, org }: OAuthOptions): void {
  const revoke = (reply: FastifyReply, token: string) => {
    const known = grants.revoke(readRefreshToken(token)) || endSession(grants, org, token)
    return known ? reply.code(200).send() : refuse(reply, 'unsupported_token_type', 'this token type is not supported')
  }
  app.post<{ Body: Form | undefined }>('/services/oauth2/revoke', async (request, reply) =>
    revoke(reply, request.body?.token ?? ''),
  )
  app.get<{ Querystring: Form }>('/services/oauth2/revoke', async (request, reply) => revoke(reply, request.query.token ?? ''))
}

// Of an access token only its own session ends.
function endSession(grants: Grants, { orgId }: SalesforceOrg, token: string): boolean {
  return grants.endAccess(readAccessToken(orgId, token))
}

// No `expires_in`: how long a session lasts is the org's business. The signature is over identity and time, with the app's secret.
function tokensOf(request: FastifyRequest, grant: Grant, refreshToken: string | null, options: OAuthOptions): object {
  const { grants, org, clientSecret, sessionLifetime, now } = options
  const id = identityUrl(request, org)
  const issuedAt = String(now())
  return {
    access_token: writeAccessToken(org.orgId, grants.accessToken(grant, sessionLifetime)),
    ...(refreshToken !== null && { refresh_token: writeRefreshToken(refreshToken) }),
    signature: createHmac('sha256', clientSecret).update(`${id}${issuedAt}`).digest('base64'),
    scope: grant.scopes.join(' '),
    instance_url: `${request.protocol}://${request.host}`,
    id,
    token_type: 'Bearer',
    issued_at: issuedAt,
  }
}

const INVALID_CODE = ['invalid_grant', 'invalid authorization code'] as const
const EXPIRED_CODE = ['invalid_grant', 'expired authorization code'] as const
const CODE_REFUSALS: Readonly<Record<Refusal, readonly [error: string, description: string]>> = {
  unknown: INVALID_CODE,
  'other-client': INVALID_CODE,
  used: EXPIRED_CODE,
  revoked: EXPIRED_CODE,
  expired: EXPIRED_CODE,
  'other-redirect': ['redirect_uri_mismatch', 'redirect_uri must match configuration'],
  'wrong-verifier': ['invalid_grant', 'invalid code verifier'],
}

// The app's credentials come in the body or as HTTP Basic, both parts encoded as in a form.
function basicCredentials(request: FastifyRequest): { readonly client_id?: string; readonly client_secret?: string } {
  const encoded = /^Basic (\S+)$/i.exec(request.headers.authorization ?? '')?.[1]
  if (encoded === undefined) return {}
  const [id = '', ...secret] = Buffer.from(encoded, 'base64').toString().split(':')
  const decoded = new URLSearchParams(`id=${id}&secret=${secret.join(':')}`)
  return { client_id: decoded.get('id') ?? '', client_secret: decoded.get('secret') ?? '' }
}

function refuse(reply: FastifyReply, error: string, description: string): FastifyReply {
  return reply.code(400).send({ error, error_description: description })
}
