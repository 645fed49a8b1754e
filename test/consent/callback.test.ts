/** Every way in which consent ends, and that only one of them connects anything. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { App } from '../../src/app.ts'
import type { Inbox } from '../../src/connections/inbox-store.ts'
import { startTestBridge, type TestBridge, unlimited } from '../support/bridge.ts'
import { decide, type Visited, Visitor } from '../support/inject.ts'
import { type InEnglish, outcomes } from '../support/outcomes.ts'

let bridge: TestBridge
let app: App
let inbox: Inbox
let visitor: Visitor
beforeAll(async () => {
  bridge = await startTestBridge({ sandbox: { contacts: 5, rateLimits: false }, environment: unlimited })
  app = bridge.bridge.app
})
afterAll(() => bridge.stop())
beforeEach(async () => {
  inbox = (await bridge.inbox()).inbox
  visitor = new Visitor(app)
})
afterEach(() => bridge.sandbox.faults.clear())

/** Begins a flow; returns the CRM's consent page. */
async function begin(at: Visitor = visitor, inboxId = inbox.id): Promise<string> {
  return (await at.visit(`${new URL(bridge.connectUrl(inboxId)).pathname}/hubspot`)).location
}
const stateOf = (authorizeUrl: string) => new URL(authorizeUrl).searchParams.get('state') ?? ''
const connectionOf = async (inboxId = inbox.id) => (await bridge.inboxes.byId(inboxId))?.connection ?? null
const callback = (query: Record<string, string>) => `/oauth/hubspot/callback?${new URLSearchParams(query)}`

/** Says what a person reads, and that nothing was connected. */
async function expectOutcome({ status, text }: Visited, expected: InEnglish): Promise<void> {
  expect({ status, title: /<h1>([^<]*)<\/h1>/.exec(text)?.[1] }).toEqual({ status: expected.status, title: expected.title })
  expect(await connectionOf()).toBeNull()
}

describe('consent given', () => {
  it('connects the inbox to the account, and leaves the flow’s cookies behind', async () => {
    const back = await decide(await begin())
    const { status, location, text } = await visitor.visit(back.href)
    expect({ status, location, text }).toEqual({ status: 303, location: `${bridge.url}/connected`, text: '' })
    expect(await connectionOf()).toMatchObject({
      crm: 'hubspot',
      status: 'active',
      accountId: String(bridge.sandbox.account.portalId),
      accountName: bridge.sandbox.account.hubDomain,
      scopes: ['oauth', 'crm.objects.contacts.read', 'crm.objects.companies.read'],
    })
    expect([...visitor.cookies.keys()]).toEqual(['crm-bridge-ticket', 'crm-bridge-consented'])
  })

  it('again renews the connection; what the grant before has handed out ends', async () => {
    await visitor.visit((await decide(await begin())).href)
    const first = await connectionOf()
    await visitor.visit((await decide(await begin())).href)
    const second = await connectionOf()
    expect(second?.epoch).not.toBe(first?.epoch)
    expect(await bridge.bridge.database.prisma.connection.count({ where: { inboxId: inbox.id } })).toBe(1)
  })

  it('exchanges the code with the verifier, and names the same return address', async () => {
    bridge.sandbox.clearCalls()
    await visitor.visit((await decide(await begin())).href)
    const exchange = bridge.sandbox.calls().find(({ path }) => path.endsWith('/token'))
    expect(exchange?.body).toMatchObject({
      grant_type: 'authorization_code',
      client_id: 'test-client',
      client_secret: 'test-secret',
      redirect_uri: `${bridge.url}/oauth/hubspot/callback`,
      code_verifier: expect.stringMatching(/^[\w-]{43,128}$/),
    })
  })
})

describe('consent not given', () => {
  it('by Deny: says that nothing was connected, and how to start again', async () => {
    const denied = await visitor.visit((await decide(await begin(), 'deny')).href)
    await expectOutcome(denied, outcomes.denied('HubSpot'))
    const [, again = ''] = /<a class="button" href="([^"]+)">Start again<\/a>/.exec(denied.text) ?? []
    const { location } = await visitor.visit(again)
    await visitor.visit((await decide(location)).href)
    expect((await connectionOf())?.status).toBe('active')
  })

  it('leaves a connection that was there', async () => {
    await visitor.visit((await decide(await begin())).href)
    const before = await connectionOf()
    await visitor.visit((await decide(await begin(), 'deny')).href)
    expect(await connectionOf()).toEqual(before)
  })

  it.each(['server_error', 'temporarily_unavailable', 'invalid_scope', 'unauthorized_client', '', '<script>'])(
    'by error=%s: the CRM refused',
    async (error) => {
      const state = stateOf(await begin())
      bridge.sandbox.clearCalls()
      await expectOutcome(await visitor.visit(callback({ state, error, code: 'x' })), outcomes.refused('HubSpot'))
      expect(bridge.sandbox.calls()).toEqual([])
    },
  )

  it.each(['', '&code=', '&code=a&code=b'])('by no code (%s): the CRM refused', async (rest) => {
    const state = stateOf(await begin())
    bridge.sandbox.clearCalls()
    await expectOutcome(await visitor.visit(`/oauth/hubspot/callback?state=${state}${rest}`), outcomes.refused('HubSpot'))
    expect(bridge.sandbox.calls()).toEqual([])
  })

  it('with a permission left out: says which kind of thing is missing', async () => {
    const back = await decide(await begin(), 'allow', { scope: 'oauth crm.objects.contacts.read' })
    await expectOutcome(await visitor.visit(back.href), outcomes.missingPermission('HubSpot'))
  })
})

describe('a callback that isn’t this browser’s', () => {
  it('in another browser is refused, and the right one can still finish', async () => {
    const back = (await decide(await begin())).href
    await expectOutcome(await new Visitor(app).visit(back), outcomes.otherBrowser())
    expect((await visitor.visit(back)).status).toBe(303)
  })

  it('with a forged state is refused without asking the CRM', async () => {
    const { searchParams } = await decide(await begin())
    bridge.sandbox.clearCalls()
    const code = searchParams.get('code') ?? ''
    for (const state of ['', 'forged', 'A'.repeat(43)])
      await expectOutcome(await visitor.visit(callback({ code, state })), outcomes.otherBrowser())
    await expectOutcome(await visitor.visit(`/oauth/hubspot/callback?code=${code}`), outcomes.otherBrowser())
    await expectOutcome(await visitor.visit(`/oauth/hubspot/callback?code=${code}&state=a&state=b`), outcomes.otherBrowser())
    expect(bridge.sandbox.calls()).toEqual([])
  })

  it('with a state that only its own cookie knows is refused', async () => {
    const { searchParams } = await decide(await begin())
    visitor.cookies.set('crm-bridge-hubspot-state', 'planted')
    await expectOutcome(
      await visitor.visit(callback({ code: searchParams.get('code') ?? '', state: 'planted' })),
      outcomes.expired('HubSpot'),
    )
  })

  it('with the state of another inbox connects neither', async () => {
    const { inbox: other } = await bridge.inbox()
    const mine = await decide(await begin())
    const theirs = await decide(await begin(new Visitor(app), other.id))
    const mixed = callback({ code: mine.searchParams.get('code') ?? '', state: theirs.searchParams.get('state') ?? '' })
    await expectOutcome(await visitor.visit(mixed), outcomes.otherBrowser())
    expect(await connectionOf(other.id)).toBeNull()
  })

  it('with the code of somebody else’s flow connects nothing: the verifier doesn’t fit', async () => {
    const mine = stateOf(await begin())
    const theirs = await decide(await begin(new Visitor(app)))
    const injected = callback({ code: theirs.searchParams.get('code') ?? '', state: mine })
    await expectOutcome(await visitor.visit(injected), outcomes.expired('HubSpot'))
  })

  it('without the verifier connects nothing', async () => {
    const back = (await decide(await begin())).href
    visitor.cookies.delete('crm-bridge-hubspot-verifier')
    await expectOutcome(await visitor.visit(back), outcomes.expired('HubSpot'))
  })
})

describe('a callback that was there already', () => {
  it('replayed says so, and leaves the connection', async () => {
    const back = (await decide(await begin())).href
    const cookies = [...visitor.cookies]
    await visitor.visit(back)
    const connected = await connectionOf()
    for (const [name, value] of cookies) visitor.cookies.set(name, value)
    const { status, text } = await visitor.visit(back)
    expect(status).toBe(400)
    expect(text).toContain(outcomes.expired('HubSpot').title)
    expect(await connectionOf()).toEqual(connected)
  })

  it('several at once: exactly one connects', async () => {
    const back = (await decide(await begin())).href
    bridge.sandbox.clearCalls()
    const answers = await Promise.all(Array.from({ length: 6 }, () => visitor.visit(back)))
    expect(answers.map(({ status }) => status).toSorted()).toEqual([303, 400, 400, 400, 400, 400])
    expect(bridge.sandbox.calls().filter(({ path }) => path.endsWith('/token'))).toHaveLength(1)
    expect((await connectionOf())?.status).toBe('active')
  })

  it('after ten minutes says so', async () => {
    const back = (await decide(await begin())).href
    const { prisma } = bridge.bridge.database
    await prisma.consentState.updateMany({ where: { inboxId: inbox.id }, data: { expiresAt: new Date(Date.now() - 1) } })
    await expectOutcome(await visitor.visit(back), outcomes.expired('HubSpot'))
  })

  it('of an inbox that has been removed meanwhile says so', async () => {
    const back = (await decide(await begin())).href
    await bridge.inboxes.remove(inbox.id)
    await expectOutcome(await visitor.visit(back), outcomes.expired('HubSpot'))
  })

  it('of which an inbox has begun twenty more is over; the latest ones, and other inboxes’, go on', async () => {
    const { prisma } = bridge.bridge.database
    const count = (inboxId: string) => prisma.consentState.count({ where: { inboxId } })
    const [other, elsewhere] = [new Visitor(app), (await bridge.inbox()).inbox]
    const theirs = (await decide(await begin(other, elsewhere.id))).href
    const first = (await decide(await begin())).href
    const latest = new Visitor(app)
    for (let nth = 0; nth < 19; nth += 1) await begin(new Visitor(app))
    expect(await count(inbox.id)).toBe(20)
    const last = (await decide(await begin(latest))).href
    expect([await count(inbox.id), await count(elsewhere.id)]).toEqual([20, 1])
    await expectOutcome(await visitor.visit(first), outcomes.expired('HubSpot'))
    await latest.visit(last)
    await other.visit(theirs)
    expect([await connectionOf(), await connectionOf(elsewhere.id)]).toMatchObject([{ status: 'active' }, { status: 'active' }])
  })

  it('old flows are cleared away when new ones begin', async () => {
    const { prisma } = bridge.bridge.database
    await begin()
    await prisma.consentState.updateMany({ data: { expiresAt: new Date(Date.now() - 1) } })
    await begin()
    expect(await prisma.consentState.count()).toBe(1)
  })
})

describe('when the CRM fails at the last moment', () => {
  it('because of the server’s own secret: sends to the operator', async () => {
    const wrong = new Visitor(await bridge.variant({ HUBSPOT_CLIENT_SECRET: 'wrong-secret' }))
    const { text, ...rest } = await wrong.visit((await decide(await begin(wrong))).href)
    await expectOutcome({ ...rest, text }, outcomes.misconfigured('HubSpot'))
    expect(text).not.toContain('wrong-secret')
  })

  it.each([
    ['the token endpoint is down', { kind: 'status', status: 503, match: { path: '/oauth/2026-03/token' } }],
    ['the token endpoint answers HTML', { kind: 'html', status: 200, match: { path: '/oauth/2026-03/token' } }],
    ['the token endpoint answers half', { kind: 'garbage', match: { path: '/oauth/2026-03/token' } }],
    ['the token endpoint answers without tokens', { kind: 'garbage', body: '{}', match: { path: '/oauth/2026-03/token' } }],
    ['the token endpoint drops the connection', { kind: 'reset', match: { path: '/oauth/2026-03/token' } }],
    ['the account can’t be read', { kind: 'status', status: 500, match: { path: '/account-info' } }],
    ['the new token is refused', { kind: 'status', status: 401, match: { path: '/account-info' } }],
  ] as const)('%s: says to start again later, and nothing is stored', async (_what, fault) => {
    const back = (await decide(await begin())).href
    bridge.sandbox.faults.add(fault)
    await expectOutcome(await visitor.visit(back), outcomes.crmDown('HubSpot'))
    expect(visitor.cookies.has('crm-bridge-consented')).toBe(false)
  })

  it('because of the user’s rights: says which', async () => {
    const back = (await decide(await begin())).href
    const refuse = (path: string) => bridge.sandbox.faults.add({ kind: 'status', status: 403, match: { path } })
    refuse('/account-info')
    refuse('/oauth/2026-03/token/introspect')
    await expectOutcome(await visitor.visit(back), outcomes.forbidden('HubSpot'))
  })

  it('no page tells code, state or tokens', async () => {
    const back = await decide(await begin())
    bridge.sandbox.faults.add({ kind: 'status', status: 503, match: { path: '/oauth/2026-03/token' } })
    const { text } = await visitor.visit(back.href)
    for (const name of ['code', 'state']) expect(text).not.toContain(back.searchParams.get(name))
  })
})
