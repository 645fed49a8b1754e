/** What a server does while nobody asks: tokens stay good, quiet grants stay alive, and what is over ends at its CRM. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { type App, buildApp } from '../../src/app.ts'
import { readConfig } from '../../src/config.ts'
import type { Connection, Inbox } from '../../src/connections/inbox-store.ts'
import type { Chore } from '../../src/connections/upkeep.ts'
import { adminToken, atSalesforce, startTestBridge, type TestBridge, testKeys, unlimited } from '../support/bridge.ts'
import { fakeVault as vault } from '../support/fake-crm.ts'
import { type FakeTokenEndpoint, startFakeTokenEndpoint } from '../support/fake-token-endpoint.ts'
import { inject } from '../support/inject.ts'
import { defer, stateOf } from '../support/promises.ts'
import { openStores, type Stores } from '../support/stores.ts'

const chores = vi.hoisted(() => new Map<string, number>())
/** A second takes fifty milliseconds here. */
vi.mock('../../src/connections/upkeep.ts', async (load) => {
  const { createUpkeep } = await load<typeof import('../../src/connections/upkeep.ts')>()
  return {
    createUpkeep(given: readonly Chore[], log: Parameters<typeof createUpkeep>[1]) {
      for (const { name, every } of given) chores.set(name, every)
      return createUpkeep(
        given.map((chore) => ({ ...chore, every: chore.every / 20 })),
        log,
      )
    },
  }
})

const day = 86_400_000
const ago = (milliseconds: number) => new Date(Date.now() - milliseconds)

describe('a server with its CRMs', () => {
  let bridge: TestBridge
  beforeAll(async () => {
    const sandbox = { contacts: 3, rateLimits: false, rotateRefreshTokens: true, tokenLifetime: 2 }
    bridge = await startTestBridge({ sandbox, salesforce: { contacts: 3 }, environment: unlimited })
  })
  afterAll(() => bridge.stop())
  afterEach(() => bridge.sandbox.faults.clear())

  const stored = async ({ id }: Inbox) => (await bridge.inboxes.byId(id))?.connection as Connection
  const change = ({ id }: Inbox, data: Partial<Connection>) =>
    bridge.bridge.database.prisma.connection.update({ where: { inboxId: id }, data })
  const renewed = (inbox: Inbox, version: number) =>
    vi.waitFor(async () => expect((await stored(inbox)).version).toBeGreaterThanOrEqual(version), 10_000)
  const parked = () => bridge.bridge.database.prisma.parkedGrant.count()
  const revocations = () => bridge.sandbox.calls().filter(({ path, status }) => path.endsWith('/revoke') && status === 200)

  it('renews tokens before they end, time after time, though nobody asks', async () => {
    const { inbox, key } = await bridge.connectedInbox()
    await renewed(inbox, 3)
    expect(Number((await stored(inbox)).expiresAt)).toBeGreaterThan(Date.now())
    bridge.sandbox.clearCalls()
    expect((await inject(bridge.bridge.app, `/inboxes/${key}/contacts`)).status).toBe(200)
    expect(bridge.sandbox.calls().filter(({ status }) => status === 401)).toEqual([])
  })

  it('keeps a Salesforce grant alive that nobody has used for weeks, and leaves a quiet HubSpot grant alone', async () => {
    const salesforce = await bridge.connectedInbox({ name: 'Sales' }, atSalesforce)
    const hubspot = await bridge.connectedInbox({ name: 'Support' })
    const quiet = { askedAt: ago(20 * day), renewAt: ago(day) }
    await change(hubspot.inbox, quiet)
    // A renewal may be under way.
    await sleep(300)
    const { version } = await change(hubspot.inbox, quiet)
    await change(salesforce.inbox, quiet)
    await renewed(salesforce.inbox, 2)
    const { renewAt, expiresAt, status } = await stored(salesforce.inbox)
    expect({ expiresAt, status }).toEqual({ expiresAt: null, status: 'active' })
    expect((renewAt.getTime() - Date.now()) / day).toBeCloseTo(7.5, 2)
    expect((await inject(bridge.bridge.app, `/inboxes/${salesforce.key}/contacts`)).status).toBe(200)
    expect((await stored(hubspot.inbox)).version).toBe(version)
  })

  it('revokes what the CRM couldn’t be told of, when the CRM is back', async () => {
    const { inbox } = await bridge.connectedInbox()
    bridge.sandbox.faults.add({ kind: 'status', status: 503, match: { path: '/oauth/' } })
    await inject(bridge.bridge.app, `/admin/api/inboxes/${inbox.id}`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${adminToken}` },
    })
    expect(await parked()).toBe(1)
    bridge.sandbox.faults.clear()
    bridge.sandbox.clearCalls()
    await bridge.bridge.database.prisma.parkedGrant.updateMany({ data: { revokeAt: new Date() } })
    await vi.waitFor(async () => expect([await parked(), revocations().length]).toEqual([0, 1]), 10_000)
  })

  it('does all of it every five seconds or more often', () => {
    for (const name of ['renew tokens', 'revoke grants']) expect(chores.get(name), name).toBeLessThanOrEqual(5_000)
  })
})

describe('a server', () => {
  let stores: Stores
  let endpoint: FakeTokenEndpoint
  let app: App
  let due: Connection
  beforeAll(async () => {
    stores = await openStores()
  })
  beforeEach(async () => {
    endpoint = await startFakeTokenEndpoint()
    const environment = {
      ENCRYPTION_KEYS: testKeys,
      ADMIN_TOKEN: adminToken,
      LOG_LEVEL: 'silent',
      HUBSPOT_CLIENT_ID: 'client',
      HUBSPOT_CLIENT_SECRET: 'secret',
      HUBSPOT_APP_URL: endpoint.url,
      HUBSPOT_API_URL: endpoint.url,
    }
    due = await stores.connected({ crm: 'hubspot', renewAt: ago(1_000) })
    app = await buildApp(readConfig(environment), {
      prisma: stores.prisma,
      applied: [],
      isCurrent: async () => true,
      close: async () => {},
    })
  })
  afterEach(async () => {
    await app.close()
    await endpoint.close()
    await stores.clear()
  })
  afterAll(() => stores.close())

  const listen = () => app.listen({ host: '127.0.0.1', port: 0 })
  const asked = (times: number) => vi.waitFor(() => expect(endpoint.questions).toHaveLength(times), 5_000)

  it('does it only once it listens: the command line, which has the same server answer, does nothing of it', async () => {
    await inject(app, '/features')
    await sleep(600)
    expect(endpoint.questions).toEqual([])
    await listen()
    await asked(1)
  })

  it('that closes while the CRM thinks about new tokens waits for them', async () => {
    const held = defer<void>()
    const answerWell = endpoint.answer
    endpoint.answer = (response, question) => held.promise.then(() => answerWell(response, question))
    await listen()
    await asked(1)
    const closed = app.close()
    await sleep(200)
    expect(await stateOf(closed)).toBe('pending')
    held.resolve()
    await closed
    expect(vault.open(await stores.stored(due)).refreshToken).toBe('refresh-2')
  })

  it('that has closed begins nothing any more', async () => {
    await listen()
    await asked(1)
    await app.close()
    await stores.connected({ crm: 'hubspot', renewAt: ago(1_000) })
    await sleep(600)
    await asked(1)
  })
})
