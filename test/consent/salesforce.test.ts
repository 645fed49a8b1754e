/** Consent where administrators sign in at different places, and every way in which Salesforce refuses it. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createConnectTickets } from '../../src/connections/connect-ticket.ts'
import type { Inbox } from '../../src/connections/inbox-store.ts'
import type { SalesforceSandbox } from '../../src/sandbox/salesforce/server.ts'
import {
  atSalesforce,
  Browser,
  beginConsent,
  consent,
  consentUntilCallback,
  type Login,
  type SalesforceOrgs,
  startTestBridge,
  type TestBridge,
} from '../support/bridge.ts'
import { outcomes } from '../support/outcomes.ts'
import { type Received, type StandIn, startStandIn } from '../support/stand-in.ts'

let bridge: TestBridge
let orgs: SalesforceOrgs
let inbox: Inbox
let elsewhere: StandIn
beforeAll(async () => {
  bridge = await startTestBridge({ sandbox: { contacts: 1 }, salesforce: { contacts: 20 } })
  orgs = bridge.salesforce as SalesforceOrgs
  elsewhere = await startStandIn((response) => response.end())
})
afterAll(async () => {
  await bridge.stop()
  await elsewhere.close()
})
beforeEach(async () => {
  inbox = (await bridge.inbox({ crm: 'salesforce' })).inbox
  for (const org of Object.values(orgs)) org.clearCalls()
})
afterEach(() => {
  for (const org of Object.values(orgs)) {
    org.faults.clear()
    org.refuseConsent(null)
    org.enableApi(true)
  }
})

const link = () => bridge.connectUrl(inbox.id)
const connectionOf = async () => (await bridge.inboxes.byId(inbox.id))?.connection ?? null
const callsAt = (org: SalesforceSandbox) => org.calls().map(({ path }) => path.replace(/^\/services\/(data\/v[\d.]+|oauth2)/, ''))
const tokenPath = { path: '/services/oauth2/token' }
/** The title and the words of a page, without its markup. */
function read(html: string) {
  const text = html.replace(/<[^>]+>/g, ' ').replace(/\s+/g, ' ')
  return { title: /<h1>([^<]*)<\/h1>/.exec(html)?.[1], text }
}

describe('the login that an administrator picks', () => {
  it.each<[string, keyof SalesforceOrgs, () => Login]>([
    ['production', 'production', () => ({ crm: 'salesforce', login: 'production' })],
    ['a sandbox', 'sandbox', () => ({ crm: 'salesforce', login: 'sandbox' })],
    ['a typed My Domain', 'own', () => ({ crm: 'salesforce', login: 'own', domain: new URL(orgs.own.url).host })],
    ['a typed My Domain, as a link', 'own', () => ({ crm: 'salesforce', login: 'own', domain: ` ${orgs.own.url}/setup?x=1 ` })],
    ['a domain typed under another choice', 'own', () => ({ crm: 'salesforce', login: 'production', domain: orgs.own.url })],
    ['nothing: production', 'production', () => ({ crm: 'salesforce' })],
  ])('%s leads to its host, and to no other', async (_what, name, login) => {
    const org = orgs[name]
    const browser = new Browser()
    const begun = await beginConsent(link(), browser, login())
    const { origin, pathname, searchParams } = new URL(begun.headers.get('location') ?? '')
    expect({ status: begun.status, page: origin + pathname }).toEqual({
      status: 303,
      page: `${org.url}/services/oauth2/authorize`,
    })
    expect(Object.fromEntries(searchParams)).toMatchObject({
      client_id: 'test-client',
      code_challenge_method: 'S256',
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      redirect_uri: `${bridge.url}/oauth/salesforce/callback`,
      scope: 'api refresh_token id',
    })

    const outcome = await consent(link(), 'allow', browser, login())
    expect(outcome.url).toBe(`${bridge.url}/connected`)
    expect(read(outcome.html).title).toBe(org.org.name)
    expect(await connectionOf()).toMatchObject({
      crm: 'salesforce',
      status: 'active',
      accountId: org.org.orgId,
      accountName: org.org.name,
      apiUrl: org.url,
      loginUrl: org.url,
      recordsUrl: `${org.url}/lightning/r`,
      scopes: ['api', 'refresh_token', 'id'],
    })
    for (const other of Object.values(orgs)) if (other !== org) expect(callsAt(other)).toEqual([])
  })

  it('is nobody’s to pick by a link: the query counts for nothing', async () => {
    const query = new URLSearchParams({ login: 'own', domain: elsewhere.url, host: elsewhere.url }).toString()
    for (const begun of [
      await new Browser().visit(`${link()}/salesforce?${query}`),
      await new Browser().visit(`${link()}/salesforce?${query}`, { method: 'POST', body: new URLSearchParams() }),
    ])
      expect(new URL(begun.headers.get('location') ?? '').origin).toBe(orgs.production.url)
    expect(elsewhere.requests).toEqual([])
  })

  it.each<Record<string, string>>([
    { login: 'own', domain: 'acme' },
    { login: 'own', domain: '' },
    { login: 'own' },
    { login: 'own', domain: 'acme.salesforce.com' },
    { login: 'own', domain: 'my.salesforce.com.evil.example' },
    { login: 'own', domain: 'acme.my.salesforce.com.evil.example' },
    { login: 'own', domain: 'evilmy.salesforce.com' },
    { login: 'own', domain: 'acme.my.salesforce.com@evil.example' },
    { login: 'own', domain: 'https://evil.example/acme.my.salesforce.com' },
    { login: 'own', domain: 'https://evil.example?acme.my.salesforce.com' },
    { login: 'own', domain: 'https://evil.example#.my.salesforce.com' },
    { login: 'own', domain: 'http://acme.my.salesforce.com' },
    { login: 'own', domain: '10.0.0.1' },
    { login: 'production', domain: 'evil.example' },
    { domain: 'evil.example' },
    { login: 'elsewhere' },
    { login: 'constructor' },
  ])('is refused with a sentence when it is %o, and nothing begins', async (form) => {
    const browser = new Browser()
    const answer = await beginConsent(link(), browser, { crm: 'salesforce', ...form })
    const { title, text } = read(await answer.text())
    expect({ status: answer.status, title, location: answer.headers.get('location') }).toEqual({
      status: 400,
      title: outcomes.wrongLogin({ en: '', de: '' }).title,
      location: null,
    })
    expect(text).toContain('It looks like acme.my.salesforce.com')
    expect(text).not.toContain('evil')
    expect([...browser.cookies]).toEqual([])
    expect(await bridge.bridge.database.prisma.consentState.count({ where: { inboxId: inbox.id } })).toBe(0)
    for (const org of Object.values(orgs)) expect(callsAt(org)).toEqual([])
  })

  it('is offered again after a refusal', async () => {
    const refused = await (await beginConsent(link(), new Browser(), { crm: 'salesforce', login: 'own', domain: 'acme' })).text()
    const [, again = ''] = /<a class="button" href="([^"]+)">Start again<\/a>/.exec(refused) ?? []
    const page = await new Browser().visit(again)
    expect(await page.text()).toContain('name="domain"')
  })

  it('redeems the code where it was given, not where another flow of the browser was', async () => {
    const browser = new Browser()
    await beginConsent(link(), browser, { crm: 'salesforce', login: 'sandbox' })
    const back = await consentUntilCallback(link(), 'allow', browser, atSalesforce)
    expect((await browser.visit(back)).status).toBe(303)
    expect(callsAt(orgs.production)).toContain('/token')
    expect(callsAt(orgs.sandbox)).toEqual([])
  })
})

describe('Salesforce’s refusals', () => {
  const finish = () => consent(link(), 'allow', new Browser(), atSalesforce)

  it('Deny connects nothing, and asks no token', async () => {
    const { status, html } = await consent(link(), 'deny', new Browser(), atSalesforce)
    expect({ status, title: read(html).title }).toEqual({ status: 400, title: outcomes.denied('Salesforce').title })
    expect(callsAt(orgs.production)).not.toContain('/token')
    expect(await connectionOf()).toBeNull()
  })

  it.each([
    ['blocked', 'Your Salesforce org blocks this app', 'unblock it'],
    ['not-approved', 'The app isn’t installed in your Salesforce org', 'permit your profile'],
    ['not-installed', 'The app isn’t installed in your Salesforce org', 'install it in Setup'],
  ] as const)('of an app that is %s has its own words', async (refusal, title, words) => {
    orgs.production.refuseConsent(refusal)
    const { status, html } = await finish()
    expect({ status, title: read(html).title }).toEqual({ status: 400, title })
    expect(read(html).text).toContain(words)
    // The link as it was: it leads to this inbox’s logins, not straight to Salesforce.
    const [, again = ''] = /<a class="button" href="([^"]+)">Start again<\/a>/.exec(html) ?? []
    const { keys, publicUrl } = bridge.config
    const prefix = `${bridge.url}/connect/`
    expect(again.startsWith(prefix)).toBe(true)
    expect(createConnectTickets(keys, publicUrl).read(again.slice(prefix.length))).toBe(inbox.id)
    expect(await connectionOf()).toBeNull()
  })

  it.each<[string, object, number, string]>([
    [
      'an address',
      { error: 'invalid_grant', error_description: 'ip restricted' },
      403,
      'Salesforce refuses this server’s address',
    ],
    ['an inactive user', { error: 'invalid_grant', error_description: 'inactive user' }, 403, 'This Salesforce user is inactive'],
    [
      'the edition',
      { error: 'invalid_grant', error_description: 'API is not enabled for this org' },
      403,
      'Your Salesforce user or edition has no API access',
    ],
    [
      'a code used before',
      { error: 'invalid_grant', error_description: 'expired authorization code' },
      400,
      outcomes.expired('Salesforce').title,
    ],
    [
      'the client',
      { error: 'invalid_client', error_description: 'invalid client credentials' },
      502,
      outcomes.misconfigured('Salesforce').title,
    ],
    [
      'the client id',
      { error: 'invalid_client_id', error_description: 'client identifier invalid' },
      502,
      outcomes.misconfigured('Salesforce').title,
    ],
    [
      'the return address',
      { error: 'redirect_uri_mismatch', error_description: 'redirect_uri must match configuration' },
      502,
      outcomes.misconfigured('Salesforce').title,
    ],
    ['anything else', { error: 'server_error' }, 503, outcomes.crmDown('Salesforce').title],
  ])('of %s, at the token', async (_what, body, status, title) => {
    orgs.production.faults.add({ kind: 'status', status: 400, body, match: tokenPath })
    const { html, ...outcome } = await finish()
    expect({ status: outcome.status, title: read(html).title }).toEqual({ status, title })
    expect(await connectionOf()).toBeNull()
  })

  it('of the API for the edition says so, and stores nothing', async () => {
    orgs.production.enableApi(false)
    const { status, html } = await finish()
    expect(status).toBe(403)
    expect(read(html).title).toBe('Your Salesforce user or edition has no API access')
    expect(await connectionOf()).toBeNull()
  })

  it.each(['API_CURRENTLY_DISABLED', 'INSUFFICIENT_ACCESS', 'API_DISABLED_FOR_ORG'])(
    'of the API for the user (%s) says what is missing',
    async (errorCode) => {
      const body = [{ message: 'The REST API is not enabled for alex@example.com.', errorCode }]
      orgs.production.faults.add({ kind: 'status', status: 403, body, match: { path: '/services/data' } })
      const { status, html } = await finish()
      expect(status).toBe(403)
      expect(read(html).title).toMatch(/no API access|doesn’t let this user read contacts/)
      expect(html).not.toContain('alex@example.com')
      expect(read(html).text).toContain('“API Enabled”')
      expect(await connectionOf()).toBeNull()
    },
  )

  it('of a permission left out says which kind of thing is missing', async () => {
    const body = { access_token: 'a', refresh_token: 'r', instance_url: orgs.production.url, scope: 'id refresh_token' }
    orgs.production.faults.add({ kind: 'garbage', body: JSON.stringify(body), match: tokenPath })
    const { status, html } = await finish()
    expect({ status, title: read(html).title }).toEqual({
      status: 403,
      title: outcomes.missingPermission('Salesforce').title,
    })
  })

  it('says when the org has used up its calls', async () => {
    orgs.production.faults.add({ kind: 'status', status: 403, match: { path: '/services/data' } })
    const { status } = await finish()
    expect(status).toBe(503)
    expect(await connectionOf()).toBeNull()
  })
})

describe('a token answer', () => {
  const answer = (more: object) => ({ access_token: 'stolen?', refresh_token: 'r', id: `${orgs.production.url}/id/1/2`, ...more })

  it.each<[string, (url: string) => unknown]>([
    ['of another domain', () => 'https://evil.example'],
    ['that only ends alike', () => 'https://evilsalesforce.com'],
    ['that only begins alike', () => 'https://acme.my.salesforce.com.evil.example'],
    ['without TLS', () => 'http://acme.my.salesforce.com'],
    ['with a user', (url) => `https://acme.my.salesforce.com@${new URL(url).host}`],
    ['of a private network', () => 'http://10.0.0.1'],
    ['that is no URL', () => 'acme'],
    ['that is no text', () => ({ url: 'https://acme.my.salesforce.com' })],
    ['that isn’t there', () => undefined],
  ])('with an instance %s stores nothing, and sends the token nowhere', async (_what, instance) => {
    const body = answer({ instance_url: instance(elsewhere.url), scope: 'api refresh_token id' })
    orgs.production.faults.add({ kind: 'garbage', body: JSON.stringify(body), match: tokenPath })
    const { status, html } = await consent(link(), 'allow', new Browser(), atSalesforce)
    expect(status).toBe(503)
    expect(html).not.toContain('evil')
    expect(await connectionOf()).toBeNull()
    expect(elsewhere.requests.map(({ path }: Received) => path)).toEqual([])
    expect(callsAt(orgs.production).filter((path) => path !== '/authorize')).toEqual(['/token'])
  })

  it('whose instance is not the login host is used there', async () => {
    const body = answer({ instance_url: `${orgs.own.url}/`, scope: 'api refresh_token id' })
    orgs.production.faults.add({ kind: 'garbage', body: JSON.stringify(body), match: tokenPath })
    // The other org doesn't know the token, of course.
    expect((await consent(link(), 'allow', new Browser(), atSalesforce)).status).toBe(503)
    expect(callsAt(orgs.own)).toEqual(['/query'])
    expect(callsAt(orgs.production)).not.toContain('/query')
  })
})
