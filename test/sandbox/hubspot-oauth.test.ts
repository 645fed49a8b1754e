// HubSpot's OAuth as the sandbox plays it: consent, codes, tokens, refresh with and without rotation, introspection, revocation.

import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { buildHubSpotSandbox } from '../../src/sandbox/hubspot/server.ts'
import {
  ALL_SCOPES,
  CLIENT,
  callWith,
  connectApp,
  consent,
  decide,
  exchange,
  postForm,
  READ_SCOPES,
  REDIRECT_URI,
  refresh,
  tokenRequest,
} from './connected-app.ts'

const build = (options: Partial<Parameters<typeof buildHubSpotSandbox>[0]> = {}) =>
  buildHubSpotSandbox({ ...CLIENT, contacts: 10, ...options })
const authorize = (query: Readonly<Record<string, string>>) => `/oauth/authorize?${new URLSearchParams(query)}`
const asked = { client_id: CLIENT.clientId, redirect_uri: REDIRECT_URI, scope: READ_SCOPES.join(' '), state: 's"1' }

describe('consent page', () => {
  it('says who asks for what in which account, that it is a sandbox, and works without a script', async () => {
    const { app, account } = build()
    const page = await app.inject(authorize({ ...asked, optional_scope: 'crm.lists.read' }))
    expect(page.statusCode).toBe(200)
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8')
    expect(page.body).toContain('sandbox')
    expect(page.body).toContain('localhost:3000')
    expect(page.body).toContain(account.name)
    expect(page.body).toContain(String(account.portalId))
    expect(page.body).toContain('See contacts')
    expect(page.body).toContain('crm.lists.read')
    expect(page.body).toContain('>Allow</button>')
    expect(page.body).toContain('>Deny</button>')
    expect(page.body).toContain('value="s&#34;1"')
    expect(page.body).not.toContain('<script')
    expect(page.body).toContain('prefers-color-scheme: dark')
    expect(page.body).toContain('<html lang="en">')
  })

  it('Allow leads back with a code and the state, Deny with an error', async () => {
    const sandbox = build()
    const allowed = await decide(sandbox, 'allow', { state: 'a b&c' })
    expect(allowed.origin + allowed.pathname).toBe(REDIRECT_URI)
    expect(allowed.searchParams.get('state')).toBe('a b&c')
    expect(allowed.searchParams.get('code')).toBeTruthy()

    const denied = await decide(sandbox, 'deny', { state: 'a b&c' })
    expect(Object.fromEntries(denied.searchParams)).toEqual({
      error: 'access_denied',
      error_description: expect.any(String),
      state: 'a b&c',
    })
  })

  it('keeps the query that a redirect_uri already has', async () => {
    const back = await decide(build(), 'allow', { redirect_uri: 'https://bridge.example/cb?inbox=7' })
    expect(back.searchParams.get('inbox')).toBe('7')
  })

  it.each([
    ['an unknown client', { ...asked, client_id: 'someone' }],
    ['no redirect_uri', { client_id: asked.client_id, scope: asked.scope }],
    ['a redirect_uri without TLS', { ...asked, redirect_uri: 'http://bridge.example/cb' }],
    ['a redirect_uri that is a script', { ...asked, redirect_uri: 'javascript:alert(1)' }],
    ['a scope that does not exist', { ...asked, scope: 'oauth contacts.everything' }],
    ['no oauth scope', { ...asked, scope: 'crm.objects.contacts.read' }],
    ['a plain PKCE challenge', { ...asked, code_challenge: 'x', code_challenge_method: 'plain' }],
  ])('shows a page and goes nowhere for %s', async (_, query) => {
    const sandbox = build()
    const shown = await sandbox.app.inject(authorize(query))
    const posted = await postForm(sandbox, '/oauth/authorize', { ...query, decision: 'allow' })
    for (const answer of [{ status: shown.statusCode, headers: shown.headers, text: shown.body }, posted]) {
      expect(answer.status).toBe(400)
      expect(answer.headers.location).toBeUndefined()
      expect(answer.headers['content-type']).toContain('text/html')
      expect(answer.text).toContain('Couldn’t complete this connection')
    }
  })
})

describe('codes', () => {
  it('become tokens with every field that HubSpot documents', async () => {
    const sandbox = build()
    const code = await consent(sandbox, { scope: READ_SCOPES.join(' '), optional_scope: 'crm.lists.read' })
    const { status, json } = await exchange(sandbox, { code })
    expect(status).toBe(200)
    expect(json).toEqual({
      access_token: expect.any(String),
      refresh_token: expect.any(String),
      expires_in: 1800,
      token_type: 'bearer',
      token_use: 'access_token',
      hub_id: sandbox.account.portalId,
      user_id: sandbox.account.userId,
      scopes: [...READ_SCOPES, 'crm.lists.read'],
    })
    expect(json.access_token.length).toBeGreaterThan(300)
  })

  it.each(['/oauth/2026-03/token', '/oauth/v3/token', '/oauth/v1/token'])('are exchanged at %s', async (path) => {
    const sandbox = build()
    const form = { grant_type: 'authorization_code', redirect_uri: REDIRECT_URI, code: await consent(sandbox) }
    expect((await tokenRequest(sandbox, form, path)).status).toBe(200)
  })

  it('work once', async () => {
    const sandbox = build()
    const code = await consent(sandbox)
    expect((await exchange(sandbox, { code })).status).toBe(200)
    const again = await exchange(sandbox, { code })
    expect(again.status).toBe(400)
    expect(again.json).toMatchObject({ error: 'invalid_grant', status: 'BAD_AUTH_CODE', message: expect.any(String) })
    expect(again.json.error_description).toBeTruthy()
  })

  it('end after ten minutes', async () => {
    let now = 1_000_000
    const sandbox = build({ now: () => now })
    const [early, late] = [await consent(sandbox), await consent(sandbox)]
    now += 599_000
    expect((await exchange(sandbox, { code: early })).status).toBe(200)
    now += 1_000
    expect((await exchange(sandbox, { code: late })).json).toMatchObject({ error: 'invalid_grant', status: 'EXPIRED_AUTH_CODE' })
  })

  it('belong to their redirect_uri', async () => {
    const sandbox = build()
    const answer = await exchange(sandbox, { code: await consent(sandbox), redirect_uri: 'http://localhost:3000/other' })
    expect(answer.json).toMatchObject({ error: 'invalid_grant', status: 'MISMATCH_REDIRECT_URI_AUTH_CODE' })
  })

  it('belong to their PKCE challenge', async () => {
    const sandbox = build()
    const verifier = 'v'.repeat(64)
    const pkce = { code_challenge: createHash('sha256').update(verifier).digest('base64url'), code_challenge_method: 'S256' }
    expect((await exchange(sandbox, { code: await consent(sandbox, pkce) })).json.status).toBe('BAD_CODE_VERIFIER')
    expect((await exchange(sandbox, { code: await consent(sandbox, pkce), code_verifier: 'w'.repeat(64) })).json.status).toBe(
      'BAD_CODE_VERIFIER',
    )
    expect((await exchange(sandbox, { code: await consent(sandbox, pkce), code_verifier: verifier })).status).toBe(200)
  })

  it('are no refresh tokens, nor the other way round, nor anything made up', async () => {
    const { sandbox, tokens } = await connectApp({ contacts: 1 })
    expect((await refresh(sandbox, await consent(sandbox))).json.status).toBe('BAD_REFRESH_TOKEN')
    expect((await exchange(sandbox, { code: tokens.refresh_token })).json.status).toBe('BAD_AUTH_CODE')
    expect((await exchange(sandbox, { code: 'made-up' })).json.status).toBe('BAD_AUTH_CODE')
    expect((await exchange(sandbox, {})).json.status).toBe('BAD_AUTH_CODE')
    expect((await callWith(sandbox, tokens.refresh_token, 'GET', '/account-info/v3/details')).status).toBe(401)
  })
})

describe('clients', () => {
  it('are refused with a wrong id, a wrong secret or another grant type', async () => {
    const sandbox = build()
    const code = await consent(sandbox)
    const wrongId = await exchange(sandbox, { code, client_id: 'someone' })
    expect([wrongId.status, wrongId.json.status]).toEqual([401, 'BAD_CLIENT_ID'])
    const wrongSecret = await exchange(sandbox, { code, client_secret: 'guess' })
    expect([wrongSecret.status, wrongSecret.json.status]).toEqual([401, 'BAD_CLIENT_SECRET'])
    const wrongType = await tokenRequest(sandbox, { grant_type: 'password' })
    expect([wrongType.status, wrongType.json]).toMatchObject([400, { error: 'unsupported_grant_type', status: 'BAD_GRANT_TYPE' }])
    expect((await exchange(sandbox, { code })).status).toBe(200)
  })

  it('have to send a form', async () => {
    const { app } = build()
    const answer = await app.inject({ method: 'POST', url: '/oauth/2026-03/token', payload: { grant_type: 'refresh_token' } })
    expect(answer.statusCode).toBe(415)
  })
})

describe('refresh', () => {
  it('keeps the refresh token and both access tokens unless tokens rotate', async () => {
    const { sandbox, tokens } = await connectApp({ contacts: 1 })
    const { status, json } = await refresh(sandbox, tokens.refresh_token)
    expect(status).toBe(200)
    expect(json.refresh_token).toBe(tokens.refresh_token)
    expect(json.access_token).not.toBe(tokens.access_token)
    expect(json.scopes).toEqual(ALL_SCOPES)
    for (const token of [json.access_token, tokens.access_token]) {
      expect((await callWith(sandbox, token, 'GET', '/account-info/v3/details')).status).toBe(200)
    }
  })

  it('with rotation ends the old token, and its reuse ends the grant', async () => {
    const { sandbox, tokens } = await connectApp({ contacts: 1, rotateRefreshTokens: true })
    const second = (await refresh(sandbox, tokens.refresh_token)).json
    expect(second.refresh_token).not.toBe(tokens.refresh_token)
    const third = (await refresh(sandbox, second.refresh_token)).json
    expect((await callWith(sandbox, third.access_token, 'GET', '/account-info/v3/details')).status).toBe(200)

    expect((await refresh(sandbox, tokens.refresh_token)).json).toMatchObject({
      error: 'invalid_grant',
      status: 'BAD_REFRESH_TOKEN',
    })
    expect((await refresh(sandbox, third.refresh_token)).json.status).toBe('BAD_REFRESH_TOKEN')
    expect((await callWith(sandbox, third.access_token, 'GET', '/account-info/v3/details')).status).toBe(401)
  })

  it('access tokens end when they said they would', async () => {
    let now = Date.UTC(2026, 10, 1)
    const { sandbox, tokens, call } = await connectApp({ contacts: 1, tokenLifetime: 60, now: () => now })
    expect(tokens.expires_in).toBe(60)
    now += 59_999
    expect((await call('GET', '/account-info/v3/details')).status).toBe(200)
    now += 1
    const { status, json } = await call('GET', '/account-info/v3/details')
    expect([status, json.category]).toEqual([401, 'EXPIRED_AUTHENTICATION'])
    const renewed = (await refresh(sandbox, tokens.refresh_token)).json
    expect((await callWith(sandbox, renewed.access_token, 'GET', '/account-info/v3/details')).status).toBe(200)
  })
})

describe('a restart', () => {
  it('with the same secret keeps tokens and codes, with another none', async () => {
    const secret = 'a-secret-that-stays'
    const { tokens, sandbox } = await connectApp({ contacts: 1, secret })
    const code = await consent(sandbox)
    const restarted = build({ secret })
    expect((await callWith(restarted, tokens.access_token, 'GET', '/account-info/v3/details')).status).toBe(200)
    expect((await refresh(restarted, tokens.refresh_token)).status).toBe(200)
    expect((await exchange(restarted, { code })).status).toBe(200)

    const replaced = build({ secret: 'another' })
    expect((await callWith(replaced, tokens.access_token, 'GET', '/account-info/v3/details')).json.category).toBe(
      'INVALID_AUTHENTICATION',
    )
    expect((await refresh(replaced, tokens.refresh_token)).json.status).toBe('BAD_REFRESH_TOKEN')
  })

  it('sandboxes in one process know nothing of each other', async () => {
    const { tokens } = await connectApp({ contacts: 1 })
    const { sandbox } = await connectApp({ contacts: 1 })
    expect((await refresh(sandbox, tokens.refresh_token)).status).toBe(400)
  })
})

describe('introspection', () => {
  const introspect = (sandbox: ReturnType<typeof build>, token: string) =>
    tokenRequest(sandbox, { token }, '/oauth/2026-03/token/introspect')

  it('describes access and refresh tokens', async () => {
    const { sandbox, tokens } = await connectApp({ contacts: 1 }, READ_SCOPES)
    const { portalId, userId, hubDomain, user } = sandbox.account
    const common = {
      active: true,
      client_id: CLIENT.clientId,
      hub_id: portalId,
      user_id: userId,
      hub_domain: hubDomain,
      user,
      scopes: READ_SCOPES,
    }
    const access = (await introspect(sandbox, tokens.access_token)).json
    expect(access).toMatchObject({ ...common, token: tokens.access_token, token_use: 'access_token', token_type: 'bearer' })
    expect(access.expires_in).toBeGreaterThan(1790)
    expect((await introspect(sandbox, tokens.refresh_token)).json).toMatchObject({ ...common, token_use: 'refresh_token' })
  })

  it('says no more than "inactive" of anything else, and nothing to strangers', async () => {
    const { sandbox, tokens } = await connectApp({ contacts: 1 })
    expect((await introspect(sandbox, 'made-up')).json).toEqual({ active: false })
    const stranger = await tokenRequest(
      sandbox,
      { token: tokens.access_token, client_secret: 'guess' },
      '/oauth/2026-03/token/introspect',
    )
    expect(stranger.status).toBe(401)
  })
})

describe('revocation', () => {
  it('of a refresh token ends it and the access tokens of its grant, and no other grant', async () => {
    const { sandbox, tokens, call } = await connectApp({ contacts: 1 })
    const other = (await exchange(sandbox, { code: await consent(sandbox) })).json
    const revoke = (token: string) => tokenRequest(sandbox, { token }, '/oauth/2026-03/token/revoke')
    expect((await revoke(tokens.refresh_token)).status).toBe(200)
    expect((await refresh(sandbox, tokens.refresh_token)).json.status).toBe('BAD_REFRESH_TOKEN')
    expect((await call('GET', '/account-info/v3/details')).status).toBe(401)
    expect((await refresh(sandbox, other.refresh_token)).status).toBe(200)
    expect((await revoke('made-up')).status).toBe(200)
  })
})
