// HubSpot's OAuth endpoints: tokens, their introspection and their revocation, and beside them the consent that they start from.

import type { FastifyInstance, FastifyReply } from 'fastify'
import type { Grant, Grants, Refusal } from '../grants.ts'
import type { HubSpotAccount } from './account.ts'
import { addConsent } from './consent.ts'
import { envelope } from './errors.ts'

const TOKEN_PATHS = ['/oauth/2026-03/token', '/oauth/v3/token', '/oauth/v1/token']
const APP_ID = 1_000_001

/** The app as registered at HubSpot, and the account that it is installed into. `tokenLifetime` is in seconds. */
export interface OAuthOptions {
  readonly clientId: string
  readonly clientSecret: string
  readonly account: HubSpotAccount
  readonly grants: Grants
  readonly tokenLifetime: number
  readonly now: () => number
}

type Form = Readonly<Record<string, string | undefined>>

/** @see https://developers.hubspot.com/docs/apps/developer-platform/build-apps/authentication/oauth/working-with-oauth */
export function addOAuthRoutes(app: FastifyInstance, options: OAuthOptions): void {
  addConsent(app, options)
  for (const path of TOKEN_PATHS) {
    addToken(app, path, options)
    addIntrospection(app, `${path}/introspect`, options)
    addRevocation(app, `${path}/revoke`, options)
  }
}

function addToken(app: FastifyInstance, path: string, options: OAuthOptions): void {
  const { grants, account, tokenLifetime } = options
  const answer = (grant: Grant, refreshToken: string) => ({
    token_type: 'bearer',
    token_use: 'access_token',
    refresh_token: refreshToken,
    access_token: grants.accessToken(grant, tokenLifetime),
    expires_in: tokenLifetime,
    hub_id: account.portalId,
    user_id: account.userId,
    scopes: grant.scopes,
  })

  app.post<{ Body: Form | undefined }>(path, async (request, reply) => {
    const form = request.body ?? {}
    const stranger = refuseClient(reply, form, options)
    if (stranger !== null) return stranger
    reply.header('cache-control', 'no-store')
    switch (form.grant_type) {
      case 'authorization_code': {
        const result = grants.redeemCode(form.code ?? '', {
          clientId: options.clientId,
          redirectUri: form.redirect_uri ?? '',
          codeVerifier: form.code_verifier,
        })
        return typeof result === 'string' ? refuse(reply, 400, CODE_REFUSALS[result]) : answer(result.grant, result.refreshToken)
      }
      case 'refresh_token': {
        const result = grants.refresh(form.refresh_token ?? '', options.clientId)
        return typeof result === 'string' ? refuse(reply, 400, BAD_REFRESH_TOKEN) : answer(result.grant, result.refreshToken)
      }
      default:
        return refuse(reply, 400, {
          error: 'unsupported_grant_type',
          status: 'BAD_GRANT_TYPE',
          message: 'missing or unknown grant type',
        })
    }
  })
}

function addIntrospection(app: FastifyInstance, path: string, options: OAuthOptions): void {
  const { grants, account, clientId, now } = options
  app.post<{ Body: Form | undefined }>(path, async (request, reply) => {
    const form = request.body ?? {}
    const stranger = refuseClient(reply, form, options)
    if (stranger !== null) return stranger
    const token = form.token ?? ''
    const common = {
      token,
      active: true,
      token_type: 'bearer',
      client_id: clientId,
      app_id: APP_ID,
      hub_id: account.portalId,
      hub_domain: account.hubDomain,
      user_id: account.userId,
      user: account.user,
    }
    const access = grants.readAccess(token)
    if (access.state === 'live') {
      const { scopes } = access.grant
      const expiresIn = Math.floor((access.expiresAt - now()) / 1000)
      return { ...common, token_use: 'access_token', scopes, expires_in: expiresIn, is_private_distribution: false }
    }
    const grant = grants.readRefresh(token)
    if (grant !== null) return { ...common, token_use: 'refresh_token', scopes: grant.scopes }
    // A token that doesn't count is described no further. @see https://datatracker.ietf.org/doc/html/rfc7662#section-2.2
    return { active: false }
  })
}

function addRevocation(app: FastifyInstance, path: string, options: OAuthOptions): void {
  app.post<{ Body: Form | undefined }>(path, async (request, reply) => {
    const form = request.body ?? {}
    const stranger = refuseClient(reply, form, options)
    if (stranger !== null) return stranger
    // An unknown token is as good as revoked. @see https://datatracker.ietf.org/doc/html/rfc7009#section-2.2
    options.grants.revoke(form.token ?? '')
    return reply.code(200).send()
  })
}

interface OAuthRefusal {
  readonly error: string
  readonly status: string
  readonly message: string
}

const BAD_AUTH_CODE: OAuthRefusal = { error: 'invalid_grant', status: 'BAD_AUTH_CODE', message: 'missing or unknown auth code' }
const BAD_REFRESH_TOKEN: OAuthRefusal = {
  error: 'invalid_grant',
  status: 'BAD_REFRESH_TOKEN',
  message: 'missing or invalid refresh token',
}
const CODE_REFUSALS: Readonly<Record<Refusal, OAuthRefusal>> = {
  unknown: BAD_AUTH_CODE,
  used: BAD_AUTH_CODE,
  revoked: BAD_AUTH_CODE,
  'other-client': BAD_AUTH_CODE,
  expired: { error: 'invalid_grant', status: 'EXPIRED_AUTH_CODE', message: 'auth code is expired' },
  'other-redirect': {
    error: 'invalid_grant',
    status: 'MISMATCH_REDIRECT_URI_AUTH_CODE',
    message: 'redirect uri does not match the one the auth code was made for',
  },
  'wrong-verifier': {
    error: 'invalid_grant',
    status: 'BAD_CODE_VERIFIER',
    message: 'code verifier does not match the code challenge',
  },
}

function refuseClient(reply: FastifyReply, form: Form, { clientId, clientSecret }: OAuthOptions): FastifyReply | null {
  if (form.client_id !== clientId) {
    return refuse(reply, 401, { error: 'invalid_client', status: 'BAD_CLIENT_ID', message: 'missing or unknown client id' })
  }
  if (form.client_secret !== clientSecret) {
    return refuse(reply, 401, {
      error: 'invalid_client',
      status: 'BAD_CLIENT_SECRET',
      message: 'missing or invalid client secret',
    })
  }
  return null
}

// OAuth's two fields and HubSpot's envelope in one body, where `status` names the cause.
function refuse(reply: FastifyReply, code: number, { error, status, message }: OAuthRefusal): FastifyReply {
  return reply.code(code).send({ ...envelope(reply, { message }), error, error_description: message, status })
}
