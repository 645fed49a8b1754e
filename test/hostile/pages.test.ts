/** What people see: the pages as a browser meets them on https behind a proxy, the ways through them, and whatever is written on them. */
import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { decide } from '../support/inject.ts'
import { steady } from '../support/properties.ts'
import { cloudBody } from '../support/whatsapp.ts'
import { formIn, type HostileBridge, startHostileBridge } from './support/hostile-bridge.ts'
import { brokenPromises, one } from './support/promises.ts'
import { type Asked, asForm, type Exchange, exchange, goodHeaders, requests } from './support/requests.ts'
import { inUrl, mark, markedText, pairs } from './support/values.ts'

let bridge: HostileBridge
/** As a browser meets it, behind a proxy that ends TLS and keeps a part of the path to itself. */
let secure: HostileBridge
beforeAll(async () => {
  bridge = await startHostileBridge('both')
  secure = await bridge.behind('https://bridge.example.com/crm', { TRUST_PROXY: '10.0.0.0/8' })
})
afterAll(() => bridge.stop())

describe('behind https', () => {
  it('every page keeps every promise, whatever is asked and whatever the proxy passes on', async () => {
    const pages = secure.watched.routes.filter(({ reader }) => reader !== 'program')
    await fc.assert(
      fc.asyncProperty(requests(secure, pages), async (asked) => {
        expect(brokenPromises(await exchange(secure, asked), secure)).toEqual([])
      }),
      steady(400),
    )
  })

  it('every step of a life keeps every promise, and nothing that changed hands is in the log', async () => {
    const { inbox, key } = await bridge.inbox({ name: 'Walked' })
    const link = `/connect/${bridge.connectUrl(inbox.id).split('/').at(-1)}`
    const browser = new Walker(secure)
    const steps: [step: string, status: number][] = []
    const step = async (name: string, asked: Asked): Promise<Exchange> => {
      const done = await browser.visit(asked)
      steps.push([name, done.answer.status])
      return done
    }
    const back = async ({ answer }: Exchange, decision: 'allow' | 'deny' = 'allow') => {
      const url = await decide(one(answer, 'location') ?? '', decision)
      browser.secrets.push(...['code', 'state'].map((name) => url.searchParams.get(name) ?? ''))
      return { method: 'GET', url: url.pathname.replace('/crm/', '/') + url.search }
    }
    const get = (url: string): Asked => ({ method: 'GET', url })
    const atSalesforce = asForm(`${link}/salesforce`, { login: 'production' })

    await step('link', get(link))
    await step('denied', await back(await step('to HubSpot', get(`${link}/hubspot`)), 'deny'))
    await step('allowed', await back(await step('to HubSpot', get(`${link}/hubspot`))))
    expect((await step('connected', get('/connected'))).answer.body).toContain('45 contacts')
    await step('contacts', get(`/inboxes/${key}/contacts`))
    await step('another account', await back(await step('to Salesforce', atSalesforce)))
    await step('asked', get('/connected/replace'))
    await step('kept', asForm('/connected/replace/decline', {}))
    await step('another account', await back(await step('to Salesforce', atSalesforce)))
    await step('changed', asForm('/connected/replace/accept', {}))
    await step('connected', get('/connected'))
    await step('disconnected', asForm('/connected/disconnect', {}))
    await step('gone', get('/connected'))

    await step('sign-in page', get('/admin'))
    await step('wrong', asForm('/admin/sign-in', { token: 'wrong' }))
    await step('signed in', asForm('/admin/sign-in', { token: bridge.credentials.adminToken }))
    const form = formIn((await step('inboxes', get('/admin'))).answer.body)
    const made = await step('made', asForm('/admin/inboxes', { form, name: 'New', crm: 'hubspot', region: 'de' }))
    browser.secrets.push(form, /\/inboxes\/([\w-]{32})</.exec(made.answer.body)?.[1] ?? '')
    const page = `/admin/inboxes/${inbox.id}`
    await step('inbox', get(page))
    await step('back', await back(await step('to HubSpot', get(`${link}/hubspot`))))
    expect((await step('try', asForm(`${page}/try`, { form, search: '' }))).answer.body).toContain('45 contacts')
    await step('log', asForm(`${page}/log-messages`, { form, on: 'yes' }))
    await step('back', await back(await step('to HubSpot', get(`${link}/hubspot`))))
    // From somebody who shows no number: it can't be logged.
    const headers = { 'content-type': 'application/json' }
    await step('webhook', {
      method: 'POST',
      url: `/inboxes/${key}/webhook`,
      headers,
      payload: JSON.stringify(cloudBody([{ id: `wamid.${mark}`, from_user_id: mark, type: 'text', text: { body: mark } }])),
    })
    expect((await step('why not', get(page))).answer.body).toContain(`${page}/retry-messages`)
    await step('retry', asForm(`${page}/retry-messages`, { form }))
    await step('no log', asForm(`${page}/log-messages`, { form, on: 'no' }))
    expect((await step('change', asForm(`${page}/change`, { form, name: 'Renamed', region: 'fr' }))).answer.body).toContain(
      'Renamed',
    )
    await step('changed wrongly', asForm(`${page}/change`, { form, name: '', region: mark }))
    for (const action of ['rotate-key', 'disconnect', 'remove']) await step(action, asForm(`${page}/${action}`, { form }))
    await step('inbox', get(page))
    await step('signed out', asForm('/admin/sign-out', { form }))

    expect(steps.map(([name, status]) => `${name} ${status}`)).toEqual([
      ...['link 200', 'to HubSpot 303', 'denied 400', 'to HubSpot 303', 'allowed 303', 'connected 200', 'contacts 200'],
      ...['to Salesforce 303', 'another account 303', 'asked 200', 'kept 200'],
      ...['to Salesforce 303', 'another account 303', 'changed 303', 'connected 200', 'disconnected 200', 'gone 403'],
      ...['sign-in page 200', 'wrong 401', 'signed in 303', 'inboxes 200', 'made 200'],
      ...['inbox 200', 'to HubSpot 303', 'back 303', 'try 200', 'log 200', 'to HubSpot 303', 'back 303', 'webhook 200'],
      ...['why not 200', 'retry 200', 'no log 200', 'change 200', 'changed wrongly 400'],
      ...['rotate-key 200', 'disconnect 200', 'remove 200', 'inbox 404', 'signed out 303'],
    ])
    expect(browser.broken).toEqual([])
    const secrets = browser.secrets.filter((secret) => secret.length > 15)
    expect(secrets.length).toBeGreaterThan(20)
    expect(secrets.filter((secret) => browser.log.includes(secret))).toEqual([])
  })
})

/** A browser that remembers cookies, and what was wrong with what it saw. */
class Walker {
  readonly cookies = new Map<string, string>()
  readonly broken: string[] = []
  readonly secrets: string[] = []
  log = ''
  readonly #bridge: HostileBridge

  constructor(at: HostileBridge) {
    this.#bridge = at
  }

  async visit(asked: Asked): Promise<Exchange> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const done = await exchange(this.#bridge, { ...asked, headers: { ...asked.headers, ...(cookie && { cookie }) } })
    this.broken.push(...brokenPromises(done, this.#bridge))
    this.log += done.log
    for (const header of done.answer.headers['set-cookie'] ?? []) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(header) ?? []
      if (value === '') this.cookies.delete(name)
      else {
        this.cookies.set(name, value)
        this.secrets.push(value)
      }
    }
    return done
  }
}

describe('a way back from a CRM', () => {
  it('with any code, error or description is told as a page, and leads nowhere else', async () => {
    const errors = ['access_denied', 'invalid_client', 'OAUTH_APP_BLOCKED', 'redirect_uri_mismatch', 'server_error']
    const query = pairs({ code: [], error: errors, error_description: ['ip restricted'], scope: [], iss: [], state: [] })
    await fc.assert(
      fc.asyncProperty(fc.constantFrom('hubspot', 'salesforce'), query, async (crm, query) => {
        const begun = await exchange(bridge, { method: 'GET', url: `/connect/${bridge.credentials.ticket}/${crm}` })
        const cookies = (begun.answer.headers['set-cookie'] ?? []).map((header) => header.split(';')[0]).join('; ')
        const state = new URL(one(begun.answer, 'location') ?? '').searchParams.get('state')
        const url = `/oauth/${crm}/callback?state=${state}&${query}`
        const done = await exchange(bridge, { method: 'GET', url, headers: { cookie: cookies } })
        // Whose fault it is may be the server's own app or the CRM.
        expect([400, 403, 502, 503]).toContain(done.answer.status)
        expect(brokenPromises(done, bridge, 'is an answer, and never a 5xx')).toEqual([])
        expect(done.answer.body).not.toContain(mark)
      }),
      steady(80),
    )
  })

  it('begins at Salesforce or a My Domain of it, whatever is typed', async () => {
    const hosts = fc.oneof(
      fc.webAuthority({ withIPv4: true, withIPv6: true, withPort: true, withUserInfo: true }),
      fc.domain(),
      markedText(20),
      inUrl(20),
    )
    const around = fc.constantFrom(
      '',
      'https://',
      'http://',
      '//',
      'javascript:',
      'https://acme.my.salesforce.com@',
      'https://acme.my.salesforce.com.',
      ' ',
    )
    const after = fc.constantFrom(
      '',
      '.my.salesforce.com',
      '/.my.salesforce.com',
      '#.my.salesforce.com',
      '?.my.salesforce.com',
      '\\.my.salesforce.com',
      ':443',
      '%2f.my.salesforce.com',
      '\u3002my.salesforce.com',
    )
    const url = `/connect/${bridge.credentials.ticket}/salesforce`
    await fc.assert(
      fc.asyncProperty(around, hosts, after, async (before, host, rest) => {
        const done = await exchange(bridge, asForm(url, { login: 'own', domain: (before + host + rest).toWellFormed() }))
        expect([303, 400, 413]).toContain(done.answer.status)
        expect(brokenPromises(done, bridge)).toEqual([])
      }),
      steady(200),
    )
  })
})

describe('a name', () => {
  // They are there once it is written down that something was asked, and hold nobody's name.
  const withoutCharts = (html: string) => html.replace(/<section aria-labelledby="day">[\s\S]*?<\/section>/, '')
  /** The tags of a page, with their attributes' names: what a name on it can't change. */
  const skeleton = (html: string) =>
    [
      ...withoutCharts(html)
        .replace(/"[^"<>]*"/g, '""')
        .matchAll(/<(\/?[a-z0-9]+)([^>]*)>/g),
    ]
      .map(
        ([, tag, attributes]) => `${tag} ${[...(attributes ?? '').matchAll(/\s([a-z-]+)(?==|\s|$)/g)].map(([, name]) => name)}`,
      )
      .join('\n')
  const admin = () => goodHeaders(bridge, { url: '/admin/' })
  const text = markedText(80).map((value) => value.toWellFormed())
  const look = async (url: string, headers = {}): Promise<string> => {
    const done = await exchange(bridge, { method: 'GET', url, headers })
    expect(brokenPromises(done, bridge)).toEqual([])
    return done.answer.body
  }

  it('of an inbox, whatever it is, is taken or refused, and shown as text', async () => {
    /** Makes it, looks at every page that shows it, and removes it. */
    async function pagesOf(name: string, byForm: boolean): Promise<string[] | null> {
      const json = {
        method: 'POST',
        url: '/admin/api/inboxes',
        headers: { ...admin(), 'content-type': 'application/json' },
        payload: JSON.stringify({ name }),
      }
      const made = await exchange(
        bridge,
        byForm ? asForm('/admin/inboxes', { form: bridge.credentials.form, name }, admin()) : json,
      )
      expect(brokenPromises(made, bridge)).toEqual([])
      if (made.answer.status >= 400) return null
      const id = (await bridge.inboxes.list()).at(-1)?.id ?? ''
      const { body } = made.answer
      const shown = ['/admin', `/admin/inboxes/${id}`].map((url) => look(url, admin()))
      const pages = [byForm ? body : '', ...(await Promise.all(shown)), await look(new URL(bridge.connectUrl(id)).pathname)]
      const removed = await exchange(bridge, asForm(`/admin/inboxes/${id}/remove`, { form: bridge.credentials.form }, admin()))
      expect([removed.answer.status, ...brokenPromises(removed, bridge)]).toEqual([200])
      return [...pages, removed.answer.body].map(skeleton)
    }
    const plain = { form: await pagesOf('Plain', true), json: await pagesOf('Plain', false) }
    await fc.assert(
      fc.asyncProperty(text, fc.boolean(), async (name, byForm) => {
        const pages = await pagesOf(name, byForm)
        if (pages !== null) expect(pages).toEqual(byForm ? plain.form : plain.json)
      }),
      steady(40),
    )
  })

  it('of an account, a person, a job or a company in the CRM is shown as text', async () => {
    const { inbox, key } = await bridge.connectedInbox()
    const inTime = Math.floor(Date.now() / 1000) + 600
    const storable = text.map((value) => value.replaceAll('\0', ''))
    const names = fc.record({ account: storable, firstname: text, jobtitle: text, company: text, phone: text, email: text })
    /** Three people, who are the first of the list, since these three are all. */
    async function pageWith({ account, company, ...person }: Record<string, string>): Promise<string> {
      const { prisma } = bridge.bridge.database
      const epoch = randomUUID()
      const cookie = `crm-bridge-consented=${bridge.config.keys.sign('consented', `${inTime} ${inbox.id}.${epoch}`)}`
      await prisma.connection.update({ where: { inboxId: inbox.id }, data: { accountName: account ?? '', epoch } })
      const { id: companyId } = bridge.sandbox.addCompany({ name: company ?? '' })
      const { id } = bridge.sandbox.addContact({ ...person, lastname: '' }, [companyId])
      try {
        const found = await exchange(bridge, { method: 'GET', url: `/inboxes/${key}/contacts/hubspot-${id}` })
        expect([found.answer.status, ...brokenPromises(found, bridge)]).toEqual([200])
        const tried = await exchange(bridge, asForm(`/admin/inboxes/${inbox.id}/try`, { form: bridge.credentials.form }, admin()))
        expect([tried.answer.status, ...brokenPromises(tried, bridge)]).toEqual([200])
        return skeleton((await look('/connected', { cookie })) + tried.answer.body)
      } finally {
        bridge.sandbox.removeContact(id)
      }
    }
    for (const { id } of [...bridge.sandbox.contacts]) bridge.sandbox.removeContact(id)
    const plain = await pageWith({ account: 'A', firstname: 'B', jobtitle: 'C', company: 'D', phone: 'E', email: 'F' })
    await fc.assert(
      fc.asyncProperty(names, async (hostile) => {
        expect(await pageWith(hostile)).toBe(plain)
      }),
      steady(40),
    )
  })
})

describe('a link to connect that was mangled on its way', () => {
  it.each([
    ['half of an escape', '%'],
    ['an escape of no character', '%ff'],
    ['more than any link has', 'x'.repeat(501)],
    ['a way out', '..%2f..%2fadmin'],
  ])('by %s ends at a page all the same', async (_how, mangled) => {
    for (const path of [`/connect/${mangled}`, `/connect/${bridge.credentials.ticket}${mangled}`]) {
      const { answer } = await exchange(bridge, { method: 'GET', url: path })
      const kind = { isRefused: answer.status >= 400 && answer.status < 500, type: one(answer, 'content-type') }
      expect(kind).toEqual({ isRefused: true, type: 'text/html; charset=utf-8' })
      expect(one(answer, 'content-security-policy')).toContain("default-src 'none'")
      expect(answer.body).not.toContain(mangled)
    }
  })
})
