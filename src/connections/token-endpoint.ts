/** Speaks to a CRM's token endpoint, by simple-oauth2, and tells an ended grant from an endpoint that is down. */
import { AuthorizationCode, type ModuleOptions } from 'simple-oauth2'
import type { OAuthProvider } from '../connectors/connector.ts'

export type Tokens = { readonly accessToken: string; readonly refreshToken: string; readonly expiresAt: Date | null }

/** Why the token endpoint gave no tokens. `ended` = the grant is over (`invalid_grant`); everything else may pass. */
export class TokenError extends Error {
  readonly kind: 'ended' | 'misconfigured' | 'unavailable'
  constructor(kind: TokenError['kind'], reason: string) {
    super(`Token endpoint: ${reason}`)
    this.name = 'TokenError'
    this.kind = kind
  }
}

/** A refresh is never cut short by whoever waits for it: where tokens rotate, an answer lost is a grant lost. Milliseconds. */
const timeout = 30_000

/** The settings of one CRM for simple-oauth2, as @fastify/oauth2 takes them too. `loginUrl` = the host picked at consent. */
export function oauthCredentials(oauth: OAuthProvider): ModuleOptions {
  const token = new URL(oauth.tokenUrl)
  const authorize = new URL(oauth.authorizeUrl)
  return {
    client: { id: oauth.clientId, secret: oauth.clientSecret },
    auth: {
      tokenHost: token.origin,
      tokenPath: token.pathname,
      revokePath: new URL(oauth.revokeUrl).pathname,
      authorizeHost: authorize.origin,
      authorizePath: authorize.pathname,
    },
    http: { timeout, maxBytes: 100_000 } as NonNullable<ModuleOptions['http']>,
    options: { authorizationMethod: 'body' },
  }
}

/** New tokens for a refresh token. The old refresh token stays where none comes back. @throws {TokenError} */
export async function refreshTokens(oauth: OAuthProvider, refreshToken: string): Promise<Tokens> {
  const grant = new AuthorizationCode(oauthCredentials(oauth)).createToken({ refresh_token: refreshToken })
  try {
    const { token } = await grant.refresh()
    return readTokens(oauth, { refresh_token: refreshToken, ...token })
  } catch (error) {
    throw toTokenError(error)
  }
}

/** Ends a grant at the CRM. @throws {TokenError} */
export async function revokeGrant(oauth: OAuthProvider, refreshToken: string): Promise<void> {
  try {
    await new AuthorizationCode(oauthCredentials(oauth)).createToken({ refresh_token: refreshToken }).revoke('refresh_token')
  } catch (error) {
    throw toTokenError(error)
  }
}

/** Checks a token answer. @throws {TokenError} when it isn't one */
export function readTokens(oauth: OAuthProvider, answer: Readonly<Record<string, unknown>>): Tokens {
  const { access_token: accessToken, refresh_token: refreshToken, expires_in: expiresIn } = answer
  if (typeof accessToken !== 'string' || !accessToken || typeof refreshToken !== 'string' || !refreshToken) {
    throw new TokenError('unavailable', 'the answer holds no tokens')
  }
  const lifetime = Number(expiresIn ?? Number.NaN)
  const seconds = Number.isFinite(lifetime) && lifetime > 0 ? lifetime : oauth.fallbackLifetime
  return { accessToken, refreshToken, expiresAt: seconds === null ? null : new Date(Date.now() + seconds * 1000) }
}

/**
 * What a failed call means. Boom's errors carry the request with its secrets, so nothing of them is kept but status and code.
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-5.2
 */
export function toTokenError(error: unknown): TokenError {
  if (error instanceof TokenError) return error
  const { payload, statusCode } = readBoom(error)
  const code = typeof payload === 'object' && payload !== null && 'error' in payload ? payload.error : undefined
  if (code === 'invalid_grant') return new TokenError('ended', 'invalid_grant')
  if (code === 'invalid_client' || code === 'unauthorized_client' || statusCode === 401) {
    return new TokenError('misconfigured', 'the client id or secret is not accepted')
  }
  return new TokenError('unavailable', statusCode === undefined ? 'no answer' : `answered ${statusCode}`)
}

function readBoom(error: unknown): { payload: unknown; statusCode: number | undefined } {
  const data = typeof error === 'object' && error !== null && 'data' in error ? error.data : undefined
  if (typeof data !== 'object' || data === null) return { payload: undefined, statusCode: undefined }
  const payload = 'payload' in data ? data.payload : undefined
  const response = 'res' in data && typeof data.res === 'object' && data.res !== null ? data.res : {}
  const statusCode = 'statusCode' in response && typeof response.statusCode === 'number' ? response.statusCode : undefined
  return { payload, statusCode }
}
