/** The pages around consent: the connect link, the way to the CRM, and what is shown when it has worked. */
import { createHash } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { App } from '../../src/app.ts'
import { startTestBridge, type TestBridge, unlimited } from '../support/bridge.ts'
import { decide, Visitor } from '../support/inject.ts'

const markup = '<img src=x onerror="alert(1)">'
const escaped = '&lt;img src=x onerror=&quot;alert(1)&quot;&gt;'

let bridge: TestBridge
let app: App
let visitor: Visitor
beforeAll(async () => {
  const account = { hubDomain: `${markup}.example.com` }
  bridge = await startTestBridge({ sandbox: { contacts: 0, rateLimits: false, account }, environment: unlimited })
  app = bridge.bridge.app
  const company = bridge.sandbox.addCompany({ name: `Company ${markup}` })
  bridge.sandbox.addContact({ firstname: markup, jobtitle: `Job ${markup}`, phone: '+4930901820' }, [company.id])
  bridge.sandbox.addContact({ firstname: 'Ana', lastname: 'Müller', mobilephone: '+14155550123' })
  for (let number = 0; number < 1_240; number += 1) bridge.sandbox.addContact({ email: `nameless${number}@example.com` })
})
afterAll(() => bridge.stop())
beforeEach(() => {
  visitor = new Visitor(app)
})

const pathOf = (connectUrl: string) => new URL(connectUrl).pathname
const seconds = () => Math.floor(Date.now() / 1000)

/** Consents as the administrator does; returns where the callback sends the browser. */
async function connect(inboxId: string, at: Visitor = visitor) {
  const { location } = await at.visit(`${pathOf(bridge.connectUrl(inboxId))}/hubspot`)
  return at.visit((await decide(location)).href)
}

describe('the connect page', () => {
  it('shows whose inbox it is, what will be read, and one way to each CRM', async () => {
    const { inbox } = await bridge.inbox({ name: 'Support' })
    const link = pathOf(bridge.connectUrl(inbox.id))
    const { status, text, headers } = await visitor.visit(link)
    expect(status).toBe(200)
    expect(headers['content-type']).toBe('text/html; charset=utf-8')
    expect(text).toContain('<h1>Support</h1>')
    expect(text).toContain('Contacts: names, phone numbers')
    expect(text).toContain(`href="${link}/hubspot">Connect HubSpot</a>`)
    expect(text).not.toContain('This inbox is connected')
  })

  it('says so when the inbox is connected already, and shows no contact: a link alone doesn’t prove who opens it', async () => {
    const { inbox } = await bridge.connectedInbox()
    const { text } = await visitor.visit(pathOf(bridge.connectUrl(inbox.id)))
    expect(text).toContain('This inbox is connected to HubSpot')
    for (const personal of ['Ana', '4155550123', 'nameless0@example.com', bridge.sandbox.account.hubDomain])
      expect(text).not.toContain(personal)
  })

  it('writes nothing and sets no cookie', async () => {
    const { inbox } = await bridge.inbox()
    const { setCookies } = await visitor.visit(pathOf(bridge.connectUrl(inbox.id)))
    expect(setCookies).toEqual([])
    expect(await bridge.bridge.database.prisma.consentState.count({ where: { inboxId: inbox.id } })).toBe(0)
  })

  it('escapes the inbox’s name', async () => {
    const { inbox } = await bridge.inbox({ name: markup })
    const { text } = await visitor.visit(pathOf(bridge.connectUrl(inbox.id)))
    expect(text).toContain(`<h1>${escaped}</h1>`)
    expect(text).not.toContain('<img')
  })

  it('of a link that is altered, expired, made up, or of an inbox that has gone tells how to get a new one', async () => {
    const { keys } = bridge.config
    const { inbox } = await bridge.inbox()
    const good = pathOf(bridge.connectUrl(inbox.id)).split('/').at(-1) ?? ''
    const wrong = [
      `${good.startsWith('A') ? 'B' : 'A'}${good.slice(1)}`,
      good.slice(0, -2),
      keys.sign('connect ticket', `${seconds() - 1} ${inbox.id}`),
      keys.sign('page token', `${seconds() + 3600} ${inbox.id}`),
      keys.sign('connect ticket', `${seconds() + 3600} 01900000-0000-7000-8000-000000000000`),
      keys.sign('connect ticket', `${seconds() + 3600} x'; DROP TABLE "Inbox"`),
      keys.sign('connect ticket', 'NaN'),
      inbox.id,
      'x',
    ]
    for (const ticket of wrong) {
      for (const path of [`/connect/${encodeURIComponent(ticket)}`, `/connect/${encodeURIComponent(ticket)}/hubspot`]) {
        const { status, text, setCookies } = await visitor.visit(path)
        expect({ status, setCookies }, path).toEqual({ status: 400, setCookies: [] })
        expect(text).toContain('This link is no longer valid')
      }
    }
  })

  it('works for an hour', async () => {
    const { inbox } = await bridge.inbox()
    const ticket = bridge.config.keys.sign('connect ticket', `${seconds() + 5} ${inbox.id}`)
    expect((await visitor.visit(`/connect/${ticket}`)).status).toBe(200)
    const [, payload = ''] = /\/connect\/(.+)$/.exec(bridge.connectUrl(inbox.id)) ?? []
    const [until] = bridge.config.keys.verify('connect ticket', payload)?.split(' ') ?? []
    expect(Number(until) - seconds()).toBeGreaterThan(3_590)
    expect(Number(until) - seconds()).toBeLessThanOrEqual(3_600)
  })

  it('says so where no CRM is set up, or not the one that was picked', async () => {
    const bare = new Visitor(await bridge.variant({ HUBSPOT_CLIENT_ID: '', HUBSPOT_CLIENT_SECRET: '' }))
    const { inbox } = await bridge.inbox()
    const link = pathOf(bridge.connectUrl(inbox.id))
    expect(await bare.visit(link)).toMatchObject({ status: 503, text: expect.stringContaining('No CRM is set up yet') })
    for (const [at, path] of [
      [bare, `${link}/hubspot`],
      [visitor, `${link}/zoho`],
      [visitor, '/oauth/zoho/callback'],
    ] as const)
      expect(await at.visit(path)).toMatchObject({ status: 404, text: expect.stringContaining('isn’t set up here') })
  })
})

describe('the way to the CRM', () => {
  it('is one press: a redirect to its consent page, with state and PKCE bound to the browser', async () => {
    const { inbox } = await bridge.inbox()
    const { status, location, headers } = await visitor.visit(`${pathOf(bridge.connectUrl(inbox.id))}/hubspot`)
    const { origin, pathname, searchParams } = new URL(location)
    expect({ status, page: origin + pathname }).toEqual({ status: 303, page: `${bridge.sandbox.url}/oauth/authorize` })
    expect(Object.fromEntries(searchParams)).toMatchObject({
      client_id: 'test-client',
      redirect_uri: `${bridge.url}/oauth/hubspot/callback`,
      scope: 'oauth crm.objects.contacts.read crm.objects.companies.read',
      response_type: 'code',
      code_challenge_method: 'S256',
      state: visitor.cookies.get('crm-bridge-hubspot-state'),
    })
    const verifier = visitor.cookies.get('crm-bridge-hubspot-verifier') ?? ''
    expect(verifier.length).toBeGreaterThanOrEqual(43)
    expect(searchParams.get('code_challenge')).toBe(createHash('sha256').update(verifier).digest('base64url'))
    expect(searchParams.get('state')).toMatch(/^[\w-]{43}$/)
    expect(location).not.toContain('test-secret')
    expect(headers['cache-control']).toBe('no-store')
  })

  it('has another state each time, kept only as a hash', async () => {
    const { inbox } = await bridge.inbox()
    const states = new Set<string>()
    for (let begun = 0; begun < 3; begun += 1) {
      const { location } = await new Visitor(app).visit(`${pathOf(bridge.connectUrl(inbox.id))}/hubspot`)
      states.add(new URL(location).searchParams.get('state') ?? '')
    }
    const rows = await bridge.bridge.database.prisma.consentState.findMany({ where: { inboxId: inbox.id } })
    expect([states.size, rows.length]).toEqual([3, 3])
    for (const { stateHash, expiresAt } of rows) {
      expect(states).not.toContain(Buffer.from(stateHash).toString())
      expect(expiresAt.getTime() - Date.now()).toBeLessThanOrEqual(600_000)
    }
  })

  it('takes no host, scope or return address from the query', async () => {
    const { inbox } = await bridge.inbox()
    const query =
      'redirect_uri=https://evil.example&scope=x&state=fixed&client_id=evil&host=evil.example&loginUrl=https://evil.example'
    const { location } = await visitor.visit(`${pathOf(bridge.connectUrl(inbox.id))}/hubspot?${query}`)
    expect(location).not.toContain('evil')
    expect(location).not.toContain('fixed')
  })

  it.each([
    ['http://localhost:3000', '', ['Path=/', 'HttpOnly', 'SameSite=Lax']],
    ['https://bridge.example.com', '__Host-', ['Path=/', 'HttpOnly', 'Secure', 'SameSite=Lax']],
    ['https://example.com/bridge', '__Host-', ['Path=/', 'HttpOnly', 'Secure', 'SameSite=Lax']],
  ])('sets cookies for %s that no other host gets, and no script reads', async (publicUrl, prefix, attributes) => {
    const { inbox } = await bridge.inbox()
    const there = new Visitor(await bridge.variant({ PUBLIC_URL: publicUrl }))
    const link = pathOf(bridge.connectUrl(inbox.id))
    const base = new URL(publicUrl).pathname.replace(/\/$/, '')
    expect((await there.visit(link)).text).toContain(`href="${base}${link}/hubspot"`)

    const begun = await there.visit(`${link}/hubspot`)
    expect(new URL(begun.location).searchParams.get('redirect_uri')).toBe(`${publicUrl}/oauth/hubspot/callback`)
    const finished = await there.visit((await decide(begun.location)).href.replace(`${base}/oauth`, '/oauth'))
    expect(finished.location).toBe(`${publicUrl}/connected`)

    const set = [...begun.setCookies, ...finished.setCookies].filter((cookie) => !/^[^=]+=;/.test(cookie))
    expect(set.map((cookie) => cookie.split('=')[0]).toSorted()).toEqual(
      ['consented', 'hubspot-state', 'hubspot-verifier', 'ticket'].map((name) => `${prefix}crm-bridge-${name}`),
    )
    for (const cookie of set) {
      const [, ...given] = cookie.split('; ')
      const maxAge = /consented|ticket/.test(cookie.split('=')[0] ?? '') ? 'Max-Age=3600' : 'Max-Age=600'
      expect(given.toSorted()).toEqual([maxAge, ...attributes].toSorted())
    }
    expect((await there.visit('/connected')).status).toBe(200)
  })
})

describe('the page of a connection', () => {
  it('shows account, number of contacts and three of them, escaped', async () => {
    const { inbox } = await bridge.inbox({ name: `Support ${markup}` })
    expect(await connect(inbox.id)).toMatchObject({ status: 303, location: `${bridge.url}/connected` })
    const { status, text } = await visitor.visit('/connected')
    expect(status).toBe(200)
    expect(text).toContain(`<h1>${escaped}.example.com</h1>`)
    expect(text).toContain('1,242 contacts')
    for (const shown of [`<strong>${escaped}</strong>`, `Job ${escaped} at Company ${escaped}`, 'Ana Müller', '+14155550123'])
      expect(text).toContain(shown)
    expect(text.match(/<li>/g)).toHaveLength(2)
    expect(text).not.toContain('<img')
  })

  it('is only for the browser that consented', async () => {
    const { inbox } = await bridge.inbox()
    await connect(inbox.id)
    const consented = visitor.cookies.get('crm-bridge-consented') ?? ''
    const { keys } = bridge.config
    const cookies: Record<string, string> = {
      none: '',
      altered: `${consented.startsWith('A') ? 'B' : 'A'}${consented.slice(1)}`,
      outdated: keys.sign('consented', `${seconds() - 1} ${inbox.id}`),
      'a connect ticket': pathOf(bridge.connectUrl(inbox.id)).split('/').at(-1) ?? '',
      'an inbox id': inbox.id,
    }
    for (const [what, cookie] of Object.entries(cookies)) {
      const other = new Visitor(app)
      if (cookie) other.cookies.set('crm-bridge-consented', cookie)
      const { status, text } = await other.visit('/connected')
      expect(status, what).toBe(403)
      expect(text).toContain('There is nothing to show here')
      for (const personal of ['Ana', '4155550123', 'example.com']) expect(text).not.toContain(personal)
    }
  })

  it('shows the inbox of the last consent, and nothing once that is gone', async () => {
    const [{ inbox: first }, { inbox: second }] = await Promise.all([
      bridge.inbox({ name: 'First' }),
      bridge.inbox({ name: 'Second' }),
    ])
    await connect(first.id)
    await connect(second.id)
    expect((await visitor.visit('/connected')).text).toContain('“Second”')
    await bridge.inboxes.remove(second.id)
    expect((await visitor.visit('/connected')).status).toBe(403)
  })

  it('doesn’t undo the connection when the CRM stumbles just then', async () => {
    const { inbox } = await bridge.inbox()
    await connect(inbox.id)
    bridge.sandbox.faults.add({ kind: 'status', status: 500, match: { path: '/crm/' } })
    const { status, text } = await visitor.visit('/connected')
    bridge.sandbox.faults.clear()
    expect(status).toBe(200)
    expect(text).toContain('didn’t answer just now')
    expect((await bridge.inboxes.byId(inbox.id))?.connection?.status).toBe('active')
  })
})

describe('every page', () => {
  const pages = async () => {
    const { inbox } = await bridge.inbox()
    await connect(inbox.id)
    const link = pathOf(bridge.connectUrl(inbox.id))
    return [link, '/connect/x', `${link}/zoho`, '/connected', '/oauth/hubspot/callback', '/oauth/hubspot/callback?error=x']
  }

  it('keeps itself out of frames, caches, referrers and other hosts’ hands', async () => {
    for (const path of [...(await pages())]) {
      const { headers } = await visitor.visit(path)
      const csp = String(headers['content-security-policy'])
      expect(headers, path).toMatchObject({
        'cache-control': 'no-store',
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
      })
      for (const rule of ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"])
        expect(csp).toContain(rule)
      expect(csp).not.toMatch(/unsafe|script-src|\*|http:/)
      expect(headers).not.toHaveProperty('strict-transport-security')
    }
  })

  it('asks for https to stay, where it is served by https', async () => {
    const secure = new Visitor(await bridge.variant({ PUBLIC_URL: 'https://bridge.example.com' }))
    expect((await secure.visit('/connect/x')).headers['strict-transport-security']).toMatch(/^max-age=\d{7,}/)
  })

  it('holds no script, and nothing of the query', async () => {
    const reflected = 'Zq7<script>alert(9)</script>'
    const names = ['error', 'error_description', 'error_uri', 'state', 'code', 'title', 'x']
    const query = new URLSearchParams(Object.fromEntries(names.map((name) => [name, reflected]))).toString()
    for (const path of await pages()) {
      const { text } = await visitor.visit(`${path.split('?')[0]}?${query}`)
      expect(text, path).not.toContain('Zq7')
      expect(text).not.toMatch(/<script|javascript:| on\w+="/i)
    }
    expect((await visitor.visit(`/connect/${encodeURIComponent(reflected)}`)).text).not.toContain('Zq7')
  })

  it('is whole HTML in which everything comes from here', async () => {
    for (const path of await pages()) {
      const { text } = await visitor.visit(path)
      expect(text).toMatch(/^<!doctype html>\s*<html lang="en">[\s\S]*<title>[^<]+<\/title>[\s\S]*<\/html>\s*$/)
      for (const [, address = ''] of text.matchAll(/<(?:link|img|script)[^>]+(?:href|src)="([^"]+)"/g)) {
        const asset = await visitor.visit(address)
        expect({ address, status: asset.status }).toEqual({ address: expect.stringMatching(/^\/assets\//), status: 200 })
      }
    }
  })
})
