import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { HostUse } from '../../../src/connectors/connector.ts'
import { readOwnDomain } from '../../../src/connectors/salesforce/oauth.ts'
import { hostileText, steady } from '../../support/properties.ts'
import { salesforceConnector } from '../../support/salesforce.ts'

const { oauth } = salesforceConnector({})
const standIn = salesforceConnector({
  SALESFORCE_LOGIN_URL: 'http://127.0.0.1:4000',
  SALESFORCE_TEST_URL: 'http://127.0.0.1:4001',
}).oauth

describe('a typed My Domain', () => {
  it.each([
    ['acme.my.salesforce.com', 'acme'],
    ['  acme.my.salesforce.com\n', 'acme'],
    ['ACME.My.Salesforce.COM', 'acme'],
    ['https://acme.my.salesforce.com', 'acme'],
    ['HTTPS://acme.my.salesforce.com/', 'acme'],
    ['acme.my.salesforce.com/', 'acme'],
    ['//acme.my.salesforce.com', 'acme'],
    ['https://acme.my.salesforce.com:443', 'acme'],
    ['https://acme.my.salesforce.com/lightning/page/home?x=1#top', 'acme'],
    ['acme--dev.sandbox.my.salesforce.com', 'acme--dev.sandbox'],
    ['acme--dev.scratch.my.salesforce.com', 'acme--dev.scratch'],
    ['acme-dev-ed.develop.my.salesforce.com', 'acme-dev-ed.develop'],
    ['acme.trailblaze.my.salesforce.com', 'acme.trailblaze'],
    ['https://acme.lightning.force.com/lightning/page/home', 'acme'],
    ['acme--dev.sandbox.lightning.force.com', 'acme--dev.sandbox'],
    ['https://acme.my.salesforce-setup.com/lightning/setup/OrgDomain/home', 'acme'],
    ['a.b.c.d.e.my.salesforce.com', 'a.b.c.d.e'],
    ['7.my.salesforce.com', '7'],
    ['a1-b2.my.salesforce.com', 'a1-b2'],
  ])('%j is taken', (typed, name) => {
    expect(readOwnDomain(typed, false)).toBe(`https://${name}.my.salesforce.com`)
  })

  it.each([
    '',
    ' ',
    'acme',
    'my.salesforce.com',
    '.my.salesforce.com',
    '..my.salesforce.com',
    'a..my.salesforce.com',
    '-.my.salesforce.com',
    '-acme.my.salesforce.com',
    'acme-.my.salesforce.com',
    'ac_me.my.salesforce.com',
    'acme.salesforce.com',
    'login.salesforce.com',
    'lightning.force.com',
    'acme.force.com',
    'acme.lightning.force.com.evil.com',
    'acme.evillightning.force.com',
    'acme.my.salesforce.com.evil.com',
    'my.salesforce.com.evil.com',
    'evilmy.salesforce.com',
    'acme.evilmy.salesforce.com',
    'acme.my.salesforce.com.',
    'acme.my.salesforce.co',
    'acme.my.salesforce.comm',
    'acme.my-salesforce.com',
    'acme.my.sa1esforce.com',
    'acme.my.salesforce.com@evil.com',
    'https://acme.my.salesforce.com@evil.com',
    'https://evil.com@acme.my.salesforce.com',
    'user:pass@acme.my.salesforce.com',
    'https://acme.my.salesforce.com:8443',
    'acme.my.salesforce.com:80',
    'http://acme.my.salesforce.com',
    'http://acme.my.salesforce.com:443',
    'ftp://acme.my.salesforce.com',
    'javascript://acme.my.salesforce.com/%0aalert(1)',
    'javascript:alert(1)//.my.salesforce.com',
    'data:text/html,.my.salesforce.com',
    'https:acme.my.salesforce.com',
    'evil.com/acme.my.salesforce.com',
    'evil.com?.my.salesforce.com',
    'evil.com#.my.salesforce.com',
    'evil.com\\.my.salesforce.com',
    'evil.com%2f.my.salesforce.com',
    'evil.com%00.my.salesforce.com',
    'evil.com\0.my.salesforce.com',
    'evil.com\n.my.salesforce.com',
    'evil .my.salesforce.com',
    'acme.my.salesforce.com evil.com',
    '*.my.salesforce.com',
    'acme,evil.my.salesforce.com',
    'acme;script-src x.my.salesforce.com',
    "acme'.my.salesforce.com",
    // Look-alikes of letters and dots: Cyrillic а, fullwidth letters, ideographic and one-dot-leader full stops, zero-width characters.
    'acme.my.sаlesforce.com',
    'аcme.my.salesforce.com',
    'acme.my.ｓalesforce.com',
    'acme。my。salesforce。com',
    'acme․my.salesforce.com',
    'evil.com．my.salesforce.com',
    'acme\u200b.my.salesforce.com',
    'acme.my.salesforce.com\u200b',
    'acme\u00ad.my.salesforce.com',
    'evil.com／.my.salesforce.com',
    '10.0.0.1',
    '169.254.169.254',
    '[::1]',
    '127.0.0.1',
    '127.0.0.1:4000',
    'http://127.0.0.1:4000',
    'localhost',
    'localhost:4000',
    '0x7f000001',
    `${'a'.repeat(5_000)}.my.salesforce.com.evil.com`,
  ])('%j is refused', (typed) => {
    expect(readOwnDomain(typed, false)).toBeNull()
  })

  it.each([
    ['127.0.0.1:4002', 'http://127.0.0.1:4002'],
    ['http://127.0.0.1:4002/x', 'http://127.0.0.1:4002'],
    ['localhost:4002', 'http://localhost:4002'],
    ['https://localhost:4002', 'https://localhost:4002'],
    ['http://[::1]:4002', 'http://[::1]:4002'],
    ['acme.my.salesforce.com', 'https://acme.my.salesforce.com'],
    ['10.0.0.1', null],
    ['http://evil.example', null],
    ['localhost.evil.example', null],
    ['127.0.0.1.evil.example', null],
    ['127.0.0.1@evil.example', null],
    ['http://127.0.0.1:4000@evil.example', null],
    ['0.0.0.0:4000', null],
  ])('beside a stand-in, %j is %j', (typed, origin) => {
    expect(readOwnDomain(typed, true)).toBe(origin)
    expect(standIn.logins?.own.read(typed)).toBe(origin)
  })

  it('is never anybody’s but Salesforce’s, whatever is typed', () => {
    const parts = fc.constantFrom(
      'acme',
      '.my.salesforce.com',
      'evil.com',
      '@',
      '/',
      ':',
      '#',
      '?',
      '\\',
      '.',
      'https://',
      '%2e',
      ' ',
    )
    const glued = fc.array(fc.oneof(parts, hostileText(6)), { maxLength: 8 }).map((pieces) => pieces.join(''))
    fc.assert(
      fc.property(glued, (typed) => {
        const origin = readOwnDomain(typed, false)
        if (origin !== null) expect(origin).toMatch(/^https:\/\/[a-z0-9][a-z0-9.-]*\.my\.salesforce\.com$/)
      }),
      steady(2_000),
    )
  })
})

describe('the logins', () => {
  it('are production and sandboxes, by the operator’s settings, and a typed one', () => {
    const { logins } = oauth
    expect(logins?.hosts.map(({ id, url }) => [id, url])).toEqual([
      ['production', 'https://login.salesforce.com'],
      ['sandbox', 'https://test.salesforce.com'],
    ])
    for (const words of Object.values(logins?.own.refusal ?? {})) expect(words).toContain('acme.my.salesforce.com')
    expect(logins?.origins).toEqual([
      'https://login.salesforce.com',
      'https://test.salesforce.com',
      'https://*.my.salesforce.com',
    ])
  })

  it('ask for reading, refreshing and identity, by PKCE, and no lifetime is guessed', () => {
    expect(oauth.scopes).toEqual(['api', 'refresh_token', 'id'])
    expect(oauth.fallbackLifetime).toBeNull()
    expect(oauth.authorizeUrl).toBe('https://login.salesforce.com/services/oauth2/authorize')
    expect(oauth.tokenUrl).toBe('https://login.salesforce.com/services/oauth2/token')
    expect(oauth.revokeUrl).toBe('https://login.salesforce.com/services/oauth2/revoke')
  })
})

describe('the instance of a token answer', () => {
  it.each([
    ['https://acme.my.salesforce.com', 'https://acme.my.salesforce.com'],
    ['https://acme.my.salesforce.com/', 'https://acme.my.salesforce.com'],
    ['https://acme--dev.sandbox.my.salesforce.com', 'https://acme--dev.sandbox.my.salesforce.com'],
    ['https://na1.salesforce.com', 'https://na1.salesforce.com'],
    ['https://acme.my.salesforce.mil', 'https://acme.my.salesforce.mil'],
  ])('%s is taken', (instance_url, apiUrl) => {
    expect(oauth.readGrant({ instance_url })).toEqual({ apiUrl, scopes: [] })
  })

  it.each([
    undefined,
    null,
    '',
    7,
    ['https://acme.my.salesforce.com'],
    'acme.my.salesforce.com',
    'http://acme.my.salesforce.com',
    'https://evil.example',
    'https://evilsalesforce.com',
    'https://salesforce.com.evil.example',
    'https://acme.my.salesforce.com@evil.example',
    'https://user:pass@acme.my.salesforce.com',
    'http://127.0.0.1:4000',
    'https://localhost',
    'https://10.0.0.1',
  ])('%j is no place to send a token to', (instance_url) => {
    expect(() => oauth.readGrant({ instance_url })).toThrow(expect.objectContaining({ code: 'crm_protocol' }))
  })

  it('may be on this machine where the login host is', () => {
    expect(standIn.readGrant({ instance_url: 'http://127.0.0.1:4002' }).apiUrl).toBe('http://127.0.0.1:4002')
    expect(() => standIn.readGrant({ instance_url: 'http://10.0.0.1:4002' })).toThrow()
  })

  it.each([
    ['api refresh_token id', ['api', 'refresh_token', 'id']],
    ['id  api', ['id', 'api']],
    ['full', ['full', 'api']],
    ['', []],
    [undefined, []],
    [7, []],
  ])('has the scopes of %j', (scope, scopes) => {
    expect(oauth.readGrant({ instance_url: 'https://acme.my.salesforce.com', scope }).scopes).toEqual(scopes)
  })
})

describe('a host that a stored grant names', () => {
  const own = 'https://acme.my.salesforce.com'
  it.each<[use: HostUse, origin: string, isOwn: boolean]>([
    ['api', own, true],
    ['api', 'https://na1.salesforce.com', true],
    ['api', 'https://acme.my.salesforce.mil', true],
    ['api', 'https://acme.lightning.force.com', true],
    ['login', own, true],
    ['login', 'https://login.salesforce.com', true],
    ['login', 'https://test.salesforce.com', true],
    // Picked while it stood in the settings.
    ['login', 'https://acme.salesforce.com', true],
    ['login', 'https://acme.lightning.force.com', false],
  ])('is Salesforce’s own for %s: %s, %s', (use, origin, isOwn) => {
    expect(oauth.isOwnHost(use, origin)).toBe(isOwn)
  })

  it.each([
    '',
    'acme.my.salesforce.com',
    'http://acme.my.salesforce.com',
    'https://evil.example',
    'https://salesforce.com.evil.example',
    'https://evilsalesforce.com',
    `${own}@evil.example`,
    'https://user:pass@acme.my.salesforce.com',
    `${own}/`,
    `${own}/path`,
    `${own}?x=`,
    `${own}#`,
    ` ${own}`,
    'https://ACME.my.salesforce.com',
    'https://evil.example\\.my.salesforce.com',
    'http://127.0.0.1:4000',
    'http://localhost:4000',
    'https://10.0.0.1',
    'javascript:alert(1)//.salesforce.com',
  ])('is not its own: %j', (origin) => {
    expect([oauth.isOwnHost('api', origin), oauth.isOwnHost('login', origin)]).toEqual([false, false])
  })

  it('may be on this machine where the login host is', () => {
    for (const use of ['api', 'login'] as const) {
      expect(standIn.isOwnHost(use, 'http://127.0.0.1:4002')).toBe(true)
      expect(standIn.isOwnHost(use, 'http://10.0.0.1:4002')).toBe(false)
    }
  })

  it('is whatever was accepted when it was stored', () => {
    for (const provider of [oauth, standIn]) {
      const { hosts = [], own: typed } = provider.logins ?? {}
      const picked = [...hosts.map(({ url }) => url), typed?.read('acme--dev.sandbox.my.salesforce.com') ?? '']
      expect(picked.map((origin) => provider.isOwnHost('login', origin))).toEqual([true, true, true])
      const { apiUrl } = provider.readGrant({ instance_url: 'https://acme.my.salesforce.com/' })
      expect(provider.isOwnHost('api', apiUrl ?? '')).toBe(true)
    }
  })
})

describe('a refusal', () => {
  it.each([
    ['OAUTH_APP_BLOCKED', 'this app is blocked by admin', 'blocks this app'],
    ['access_denied', 'OAUTH_APP_BLOCKED : this app is blocked by admin', 'blocks this app'],
    ['OAUTH_APP_ACCESS_DENIED', 'user is not admin approved to access this app', 'isn’t installed'],
    ['invalid_grant', "user hasn't approved this consumer", 'isn’t installed'],
    ['invalid_client', 'app must be installed into org', 'isn’t installed'],
    ['OAUTH_EC_APP_NOT_FOUND', 'External client app is not installed in this org', 'isn’t installed'],
    ['invalid_grant', 'ip restricted', 'refuses this server’s address'],
    ['invalid_grant', 'IP restricted or invalid login hours', 'refuses this server’s address'],
    ['invalid_grant', 'API is not enabled for this user', 'no API access'],
    ['API_DISABLED_FOR_ORG', '', 'no API access'],
    ['invalid_grant', 'inactive user', 'user is inactive'],
    ['inactive_user', 'user is inactive', 'user is inactive'],
    ['inactive_org', 'the org is inactive', 'doesn’t know this org'],
  ])('%s: %s', (error, description, title) => {
    const explained = oauth.explain({ error, description })
    expect(explained?.en.title).toContain(title)
    for (const words of Object.values(explained ?? {}).flatMap(Object.values)) expect(words).toMatch(/\S{3}/)
    expect(explained?.en.advice).toMatch(/start again|Start again/)
  })

  it.each([
    ['access_denied', 'end-user denied authorization'],
    ['access_denied', ''],
    ['invalid_grant', 'expired authorization code'],
    ['invalid_grant', 'expired access/refresh token'],
    ['invalid_grant', 'invalid authorization code'],
    ['invalid_client', 'invalid client credentials'],
    ['redirect_uri_mismatch', 'redirect_uri must match configuration'],
    ['server_error', ''],
    ['', ''],
  ])('%s: %s has the general words', (error, description) => {
    expect(oauth.explain({ error, description })).toBeNull()
  })

  it('is never repeated', () => {
    fc.assert(
      fc.property(hostileText(40), (text) => {
        const explained = oauth.explain({ error: 'invalid_grant', description: `ip restricted ${text} zq7x` })
        expect(Object.values(explained ?? {}).join()).not.toContain('zq7x')
      }),
      steady(50),
    )
  })
})
