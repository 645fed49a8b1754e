// What an OAuth server remembers: codes, the grants made from them, and which of their tokens still count. Each CRM's sandbox puts
// its own paths, fields and error names around it.

import { createHash, randomUUID } from 'node:crypto'
import { readToken, signToken } from './tokens.ts'

/** What a person allowed an app to do. */
export interface Grant {
  readonly id: string
  readonly clientId: string
  readonly scopes: readonly string[]
}

/** The consent that a code stands for; `codeChallenge` is the S256 challenge when the app sent one. */
export interface CodeRequest {
  readonly clientId: string
  readonly redirectUri: string
  readonly scopes: readonly string[]
  readonly codeChallenge?: string | undefined
}

/** Why a code or refresh token was refused. */
export type Refusal = 'unknown' | 'used' | 'expired' | 'other-client' | 'other-redirect' | 'wrong-verifier' | 'revoked'

/** How an access token stands; `expiresAt` is epoch milliseconds. */
export type AccessState =
  | { readonly state: 'live' | 'expired'; readonly grant: Grant; readonly expiresAt: number }
  | { readonly state: 'invalid' }

export interface GrantsOptions {
  readonly secret: string
  /** Whether each refresh returns a new refresh token and ends the old one. */
  readonly rotate: boolean
  readonly now: () => number
  /** Seconds that a code lives. */
  readonly codeLifetime?: number
  /** Characters that an access token has at least. */
  readonly accessTokenLength?: number
}

interface CodeClaims extends CodeRequest {
  readonly kind: 'code'
  readonly id: string
  readonly expiresAt: number
}

interface RefreshClaims {
  readonly kind: 'refresh'
  readonly grant: Grant
  readonly generation: number
}

interface AccessClaims {
  readonly kind: 'access'
  readonly id: string
  readonly grant: Grant
  readonly expiresAt: number
  /** How often all access had been ended when the token was given out. */
  readonly era: number
}

/**
 * The grants of one sandbox. Tokens survive a restart with the same secret; what was used, rotated away or revoked before it does not
 * (a restarted sandbox trusts every token it once signed).
 */
export class Grants {
  readonly #options: GrantsOptions
  readonly #usedCodes = new Set<string>()
  readonly #revoked = new Set<string>()
  readonly #generations = new Map<string, number>()
  readonly #endedAccess = new Set<string>()
  #era = 0

  constructor(options: GrantsOptions) {
    this.#options = options
  }

  /** A single-use code for the app to exchange. */
  issueCode(request: CodeRequest): string {
    const { secret, now, codeLifetime = 600 } = this.#options
    const claims: CodeClaims = { ...request, kind: 'code', id: randomUUID(), expiresAt: now() + codeLifetime * 1000 }
    return signToken(secret, claims)
  }

  /** Exchanges a code for a grant and its first refresh token. @see https://datatracker.ietf.org/doc/html/rfc7636#section-4.6 */
  redeemCode(
    code: string,
    proof: { readonly clientId: string; readonly redirectUri: string; readonly codeVerifier?: string | undefined },
  ): { readonly grant: Grant; readonly refreshToken: string } | Refusal {
    const claims = readToken<CodeClaims>(this.#options.secret, code)
    if (claims === null || claims.kind !== 'code') return 'unknown'
    if (this.#usedCodes.has(claims.id)) return 'used'
    if (this.#options.now() >= claims.expiresAt) return 'expired'
    if (claims.clientId !== proof.clientId) return 'other-client'
    if (claims.redirectUri !== proof.redirectUri) return 'other-redirect'
    if (claims.codeChallenge !== undefined && challengeOf(proof.codeVerifier ?? '') !== claims.codeChallenge)
      return 'wrong-verifier'
    this.#usedCodes.add(claims.id)
    const grant: Grant = { id: randomUUID(), clientId: claims.clientId, scopes: claims.scopes }
    return { grant, refreshToken: this.#refreshToken(grant, 0) }
  }

  /** Takes a refresh token; the answer's is the one to use next, which is the same one unless tokens rotate. */
  refresh(token: string, clientId: string): { readonly grant: Grant; readonly refreshToken: string } | Refusal {
    const claims = readToken<RefreshClaims>(this.#options.secret, token)
    if (claims === null || claims.kind !== 'refresh') return 'unknown'
    const { grant, generation } = claims
    if (grant.clientId !== clientId) return 'other-client'
    if (this.#revoked.has(grant.id)) return 'revoked'
    if (!this.#options.rotate) return { grant, refreshToken: token }
    if (generation < (this.#generations.get(grant.id) ?? generation)) {
      // An old token turning up again means that somebody else has it: the whole grant ends.
      this.#revoked.add(grant.id)
      return 'used'
    }
    this.#generations.set(grant.id, generation + 1)
    return { grant, refreshToken: this.#refreshToken(grant, generation + 1) }
  }

  /** An access token for a grant, good for so many seconds. */
  accessToken(grant: Grant, lifetime: number): string {
    const { secret, now, accessTokenLength = 0 } = this.#options
    const expiresAt = now() + lifetime * 1000
    const claims: AccessClaims = { kind: 'access', id: randomUUID(), grant, expiresAt, era: this.#era }
    return signToken(secret, claims, accessTokenLength)
  }

  /** What an access token is worth now. */
  readAccess(token: string): AccessState {
    const claims = readToken<AccessClaims>(this.#options.secret, token)
    if (claims === null || claims.kind !== 'access' || this.#revoked.has(claims.grant.id)) return { state: 'invalid' }
    if (claims.era < this.#era || this.#endedAccess.has(claims.id)) return { state: 'invalid' }
    const { grant, expiresAt } = claims
    return { state: this.#options.now() < expiresAt ? 'live' : 'expired', grant, expiresAt }
  }

  /** The grant of a refresh token that still counts, without using it. */
  readRefresh(token: string): Grant | null {
    const claims = readToken<RefreshClaims>(this.#options.secret, token)
    if (claims === null || claims.kind !== 'refresh' || this.#revoked.has(claims.grant.id)) return null
    return claims.generation < (this.#generations.get(claims.grant.id) ?? 0) ? null : claims.grant
  }

  /** Ends the grant of a refresh token, and with it all its access tokens; false when the token was never one. */
  revoke(refreshToken: string): boolean {
    const claims = readToken<RefreshClaims>(this.#options.secret, refreshToken)
    if (claims === null || claims.kind !== 'refresh') return false
    this.#revoked.add(claims.grant.id)
    return true
  }

  /** Ends one access token and leaves its grant; false when the token was never one. */
  endAccess(accessToken: string): boolean {
    const claims = readToken<AccessClaims>(this.#options.secret, accessToken)
    if (claims === null || claims.kind !== 'access') return false
    this.#endedAccess.add(claims.id)
    return true
  }

  /** Ends every access token given out so far; refresh tokens still count. */
  endAllAccess(): void {
    this.#era++
  }

  #refreshToken(grant: Grant, generation: number): string {
    const claims: RefreshClaims = { kind: 'refresh', grant, generation }
    return signToken(this.#options.secret, claims)
  }
}

function challengeOf(verifier: string): string {
  return createHash('sha256').update(verifier).digest('base64url')
}
