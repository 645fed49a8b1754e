/** After consent: what the page says of the account, disconnecting there, and accounts that let nobody read contacts. */
import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { App } from '../../src/app.ts'
import type { Inbox } from '../../src/connections/inbox-store.ts'
import { startTestBridge, type TestBridge, unlimited } from '../support/bridge.ts'
import { decide, Visitor } from '../support/inject.ts'
import { outcomes } from '../support/outcomes.ts'

let bridge: TestBridge
let app: App
let inbox: Inbox
let pluginUrl: string
let visitor: Visitor
beforeAll(async () => {
  bridge = await startTestBridge({ sandbox: { contacts: 5, rateLimits: false }, environment: unlimited })
  app = bridge.bridge.app
})
afterAll(() => bridge.stop())
beforeEach(async () => {
  ;({ inbox, pluginUrl } = await bridge.inbox())
  visitor = new Visitor(app)
})
afterEach(() => bridge.sandbox.faults.clear())

const titleOf = (html: string) => /<h1>([^<]*)<\/h1>/.exec(html)?.[1]
const connectionOf = async () => (await bridge.inboxes.byId(inbox.id))?.connection ?? null
/** Until the CRM sends the browser back. */
async function begin(decision: 'allow' | 'deny' = 'allow'): Promise<string> {
  const { location } = await visitor.visit(`${new URL(bridge.connectUrl(inbox.id)).pathname}/hubspot`)
  return (await decide(location, decision)).href
}
const connect = async () => visitor.visit(await begin())
/** Somebody else’s browser consents. */
async function connectElsewhere(): Promise<Visitor> {
  const other = new Visitor(app)
  const { location } = await other.visit(`${new URL(bridge.connectUrl(inbox.id)).pathname}/hubspot`)
  expect((await other.visit((await decide(location)).href)).status).toBe(303)
  return other
}
const revocations = () =>
  bridge.sandbox
    .calls()
    .filter(({ path }) => path.endsWith('/revoke'))
    .map(({ status }) => status)

/** The press on Disconnect, with the cookies of the visitor or these. */
function disconnect(cookie = [...visitor.cookies].map(([name, value]) => `${name}=${value}`).join('; ')) {
  const headers = { 'content-type': 'application/x-www-form-urlencoded', ...(cookie && { cookie }) }
  return app.inject({ method: 'POST', url: '/connected/disconnect', headers, payload: '' })
}

describe('disconnecting where one connected', () => {
  it('ends the grant here and at the CRM, and says so', async () => {
    await connect()
    expect((await visitor.visit('/connected')).text).toContain('action="/connected/disconnect"')
    bridge.sandbox.clearCalls()
    const { statusCode, body } = await disconnect()
    expect({ status: statusCode, title: titleOf(body) }).toEqual({ status: 200, title: outcomes.disconnected().title })
    expect(revocations()).toEqual([200])
    expect(await connectionOf()).toBeNull()
    // Polled: the bridge may say that it has too much to do, where the machine has.
    const asked = async () => (await app.inject(`${new URL(pluginUrl).pathname}/contacts?search=ana`)).statusCode
    await expect.poll(asked, { timeout: 10_000 }).toBe(409)
    expect((await visitor.visit('/connected')).status).toBe(403)
  })

  it('offers to connect again, which works', async () => {
    await connect()
    const { body } = await disconnect()
    const [, again = ''] = /<a class="button" href="([^"]+)">Start again<\/a>/.exec(body) ?? []
    const { location } = await visitor.visit(`${new URL(again).pathname}/hubspot`)
    await visitor.visit((await decide(location)).href)
    expect((await connectionOf())?.status).toBe('active')
  })

  it('is done already the second time', async () => {
    await connect()
    await disconnect()
    bridge.sandbox.clearCalls()
    expect((await disconnect()).statusCode).toBe(200)
    expect(bridge.sandbox.calls()).toEqual([])
  })

  it('is not for whoever lacks the cookie: nothing happens', async () => {
    await connect()
    const before = await connectionOf()
    const consented = visitor.cookies.get('crm-bridge-consented') ?? ''
    const { keys } = bridge.config
    const outdated = keys.sign('consented', `${Math.floor(Date.now() / 1000) - 1} ${inbox.id}`)
    const otherUse = keys.sign('connect ticket', `${Math.floor(Date.now() / 1000) + 3600} ${inbox.id}`)
    bridge.sandbox.clearCalls()
    for (const value of ['', `${consented.startsWith('A') ? 'B' : 'A'}${consented.slice(1)}`, outdated, otherUse, inbox.id]) {
      const { statusCode, body } = await disconnect(value && `crm-bridge-consented=${value}`)
      expect({ status: statusCode, title: titleOf(body) }, value).toEqual({
        status: 403,
        title: outcomes.notConnectedHere().title,
      })
    }
    expect(bridge.sandbox.calls()).toEqual([])
    expect(await connectionOf()).toEqual(before)
  })

  it('takes a press, not a link', async () => {
    await connect()
    expect((await visitor.visit('/connected/disconnect')).status).toBe(404)
    expect((await connectionOf())?.status).toBe('active')
  })

  it('works though the CRM is down, and then doesn’t say that the CRM knows', async () => {
    await connect()
    bridge.sandbox.faults.add({ kind: 'status', status: 503 })
    const { statusCode, body } = await disconnect()
    expect({ status: statusCode, title: titleOf(body) }).toEqual({ status: 200, title: outcomes.disconnected().title })
    expect(await connectionOf()).toBeNull()
    expect(body).not.toContain('taken back')
    // It is to be told when it is back.
    const { parkedGrant } = bridge.bridge.database.prisma
    expect((await parkedGrant.deleteMany({ where: { inboxId: inbox.id } })).count).toBe(1)
  })
})

describe('a connection that somebody else made later', () => {
  const lookAt = async (at: Visitor) => (await at.visit('/connected')).status
  const seen = 'href="/connected"'
  const connectPage = async (at: Visitor) => (await at.visit(new URL(bridge.connectUrl(inbox.id)).pathname)).text

  it.each([
    ['after this one was ended', async () => expect((await disconnect()).statusCode).toBe(200)],
    ['in place of this one', async () => {}],
  ])('%s is shown to its own browser alone, which alone can end it', async (_when, before) => {
    await connect()
    expect(await lookAt(visitor)).toBe(200)
    expect(await connectPage(visitor)).toContain(seen)
    await before()
    const other = await connectElsewhere()
    const connection = await connectionOf()
    bridge.sandbox.clearCalls()

    expect(await lookAt(visitor)).toBe(403)
    expect(await connectPage(visitor)).not.toContain(seen)
    const { statusCode, body } = await disconnect()
    expect({ status: statusCode, title: titleOf(body) }).toEqual({ status: 403, title: outcomes.notConnectedHere().title })
    expect(body).not.toContain('Start again')
    expect(revocations()).toEqual([])
    expect((await connectionOf())?.epoch).toBe(connection?.epoch)
    expect(await lookAt(other)).toBe(200)
    expect(await connectPage(other)).toContain(seen)
  })

  it('is shown to the first browser again once that consents again', async () => {
    await connect()
    await connectElsewhere()
    await connect()
    expect(await lookAt(visitor)).toBe(200)
    expect((await disconnect()).statusCode).toBe(200)
    expect(await connectionOf()).toBeNull()
  })

  it('isn’t opened by a cookie that names the inbox alone', async () => {
    await connect()
    const inTime = Math.floor(Date.now() / 1000) + 600
    const { epoch } = (await connectionOf()) ?? {}
    const cookies = {
      [inbox.id]: 403,
      [`${inbox.id}.`]: 403,
      [`${inbox.id}.${randomUUID()}`]: 403,
      [`${inbox.id}.${epoch}`]: 200,
    }
    for (const [subject, status] of Object.entries(cookies)) {
      visitor.cookies.set('crm-bridge-consented', bridge.config.keys.sign('consented', `${inTime} ${subject}`))
      expect(await lookAt(visitor), subject).toBe(status)
    }
  })
})

describe('the page of a connection', () => {
  it('says how many contacts there are', async () => {
    await connect()
    expect((await visitor.visit('/connected')).text).toContain('5 contacts, among them')
  })

  it('says no figure when the total can’t be had', async () => {
    await connect()
    bridge.sandbox.faults.add({ kind: 'status', status: 500, match: { path: 'contacts/search' } })
    const { status, text } = await visitor.visit('/connected')
    expect(status).toBe(200)
    expect(text).toContain('Your contacts, among them')
    expect(text).not.toMatch(/\d contacts/)
    expect(text.match(/<li>/g)).toHaveLength(3)
  })
})

describe('an account', () => {
  const listing = { method: 'GET', path: 'objects/.*contacts\\?' }

  it('that refuses to list contacts isn’t connected, and the page says why', async () => {
    const back = await begin()
    bridge.sandbox.clearCalls()
    bridge.sandbox.faults.add({ kind: 'status', status: 403, match: listing })
    const { status, text } = await visitor.visit(back)
    const expected = outcomes.forbidden('HubSpot')
    expect({ status, title: titleOf(text) }).toEqual({ status: 403, title: expected.title })
    expect(text).toContain(expected.explanation)
    expect(text).toContain('Start again')
    expect(bridge.sandbox.calls().map(({ status }) => status)).toContain(403)
    expect(await connectionOf()).toBeNull()
    expect(visitor.cookies.has('crm-bridge-consented')).toBe(false)
  })

  it('that refuses it leaves a connection that was there', async () => {
    await connect()
    const before = await connectionOf()
    const back = await begin()
    bridge.sandbox.faults.add({ kind: 'status', status: 403, match: listing })
    expect((await visitor.visit(back)).status).toBe(403)
    expect(await connectionOf()).toEqual(before)
  })

  it.each([503, 500, 404])('that answers the list with %i just then is connected all the same', async (status) => {
    const back = await begin()
    bridge.sandbox.clearCalls()
    bridge.sandbox.faults.add({ kind: 'status', status, match: listing })
    expect(await visitor.visit(back)).toMatchObject({ status: 303, location: `${bridge.url}/connected` })
    expect(bridge.sandbox.calls().map((call) => call.status)).toContain(status)
    expect((await connectionOf())?.status).toBe('active')
  })
})

describe('a callback that is reloaded', () => {
  it.each(['allow', 'deny'] as const)('after %s was done already, in whatever browser', async (decision) => {
    const back = await begin(decision)
    await visitor.visit(back)
    const before = await connectionOf()
    bridge.sandbox.clearCalls()
    for (const at of [visitor, new Visitor(app)]) {
      const { status, text } = await at.visit(back)
      expect({ status, title: titleOf(text) }).toEqual({ status: 400, title: outcomes.expired('HubSpot').title })
    }
    expect(bridge.sandbox.calls()).toEqual([])
    expect(await connectionOf()).toEqual(before)
  })

  it('before it was done is another browser’s', async () => {
    const back = await begin()
    expect(titleOf((await new Visitor(app).visit(back)).text)).toBe(outcomes.otherBrowser().title)
  })
})
