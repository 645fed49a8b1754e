/** Speaks to a CRM's token endpoint, by simple-oauth2, and tells an ended grant from an endpoint that is down. */
import type { AuthorizationCode, ModuleOptions } from 'simple-oauth2'
import type { OAuthProvider, OAuthRefusal } from '../connectors/connector.ts'

export type Tokens = { readonly accessToken: string; readonly refreshToken: string; readonly expiresAt: Date | null }

/**
 * Why the token endpoint gave no tokens. `ended` = the grant is over (`invalid_grant`); `foreign` = its host isn't the CRM's own, so it
 * wasn't asked; everything else may pass.
 */
export class TokenError extends Error {
  readonly kind: 'ended' | 'foreign' | 'misconfigured' | 'unavailable'
  /** What the endpoint said, for the CRM's connector to put into words. */
  readonly refusal: OAuthRefusal | null
  /** Whether the request as such was refused, by the endpoint or here: the same one can't succeed later. */
  readonly isFinal: boolean
  constructor(kind: TokenError['kind'], reason: string, refusal: OAuthRefusal | null = null, status = 0) {
    super(`Token endpoint: ${reason}`)
    this.name = 'TokenError'
    this.kind = kind
    this.refusal = refusal
    this.isFinal = kind === 'foreign' || (status >= 400 && status < 500 && status !== 408 && status !== 429)
  }
}

/** A refresh is never cut short by whoever waits for it: where tokens rotate, an answer lost is a grant lost. Milliseconds. */
const refreshPatience = 30_000
/** An administrator who waits at the end of consent can start again. Milliseconds. */
export const consentPatience = 10_000

/** One CRM's settings for simple-oauth2, which @fastify/oauth2 takes too. `loginUrl` = the host picked at consent, if there is a choice; `patience` in milliseconds. */
export function oauthCredentials(oauth: OAuthProvider, loginUrl: string | null, patience: number): ModuleOptions {
  const token = new URL(oauth.tokenUrl)
  const authorize = new URL(oauth.authorizeUrl)
  return {
    client: { id: oauth.clientId, secret: oauth.clientSecret },
    auth: {
      tokenHost: loginUrl ?? token.origin,
      tokenPath: token.pathname,
      revokePath: new URL(oauth.revokeUrl).pathname,
      authorizeHost: loginUrl ?? authorize.origin,
      authorizePath: authorize.pathname,
    },
    http: { timeout: patience, maxBytes: 100_000 } as NonNullable<ModuleOptions['http']>,
    options: { authorizationMethod: 'body' },
  }
}

/**
 * Loaded for the first call: a server whose grants are all fresh does without. The login host comes from a row, so it is judged here, past
 * which everything that holds the app's secret goes. @throws {TokenError} foreign
 */
async function client(oauth: OAuthProvider, loginUrl: string | null, patience: number): Promise<AuthorizationCode> {
  if (loginUrl !== null && !oauth.isOwnHost('login', loginUrl))
    throw new TokenError('foreign', 'not asked, its host isn’t the CRM’s')
  const { AuthorizationCode } = await import('simple-oauth2')
  return new AuthorizationCode(oauthCredentials(oauth, loginUrl, patience))
}

/** The token answer for an authorization code. @throws {TokenError} */
export async function exchangeCode(
  oauth: OAuthProvider,
  loginUrl: string | null,
  params: { code: string; redirect_uri: string; code_verifier: string },
): Promise<Readonly<Record<string, unknown>>> {
  try {
    const { token } = await (await client(oauth, loginUrl, consentPatience)).getToken(params)
    return token
  } catch (error) {
    throw toTokenError(error)
  }
}

/** New tokens for a refresh token. The old refresh token stays where none comes back. @throws {TokenError} */
export async function refreshTokens(oauth: OAuthProvider, loginUrl: string | null, refreshToken: string): Promise<Tokens> {
  try {
    const library = await client(oauth, loginUrl, refreshPatience)
    const { token } = await library.createToken({ refresh_token: refreshToken }).refresh()
    return readTokens(oauth, { ...token, refresh_token: token.refresh_token || refreshToken })
  } catch (error) {
    throw toTokenError(error)
  }
}

/** Ends a grant at the CRM. @throws {TokenError} */
export async function revokeGrant(oauth: OAuthProvider, loginUrl: string | null, refreshToken: string): Promise<void> {
  try {
    const library = await client(oauth, loginUrl, refreshPatience)
    await library.createToken({ refresh_token: refreshToken }).revoke('refresh_token')
  } catch (error) {
    // What is in the body of a success doesn't matter, JSON or not: https://www.rfc-editor.org/rfc/rfc7009#section-2.2
    const { statusCode = 0 } = readBoom(error)
    if (statusCode < 200 || statusCode > 299) throw toTokenError(error)
  }
}

/** A token that is said to live for longer isn't believed: what a date can't hold could be neither stored nor waited for. Seconds. */
const longestLifetime = 365 * 86_400

/** Checks a token answer. @throws {TokenError} when it isn't one */
export function readTokens(oauth: OAuthProvider, answer: Readonly<Record<string, unknown>>): Tokens {
  const { access_token: accessToken, refresh_token: refreshToken, expires_in: expiresIn } = answer
  if (typeof accessToken !== 'string' || !accessToken || typeof refreshToken !== 'string' || !refreshToken) {
    throw new TokenError('unavailable', 'the answer holds no tokens')
  }
  const lifetime = Number(expiresIn ?? Number.NaN)
  const seconds = lifetime > 0 && lifetime <= longestLifetime ? lifetime : oauth.fallbackLifetime
  return { accessToken, refreshToken, expiresAt: seconds === null ? null : new Date(Date.now() + seconds * 1000) }
}

/** What is wrong with this server's app, not with the grant; the last two aren't the standard's. */
const clientErrors = new Set(['invalid_client', 'unauthorized_client', 'invalid_client_id', 'redirect_uri_mismatch'])

/**
 * What a failed call means. Boom's errors carry the request with its secrets, so nothing of them is kept but status and code.
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-5.2
 */
export function toTokenError(error: unknown): TokenError {
  if (error instanceof TokenError) return error
  const { payload, statusCode } = readBoom(error)
  const refusal = readRefusal(payload)
  if (refusal?.error === 'invalid_grant') return new TokenError('ended', 'invalid_grant', refusal, statusCode)
  if (statusCode === 401 || clientErrors.has(refusal?.error ?? '')) {
    return new TokenError('misconfigured', 'the client id or secret is not accepted', refusal)
  }
  return new TokenError('unavailable', statusCode === undefined ? 'no answer' : `answered ${statusCode}`, refusal, statusCode)
}

function readRefusal(payload: unknown): OAuthRefusal | null {
  if (typeof payload !== 'object' || payload === null || !('error' in payload) || typeof payload.error !== 'string') return null
  const description =
    'error_description' in payload && typeof payload.error_description === 'string' ? payload.error_description : ''
  return { error: payload.error, description }
}

function readBoom(error: unknown): { payload: unknown; statusCode: number | undefined } {
  const data = typeof error === 'object' && error !== null && 'data' in error ? error.data : undefined
  if (typeof data !== 'object' || data === null) return { payload: undefined, statusCode: undefined }
  const payload = 'payload' in data ? data.payload : undefined
  const response = 'res' in data && typeof data.res === 'object' && data.res !== null ? data.res : {}
  const statusCode = 'statusCode' in response && typeof response.statusCode === 'number' ? response.statusCode : undefined
  return { payload, statusCode }
}
