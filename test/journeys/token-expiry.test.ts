/** Access tokens end all the time, grants now and then: who is chatting notices only the latter. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { App } from '../../src/app.ts'
import type { Inbox } from '../../src/connections/inbox-store.ts'
import { createTokenVault } from '../../src/connections/token-vault.ts'
import { consent, startTestBridge, type TestBridge, unlimited } from '../support/bridge.ts'
import { anError, emptyEnvelope, inject } from '../support/inject.ts'

const halfAnHour = 1_800_000
let ahead = 0
let bridge: TestBridge
let app: App
let replica: App
let inbox: Inbox
let key: string
beforeAll(async () => {
  // Rotation makes a second refresh with the same token end the grant, so it can't go unnoticed.
  const sandbox = { contacts: 150, rateLimits: false, rotateRefreshTokens: true, now: () => Date.now() + ahead }
  bridge = await startTestBridge({ sandbox, environment: unlimited })
  app = bridge.bridge.app
  replica = await bridge.variant({})
})
afterAll(() => bridge.stop())
beforeEach(async () => {
  const connected = await bridge.connectedInbox()
  inbox = connected.inbox
  key = connected.key
  bridge.sandbox.clearCalls()
  asked = 0
})
afterEach(() => bridge.sandbox.faults.clear())

const ask = (path: string, at = app) => inject(at, `/inboxes/${key}${path}`)
const refreshes = () =>
  bridge.sandbox.calls().filter(({ body }) => (body as { grant_type?: string })?.grant_type === 'refresh_token')
const connection = async () => (await bridge.inboxes.byId(inbox.id))?.connection

let asked = 0
/** Questions of every kind at once, each asked for the first time by this inbox: none is answered from memory. */
async function statuses(at: readonly App[]): Promise<Set<string>> {
  const paths = Array.from({ length: 12 }, () => {
    asked += 1
    return [`/contacts?search=a${asked}`, `/contacts?limit=${asked}`, `/contacts/hubspot-${asked}`]
  }).flat()
  const answers = await Promise.all(paths.map((path, index) => ask(path, at[index % at.length])))
  return new Set(answers.map(({ status, headers }) => `${status} ${headers['x-bridge-problem'] ?? ''}`.trim()))
}

describe('an access token that ends during use', () => {
  it('is refreshed exactly once, whoever asks at the same time, in two processes', async () => {
    for (let times = 1; times <= 3; times += 1) {
      ahead += halfAnHour + 1
      expect(await statuses([app, replica])).toEqual(new Set(['200', '404']))
      expect(refreshes()).toHaveLength(times)
      // The other process may hold the connection as it was read, for a second.
      await sleep(1_100)
    }
    expect(await connection()).toMatchObject({ status: 'active', version: 4, leaseOwner: null })
  })

  it('is refreshed exactly once ahead of its end, without a refused call', async () => {
    const fromNow = (milliseconds: number) => new Date(Date.now() + milliseconds)
    const almostOver = { expiresAt: fromNow(30_000), renewAt: fromNow(-270_000), refreshedAt: fromNow(30_000 - halfAnHour) }
    await bridge.bridge.database.prisma.connection.update({ where: { inboxId: inbox.id }, data: almostOver })
    await sleep(1_100)
    expect(await statuses([app, replica])).toEqual(new Set(['200', '404']))
    await vi.waitFor(async () => expect(await connection()).toMatchObject({ version: 2, leaseOwner: null }))
    expect(refreshes()).toHaveLength(1)
    expect(bridge.sandbox.calls().filter(({ status }) => status === 401)).toEqual([])
  })

  it('waits out a token endpoint that is down: the grant stays', async () => {
    ahead += halfAnHour + 1
    bridge.sandbox.faults.add({ kind: 'status', status: 503, match: { path: '/oauth/' } })
    expect(await ask('/contacts?search=b')).toMatchObject({ status: 503, json: { error: anError('crm_unavailable') } })
    expect(await ask('/contacts?limit=99')).toMatchObject({
      status: 200,
      json: emptyEnvelope,
      headers: { 'x-bridge-problem': 'crm_unavailable' },
    })
    bridge.sandbox.faults.clear()
    await vi.waitFor(async () => expect((await ask('/contacts?search=b')).status).toBe(200), { timeout: 5_000, interval: 100 })
    expect((await connection())?.status).toBe('active')
  })
})

describe('a grant that the CRM ends', () => {
  /** As when the administrator uninstalls the app at the CRM. */
  async function revoke(): Promise<void> {
    const stored = await connection()
    if (!stored) throw new Error('not connected')
    const { refreshToken } = createTokenVault(bridge.config.keys).open(stored)
    const { clientId, clientSecret, revokeUrl } = bridge.config.connectors[0]?.oauth ?? {
      clientId: '',
      clientSecret: '',
      revokeUrl: '',
    }
    const body = new URLSearchParams({ client_id: clientId, client_secret: clientSecret, token: refreshToken })
    expect((await fetch(revokeUrl, { method: 'POST', body })).status).toBe(200)
    bridge.sandbox.clearCalls()
  }

  it('asks for a new consent, and goes on with it; what the old one handed out is void', async () => {
    const { next_page_param: oldToken } = (await ask('/contacts?limit=50')).json
    expect((await ask(`/contacts?limit=50&page=${oldToken}`)).status).toBe(200)
    await revoke()

    expect(await statuses([app])).toEqual(new Set(['409', '200 reconnect_required']))
    expect(refreshes()).toHaveLength(1)
    expect(await connection()).toMatchObject({
      status: 'reconnect_required',
      statusReason: expect.stringContaining('invalid_grant'),
    })
    const { json } = await ask('/initialize')
    expect(json.status).toBe('authorization_needed')

    const outcome = await consent(json.authorization_needed.external_url)
    expect(outcome.url).toBe(`${bridge.url}/connected`)
    expect((await ask('/initialize')).json).toEqual({ status: 'initialized' })
    expect((await ask('/contacts?limit=50')).json).toMatchObject({ count: 150, results: { length: 50 } })
    expect(await ask(`/contacts?limit=50&page=${oldToken}`)).toMatchObject({
      status: 400,
      json: { ...emptyEnvelope, error: anError('cursor_invalid') },
    })
  })

  it('is noticed by the other process, too', async () => {
    expect((await ask('/initialize', replica)).json).toEqual({ status: 'initialized' })
    await revoke()
    expect((await ask('/contacts?search=c')).status).toBe(409)
    await sleep(1_100)
    expect(await ask('/contacts?search=c', replica)).toMatchObject({
      status: 409,
      json: { error: anError('reconnect_required') },
    })
    expect(refreshes()).toHaveLength(1)
  })
})
