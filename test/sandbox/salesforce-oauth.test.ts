// Salesforce's OAuth as the sandbox plays it: consent with PKCE, codes, sessions, refresh with and without rotation, revocation.

import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { buildSalesforceSandbox, type SalesforceSandboxOptions } from '../../src/sandbox/salesforce/server.ts'
import {
  ASKED,
  BASE,
  CLIENT,
  callWith,
  connect,
  connectOrg,
  consent,
  decide,
  errorOf,
  exchange,
  getPage,
  postForm,
  REDIRECT_URI,
  refresh,
  tokenRequest,
} from './connected-org.ts'

const AUTHORIZE = '/services/oauth2/authorize'
const build = (options: Partial<SalesforceSandboxOptions> = {}) => buildSalesforceSandbox({ ...CLIENT, contacts: 10, ...options })
const limits = (sandbox: ReturnType<typeof build>, token: string) => callWith(sandbox, token, 'GET', `${BASE}/limits`)

describe('consent page', () => {
  it('says who asks for what in which org, that it is a sandbox, and works without a script', async () => {
    const sandbox = build()
    const page = await getPage(sandbox, AUTHORIZE, ASKED)
    expect(page.status).toBe(200)
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8')
    expect(page.headers['content-security-policy']).toContain("default-src 'none'")
    for (const shown of [
      'stands in for Salesforce',
      'localhost:3000',
      sandbox.org.name,
      sandbox.org.orgId,
      'Manage user data via APIs',
    ])
      expect(page.text).toContain(shown)
    expect(page.text).toContain('>Allow</button>')
    expect(page.text).toContain('>Deny</button>')
    expect(page.text).toContain('value="s&#34;1"')
    expect(page.text).not.toContain('<script')
  })

  it('Allow leads back with a code that needs encoding, and the state', async () => {
    const allowed = await decide(build(), 'allow', { state: 'a b&c', redirect_uri: `${REDIRECT_URI}?inbox=7` })
    expect(allowed.origin + allowed.pathname).toBe(REDIRECT_URI)
    expect(allowed.searchParams.get('inbox')).toBe('7')
    expect(allowed.searchParams.get('state')).toBe('a b&c')
    expect(allowed.searchParams.get('code')).toMatch(/^aPrx.+==$/)
    expect(allowed.search).toContain('%3D%3D')
  })

  it('Deny leads back with what Salesforce says then', async () => {
    const denied = await decide(build(), 'deny', { state: 'x' })
    expect(denied.search).toBe('?error=access_denied&error_description=end-user+denied+authorization&state=x')
  })

  it.each([
    ['an unknown app', { client_id: 'someone' }, 'error=invalid_client_id&amp;error_description=client identifier invalid'],
    ['a callback that is none', { redirect_uri: 'javascript:alert(1)' }, 'error=redirect_uri_mismatch'],
    ['a callback without TLS', { redirect_uri: 'http://bridge.example/cb' }, 'redirect_uri must match configuration'],
  ])('shows a page and goes nowhere for %s', async (_, changed, words) => {
    const sandbox = build()
    const query = { ...ASKED, ...changed }
    for (const answer of [
      await getPage(sandbox, AUTHORIZE, query),
      await postForm(sandbox, AUTHORIZE, { ...query, decision: 'allow' }),
    ]) {
      expect(answer.status).toBe(400)
      expect(answer.headers.location).toBeUndefined()
      expect(answer.headers['content-type']).toContain('text/html')
      expect(answer.text).toContain(words)
    }
  })

  it('knows the callback URLs that the app is registered with', async () => {
    const sandbox = build({ redirectUris: [REDIRECT_URI] })
    expect((await getPage(sandbox, AUTHORIZE, ASKED)).status).toBe(200)
    const other = await getPage(sandbox, AUTHORIZE, { ...ASKED, redirect_uri: `${REDIRECT_URI}/` })
    expect([other.status, other.text.includes('redirect_uri_mismatch')]).toEqual([400, true])
  })

  it.each([
    ['no challenge', { code_challenge: '' }, 'invalid_request'],
    ['a plain challenge', { code_challenge_method: 'plain' }, 'invalid_request'],
    ['a scope that does not exist', { scope: 'api everything' }, 'invalid_scope'],
    ['another response type', { response_type: 'token' }, 'unsupported_response_type'],
  ])('leads straight back with an error for %s', async (_, changed, error) => {
    const answer = await getPage(build(), AUTHORIZE, { ...ASKED, ...changed })
    const back = new URL(String(answer.headers.location))
    expect(answer.status).toBe(302)
    expect(Object.fromEntries(back.searchParams)).toEqual({ error, error_description: expect.any(String), state: ASKED.state })
  })

  it('says which challenge is missing as Salesforce says it', async () => {
    const { code_challenge: _, ...without } = ASKED
    const answer = await getPage(build(), AUTHORIZE, without)
    expect(answer.headers.location).toContain('error=invalid_request&error_description=missing+required+code+challenge')
  })

  it.each([
    ['blocked', 'OAUTH_APP_BLOCKED', 'this app is blocked by admin'],
    ['not-approved', 'OAUTH_APP_ACCESS_DENIED', 'user is not admin approved to access this app'],
    ['not-installed', 'invalid_client', 'app must be installed into org'],
  ] as const)('lets nobody in while the org refuses (%s)', async (refusal, error, description) => {
    const sandbox = build()
    sandbox.refuseConsent(refusal)
    const back = new URL(String((await getPage(sandbox, AUTHORIZE, ASKED)).headers.location))
    expect(Object.fromEntries(back.searchParams)).toEqual({ error, error_description: description, state: ASKED.state })
    sandbox.refuseConsent(null)
    expect((await getPage(sandbox, AUTHORIZE, ASKED)).status).toBe(200)
  })

  it('keeps an app that the org does not know on a page of its own', async () => {
    const sandbox = build()
    sandbox.refuseConsent('not-found')
    const page = await getPage(sandbox, AUTHORIZE, ASKED)
    expect([page.status, page.headers.location]).toEqual([400, undefined])
    expect(page.text).toContain('OAUTH_EC_APP_NOT_FOUND')
  })
})

describe('codes', () => {
  it('become tokens with every field that Salesforce documents, and no lifetime', async () => {
    const sandbox = build({ now: () => 1_790_000_000_000 })
    const { status, json, headers } = await exchange(sandbox, { code: await consent(sandbox) })
    const { orgId, userId } = sandbox.org
    expect(status).toBe(200)
    expect(headers['cache-control']).toBe('no-store')
    const id = `http://localhost:80/id/${orgId}/${userId}`
    expect(json).toEqual({
      access_token: expect.stringMatching(new RegExp(`^${orgId.slice(0, 15)}!`)),
      refresh_token: expect.stringMatching(/^5Aep861/),
      instance_url: 'http://localhost:80',
      id,
      token_type: 'Bearer',
      issued_at: '1790000000000',
      signature: createHmac('sha256', CLIENT.clientSecret).update(`${id}1790000000000`).digest('base64'),
      scope: 'api refresh_token id',
    })
  })

  it('are exchanged with the credentials as HTTP Basic, too', async () => {
    const sandbox = build({ clientSecret: 'a:b %' })
    const basic = Buffer.from(`${CLIENT.clientId}:${encodeURIComponent('a:b %')}`).toString('base64')
    const form = { grant_type: 'refresh_token', refresh_token: 'x' }
    expect((await tokenRequest(sandbox, form, { authorization: `Basic ${basic}` })).json.error).toBe('invalid_grant')
    expect((await tokenRequest(sandbox, form, { authorization: 'Basic Zm9v' })).json.error).toBe('invalid_client_id')
  })

  it('bring no refresh token when the app did not ask for one', async () => {
    const sandbox = build()
    const { json } = await exchange(sandbox, { code: await consent(sandbox, { scope: 'api id' }) })
    expect([json.refresh_token, json.scope]).toEqual([undefined, 'api id'])
  })

  it.each([
    ['used twice', {}, 'invalid_grant', 'expired authorization code'],
    ['made up', { code: 'aPrxfoo==' }, 'invalid_grant', 'invalid authorization code'],
    [
      'with another callback',
      { redirect_uri: `${REDIRECT_URI}/x` },
      'redirect_uri_mismatch',
      'redirect_uri must match configuration',
    ],
    ['with another verifier', { code_verifier: 'x'.repeat(43) }, 'invalid_grant', 'invalid code verifier'],
    ['with a wrong secret', { client_secret: 'x' }, 'invalid_client', 'invalid client credentials'],
    ['of an unknown app', { client_id: 'x' }, 'invalid_client_id', 'client identifier invalid'],
    ['with another grant type', { grant_type: 'password' }, 'unsupported_grant_type', 'grant type not supported'],
  ])('are refused %s', async (title, changed, error, description) => {
    const sandbox = build()
    const code = await consent(sandbox)
    if (title === 'used twice') await exchange(sandbox, { code })
    const { status, json } = await exchange(sandbox, { code, ...changed })
    expect([status, json]).toEqual([400, { error, error_description: description }])
  })

  it('end after fifteen minutes', async () => {
    let now = 1_790_000_000_000
    const sandbox = build({ now: () => now })
    const code = await consent(sandbox)
    now += 900_000
    expect((await exchange(sandbox, { code })).json.error_description).toBe('expired authorization code')
  })
})

describe('refresh', () => {
  it('rotates: each answer brings the next token, and an old one ends the whole grant', async () => {
    const { sandbox, tokens } = await connectOrg({ contacts: 10 })
    const second = (await refresh(sandbox, tokens.refresh_token)).json
    expect(second.refresh_token).not.toBe(tokens.refresh_token)
    expect(second.instance_url).toBe(tokens.instance_url)
    expect((await limits(sandbox, second.access_token)).status).toBe(200)
    const third = (await refresh(sandbox, second.refresh_token)).json

    const replayed = await refresh(sandbox, tokens.refresh_token)
    const expired = { error: 'invalid_grant', error_description: 'expired access/refresh token' }
    expect([replayed.status, replayed.json]).toEqual([400, expired])
    expect((await refresh(sandbox, third.refresh_token)).json).toEqual(expired)
    expect(errorOf(await limits(sandbox, third.access_token))).toBe('401 INVALID_SESSION_ID')
  })

  it('without rotation answers without a refresh token, and the old one goes on', async () => {
    const { sandbox, tokens } = await connectOrg({ contacts: 10, rotateRefreshTokens: false })
    for (const _ of [1, 2]) {
      const { status, json } = await refresh(sandbox, tokens.refresh_token)
      expect([status, json.refresh_token]).toEqual([200, undefined])
    }
  })

  it('survives a restart with the same secret', async () => {
    const options = { contacts: 10, secret: 'kept' }
    const { tokens } = await connectOrg(options)
    const restarted = build(options)
    expect((await limits(restarted, tokens.access_token)).status).toBe(200)
    expect((await refresh(restarted, tokens.refresh_token)).status).toBe(200)
    expect((await limits(build({ secret: 'other' }), tokens.access_token)).status).toBe(401)
  })
})

describe('sessions', () => {
  it('end after their lifetime, and at once when asked; a refresh opens the next', async () => {
    let now = 1_790_000_000_000
    const { sandbox, tokens } = await connectOrg({ contacts: 10, sessionLifetime: 60, now: () => now })
    now += 60_000
    expect(errorOf(await limits(sandbox, tokens.access_token))).toBe('401 INVALID_SESSION_ID')
    const next = (await refresh(sandbox, tokens.refresh_token)).json
    expect((await limits(sandbox, next.access_token)).status).toBe(200)
    sandbox.endSessions()
    const ended = await limits(sandbox, next.access_token)
    expect([ended.status, ended.json]).toEqual([
      401,
      [{ message: 'Session expired or invalid', errorCode: 'INVALID_SESSION_ID' }],
    ])
    const last = (await refresh(sandbox, next.refresh_token)).json
    expect((await limits(sandbox, last.access_token)).status).toBe(200)
  })

  it('are refused to whoever has none, and without the scope for the API', async () => {
    const { sandbox, tokens } = await connectOrg({ contacts: 10 })
    const [org] = tokens.access_token.split('!')
    for (const token of ['', 'x', `${org}!`, `${org}!a.b`, tokens.refresh_token, `${tokens.access_token}x`])
      expect(errorOf(await limits(sandbox, token))).toBe('401 INVALID_SESSION_ID')
    const narrow = await connect(sandbox, { scope: 'id refresh_token' })
    expect(errorOf(await limits(sandbox, narrow.access_token))).toBe('401 INVALID_SESSION_ID')
  })
})

describe('revocation', () => {
  it('of a refresh token ends the grant', async () => {
    const { sandbox, tokens } = await connectOrg({ contacts: 10 })
    expect((await postForm(sandbox, '/services/oauth2/revoke', { token: tokens.refresh_token })).status).toBe(200)
    expect((await limits(sandbox, tokens.access_token)).status).toBe(401)
    expect((await refresh(sandbox, tokens.refresh_token)).json.error).toBe('invalid_grant')
  })

  it('of an access token ends that session only, and nothing else is a token', async () => {
    const { sandbox, tokens } = await connectOrg({ contacts: 10 })
    expect((await postForm(sandbox, '/services/oauth2/revoke', { token: tokens.access_token })).status).toBe(200)
    expect((await limits(sandbox, tokens.access_token)).status).toBe(401)
    expect((await refresh(sandbox, tokens.refresh_token)).status).toBe(200)
    const unknown = await postForm(sandbox, '/services/oauth2/revoke', { token: 'x' })
    expect([unknown.status, unknown.json.error]).toEqual([400, 'unsupported_token_type'])
  })
})

describe('identity', () => {
  it('is told at its own address and at userinfo, to a session only', async () => {
    const { sandbox, tokens } = await connectOrg({ contacts: 10 })
    const { orgId, userId, user } = sandbox.org
    const { json } = await callWith(sandbox, tokens.access_token, 'GET', new URL(tokens.id).pathname)
    expect(json).toMatchObject({ organization_id: orgId, user_id: userId, display_name: user, active: true })
    expect(json.urls.rest).toBe('http://localhost:80/services/data/v{version}/')
    const info = (await callWith(sandbox, tokens.access_token, 'GET', '/services/oauth2/userinfo')).json
    expect(info).toMatchObject({ sub: tokens.id, organization_id: orgId, user_id: userId, name: user })

    const refused = await callWith(sandbox, 'x', 'GET', '/services/oauth2/userinfo')
    expect([refused.status, refused.text]).toEqual([403, 'Bad_OAuth_Token'])
    expect((await getPage(sandbox, '/services/oauth2/userinfo')).text).toBe('Missing_OAuth_Token')
    expect((await callWith(sandbox, tokens.access_token, 'GET', `/id/00D000000000000EAA/${userId}`)).text).toBe('Wrong_Org')
  })
})
