/** A connect link has its hour, however consent ends: where a page leads back to the start, it is by the link that one came by. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Inbox } from '../../src/connections/inbox-store.ts'
import { de } from '../../src/texts/de.ts'
import { en } from '../../src/texts/en.ts'
import { atSalesforce, Browser, beginConsent, consent, startTestBridge, type TestBridge, unlimited } from '../support/bridge.ts'

let bridge: TestBridge
let inbox: Inbox
let browser: Browser
beforeAll(async () => {
  bridge = await startTestBridge({
    sandbox: { contacts: 1, rateLimits: false },
    salesforce: { contacts: 1 },
    environment: unlimited,
  })
})
afterAll(() => bridge.stop())
beforeEach(async () => {
  inbox = (await bridge.inbox()).inbox
  browser = new Browser()
})
afterEach(() => bridge.sandbox.faults.clear())

/** A ticket that ends in so many seconds. */
const ticketFor = (seconds: number, inboxId = inbox.id) =>
  bridge.config.keys.sign('connect ticket', `${Math.floor(Date.now() / 1000) + seconds} ${inboxId}`)
const linkOf = (ticket: string) => `${bridge.url}/connect/${ticket}`
const againIn = (html: string) => /<a class="button" href="([^"]+)">Start again<\/a>/.exec(html)?.[1] ?? null
const disconnect = async (init: RequestInit = {}) => {
  const form = { method: 'POST', body: new URLSearchParams(), ...init }
  return (await browser.visit(`${bridge.url}/connected/disconnect`, form)).text()
}

/** Each page that leads back to the start, for who came by this link; and what it adds to the link. */
const pages: [string, string, (link: string) => Promise<string>][] = [
  ['after Deny', '/hubspot', async (link) => (await consent(link, 'deny', browser)).html],
  [
    'after Deny, where there is a choice of logins',
    '',
    async (link) => (await consent(link, 'deny', browser, atSalesforce)).html,
  ],
  [
    'when the CRM fails',
    '/hubspot',
    async (link) => {
      bridge.sandbox.faults.add({ kind: 'status', status: 503, match: { path: '/oauth/2026-03/token' } })
      return (await consent(link, 'allow', browser)).html
    },
  ],
  [
    'at an address that is no login',
    '',
    async (link) => (await beginConsent(link, browser, { crm: 'salesforce', login: 'own', domain: 'evil.example' })).text(),
  ],
  [
    'when all is disconnected',
    '',
    async (link) => {
      expect((await consent(link, 'allow', browser)).url).toBe(`${bridge.url}/connected`)
      return disconnect()
    },
  ],
]

describe('the page', () => {
  it.each(pages)('%s leads back by the same link, which ends when it did', async (_when, way, pageOf) => {
    const link = linkOf(ticketFor(90))
    const html = await pageOf(link)
    expect(againIn(html)).toBe(link + way)
    expect(html).not.toContain(en.outcomes.linkExpired.advice)
  })

  it.each(pages)('%s asks for a new link where hardly anything is left of the old one', async (_when, _way, pageOf) => {
    const html = await pageOf(linkOf(ticketFor(30)))
    expect(html).not.toContain('/connect/')
    expect(html).toContain(en.outcomes.linkExpired.advice)
  })
})

describe('whoever consented', () => {
  const cookie = 'crm-bridge-ticket'

  it.each<[string, () => string | undefined]>([
    ['has ended', () => ticketFor(-1)],
    ['is another inbox’s', () => ticketFor(600, '01900000-0000-7000-8000-000000000001')],
    ['was made up', () => `${ticketFor(600).slice(0, -1)}.`],
    ['isn’t known', () => undefined],
  ])('gets no new link by disconnecting when the old one %s', async (_what, old) => {
    await consent(bridge.connectUrl(inbox.id), 'allow', browser)
    const ticket = old()
    browser.cookies.delete(cookie)
    if (ticket) browser.cookies.set(cookie, ticket)
    const html = await disconnect({ headers: { 'accept-language': 'de' } })
    expect(html).toContain(de.outcomes.disconnected.title)
    expect(html).toContain(de.outcomes.linkExpired.advice)
    expect(html).not.toContain('/connect/')
  })
})
