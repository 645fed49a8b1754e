/** What another site's page has a browser send: it leads to a page of the bridge, where a person presses, and does nothing by itself. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { App } from '../../src/app.ts'
import type { Inbox } from '../../src/connections/inbox-store.ts'
import { atSalesforce, Browser, consent, startTestBridge, type TestBridge } from '../support/bridge.ts'

let bridge: TestBridge
let app: App
let inbox: Inbox
let link: string
beforeAll(async () => {
  bridge = await startTestBridge({ sandbox: { contacts: 1 }, salesforce: { contacts: 1 } })
  app = bridge.bridge.app
})
afterAll(() => bridge.stop())
beforeEach(async () => {
  inbox = (await bridge.inbox()).inbox
  link = new URL(bridge.connectUrl(inbox.id)).pathname
})

type Sent = { method: 'GET' | 'POST'; url: string; headers?: Record<string, string | undefined> }
/** As a browser sends a link or a form, with what it says of where that stands. */
async function send({ method, url, headers }: Sent, at: App = app) {
  const form = method === 'POST' ? { 'content-type': 'application/x-www-form-urlencoded' } : {}
  const given = Object.entries({ ...form, ...headers }).filter(([, value]) => value !== undefined)
  const { statusCode, headers: answered } = await at.inject({ method, url, headers: Object.fromEntries(given) })
  const cookies = [answered['set-cookie'] ?? []].flat()
  return { status: statusCode, location: String(answered.location ?? ''), cookies: cookies.length }
}

const elsewhere: [string, Record<string, string>][] = [
  ['another site', { 'sec-fetch-site': 'cross-site' }],
  ['another host of this site', { 'sec-fetch-site': 'same-site' }],
  ['another site, which calls itself ours', { 'sec-fetch-site': 'cross-site', origin: 'http://localhost' }],
  ['a page that hides where it is', { 'sec-fetch-site': 'cross-site', origin: 'null' }],
  ['another site, in an old browser', { origin: 'https://evil.example' }],
  ['another port, in an old browser', { origin: 'http://localhost:1' }],
]
const ours = (): [string, Record<string, string>][] => [
  ['the connect page', { 'sec-fetch-site': 'same-origin', origin: 'null' }],
  ['the address bar', { 'sec-fetch-site': 'none' }],
  ['the connect page, in an old browser', { origin: 'null' }],
  ['the connect page, in an old browser that says where it is', { origin: bridge.url }],
  ['no browser at all', {}],
]
const ways = [
  ['GET', 'hubspot'],
  ['GET', 'salesforce'],
  ['POST', 'hubspot'],
  ['POST', 'salesforce'],
] as const

describe('a consent', () => {
  it.each(ways)('isn’t begun from elsewhere by %s at %s: the browser is led to the connect page', async (method, crm) => {
    for (const [where, headers] of elsewhere) {
      expect(await send({ method, url: `${link}/${crm}`, headers }), where).toEqual({
        status: 303,
        location: bridge.url + link,
        cookies: 0,
      })
    }
    expect(await bridge.bridge.database.prisma.consentState.count()).toBe(0)
  })

  it.each(ways)('is begun from the bridge’s own pages by %s at %s', async (method, crm) => {
    for (const [where, headers] of ours()) {
      const { status, location } = await send({ method, url: `${link}/${crm}`, headers })
      expect({ status, isAtCrm: /\/(oauth|oauth2)\/authorize\?/.test(location) }, where).toEqual({ status: 303, isAtCrm: true })
    }
    await bridge.bridge.database.prisma.consentState.deleteMany()
  })

  it('is led to the connect page where the bridge is served, also under a path', async () => {
    const there = await bridge.variant({ PUBLIC_URL: 'https://example.com/bridge' })
    const sent = { method: 'POST', url: `${link}/salesforce`, headers: { origin: 'https://example.com.evil.example' } } as const
    expect((await send(sent, there)).location).toBe(`https://example.com/bridge${link}`)
    const own = { ...sent, headers: { origin: 'https://example.com' } }
    expect((await send(own, there)).location).toContain('/services/oauth2/authorize?')
  })

  it('by a link that ended says that, wherever it is pressed', async () => {
    for (const [where, headers] of elsewhere)
      expect(await send({ method: 'POST', url: '/connect/x/salesforce', headers }), where).toMatchObject({
        status: 400,
        location: '',
      })
  })
})

describe('what the browser that consented may do', () => {
  const presses = [
    ['/connected/disconnect', '/connected'],
    ['/connected/replace/accept', '/connected/replace'],
    ['/connected/replace/decline', '/connected/replace'],
  ] as const
  let cookie: string
  /** An inbox that is connected to HubSpot, for which this browser has now signed in to Salesforce. */
  beforeEach(async () => {
    const browser = new Browser()
    await consent(bridge.connectUrl(inbox.id), 'allow', browser)
    await consent(bridge.connectUrl(inbox.id), 'allow', browser, atSalesforce)
    cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  })
  /** What the inbox is connected to, and whether the offer still stands. */
  const state = async () => {
    const where = { inboxId: inbox.id, attempts: 0, revokeAt: { gt: new Date() } }
    const { crm = null } = (await bridge.inboxes.byId(inbox.id))?.connection ?? {}
    return { crm, offers: await bridge.bridge.database.prisma.parkedGrant.count({ where }) }
  }

  it.each(presses)('isn’t done by %s from elsewhere: the browser is led to the page with the button', async (url, page) => {
    for (const [where, headers] of elsewhere) {
      const answer = await send({ method: 'POST', url, headers: { ...headers, cookie } })
      expect(answer, where).toEqual({ status: 303, location: bridge.url + page, cookies: 0 })
    }
    expect(await state()).toEqual({ crm: 'hubspot', offers: 1 })
  })

  it.each(presses)('is done by %s from the bridge’s own pages', async (url) => {
    const [, headers = {}] = ours()[0] ?? []
    expect((await send({ method: 'POST', url, headers: { ...headers, cookie } })).status).toBeLessThan(400)
    expect(await state()).not.toEqual({ crm: 'hubspot', offers: 1 })
  })

  it.each(presses)('is done by %s of no browser, and of one that doesn’t say', async (url) => {
    for (const [, headers] of ours().slice(2)) {
      const { location } = await send({ method: 'POST', url, headers: { ...headers, cookie } })
      expect(['', `${bridge.url}/connected`]).toContain(location)
    }
    expect(await state()).not.toEqual({ crm: 'hubspot', offers: 1 })
  })
})

describe('the connect page', () => {
  it.each(elsewhere)('opens by a link from %s', async (_where, headers) => {
    expect((await send({ method: 'GET', url: link, headers })).status).toBe(200)
  })
})
