/** The operator's pages without a browser: who is let in, what a form needs, and what is shown once. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { App } from '../../src/app.ts'
import { adminToken, consent, startTestBridge, type TestBridge, unlimited } from '../support/bridge.ts'
import { inject } from '../support/inject.ts'

const markup = '<img src=x onerror="alert(1)">'
const escaped = '&lt;img src=x onerror=&quot;alert(1)&quot;&gt;'

let bridge: TestBridge
let app: App
/** A signed-in browser's cookie, and the token in its forms. */
let cookie: string
let form: string
beforeAll(async () => {
  bridge = await startTestBridge({ sandbox: { contacts: 2, rateLimits: false }, environment: unlimited })
  app = bridge.bridge.app
  cookie = cookieOf(await signIn(app))
  form = formOf((await page(app, cookie)).text)
})
afterAll(() => bridge.stop())
beforeEach(() => bridge.sandbox.clearCalls())

type Answer = { status: number; text: string; location: string; setCookie: string; headers: Readonly<Record<string, unknown>> }

async function ask(at: App, method: 'GET' | 'POST', url: string, cookie = '', payload = '', more = {}): Promise<Answer> {
  const headers = { 'content-type': 'application/x-www-form-urlencoded', ...(cookie && { cookie }), ...more }
  const answer = await at.inject({ method, url, headers, ...(method === 'POST' && { payload }) })
  const setCookie = [answer.headers['set-cookie'] ?? []].flat().join('\n')
  const location = String(answer.headers.location ?? '')
  return { status: answer.statusCode, text: answer.body, location, setCookie, headers: answer.headers }
}
const page = (at: App, cookie = '') => ask(at, 'GET', '/admin', cookie)
const inboxPage = (id: string) => ask(app, 'GET', `/admin/inboxes/${id}`, cookie)
const signIn = (at: App, token = adminToken) => ask(at, 'POST', '/admin/sign-in', '', String(new URLSearchParams({ token })))
const send = (path: string, fields: Record<string, string> = {}) =>
  ask(app, 'POST', `/admin${path}`, cookie, String(new URLSearchParams({ form, ...fields })))
const cookieOf = ({ setCookie }: Answer) => setCookie.split(';')[0] ?? ''
const formOf = (html: string) => /name="form" value="([^"]+)"/.exec(html)?.[1] ?? ''
const pluginUrlOf = (html: string) => /<code class="copy">([^<]*\/inboxes\/[^<]+)<\/code>/.exec(html)?.[1] ?? ''
const statusOf = async (pluginUrl: string, path = '/features') => (await inject(app, new URL(pluginUrl).pathname + path)).status
const showsSignIn = ({ text }: Answer) => text.includes('action="/admin/sign-in"') && !text.includes('Inboxes')

/** Every inbox with its connection, but for when that was last asked. */
const inboxes = async () =>
  (await bridge.inboxes.list()).map(({ connection, ...inbox }) => ({ ...inbox, ...connection, askedAt: null }))

describe('signing in', () => {
  it('with the admin token sets a cookie that no script reads and no other site sends', async () => {
    const { status, location, setCookie, text } = await signIn(app)
    expect({ status, location, text }).toEqual({ status: 303, location: `${bridge.url}/admin`, text: '' })
    const [pair = '', ...attributes] = setCookie.split('; ')
    expect(pair).toMatch(/^crm-bridge-operator=[\w-]{40,}$/)
    expect(attributes.toSorted()).toEqual(['HttpOnly', 'Max-Age=28800', 'Path=/', 'SameSite=Strict'])
    expect(setCookie).not.toContain(encodeURIComponent(adminToken))
    expect((await page(app, pair)).text).toContain('<h1>Inboxes</h1>')
  })

  it('over https sets one that only this host can set', async () => {
    const secure = await bridge.variant({ PUBLIC_URL: 'https://bridge.example.com' })
    const signedIn = await signIn(secure)
    expect(signedIn.location).toBe('https://bridge.example.com/admin')
    const [pair = '', ...attributes] = signedIn.setCookie.split('; ')
    expect(pair).toMatch(/^__Host-crm-bridge-operator=/)
    expect(attributes.toSorted()).toEqual(['HttpOnly', 'Max-Age=28800', 'Path=/', 'SameSite=Strict', 'Secure'])
    expect((await page(secure, pair)).text).toContain('<h1>Inboxes</h1>')
    expect(showsSignIn(await page(secure, pair.replace('__Host-', '')))).toBe(true)
  })

  it('with anything else is refused, without a cookie', async () => {
    const at = await bridge.variant({})
    const fields = [
      String(new URLSearchParams({ token: `${adminToken}x` })),
      String(new URLSearchParams({ token: adminToken.toUpperCase() })),
      'token=',
      '',
      // A field that is there twice is no text.
      `token=${encodeURIComponent(adminToken)}&token=x`,
    ]
    for (const payload of fields) {
      const refused = await ask(at, 'POST', '/admin/sign-in', '', payload)
      expect({ status: refused.status, setCookie: refused.setCookie }, payload).toEqual({ status: 401, setCookie: '' })
      expect(refused.text).toContain('That isn’t the admin token of this server.')
      expect(showsSignIn(refused)).toBe(true)
    }
  })

  it('is refused for a minute after ten wrong ones, but never with the right one, which changes nothing for the wrong', async () => {
    const at = await bridge.variant({})
    for (let times = 1; times <= 10; times += 1) expect((await signIn(at, `guess ${times}`)).status).toBe(401)
    for (const guess of ['guess 11', 'guess 12']) {
      const { status, text, setCookie, headers } = await signIn(at, guess)
      expect({ status, setCookie }).toEqual({ status: 429, setCookie: '' })
      expect(text).toContain('too many wrong attempts')
      expect(Number(headers['retry-after'])).toBeGreaterThan(0)
      const { status: right, setCookie: session } = await signIn(at)
      expect({ right, session }).toEqual({ right: 303, session: expect.stringContaining('crm-bridge-operator=') })
    }
    expect((await page(at)).status).toBe(200)
  })

  it('is never refused for having signed in often', async () => {
    const at = await bridge.variant({})
    for (let times = 1; times <= 15; times += 1) expect((await signIn(at)).status).toBe(303)
  })

  it('is refused after wrong ones to nobody at another address', async () => {
    const at = await bridge.variant({ TRUST_PROXY: '127.0.0.1' })
    const from = (address: string) =>
      ask(at, 'POST', '/admin/sign-in', '', 'token=guess', { 'x-forwarded-for': address }).then(({ status }) => status)
    for (let times = 1; times <= 10; times += 1) expect(await from('203.0.113.1')).toBe(401)
    expect([await from('203.0.113.1'), await from('203.0.113.2')]).toEqual([429, 401])
  })
})

describe('a browser that isn’t signed in', () => {
  it('sees no inbox, whatever cookie it has', async () => {
    const { keys } = bridge.config
    const now = Math.floor(Date.now() / 1000)
    const value = cookie.split('=')[1] ?? ''
    const values = [
      '',
      'x',
      adminToken,
      `${value.startsWith('A') ? 'B' : 'A'}${value.slice(1)}`,
      keys.sign('operator', `${now - 1} x`, adminToken),
      keys.sign('operator', `${now + 60} x`, 'another token'),
      keys.sign('consented', `${now + 60} x`, adminToken),
      keys.sign('operator', 'x', adminToken),
      form,
    ]
    await bridge.inbox({ name: 'Hidden' })
    for (const given of values) {
      const answer = await page(app, given && `crm-bridge-operator=${encodeURIComponent(given)}`)
      expect(showsSignIn(answer), given).toBe(true)
      expect(answer.text).not.toContain('Hidden')
    }
  })

  it('is signed out by another admin token', async () => {
    expect(showsSignIn(await page(await bridge.variant({ ADMIN_TOKEN: 'another admin token' }), cookie))).toBe(true)
  })
})

describe('a form', () => {
  it.each([
    '/sign-out',
    '/inboxes',
    ...['rotate-key', 'disconnect', 'remove', 'change', 'try', 'log-messages', 'retry-messages'].map(
      (action) => `/inboxes/ID/${action}`,
    ),
  ])('%s does nothing without the cookie and the token of its page', async (path) => {
    const { inbox, pluginUrl } = await bridge.connectedInbox()
    const before = await inboxes()
    const other = formOf((await page(app, cookieOf(await signIn(await bridge.variant({}))))).text)
    expect(other).not.toBe(form)
    bridge.sandbox.clearCalls()
    const attempts: [cookie: string, fields: string][] = [
      ['', ''],
      ['', `form=${form}`],
      [cookie, ''],
      [cookie, 'form='],
      [cookie, `form=${form.startsWith('A') ? 'B' : 'A'}${form.slice(1)}`],
      [cookie, `form=${other}`],
      [cookie, `form=${form}&form=${form}`],
      [cookie, `form=${cookie.split('=')[1]}`],
    ]
    for (const [given, fields] of attempts) {
      const url = `/admin${path.replace('ID', inbox.id)}`
      const { status, text, setCookie } = await ask(app, 'POST', url, given, `${fields}&name=Planted`)
      expect({ status, setCookie }, fields).toEqual({ status: 401, setCookie: '' })
      expect(text).toContain('Sign in again')
    }
    expect(await inboxes()).toEqual(before)
    expect(await statusOf(pluginUrl)).toBe(200)
    expect(bridge.sandbox.calls()).toEqual([])
  })

  it('is no link', async () => {
    const { inbox } = await bridge.inbox()
    expect((await ask(app, 'GET', `/admin/inboxes/${inbox.id}/remove?form=${form}`, cookie)).status).toBe(404)
  })
})

describe('a new inbox', () => {
  it('has its plugin URL shown once, and its name escaped', async () => {
    const { status, text } = await send('/inboxes', { name: ` Sales ${markup} `, crm: 'hubspot', region: ' de ' })
    expect(status).toBe(200)
    const pluginUrl = pluginUrlOf(text)
    expect(pluginUrl).toMatch(/^http:\/\/localhost:\d+\/inboxes\/[\w-]{32}$/)
    expect(await statusOf(pluginUrl)).toBe(200)
    expect(text).toContain(`Plugin URL of “Sales ${escaped}”`)
    expect(text).toContain(`>Sales ${escaped}</a>`)

    const later = (await page(app, cookie)).text
    expect(later).toContain(`>Sales ${escaped}</a>`)
    expect(later).not.toContain(pluginUrl)
    expect(pluginUrlOf(later)).toBe('')
    for (const html of [text, later]) expect(html).not.toContain('<img')
  })

  it.each<[Record<string, string>, string]>([
    [{ name: ' ' }, 'An inbox needs a name'],
    [{ name: 'Nowhere', region: 'ZZ' }, 'ISO 3166'],
    [{ name: 'Nowhere', crm: markup }, 'There is no such CRM on this server'],
    [{}, 'An inbox needs a name'],
  ])('of %j is refused in words, beside the list', async (fields, words) => {
    const before = await inboxes()
    const { status, text } = await send('/inboxes', fields)
    expect(status).toBe(400)
    expect(text).toContain('role="alert"')
    expect(text).toContain(words)
    expect(text).toContain('<h1>Inboxes</h1>')
    expect(await inboxes()).toEqual(before)
  })

  it('of fields that are there twice is refused as well', async () => {
    const { status } = await ask(app, 'POST', '/admin/inboxes', cookie, `form=${form}&name=a&name=b&region=DE&region=US`)
    expect(status).toBe(400)
  })
})

describe('an inbox', () => {
  it('gets a new plugin URL, shown once; the old one ends', async () => {
    const { inbox, pluginUrl } = await bridge.connectedInbox({ name: 'Rotated' })
    const { status, text } = await send(`/inboxes/${inbox.id}/rotate-key`)
    expect(status).toBe(200)
    const renewed = pluginUrlOf(text)
    expect([await statusOf(pluginUrl), await statusOf(renewed), await statusOf(renewed, '/contacts')]).toEqual([401, 200, 200])
    expect((await page(app, cookie)).text).not.toContain(renewed)
  })

  it('is disconnected, here and at the CRM', async () => {
    const { inbox, pluginUrl } = await bridge.connectedInbox({ name: `Gone ${markup}` })
    expect((await inboxPage(inbox.id)).text).toContain(`/admin/inboxes/${inbox.id}/disconnect`)
    bridge.sandbox.clearCalls()
    const { status, text } = await send(`/inboxes/${inbox.id}/disconnect`)
    expect(status).toBe(200)
    expect(text).toContain(`“Gone ${escaped}” is no longer connected.`)
    expect(text).not.toContain('<img')
    expect(text).not.toContain(`/admin/inboxes/${inbox.id}/disconnect`)
    expect(bridge.sandbox.calls().map(({ path, status }) => `${path} ${status}`)).toEqual(['/oauth/2026-03/token/revoke 200'])
    expect((await bridge.inboxes.byId(inbox.id))?.connection).toBeNull()
    expect(await statusOf(pluginUrl)).toBe(200)
  })

  it('is removed with everything', async () => {
    const { inbox, pluginUrl } = await bridge.connectedInbox({ name: 'Removed' })
    bridge.sandbox.clearCalls()
    const { status, text } = await send(`/inboxes/${inbox.id}/remove`)
    expect(status).toBe(200)
    expect(text).toContain('“Removed” is removed.')
    expect(text).not.toContain(inbox.id)
    expect(bridge.sandbox.calls().map(({ path }) => path)).toEqual(['/oauth/2026-03/token/revoke'])
    expect([await bridge.inboxes.byId(inbox.id), await statusOf(pluginUrl)]).toEqual([null, 401])
  })

  it('gets another name and country', async () => {
    const { inbox } = await bridge.inbox({ name: 'Before' })
    const { status, text } = await send(`/inboxes/${inbox.id}/change`, { name: ` After ${markup} `, region: 'at' })
    expect(status).toBe(200)
    expect(text).toContain('Saved.')
    expect(text).toContain(`<h1>After ${escaped}</h1>`)
    expect(await bridge.inboxes.byId(inbox.id)).toMatchObject({ name: `After ${markup}`, region: 'AT' })
    expect((await send(`/inboxes/${inbox.id}/change`, { name: 'After', region: '' })).text).toContain('the server’s default')
    const refused = await send(`/inboxes/${inbox.id}/change`, { name: 'After', region: 'ZZ' })
    expect(refused.status).toBe(400)
    expect(refused.text).toContain('ISO 3166')
    expect(await bridge.inboxes.byId(inbox.id)).toMatchObject({ name: 'After', region: null })
  })

  it.each(['rotate-key', 'disconnect', 'remove', 'change', 'try', 'log-messages', 'retry-messages'])(
    'that isn’t there is no matter for %s',
    async (action) => {
      const { status, text } = await send(`/inboxes/01900000-0000-7000-8000-000000000000/${action}`, { name: 'x' })
      expect([400, 404]).toContain(status)
      expect(text).toContain('role="alert"')
    },
  )

  it('shows how it is doing, what it asked, and the link for its administrator', async () => {
    const { inbox, key } = await bridge.connectedInbox({ name: 'Seen', region: 'DE' })
    await inject(app, `/inboxes/${key}/contacts?search=ana`)
    const { text } = await inboxPage(inbox.id)
    for (const said of ['works', 'HubSpot', bridge.sandbox.account.hubDomain, 'read as in DE', `${bridge.url}/connect/`])
      expect(text).toContain(said)
    expect(text).not.toContain(key)
  })
})

describe('trying an inbox', () => {
  it('searches as the inbox would, and says what it cost', async () => {
    const { inbox, key } = await bridge.connectedInbox({ name: 'Tried' })
    const person = (await inject(app, `/inboxes/${key}/contacts`)).json.results[0]
    const number = person.phone_numbers[0]?.phone_number ?? person.email_addresses[0]?.email_address
    bridge.sandbox.clearCalls()
    const { status, text } = await send(`/inboxes/${inbox.id}/try`, { search: number })
    expect(status).toBe(200)
    const calls = bridge.sandbox.calls().length
    expect(text).toContain(calls === 1 ? 'one call to the CRM' : `${calls} calls to the CRM`)
    expect(text).toContain(`value="${number}"`)
    expect(text).toContain(`&quot;contact_id&quot;: &quot;${person.contact_id}&quot;`)
    const again = await send(`/inboxes/${inbox.id}/try`, { search: number })
    expect(again.text).toContain('no call to the CRM')
  })

  it('says why there is nothing', async () => {
    const { inbox } = await bridge.connectedInbox({ name: 'Failing' })
    bridge.sandbox.faults.add({ kind: 'status', status: 403 })
    const { status, text } = await send(`/inboxes/${inbox.id}/try`, { search: `nobody ${markup}` })
    bridge.sandbox.faults.clear()
    expect(status).toBe(200)
    expect(text).toContain('The CRM doesn’t let the connected user read contacts.')
    expect(text).not.toContain('<img')
  })
})

describe('conversations', () => {
  it('are logged when the operator turns it on and the administrator allows it', async () => {
    const { inbox, pluginUrl } = await bridge.connectedInbox({ name: 'Logging' })
    expect((await inboxPage(inbox.id)).text).toContain('What customers write to the inbox goes no further.')
    const { text } = await send(`/inboxes/${inbox.id}/log-messages`, { on: 'yes' })
    expect(text).toContain('For that an administrator has to connect again')
    const connect = await app.inject({ url: new URL(bridge.connectUrl(inbox.id)).pathname })
    expect(connect.body).toContain('connect again, and allow that as well')
    expect(connect.body).toContain('What customers send by WhatsApp, on the timelines of their contacts')
    await consent(bridge.connectUrl(inbox.id))
    expect((await inboxPage(inbox.id)).text).toContain('is added to their contacts’ timelines in HubSpot')
    expect((await inject(app, `${new URL(pluginUrl).pathname}/features`)).json).toMatchObject({ is_message_reciever: true })

    await bridge.bridge.database.prisma.message.create({
      data: {
        inboxId: inbox.id,
        hash: 'h',
        account: 'a',
        customer: '',
        sentAt: new Date(),
        state: 'failed',
        reason: 'no_number',
      },
    })
    const failed = (await inboxPage(inbox.id)).text
    expect(failed).toContain('0 logged, 0 waiting, 1 failed')
    expect(failed).toContain('WhatsApp gave no phone number for the customer.')
    expect((await send(`/inboxes/${inbox.id}/retry-messages`)).text).toContain('0 messages are tried again.')
    expect((await send(`/inboxes/${inbox.id}/log-messages`, { on: 'no' })).text).toContain('goes no further')
  })
})

describe('a German browser', () => {
  it('reads German on every page, refusals too', async () => {
    const { inbox } = await bridge.connectedInbox({ name: 'Deutsch' })
    const german = { cookie, 'accept-language': 'de-DE,de;q=0.9,en;q=0.5', 'content-type': 'application/x-www-form-urlencoded' }
    for (const [url, words] of [
      ['/admin', 'Posteingänge'],
      [`/admin/inboxes/${inbox.id}`, 'funktioniert'],
    ] as const) {
      const { body, headers } = await app.inject({ url, headers: german })
      expect(body).toContain('<html lang="de">')
      expect(body).toContain(words)
      expect([headers['content-language'], String(headers.vary)]).toEqual(['de', expect.stringContaining('accept-language')])
    }
    const refused = await app.inject({
      method: 'POST',
      url: '/admin/inboxes',
      headers: german,
      payload: String(new URLSearchParams({ form, name: 'x', region: 'ZZ' })),
    })
    expect(refused.body).toContain('Das ist kein Ländercode nach ISO 3166')
    const signedOut = await app.inject({ method: 'POST', url: '/admin/inboxes', headers: { ...german, cookie: '' }, payload: '' })
    expect(signedOut.body).toContain('Sie wurden abgemeldet.')
  })
})

describe('the pages', () => {
  it('keep themselves out of caches and frames', async () => {
    for (const answer of [
      await page(app),
      await page(app, cookie),
      await send('/inboxes'),
      await ask(app, 'POST', '/admin/sign-out'),
    ]) {
      expect(answer.headers).toMatchObject({ 'cache-control': 'no-store', 'x-frame-options': 'DENY' })
      expect(answer.headers['content-security-policy']).toContain("default-src 'none'")
    }
  })

  it('sign out: the cookie is taken back', async () => {
    const { status, location, setCookie } = await send('/sign-out')
    expect({ status, location }).toEqual({ status: 303, location: `${bridge.url}/admin` })
    expect(setCookie).toMatch(/^crm-bridge-operator=; /)
    expect(setCookie).toMatch(/Max-Age=0|Expires=Thu, 01 Jan 1970/)
    for (const attribute of ['Path=/', 'HttpOnly', 'SameSite=Strict']) expect(setCookie).toContain(attribute)
    expect(showsSignIn(await page(app, cookieOf(await send('/sign-out'))))).toBe(true)
  })
})
