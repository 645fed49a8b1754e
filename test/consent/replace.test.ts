/** Consent with another account than the inbox has: it asks first, and what isn't wanted any more ends at its CRM. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Connection, Inbox } from '../../src/connections/inbox-store.ts'
import type { ParkedGrant } from '../../src/connections/parked-grant-store.ts'
import { createTokenVault } from '../../src/connections/token-vault.ts'
import {
  atSalesforce,
  Browser,
  consent,
  consentUntilCallback,
  type Login,
  type SalesforceOrgs,
  startTestBridge,
  type TestBridge,
  unlimited,
} from '../support/bridge.ts'
import { getJson } from '../support/json.ts'
import { outcomes } from '../support/outcomes.ts'

const hubDomain = 'acme-<b>bold</b>.example'
let bridge: TestBridge
let orgs: SalesforceOrgs
let inbox: Inbox
let pluginUrl: string
let browser: Browser
beforeAll(async () => {
  const sandbox = { contacts: 5, rateLimits: false, account: { portalId: 4711, hubDomain } }
  bridge = await startTestBridge({ sandbox, salesforce: { contacts: 7, leads: 0 }, environment: unlimited })
  orgs = bridge.salesforce as SalesforceOrgs
})
afterAll(() => bridge.stop())
beforeEach(async () => {
  ;({ inbox, pluginUrl } = await bridge.inbox())
  browser = new Browser()
  for (const crm of [bridge.sandbox, ...Object.values(orgs)]) crm.clearCalls()
})
afterEach(async () => {
  for (const crm of [bridge.sandbox, ...Object.values(orgs)]) crm.faults.clear()
  await bridge.bridge.database.prisma.parkedGrant.deleteMany()
})

const atHubSpot = undefined
const atSandbox: Login = { crm: 'salesforce', login: 'sandbox' }
const connect = (login: Login | undefined, at = browser) => consent(bridge.connectUrl(inbox.id), 'allow', at, login)
const press = (what: 'accept' | 'decline', at = browser) =>
  at.visit(`${bridge.url}/connected/replace/${what}`, { method: 'POST', body: new URLSearchParams() })
const question = '/connected/replace'
const ask = (at = browser) => at.visit(bridge.url + question)
/** The inbox's connection, but for when it was last asked. */
async function stored(): Promise<Connection | null> {
  const connection = (await bridge.inboxes.byId(inbox.id))?.connection
  return connection ? { ...connection, askedAt: new Date(0) } : null
}

const textOf = (html: string) => html.replace(/<[^>]+>/g, ' ').replace(/\s+/g, ' ')
const titleOf = (html: string) => /<h1>([^<]*)<\/h1>/.exec(html)?.[1]
const read = async (page: Response) => ({ status: page.status, title: titleOf(await page.text()) })
const gone = { status: 400, title: outcomes.offerGone().title }

type Crm = TestBridge['sandbox'] | SalesforceOrgs['own']
/** The refresh tokens that a CRM was told to revoke, and has revoked. */
const revokedAt = (crm: Crm): unknown[] =>
  crm
    .calls()
    .filter(({ path, status }) => path.endsWith('/revoke') && status === 200)
    .map(({ body }) => (body as { token?: string }).token)
const revoked = (crm: Crm, token: string) => vi.waitFor(() => expect(revokedAt(crm)).toContain(token), 5_000)

const refreshTokenOf = (grant: Connection | ParkedGrant | null | undefined): string =>
  grant ? createTokenVault(bridge.config.keys).open(grant).refreshToken : ''
const parkedOffer = async () => bridge.bridge.database.prisma.parkedGrant.findFirst({ where: { inboxId: inbox.id } })

/** An inbox of one account, for which an administrator has now signed in to another. The refresh tokens of both. */
async function offer(before: Login | undefined = atHubSpot): Promise<{ old: string; fresh: string }> {
  await connect(before)
  expect((await connect(atSalesforce)).url).toBe(bridge.url + question)
  return { old: refreshTokenOf(await stored()), fresh: refreshTokenOf(await parkedOffer()) }
}

describe('another account', () => {
  it.each<[string, Login | undefined, string, Login | undefined, string, string]>([
    ['another CRM', atHubSpot, 'acme-&lt;b&gt;bold&lt;/b&gt;.example', atSalesforce, 'Production Inc.', 'Salesforce'],
    ['another org of the same CRM', atSalesforce, 'Production Inc.', atSandbox, 'Sandbox Inc.', 'Salesforce'],
    ['a CRM that has one login', atSalesforce, 'Production Inc.', atHubSpot, 'acme-&lt;b&gt;bold&lt;/b&gt;.example', 'HubSpot'],
  ])('of %s is asked about by both names, and nothing has changed yet', async (_what, before, had, now, offered, crm) => {
    await connect(before)
    const row = await stored()
    const { url, status, html } = await connect(now)
    expect({ url, status, title: titleOf(html) }).toEqual({
      url: bridge.url + question,
      status: 200,
      title: 'Change to another account?',
    })
    const text = textOf(html)
    const account = `(${crm} account ${(await parkedOffer())?.accountId})`
    expect(text).toMatch(/The inbox is connected to .+ \(\w+ account \w+\)\. You have just signed in to /)
    for (const part of [`connected to ${had}`, `signed in to ${offered}`, account]) expect(text).toContain(part)
    for (const button of [`Change to ${offered}`, `Keep ${had}`]) expect(html).toContain(`>${button}</button>`)
    expect(await stored()).toEqual(row)
    expect(await getJson(`${pluginUrl}/initialize`)).toEqual({ status: 'initialized' })
  })

  it('is not asked about when it is the same: the connection is renewed', async () => {
    await connect(atSalesforce)
    const before = await stored()
    expect((await connect(atSalesforce)).url).toBe(`${bridge.url}/connected`)
    expect((await stored())?.epoch).not.toBe(before?.epoch)
    expect(await parkedOffer()).toBeNull()
  })

  it('is not asked about when the inbox has none', async () => {
    await connect(atHubSpot)
    await browser.visit(`${bridge.url}/connected/disconnect`, { method: 'POST', body: new URLSearchParams() })
    expect((await connect(atSalesforce)).url).toBe(`${bridge.url}/connected`)
  })
})

describe('“Change to …”', () => {
  it('connects the new account, which agents see from now on, and gives the old permission back', async () => {
    const { old, fresh } = await offer()
    const accepted = await press('accept')
    expect({ status: accepted.status, location: accepted.headers.get('location') }).toEqual({
      status: 303,
      location: `${bridge.url}/connected`,
    })
    expect(titleOf(await (await browser.visit(`${bridge.url}/connected`)).text())).toBe('Production Inc.')
    expect(await stored()).toMatchObject({ crm: 'salesforce', accountId: orgs.production.org.orgId, status: 'active' })
    expect((await getJson(`${pluginUrl}/contacts`)).count).toBe(7)
    await revoked(bridge.sandbox, old)
    expect(refreshTokenOf(await stored())).toBe(fresh)
    expect(revokedAt(orgs.production)).not.toContain(fresh)
  })

  it('is for the browser that accepted: the one that made the connection before no longer looks at it, or ends it', async () => {
    const first = new Browser()
    await connect(atHubSpot, first)
    expect((await first.visit(`${bridge.url}/connected`)).status).toBe(200)
    await connect(atSalesforce)
    expect((await browser.visit(`${bridge.url}/connected`)).status).toBe(403)
    await press('accept')
    expect((await first.visit(`${bridge.url}/connected`)).status).toBe(403)
    const end = (at: Browser) => at.visit(`${bridge.url}/connected/disconnect`, { method: 'POST', body: new URLSearchParams() })
    expect((await end(first)).status).toBe(403)
    expect(await stored()).toMatchObject({ crm: 'salesforce' })
    expect((await browser.visit(`${bridge.url}/connected`)).status).toBe(200)
    expect((await end(browser)).status).toBe(200)
    expect(await stored()).toBeNull()
  })

  it('gives the old permission back where it was given', async () => {
    const { old } = await offer(atSandbox)
    await press('accept')
    expect(await stored()).toMatchObject({ accountName: 'Production Inc.', loginUrl: orgs.production.url })
    await revoked(orgs.sandbox, old)
  })

  it('doesn’t wait for the old account’s CRM', async () => {
    await offer()
    bridge.sandbox.faults.add({ kind: 'hang', match: { path: '/oauth/' } })
    expect((await press('accept')).status).toBe(303)
    expect(await stored()).toMatchObject({ crm: 'salesforce' })
  })
})

describe('“Keep …”', () => {
  it('leaves everything as it is, and gives the new permission back', async () => {
    const { old, fresh } = await offer()
    const before = await stored()
    const consented = browser.cookies.get('crm-bridge-consented')
    const page = await press('decline')
    const html = await page.text()
    expect({ status: page.status, title: titleOf(html) }).toEqual({ status: 200, title: outcomes.kept('').title })
    expect(textOf(html)).toContain('The inbox stays connected to acme-&lt;b&gt;bold&lt;/b&gt;.example.')
    expect(await stored()).toEqual(before)
    expect(browser.cookies.get('crm-bridge-consented')).toBe(consented)
    await revoked(orgs.production, fresh)
    expect(revokedAt(bridge.sandbox)).not.toContain(old)
  })
})

describe('the question', () => {
  const ways = ['accept', 'decline'] as const

  it('is for the browser that consented: no other can see or answer it', async () => {
    await offer()
    const before = await stored()
    const cookie = browser.cookies.get('crm-bridge-offered') ?? ''
    const { keys } = bridge.config
    const { id } = (await parkedOffer()) ?? {}
    const inTime = Math.floor(Date.now() / 1000) + 600
    const forged = [
      '',
      id,
      `${cookie.startsWith('A') ? 'B' : 'A'}${cookie.slice(1)}`,
      keys.sign('offered', `${Math.floor(Date.now() / 1000) - 1} ${id}`),
      keys.sign('consented', `${inTime} ${id}`),
      keys.sign('offered', `${inTime} ${inbox.id}`),
    ]
    for (const value of forged) {
      const stranger = new Browser()
      if (value) stranger.cookies.set('crm-bridge-offered', value)
      expect(await read(await ask(stranger)), value).toEqual(gone)
      for (const way of ways) expect(await read(await press(way, stranger)), value).toEqual(gone)
    }
    expect(await stored()).toEqual(before)
    expect((await parkedOffer())?.attempts).toBe(0)
    expect((await press('accept')).status).toBe(303)
  })

  it.each(ways.flatMap((first) => ways.map((second) => [first, second] as const)))(
    'is answered once: %s, then %s',
    async (first, second) => {
      const { old, fresh } = await offer()
      await press(first)
      const answered = await stored()
      expect(await read(await ask())).toEqual(gone)
      expect(await read(await press(second))).toEqual(gone)
      expect(await stored()).toEqual(answered)
      await (first === 'accept' ? revoked(bridge.sandbox, old) : revoked(orgs.production, fresh))
    },
  )

  it('answered several times at once is answered once', async () => {
    await offer()
    const answers = await Promise.all(Array.from({ length: 5 }, () => press('accept')))
    expect(answers.map(({ status }) => status).toSorted()).toEqual([303, 400, 400, 400, 400])
  })

  it('is gone after ten minutes', async () => {
    await offer()
    const before = await stored()
    await bridge.bridge.database.prisma.parkedGrant.updateMany({ data: { revokeAt: new Date(Date.now() - 1) } })
    expect(await read(await ask())).toEqual(gone)
    for (const way of ways) expect(await read(await press(way))).toEqual(gone)
    expect(await stored()).toEqual(before)
  })

  it('is gone with its inbox', async () => {
    await offer()
    await bridge.inboxes.remove(inbox.id)
    expect(await read(await ask())).toEqual(gone)
    expect(await read(await press('accept'))).toEqual(gone)
  })

  it('can be looked at again before it is answered', async () => {
    await offer()
    for (let times = 0; times < 2; times += 1)
      expect(await read(await ask())).toEqual({ status: 200, title: 'Change to another account?' })
    expect((await press('accept')).status).toBe(303)
  })

  it.each(ways)('takes a press, not a link: %s', async (way) => {
    await offer()
    expect((await browser.visit(`${bridge.url}${question}/${way}`)).status).toBe(404)
    expect(await stored()).toMatchObject({ crm: 'hubspot' })
  })

  it('tells no token, and its cookie is for this site’s own requests', async () => {
    await offer()
    const { html } = await connect(atSalesforce)
    expect(html).not.toContain((await parkedOffer())?.id)
    expect(html).not.toMatch(/00D\w+!|5Aep/)
    const back = await consentUntilCallback(bridge.connectUrl(inbox.id), 'allow', browser, atSalesforce)
    const cookie = (await browser.visit(back)).headers.getSetCookie().find((header) => header.startsWith('crm-bridge-offered='))
    expect(cookie).toMatch(/; Max-Age=600; Path=\/; HttpOnly; SameSite=Lax$/)
  })
})
