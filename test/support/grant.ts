/** A consent at a sandbox without a browser: a token answer as the token endpoint gives it. */
import type { OAuthProvider } from '../../src/connectors/connector.ts'

const redirect_uri = 'http://localhost:3000/oauth/callback'

export async function consentAt({ authorizeUrl, tokenUrl, clientId, clientSecret, scopes }: OAuthProvider): Promise<{
  readonly access_token: string
  readonly refresh_token: string
  readonly expires_in: number
}> {
  const decided = await fetch(authorizeUrl, {
    method: 'POST',
    redirect: 'manual',
    body: new URLSearchParams({ client_id: clientId, redirect_uri, scope: scopes.join(' '), decision: 'allow' }),
  })
  const code = new URL(decided.headers.get('location') ?? '').searchParams.get('code') ?? ''
  const form = { grant_type: 'authorization_code', code, redirect_uri, client_id: clientId, client_secret: clientSecret }
  const answer = await fetch(tokenUrl, { method: 'POST', body: new URLSearchParams(form) })
  return (await answer.json()) as Awaited<ReturnType<typeof consentAt>>
}
