/** A Salesforce inbox from consent to contacts, and through everything that happens to its grant, beside a HubSpot inbox. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { App } from '../../src/app.ts'
import type { Inbox } from '../../src/connections/inbox-store.ts'
import { createTokenVault } from '../../src/connections/token-vault.ts'
import type { SalesforceSandbox } from '../../src/sandbox/salesforce/server.ts'
import {
  adminToken,
  atSalesforce,
  Browser,
  consent,
  type Login,
  type SalesforceOrgs,
  startTestBridge,
  type TestBridge,
  unlimited,
} from '../support/bridge.ts'
import { anError, emptyEnvelope, inject } from '../support/inject.ts'
import { getJson } from '../support/json.ts'

let bridge: TestBridge
let orgs: SalesforceOrgs
let app: App
let replica: App
beforeAll(async () => {
  bridge = await startTestBridge({
    sandbox: { contacts: 120, rateLimits: false },
    salesforce: { contacts: 240 },
    environment: unlimited,
  })
  orgs = bridge.salesforce as SalesforceOrgs
  app = bridge.bridge.app
  replica = await bridge.variant({})
})
afterAll(() => bridge.stop())
afterEach(() => {
  for (const org of Object.values(orgs)) org.faults.clear()
})

const idsOf = ({ contacts, leads }: SalesforceSandbox) =>
  [...contacts, ...leads].filter(({ fields }) => fields.IsConverted !== true).map(({ id }) => id)
const grants = (org: SalesforceSandbox, grantType: string) =>
  org.calls().filter(({ body }) => (body as { grant_type?: string } | undefined)?.grant_type === grantType)
const refreshes = (org: SalesforceSandbox) => grants(org, 'refresh_token')
const connectionOf = async (inbox: Inbox) => (await bridge.inboxes.byId(inbox.id))?.connection ?? null
async function tokensOf(inbox: Inbox) {
  const connection = await connectionOf(inbox)
  if (connection === null) throw new Error('not connected')
  return createTokenVault(bridge.config.keys).open(connection)
}
/** Asks an org's token endpoint as the server would. */
const redeem = (org: SalesforceSandbox, refreshToken: string) =>
  fetch(`${org.url}/services/oauth2/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'refresh_token',
      refresh_token: refreshToken,
      client_id: 'test-client',
      client_secret: 'test-secret',
    }),
  })

/** All pages, as the inbox walks them. */
async function walk(pluginUrl: string): Promise<{ ids: string[]; counts: Set<number> }> {
  const ids: string[] = []
  const counts = new Set<number>()
  let query = ''
  do {
    const page = await getJson(`${pluginUrl}/contacts/?limit=100${query}`)
    ids.push(...page.results.map((contact: { contact_id: string }) => contact.contact_id))
    counts.add(page.count)
    query = page.next_page_param && `&next_page_param=${page.next_page_param}`
  } while (query)
  return { ids, counts }
}

describe('from initialize to contacts', () => {
  it('asks for authorization, takes consent, and finds everybody', async () => {
    const { pluginUrl } = await bridge.inbox({ name: 'Sales', crm: 'salesforce' })
    expect(await getJson(`${pluginUrl}/`)).toEqual({ name: 'Salesforce', type: 'salesforce' })
    const before = await getJson(`${pluginUrl}/initialize`)
    expect(before).toMatchObject({ status: 'authorization_needed', authorization_needed: { method: 'external_url' } })
    const { url, html } = await consent(before.authorization_needed.external_url, 'allow', new Browser(), atSalesforce)
    const expected = idsOf(orgs.production)
    expect(url).toBe(`${bridge.url}/connected`)
    expect(html).toContain(`${expected.length} contacts`)
    expect(await getJson(`${pluginUrl}/initialize`)).toEqual({ status: 'initialized' })
    expect(await walk(pluginUrl)).toEqual({ ids: expected, counts: new Set([expected.length]) })

    const person = { FirstName: 'Zelda', LastName: 'Quux', Email: 'zelda@quux.example', Phone: '+49 (0)30 901820' }
    const { id } = orgs.production.addRecord('Contact', person)
    for (const path of [
      '?search=zel',
      '?search=zelda%40quux.example',
      '?search=%2B49%2030%20901820',
      '?search=90182',
      '/4930901820',
      `/${id}`,
    ]) {
      const { results, count } = await getJson(`${pluginUrl}/contacts${path}`)
      expect({ path, count, id: results[0]?.contact_id }).toEqual({ path, count: 1, id })
    }
    expect((await getJson(`${pluginUrl}/contacts/${id.slice(0, 15)}`)).results[0].contact_id).toBe(id)
    orgs.production.removeRecord(id)
  })

  it('two inboxes on two CRMs at once get each their own', async () => {
    const [hubspot, salesforce] = [await bridge.connectedInbox(), await bridge.connectedInbox({}, atSalesforce)]
    const [first, second] = await Promise.all([walk(hubspot.pluginUrl), walk(salesforce.pluginUrl)])
    expect(first.ids.toSorted()).toEqual([...bridge.sandbox.contacts].map(({ id }) => `hubspot-${id}`).toSorted())
    expect(second.ids).toEqual(idsOf(orgs.production))
    for (const search of ['example', 'olivia', 'an']) {
      const [there, here] = await Promise.all(
        [hubspot, salesforce].map(({ pluginUrl }) => getJson(`${pluginUrl}/contacts?search=${search}`)),
      )
      expect(there.results.every(({ contact_id }: { contact_id: string }) => contact_id.startsWith('hubspot-'))).toBe(true)
      expect(here.results.every(({ contact_id }: { contact_id: string }) => /^00[3Q]/.test(contact_id))).toBe(true)
    }
    const [contact = ''] = second.ids
    expect((await inject(app, `/inboxes/${hubspot.key}/contacts/${contact}`)).status).toBe(404)
    expect((await inject(app, `/inboxes/${salesforce.key}/contacts/${first.ids[0]}`)).status).toBe(404)
    const { next_page_param: token } = (await inject(app, `/inboxes/${salesforce.key}/contacts?limit=5`)).json
    expect((await inject(app, `/inboxes/${hubspot.key}/contacts?limit=5&page=${token}`)).status).toBe(400)
  })

  it('two orgs at once get each their own', async () => {
    const logins: readonly (readonly [keyof SalesforceOrgs, Login])[] = [
      ['production', atSalesforce],
      ['sandbox', { crm: 'salesforce', login: 'sandbox' }],
      ['own', { crm: 'salesforce', login: 'own', domain: orgs.own.url }],
    ]
    await Promise.all(
      logins.map(async ([name, login]) => {
        const { pluginUrl } = await bridge.connectedInbox({ name }, login)
        const record = orgs[name].addRecord('Lead', { LastName: `Only ${name}`, Company: 'Acme' })
        const { results } = await getJson(`${pluginUrl}/contacts?search=only`)
        expect(results).toMatchObject([{ contact_id: record.id, name: `Only ${name}` }])
      }),
    )
  })
})

describe('a session that ends', () => {
  let inbox: Inbox
  let key: string
  let asked = 0
  const org = () => orgs.sandbox
  beforeEach(async () => {
    ;({ inbox, key } = await bridge.connectedInbox({}, { crm: 'salesforce', login: 'sandbox' }))
    for (const crm of Object.values(orgs)) crm.clearCalls()
  })
  const ask = (path: string, at = app) => inject(at, `/inboxes/${key}${path}`)
  /** Questions of every kind at once, each asked for the first time: none is answered from memory. */
  async function statuses(at: readonly App[], rounds = 5): Promise<Set<string>> {
    const [id = ''] = idsOf(org())
    const paths = Array.from({ length: rounds }, () => {
      asked += 1
      return [
        `/contacts?search=someone${asked}`,
        `/contacts?limit=${1 + (asked % 100)}`,
        `/contacts/${id.slice(0, 15 + 3 * (asked % 2))}`,
      ]
    }).flat()
    const answers = await Promise.all(paths.map((path, index) => ask(path, at[index % at.length])))
    return new Set(answers.map(({ status, headers }) => `${status} ${headers['x-bridge-problem'] ?? ''}`.trim()))
  }

  it('costs exactly one refresh, at the login host that was picked, and nobody notices', async () => {
    org().endSessions()
    const { status, json } = await ask('/contacts?limit=98')
    expect({ status, count: json.count }).toEqual({ status: 200, count: idsOf(org()).length })
    expect(refreshes(org())).toHaveLength(1)
    expect(
      org()
        .calls()
        .filter(({ status: code }) => code === 401).length,
    ).toBeGreaterThan(0)
    for (const other of [orgs.production, orgs.own]) expect(other.calls()).toEqual([])
  })

  it('costs exactly one refresh for many callers in two processes, and the newest refresh token is kept', async () => {
    for (let times = 1; times <= 3; times += 1) {
      const before = (await tokensOf(inbox)).refreshToken
      org().endSessions()
      expect(await statuses([app, replica])).toEqual(new Set(['200']))
      expect(refreshes(org())).toHaveLength(times)
      const after = (await tokensOf(inbox)).refreshToken
      expect(after).not.toBe(before)
      // The other process may hold the connection as it was read, for a second.
      await sleep(1_100)
    }
    expect(await connectionOf(inbox)).toMatchObject({ status: 'active', version: 4, leaseOwner: null })
    // The one that is kept is the one that counts.
    expect((await redeem(org(), (await tokensOf(inbox)).refreshToken)).status).toBe(200)
  })

  it('keeps the old refresh token where none comes back', async () => {
    const { refreshToken } = await tokensOf(inbox)
    const fresh = (await (await redeem(org(), refreshToken)).json()) as { access_token: string; refresh_token: string }
    const { refresh_token: _, ...without } = fresh
    org().faults.add({ kind: 'garbage', body: JSON.stringify(without), match: { path: '/services/oauth2/token' } })
    org().faults.add({ kind: 'status', status: 401, match: { path: '/services/data' }, times: 1 })
    expect((await ask('/contacts?search=kept')).status).toBe(200)
    expect(await tokensOf(inbox)).toEqual({ accessToken: fresh.access_token, refreshToken })
  })

  it('that ends again at once is no loop: one refresh, one more try, and an honest answer', async () => {
    org().faults.add({ kind: 'status', status: 401, match: { path: '/services/data' } })
    expect(await ask('/contacts?search=looping')).toMatchObject({ status: 503, json: { error: anError('crm_unavailable') } })
    expect(refreshes(org())).toHaveLength(1)
    expect(
      org()
        .calls()
        .filter(({ kind }) => kind === 'search'),
    ).toHaveLength(2)
    await ask('/contacts?search=looping+more')
    expect(refreshes(org())).toHaveLength(1)
    expect((await connectionOf(inbox))?.status).toBe('active')
  })

  it.each([
    ['is down', { kind: 'status', status: 503 }],
    ['answers HTML', { kind: 'html', status: 200 }],
    ['drops the connection', { kind: 'reset' }],
  ] as const)('while the token endpoint %s leaves the grant', async (_what, fault) => {
    org().endSessions()
    org().faults.add({ ...fault, match: { path: '/services/oauth2/token' } })
    expect(await ask('/contacts?search=b')).toMatchObject({ status: 503, json: { error: anError('crm_unavailable') } })
    expect(await ask('/contacts?limit=99')).toMatchObject({ status: 200, headers: { 'x-bridge-problem': 'crm_unavailable' } })
    org().faults.clear()
    // After a failure nobody tries again for a moment.
    await expect.poll(async () => (await ask('/contacts?search=b')).status, { timeout: 20_000 }).toBe(200)
  })

  it('is not what a quota used up is: a rate limit, without a refresh', async () => {
    org().faults.add({ kind: 'status', status: 403, match: { path: '/services/data' } })
    const { status, json } = await ask('/contacts?search=limited')
    expect({ status, json }).toEqual({ status: 429, json: { ...emptyEnvelope, error: anError('crm_rate_limited') } })
    expect(json.error.message).toContain('used up its API calls')
    expect(await ask('/contacts?limit=93')).toMatchObject({
      status: 200,
      json: emptyEnvelope,
      headers: { 'x-bridge-problem': 'crm_rate_limited' },
    })
    expect((await ask('/initialize')).json).toMatchObject({ status: 'init_failed' })
    expect(refreshes(org())).toEqual([])
    expect((await connectionOf(inbox))?.status).toBe('active')
  })

  it('after somebody else used the refresh token asks for a new consent, and goes on with it', async () => {
    const { refreshToken } = await tokensOf(inbox)
    expect((await redeem(org(), refreshToken)).status).toBe(200)
    org().endSessions()
    org().clearCalls()
    expect(await statuses([app], 4)).toEqual(new Set(['409', '200 reconnect_required']))
    expect(refreshes(org())).toHaveLength(1)
    expect(await connectionOf(inbox)).toMatchObject({
      status: 'reconnect_required',
      statusReason: expect.stringContaining('invalid_grant'),
    })
    const { json } = await ask('/initialize')
    expect(json.status).toBe('authorization_needed')
    await consent(json.authorization_needed.external_url, 'allow', new Browser(), { crm: 'salesforce', login: 'sandbox' })
    expect((await ask('/initialize')).json).toEqual({ status: 'initialized' })
    expect(await statuses([app], 2)).toEqual(new Set(['200']))
  })

  it('by a disconnect ends the grant at the login host that was picked', async () => {
    const { accessToken, refreshToken } = await tokensOf(inbox)
    const disconnected = await inject(app, `/admin/api/inboxes/${inbox.id}/disconnect`, {
      method: 'POST',
      headers: { authorization: `Bearer ${adminToken}` },
    })
    expect(disconnected.status).toBe(200)
    const revocations = org()
      .calls()
      .filter(({ path }) => path.endsWith('/revoke'))
    expect(revocations).toMatchObject([{ status: 200, body: { token: refreshToken } }])
    for (const other of [orgs.production, orgs.own]) expect(other.calls()).toEqual([])
    const limits = await fetch(`${org().url}/services/data/v64.0/limits`, { headers: { authorization: `Bearer ${accessToken}` } })
    expect([limits.status, (await redeem(org(), refreshToken)).status]).toEqual([401, 400])
    expect((await ask('/contacts?search=x')).status).toBe(409)
  })
})
