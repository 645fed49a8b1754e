/** What the inbox is told when the CRM fails: an agent's start-up goes on, everything else fails honestly. And `/initialize`. */
import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { App } from '../../src/app.ts'
import { createConnectionStore } from '../../src/connections/connection-store.ts'
import type { FaultOrder } from '../../src/sandbox/faults.ts'
import { startTestBridge, type TestBridge, unlimited } from '../support/bridge.ts'
import { anError, emptyEnvelope, inject } from '../support/inject.ts'

let bridge: TestBridge
let app: App
beforeAll(async () => {
  bridge = await startTestBridge({ sandbox: { contacts: 120, rateLimits: false }, environment: unlimited })
  app = bridge.bridge.app
})
afterAll(() => bridge.stop())
afterEach(() => bridge.sandbox.faults.clear())

const api = { path: '^/(crm|account-info)/' }
const ask = (key: string, path: string) => inject(app, `/inboxes/${key}${path}`)

/** An inbox at an account of its own, by name: what others find out about theirs says nothing about it. */
async function ownAccount() {
  const connected = await bridge.connectedInbox()
  await bridge.bridge.database.prisma.connection.update({
    where: { inboxId: connected.inbox.id },
    data: { accountId: randomUUID() },
  })
  return connected
}

/** Ends the grant as the CRM does, as the next refresh finds. */
async function endGrant(inboxId: string): Promise<void> {
  const store = createConnectionStore(bridge.bridge.database.prisma)
  const connection = await store.find(inboxId)
  if (connection === null) throw new Error('not connected')
  await store.requireReconnect(connection, 'ended by a test')
}

type Trouble = { name: string; code: string; status: number; retryAfter?: string; fault: FaultOrder | 'grant ended' }
const troubles: readonly Trouble[] = [
  { name: 'down', code: 'crm_unavailable', status: 503, fault: { kind: 'status', status: 503, match: api } },
  { name: 'behind a broken proxy', code: 'crm_unavailable', status: 503, fault: { kind: 'html', match: api } },
  { name: 'unreachable', code: 'crm_unavailable', status: 503, fault: { kind: 'reset', match: api } },
  { name: 'gibberish', code: 'crm_protocol', status: 502, fault: { kind: 'garbage', match: api } },
  {
    name: 'limiting',
    code: 'crm_rate_limited',
    status: 429,
    retryAfter: '77',
    fault: { kind: 'status', status: 429, headers: { 'retry-after': '77' }, match: api },
  },
  { name: 'refusing', code: 'crm_forbidden', status: 403, fault: { kind: 'status', status: 403, match: api } },
  { name: 'done with the connection', code: 'reconnect_required', status: 409, fault: 'grant ended' },
]

describe.each(troubles)('when the CRM is $name', ({ code, status, retryAfter, fault }) => {
  let key: string
  let nextPage: string
  beforeEach(async () => {
    const connected = await ownAccount()
    key = connected.key
    nextPage = (await ask(key, '/contacts?limit=50')).json.next_page_param
    if (fault === 'grant ended') await endGrant(connected.inbox.id)
    // The inbox as it was read may be used for another second.
    if (fault === 'grant ended')
      await vi.waitFor(async () => expect((await ask(key, '/contacts?search=x')).status).toBe(409), { timeout: 3_000 })
  })

  const strike = () => {
    if (fault !== 'grant ended') bridge.sandbox.faults.add(fault)
  }

  it('an agent’s start-up goes on: lists and numbers are empty, and say why', async () => {
    strike()
    const paths = ['/contacts?limit=60', '/contacts/?limit=61&search=', '/contacts/4915199999999', '/contacts/%2B14155550123/']
    const answers = await Promise.all(paths.map((path) => ask(key, path)))
    for (const { json, status: answered, headers } of answers) {
      expect({ answered, json }).toEqual({ answered: 200, json: emptyEnvelope })
      expect(headers).toMatchObject({ 'x-bridge-problem': code, 'cache-control': 'private, no-cache' })
    }
  })

  it('the empty answer isn’t kept', async () => {
    strike()
    expect((await ask(key, '/contacts?limit=62')).headers['x-bridge-problem']).toBe(code)
    bridge.sandbox.faults.clear()
    if (fault === 'grant ended') return expect((await ask(key, '/contacts?limit=62')).headers['x-bridge-problem']).toBe(code)
    // An account that was down is left alone for a moment.
    const whole = async () => {
      const { json, headers } = await ask(key, '/contacts?limit=62')
      expect(json.results).toHaveLength(62)
      expect(headers).not.toHaveProperty('x-bridge-problem')
    }
    await vi.waitFor(whole, { timeout: 20_000, interval: 100 })
  })

  it('later pages, searches and contact_ids fail with the reason, an empty list beside it', async () => {
    strike()
    const page = `/contacts?limit=50&page=${nextPage}`
    const paths = [page, '/contacts?search=liam', '/contacts?search=14155550199', '/contacts/hubspot-151']
    const answers = await Promise.all(paths.map((path) => ask(key, path)))
    for (const { json, status: answered, headers } of answers) {
      expect({ answered, json }).toEqual({ answered: status, json: { ...emptyEnvelope, error: anError(code) } })
      expect(headers['cache-control']).toBe('no-store')
      // Whoever isn't asked at all any more is told when to come back.
      expect([retryAfter, code === 'crm_unavailable' ? '2' : retryAfter]).toContain(headers['retry-after'])
    }
  })
})

describe('an inbox that was never connected', () => {
  it.each(['/contacts', '/contacts?search=ana', '/contacts/4915199999999', '/contacts/hubspot-151'])(
    '%s says so',
    async (path) => {
      const { key } = await bridge.inbox()
      const { status, json } = await ask(key, path)
      expect({ status, json }).toEqual({ status: 409, json: { ...emptyEnvelope, error: anError('not_connected') } })
    },
  )
})

describe('contacts whose companies can’t be had', () => {
  it('come without them, and say so', async () => {
    const { key } = await ownAccount()
    // The page that showed the connection has remembered the first hundred's companies, and that there are 120 contacts.
    const { next_page_param } = (await ask(key, '/contacts')).json
    bridge.sandbox.addContact({ firstname: 'A' }, [bridge.sandbox.addCompany({ name: 'New' }).id])
    bridge.sandbox.faults.add({ kind: 'status', status: 500, match: { path: '/crm/objects/2026-03/companies' } })
    const { status, json, headers } = await ask(key, `/contacts?page=${next_page_param}`)
    expect({ status, given: json.results.length, count: json.count }).toEqual({ status: 200, given: 21, count: 121 })
    expect(headers).toMatchObject({ 'x-bridge-missing': 'companies' })
    expect(headers).not.toHaveProperty('x-bridge-problem')
  })
})

describe('initialize', () => {
  const external = { method: 'external_url', external_url: expect.stringMatching(/^http:\/\/localhost:\d+\/connect\/[\w-]+$/) }
  const needed = { status: 'authorization_needed', authorization_needed: external }
  const failed = { status: 'init_failed', error_message: expect.stringMatching(/\.$/) }
  const initialize = async (key: string, at = app) => {
    const { status, json, headers } = await inject(at, `/inboxes/${key}/initialize`)
    expect(headers['cache-control']).toBe('no-store')
    return { status, json }
  }

  it('asks for authorization, and writes nothing, however often it is asked', async () => {
    const { inbox, key } = await bridge.inbox()
    for (let asked = 0; asked < 3; asked += 1) expect(await initialize(key)).toEqual({ status: 200, json: needed })
    expect(await bridge.bridge.database.prisma.consentState.count({ where: { inboxId: inbox.id } })).toBe(0)
  })

  it('is initialized once connected', async () => {
    const { key } = await bridge.connectedInbox()
    expect(await initialize(key)).toEqual({ status: 200, json: { status: 'initialized' } })
  })

  it.each<[string, FaultOrder, object]>([
    ['down', { kind: 'status', status: 503 }, failed],
    ['limiting', { kind: 'status', status: 429, headers: { 'retry-after': '60' } }, failed],
    ['gibberish', { kind: 'garbage' }, failed],
    ['refusing the account and its introspection', { kind: 'status', status: 403 }, needed],
  ])('with the CRM %s says what a person can do', async (_what, fault, expected) => {
    const { key } = await ownAccount()
    bridge.sandbox.faults.add(fault)
    expect(await initialize(key)).toEqual({ status: 200, json: expected })
  })

  it('asks for authorization again when the CRM ended the grant', async () => {
    const { inbox, key } = await bridge.connectedInbox()
    await endGrant(inbox.id)
    expect(await initialize(key)).toEqual({ status: 200, json: needed })
  })

  it('asks for authorization again when the stored tokens can’t be opened', async () => {
    const { inbox, key } = await bridge.connectedInbox()
    const { prisma } = bridge.bridge.database
    await prisma.connection.update({ where: { inboxId: inbox.id }, data: { sealedTokens: Buffer.from('altered') } })
    expect(await initialize(key)).toEqual({ status: 200, json: needed })
  })

  it('names the missing CRM where the server has none, or not the inbox’s', async () => {
    const bare = await bridge.variant({ HUBSPOT_CLIENT_ID: '', HUBSPOT_CLIENT_SECRET: '' })
    const [{ key: any }, { key: meant }, { key: connected }] = await Promise.all([
      bridge.inbox(),
      bridge.inbox({ crm: 'hubspot' }),
      bridge.connectedInbox(),
    ])
    for (const key of [any, meant, connected]) expect(await initialize(key, bare)).toEqual({ status: 200, json: failed })
    const { key: elsewhere } = await bridge.inbox({ crm: 'salesforce' })
    const { json } = await initialize(elsewhere)
    expect(json).toEqual({ status: 'init_failed', error_message: expect.stringContaining('salesforce') })
  })
})
