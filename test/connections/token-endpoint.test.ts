/** What a token endpoint's answers mean: only one of them ends a grant. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { exchangeCode, readTokens, refreshTokens, revokeGrant, TokenError } from '../../src/connections/token-endpoint.ts'
import type { OAuthProvider } from '../../src/connectors/connector.ts'
import { fakeCrm } from '../support/fake-crm.ts'
import { errorOf } from '../support/promises.ts'
import { type Answer, addressOfNobody, answerWith, half, reset, type StandIn, startStandIn } from '../support/stand-in.ts'

let endpoint: StandIn
let answer: Answer = () => {}
beforeAll(async () => {
  endpoint = await startStandIn((...asked) => answer(...asked))
})
afterAll(() => endpoint.close())

const providerAt = (url: string): OAuthProvider => {
  const urls = { authorizeUrl: `${url}/authorize`, tokenUrl: `${url}/oauth/token`, revokeUrl: `${url}/oauth/revoke` }
  return fakeCrm([], { ...urls, clientId: 'client', clientSecret: 'top-secret-client' }).connector.oauth
}

async function refreshBy(given: Answer) {
  answer = given
  return refreshTokens(providerAt(endpoint.url), null, 'refresh-token-in-use')
}

describe('a refusal', () => {
  it.each<[kind: TokenError['kind'], what: string, given: Answer]>([
    ['ended', 'invalid_grant', answerWith(400, { error: 'invalid_grant', error_description: 'x' })],
    [
      'ended',
      'HubSpot’s BAD_REFRESH_TOKEN',
      answerWith(400, { error: 'invalid_grant', status: 'BAD_REFRESH_TOKEN', message: 'missing or invalid refresh token' }),
    ],
    ['ended', 'invalid_grant with 401', answerWith(401, { error: 'invalid_grant' })],
    ['misconfigured', 'invalid_client', answerWith(401, { error: 'invalid_client', status: 'BAD_CLIENT_SECRET' })],
    ['misconfigured', 'invalid_client with 400', answerWith(400, { error: 'invalid_client' })],
    ['misconfigured', 'unauthorized_client', answerWith(400, { error: 'unauthorized_client' })],
    ['misconfigured', 'invalid_client_id', answerWith(400, { error: 'invalid_client_id' })],
    ['misconfigured', 'redirect_uri_mismatch', answerWith(400, { error: 'redirect_uri_mismatch' })],
    ['misconfigured', '401 without a reason', answerWith(401, '')],
    ['unavailable', 'invalid_request', answerWith(400, { error: 'invalid_request' })],
    ['unavailable', 'a refusal in other words', answerWith(400, { message: 'invalid_grant, perhaps' })],
    ['unavailable', 'a page with 400', answerWith(400, '<h1>invalid_grant</h1>')],
    ['unavailable', '403', answerWith(403, { error: 'rate_limited' })],
    ['unavailable', '404', answerWith(404, '')],
    ['unavailable', '429', answerWith(429, { message: 'slow down' }, { 'retry-after': '10' })],
    ['unavailable', '500', answerWith(500, { message: 'oops' })],
    ['unavailable', 'a page with 502', answerWith(502, '<h1>Bad Gateway</h1>')],
    ['unavailable', '503', answerWith(503, { error: 'temporarily_unavailable' })],
    ['unavailable', 'a redirect', answerWith(302, '', { location: '/login' })],
    ['unavailable', 'a page with 200', answerWith(200, '<h1>Maintenance</h1>')],
    ['unavailable', 'nothing with 200', answerWith(200, '')],
    ['unavailable', '200 without tokens', answerWith(200, { ok: true })],
    ['unavailable', '200 with an empty token', answerWith(200, { access_token: '', refresh_token: 'r' })],
    ['unavailable', '200 with a token that is none', answerWith(200, { access_token: 12, refresh_token: 'r' })],
    ['unavailable', 'half an answer', half],
    ['unavailable', 'a reset', reset],
    ['unavailable', 'far too much', answerWith(200, { access_token: 'a'.repeat(200_000), refresh_token: 'r' })],
  ])('is %s: %s', async (kind, _what, given) => {
    const error = await errorOf(refreshBy(given))
    expect(error).toBeInstanceOf(TokenError)
    expect(error).toMatchObject({ kind })
  })

  it('is unavailable where nobody listens', async () => {
    const error = await errorOf(refreshTokens(providerAt(await addressOfNobody()), null, 'refresh-token-in-use'))
    expect(error).toMatchObject({ kind: 'unavailable', message: 'Token endpoint: no answer' })
  })

  it('keeps what the endpoint said, and nothing of the request with its secrets', async () => {
    const error = await errorOf(refreshBy(answerWith(400, { error: 'access_denied', error_description: 'no API access' })))
    expect(error).toMatchObject({ refusal: { error: 'access_denied', description: 'no API access' } })
    const everything = Object.getOwnPropertyNames(error).map((name) => Reflect.get(error, name))
    expect(JSON.stringify(everything)).not.toMatch(/refresh-token-in-use|top-secret-client/)
    expect(error.cause).toBeUndefined()
  })
})

describe('where the administrator picked a host to sign in at', () => {
  const oauth = providerAt('https://login.example.com')
  const given = { access_token: 'access-2', refresh_token: 'refresh-2' }

  it('refresh, revocation and the exchange of the code go there, to the same paths', async () => {
    answer = answerWith(200, given)
    const before = endpoint.requests.length
    await refreshTokens(oauth, endpoint.url, 'r')
    await revokeGrant(oauth, endpoint.url, 'r')
    const code = { code: 'code-1', redirect_uri: 'https://bridge.example.com/callback', code_verifier: 'verifier' }
    expect(await exchangeCode(oauth, endpoint.url, code)).toMatchObject(given)
    const requests = endpoint.requests.slice(before)
    expect(requests.map(({ path }) => path)).toEqual(['/oauth/token', '/oauth/revoke', '/oauth/token'])
    expect(Object.fromEntries(new URLSearchParams(requests[2]?.body))).toMatchObject({
      grant_type: 'authorization_code',
      ...code,
    })
  })
})

describe('a login host that isn’t the CRM’s', () => {
  const oauth = { ...providerAt('https://login.example.com'), isOwnHost: () => false }
  const code = { code: 'code-1', redirect_uri: 'https://bridge.example.com/callback', code_verifier: 'verifier' }

  it.each<[what: string, ask: (loginUrl: string) => Promise<unknown>]>([
    ['refresh', (loginUrl) => refreshTokens(oauth, loginUrl, 'r')],
    ['revocation', (loginUrl) => revokeGrant(oauth, loginUrl, 'r')],
    ['exchange of a code', (loginUrl) => exchangeCode(oauth, loginUrl, code)],
  ])('is sent nothing: no %s', async (_what, ask) => {
    const before = endpoint.requests.length
    expect(await errorOf(ask(endpoint.url))).toMatchObject({ name: 'TokenError', kind: 'foreign', isFinal: true })
    expect(endpoint.requests.length).toBe(before)
  })
})

describe('a refresh', () => {
  const fresh = { access_token: 'access-2', refresh_token: 'refresh-2', expires_in: 1800 }

  it('is a form post with the app’s id and secret in the body', async () => {
    await refreshBy(answerWith(200, fresh))
    const request = endpoint.requests.at(-1)
    expect(request).toMatchObject({ method: 'POST', path: '/oauth/token' })
    expect(request?.headers['content-type']).toContain('application/x-www-form-urlencoded')
    expect(request?.headers.authorization).toBeUndefined()
    expect(Object.fromEntries(new URLSearchParams(request?.body))).toMatchObject({
      grant_type: 'refresh_token',
      refresh_token: 'refresh-token-in-use',
      client_id: 'client',
      client_secret: 'top-secret-client',
    })
  })

  it('gives the newest tokens, and when they end', async () => {
    const before = Date.now()
    const tokens = await refreshBy(answerWith(200, fresh))
    expect(tokens).toMatchObject({ accessToken: 'access-2', refreshToken: 'refresh-2' })
    const lifetime = (tokens.expiresAt?.getTime() ?? 0) - before
    expect(lifetime).toBeGreaterThanOrEqual(1_800_000)
    expect(lifetime).toBeLessThan(1_830_000)
  })

  it('that says an absurd lifetime still gives tokens, for the CRM’s usual time', async () => {
    const { expiresAt } = await refreshBy(answerWith(200, { ...fresh, expires_in: 1e18 }))
    expect(Math.abs((expiresAt?.getTime() ?? 0) - Date.now() - 1_800_000)).toBeLessThan(30_000)
  })

  it.each([[{}], [{ refresh_token: null }], [{ refresh_token: '' }]])(
    'keeps the refresh token where none comes back: %j',
    async (given) => {
      const { access_token } = fresh
      const tokens = await refreshBy(answerWith(200, { access_token, expires_in: 1800, ...given }))
      expect(tokens).toMatchObject({ accessToken: 'access-2', refreshToken: 'refresh-token-in-use' })
    },
  )
})

describe('the end of a token', () => {
  const secondsOf = (oauth: Partial<OAuthProvider>, expires_in?: unknown) => {
    const answered = { access_token: 'a', refresh_token: 'r', ...(expires_in === undefined ? {} : { expires_in }) }
    const { expiresAt } = readTokens({ ...providerAt('http://localhost'), ...oauth }, answered)
    return expiresAt === null ? null : Math.round((expiresAt.getTime() - Date.now()) / 1000)
  }

  it.each<[expiresIn: unknown, seconds: number]>([
    [1800, 1800],
    ['1800', 1800],
    [21_600, 21_600],
    [undefined, 900],
    [null, 900],
    [0, 900],
    [-5, 900],
    ['soon', 900],
    [Number.POSITIVE_INFINITY, 900],
    [31_536_000, 31_536_000],
    [31_536_001, 900],
    [1e18, 900],
    ['1e18', 900],
  ])('for expires_in %j is in %i s, when the CRM’s usual is 900', (expiresIn, seconds) => {
    expect(secondsOf({ fallbackLifetime: 900 }, expiresIn)).toBe(seconds)
  })

  it('is unknown for a CRM that never says', () => {
    expect(secondsOf({ fallbackLifetime: null })).toBeNull()
    expect(secondsOf({ fallbackLifetime: null }, 60)).toBe(60)
  })
})

describe('a revocation', () => {
  it('ends the refresh token, and with it the grant', async () => {
    answer = answerWith(200, '')
    await revokeGrant(providerAt(endpoint.url), null, 'refresh-token-in-use')
    const request = endpoint.requests.at(-1)
    expect(request).toMatchObject({ method: 'POST', path: '/oauth/revoke' })
    const form = new URLSearchParams(request?.body)
    expect(form.get('token')).toBe('refresh-token-in-use')
    expect([form.get('client_id'), form.get('client_secret')]).toEqual(['client', 'top-secret-client'])
  })

  it('that fails is told like any refusal', async () => {
    answer = answerWith(503, '')
    expect(await errorOf(revokeGrant(providerAt(endpoint.url), null, 'r'))).toMatchObject({ kind: 'unavailable' })
  })
})
