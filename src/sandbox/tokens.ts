// Signed, self-contained tokens, so that what a sandbox gave out is still good after it restarts with the same secret.

import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

/**
 * A token that carries the claims, readable by whoever has it and unforgeable without the secret. `minLength` pads it: CRMs give out
 * tokens of several hundred characters, and storage that is too narrow for them should fail here first.
 */
export function signToken(secret: string, claims: object, minLength = 0): string {
  const bare = encode(secret, claims)
  if (bare.length >= minLength) return bare
  const missing = Math.ceil(((minLength - bare.length) * 3) / 4)
  return encode(secret, { ...claims, pad: randomBytes(missing).toString('base64url') })
}

/** The claims of a token that this secret signed; null for anything else. The signature vouches for the type. */
export function readToken<Claims extends object>(secret: string, token: string): Claims | null {
  const [payload, signature, ...rest] = token.split('.')
  if (payload === undefined || signature === undefined || rest.length > 0) return null
  const given = Buffer.from(signature, 'base64url')
  const expected = macOf(secret, payload)
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return null
  return JSON.parse(Buffer.from(payload, 'base64url').toString()) as Claims
}

function encode(secret: string, claims: object): string {
  const payload = Buffer.from(JSON.stringify(claims)).toString('base64url')
  return `${payload}.${macOf(secret, payload).toString('base64url')}`
}

function macOf(secret: string, payload: string): Buffer {
  return createHmac('sha256', secret).update(payload).digest()
}
