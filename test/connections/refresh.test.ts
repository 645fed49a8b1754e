/** One refresh per expiry, on a real database and a token endpoint that ends the grant when a rotated token comes twice. */

import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { ConnectionStore } from '../../src/connections/connection-store.ts'
import type { Connection } from '../../src/connections/inbox-store.ts'
import { createRefresher } from '../../src/connections/refresh.ts'
import type { Connector } from '../../src/connectors/connector.ts'
import type { FaultOrder } from '../../src/sandbox/faults.ts'
import { type HubSpotSandboxOptions, startHubSpotSandbox } from '../../src/sandbox/hubspot/server.ts'
import { createTelemetry } from '../../src/telemetry.ts'
import { fakeGrant, silent, fakeVault as vault } from '../support/fake-crm.ts'
import { consentAt } from '../support/grant.ts'
import { hubSpotApp, hubSpotConnector } from '../support/hubspot.ts'
import { errorOf, nobody } from '../support/promises.ts'
import { startStandIn } from '../support/stand-in.ts'
import { openStores, type Stores } from '../support/stores.ts'

let stores: Stores
let store: ConnectionStore
const closing: (() => Promise<void>)[] = []

beforeAll(async () => {
  stores = await openStores()
  store = stores.connections
})
afterAll(async () => {
  await Promise.all(closing.map((close) => close()))
  await stores.close()
})

/** An inbox whose grant is at a HubSpot of its own, which changes the refresh token each time. */
async function connected(options: Partial<HubSpotSandboxOptions> = {}) {
  const sandbox = await startHubSpotSandbox({ ...hubSpotApp, contacts: 0, rotateRefreshTokens: true, ...options })
  closing.push(() => sandbox.close())
  const connector = hubSpotConnector({ HUBSPOT_APP_URL: sandbox.url, HUBSPOT_API_URL: sandbox.url })
  const grant = await consentAt(connector.oauth)
  const tokens = { accessToken: grant.access_token, refreshToken: grant.refresh_token }
  const inboxId = await stores.inbox()
  const consented = (changes = {}) =>
    fakeGrant(inboxId, { crm: 'hubspot', ...vault.seal(inboxId, 'hubspot', tokens), ...changes })
  const seen = await store.connect(inboxId, consented({ expiresAt: new Date(Date.now() + 1_000) }))
  sandbox.clearCalls()
  return {
    sandbox,
    connector,
    tokens,
    seen,
    /** Connects the inbox again, to the same account unless said. */
    reconnect: (changes = {}) => store.connect(inboxId, consented(changes)),
    tokenCalls: () => sandbox.calls().filter(({ kind }) => kind === 'oauth').length,
    stored: () => stores.stored(seen),
    /** Changes the row behind everybody's back. */
    change: (data: Partial<Connection>) => stores.prisma.connection.update({ where: { inboxId }, data }),
    /** The refresh tokens of what was parked when the inbox lost it. */
    parked: async () =>
      (await stores.parked.all()).filter((grant) => grant.inboxId === inboxId).map((grant) => vault.open(grant).refreshToken),
    fault: (order: Omit<FaultOrder, 'match'>) => sandbox.faults.add({ match: { path: '/oauth/' }, ...order }),
    /** Whether HubSpot takes the access token. */
    works: async (accessToken: string) => {
      const answer = await fetch(`${sandbox.url}/crm/objects/2026-03/contacts`, {
        headers: { authorization: `Bearer ${accessToken}` },
      })
      return answer.status === 200
    },
  }
}

const newRefresher = (own: ConnectionStore = store) => createRefresher(own, stores.parked, vault, createTelemetry(), silent)

describe('a login host that isn’t the CRM’s', () => {
  it('gets neither token nor secret: the row stays as it was, and reconnecting mends it', async () => {
    const { connector, tokenCalls, change, stored, reconnect } = await connected()
    const elsewhere = await startStandIn((response) => response.end('{}'))
    closing.push(() => elsewhere.close())
    const warn = vi.fn()
    const refresher = createRefresher(store, stores.parked, vault, createTelemetry(), { ...silent, warn })
    const oauth = { ...connector.oauth, isOwnHost: () => false }
    await change({ loginUrl: elsewhere.url })
    const before = await stored()
    const error = await errorOf(refresher.refresh({ ...connector, oauth }, before, nobody()))
    expect(error).toMatchObject({ code: 'reconnect_required' })
    expect([elsewhere.requests, tokenCalls(), await stored()]).toEqual([[], 0, before])
    expect(warn).toHaveBeenCalledWith(expect.objectContaining({ inboxId: before.inboxId }), expect.anything())
    expect(JSON.stringify(warn.mock.calls)).not.toContain(elsewhere.url)
    const again = await reconnect()
    expect(await refresher.refresh({ ...connector, oauth }, again, nobody())).toMatchObject({ version: 2 })
  })
})

describe.concurrent('a refresh', () => {
  it('stores new tokens, which work, and when they end', async () => {
    const { connector, seen, tokens, stored, works } = await connected()
    const renewed = await newRefresher().refresh(connector, seen, nobody())
    expect(renewed).toEqual(await stored())
    expect(renewed).toMatchObject({ version: 2, epoch: seen.epoch, status: 'active', leaseOwner: null, leaseUntil: null })
    const opened = vault.open(renewed)
    expect(opened.accessToken).not.toBe(tokens.accessToken)
    expect(opened.refreshToken).not.toBe(tokens.refreshToken)
    expect(await works(opened.accessToken)).toBe(true)
    expect((renewed.expiresAt?.getTime() ?? 0) - Date.now()).toBeGreaterThan(1_700_000)
    expect((renewed.expiresAt?.getTime() ?? 0) - renewed.renewAt.getTime()).toBe(300_000)
    expect(renewed.refreshedAt.getTime()).toBeGreaterThanOrEqual(seen.refreshedAt.getTime())
  })

  it('is one for fifty questions at once', async () => {
    const { connector, seen, tokenCalls, fault } = await connected()
    fault({ kind: 'delay', delayMs: 100 })
    const refresher = newRefresher()
    const renewed = await Promise.all(Array.from({ length: 50 }, () => refresher.refresh(connector, seen, nobody())))
    expect(tokenCalls()).toBe(1)
    expect(new Set(renewed.map(({ version }) => version))).toEqual(new Set([2]))
  })

  it('is one for five processes with ten questions each', async () => {
    const { connector, seen, tokenCalls, fault, works } = await connected()
    fault({ kind: 'delay', delayMs: 300 })
    const processes = Array.from({ length: 5 }, () => newRefresher())
    const questions = processes.flatMap((process) => Array.from({ length: 10 }, () => process.refresh(connector, seen, nobody())))
    const renewed = await Promise.all(questions)
    expect(tokenCalls()).toBe(1)
    const access = new Set(renewed.map((connection) => vault.open(connection).accessToken))
    expect(access.size).toBe(1)
    expect(await works([...access][0] ?? '')).toBe(true)
  })

  it('keeps the newest refresh token, time after time', async () => {
    const { connector, seen, tokenCalls, stored } = await connected()
    for (const process of [newRefresher(), newRefresher(), newRefresher()])
      await process.refresh(connector, await stored(), nobody())
    expect(tokenCalls()).toBe(3)
    expect(await stored()).toMatchObject({ version: seen.version + 3, status: 'active' })
  })

  it('keeps the refresh token where none comes back', async () => {
    const { connector, seen, tokens, fault } = await connected()
    fault({ kind: 'status', status: 200, body: { access_token: 'access-2', expires_in: 1800 } })
    const renewed = await newRefresher().refresh(connector, seen, nobody())
    expect(vault.open(renewed)).toEqual({ accessToken: 'access-2', refreshToken: tokens.refreshToken })
  })

  it('is none where another process has done it already, or the grant is a new one', async () => {
    const { connector, seen, reconnect, tokenCalls } = await connected()
    const refresher = newRefresher()
    await refresher.refresh(connector, seen, nobody())
    expect(await newRefresher().refresh(connector, seen, nobody())).toMatchObject({ version: 2 })
    const again = await reconnect()
    expect(await refresher.refresh(connector, seen, nobody())).toMatchObject({ epoch: again.epoch, version: 1 })
    expect(tokenCalls()).toBe(1)
  })

  it('is none where the inbox was disconnected', async () => {
    const { connector, seen, tokenCalls } = await connected()
    await store.disconnect(seen.inboxId)
    expect(await errorOf(newRefresher().refresh(connector, seen, nobody()))).toMatchObject({ code: 'not_connected' })
    expect(tokenCalls()).toBe(0)
  })
})

describe.concurrent('new tokens for a grant that the inbox lost meanwhile', () => {
  /** Begins a refresh, has this done while the CRM thinks about it, and waits for the end. */
  async function during(grant: Awaited<ReturnType<typeof connected>>, work: () => Promise<unknown>) {
    grant.fault({ kind: 'delay', delayMs: 300 })
    const refresh = newRefresher().refresh(grant.connector, grant.seen, nobody())
    refresh.catch(() => {})
    await vi.waitFor(() => expect(grant.tokenCalls()).toBe(1))
    await work()
    return refresh
  }

  it('bring no connection back, and are parked to be revoked: nobody else knows them', async () => {
    const grant = await connected()
    const refresh = during(grant, () => store.disconnect(grant.seen.inboxId))
    expect(await errorOf(refresh)).toMatchObject({ code: 'not_connected' })
    expect(await store.find(grant.seen.inboxId)).toBeNull()
    const parked = await grant.parked()
    expect(parked).toHaveLength(2)
    expect(parked.filter((token) => token !== grant.tokens.refreshToken)).toHaveLength(1)
  })

  it('are parked as well when another account took the place', async () => {
    const grant = await connected()
    const refresh = await during(grant, () => grant.reconnect({ accountId: '2' }))
    expect(refresh).toMatchObject({ accountId: '2', version: 1 })
    expect(await grant.parked()).toHaveLength(2)
  })

  it('are forgotten when the same account was connected again: its CRM may count both as one grant', async () => {
    const grant = await connected()
    const { epoch } = await during(grant, () => grant.reconnect())
    expect(epoch).not.toBe(grant.seen.epoch)
    expect(await grant.parked()).toEqual([])
  })
})

describe.concurrent('whoever waits for a refresh', () => {
  it('may give up; the refresh goes on, since a lost answer would be a lost grant', async () => {
    const { connector, seen, stored, tokenCalls, fault } = await connected()
    fault({ kind: 'delay', delayMs: 300 })
    const refresher = newRefresher()
    const controller = new AbortController()
    const impatient = errorOf(refresher.refresh(connector, seen, controller.signal))
    const patient = refresher.refresh(connector, seen, nobody())
    controller.abort()
    expect(await impatient).toMatchObject({ code: 'crm_timeout' })
    expect(await stored()).toMatchObject({ version: 1 })
    expect(await patient).toMatchObject({ version: 2 })
    expect(tokenCalls()).toBe(1)
  })

  it('has given up already: the refresh is done all the same', async () => {
    const { connector, seen, stored } = await connected()
    expect(await errorOf(newRefresher().refresh(connector, seen, AbortSignal.abort()))).toMatchObject({ code: 'crm_timeout' })
    await vi.waitFor(async () => expect(await stored()).toMatchObject({ version: 2 }))
  })

  it('takes over from a process that died over it', async () => {
    const { connector, seen, tokenCalls } = await connected()
    expect(await store.claim(seen, 'a process that died', 400)).toBe(true)
    const refresh = newRefresher().refresh(connector, seen, nobody())
    await sleep(150)
    expect(tokenCalls()).toBe(0)
    expect(await refresh).toMatchObject({ version: 2 })
    expect(tokenCalls()).toBe(1)
  })

  it('never takes over from a slow one: its claim is renewed while it works', async () => {
    const { connector, seen, stored, tokenCalls, fault } = await connected()
    fault({ kind: 'delay', delayMs: 4_600 })
    const slow = newRefresher().refresh(connector, seen, nobody())
    await vi.waitFor(() => expect(tokenCalls()).toBe(1))
    const other = newRefresher().refresh(connector, seen, nobody())
    expect([await slow, await other]).toMatchObject([{ version: 2 }, { version: 2 }])
    expect(tokenCalls()).toBe(1)
    expect(await stored()).toMatchObject({ status: 'active' })
  })
})

describe.concurrent('a token endpoint', () => {
  it.each<[what: string, order: Omit<FaultOrder, 'match'>]>([
    ['is down (503)', { kind: 'status', status: 503 }],
    ['fails (500)', { kind: 'status', status: 500 }],
    ['is busy (429)', { kind: 'status', status: 429 }],
    ['is behind a broken proxy', { kind: 'html' }],
    ['answers with garbage', { kind: 'garbage' }],
    ['breaks off', { kind: 'half' }],
    ['resets', { kind: 'reset' }],
  ])('that %s ends no grant, isn’t asked again during a pause, and is found well after it', async (_what, order) => {
    // Without rotation: where the answer breaks off, a rotating CRM has ended the grant by itself.
    const { connector, seen, stored, change, sandbox, tokenCalls, fault } = await connected({ rotateRefreshTokens: false })
    fault(order)
    const cannot = { code: 'crm_unavailable', message: expect.stringMatching(/^HubSpot can’t renew/) }
    expect(await errorOf(newRefresher().refresh(connector, seen, nobody()))).toMatchObject(cannot)
    expect(await stored()).toMatchObject({ version: 1, status: 'active', statusReason: null, leaseOwner: null, failures: 1 })

    sandbox.faults.clear()
    sandbox.clearCalls()
    await change({ retryAt: new Date(Date.now() + 60_000) })
    for (const process of [newRefresher(), newRefresher()]) {
      const refused = await errorOf(process.refresh(connector, seen, nobody()))
      expect(refused).toMatchObject(cannot)
      // A pause is never longer, whatever a process's clock says.
      expect(refused.retryAfter).toBe(5)
    }
    expect(tokenCalls()).toBe(0)

    await change({ retryAt: new Date() })
    expect(await newRefresher().refresh(connector, seen, nobody())).toMatchObject({
      ...{ version: 2, status: 'active', failures: 0, retryAt: null },
    })
  })

  it.each<[failures: number, pause: number]>([
    [0, 500],
    [1, 1_000],
    [2, 2_000],
    [3, 4_000],
    [4, 5_000],
    [50, 5_000],
  ])('that fails after %i failures is left alone for %i ms', async (failures, pause) => {
    const { connector, seen, stored, change, fault } = await connected()
    await change({ failures })
    fault({ kind: 'status', status: 500 })
    const before = Date.now()
    await errorOf(newRefresher().refresh(connector, seen, nobody()))
    const { retryAt, ...now } = await stored()
    expect(now.failures).toBe(failures + 1)
    expect(retryAt?.getTime()).toBeGreaterThanOrEqual(before + pause)
    expect(retryAt?.getTime()).toBeLessThanOrEqual(Date.now() + pause)
  })

  it('that refuses the app ends no grant either: the operator is to look', async () => {
    const { connector, seen, stored, change } = await connected()
    const wrong: Connector = { ...connector, oauth: { ...connector.oauth, clientSecret: 'wrong' } }
    expect(await errorOf(newRefresher().refresh(wrong, seen, nobody()))).toMatchObject({
      code: 'crm_unavailable',
      message: expect.stringContaining('client id or secret'),
    })
    expect(await stored()).toMatchObject({ status: 'active', leaseOwner: null })
    await change({ retryAt: null })
    expect(await newRefresher().refresh(connector, seen, nobody())).toMatchObject({ version: 2 })
  })

  it('that says invalid_grant ends it: nothing is tried until somebody reconnects', async () => {
    const { connector, seen, tokens, stored, tokenCalls } = await connected()
    const { clientId: client_id, clientSecret: client_secret, revokeUrl } = connector.oauth
    await fetch(revokeUrl, {
      method: 'POST',
      body: new URLSearchParams({ client_id, client_secret, token: tokens.refreshToken }),
    })
    const before = tokenCalls()
    expect(await errorOf(newRefresher().refresh(connector, seen, nobody()))).toMatchObject({ code: 'reconnect_required' })
    expect(await stored()).toMatchObject({
      status: 'reconnect_required',
      statusReason: expect.stringContaining('HubSpot'),
      leaseOwner: null,
    })
    expect(await errorOf(newRefresher().refresh(connector, seen, nobody()))).toMatchObject({ code: 'reconnect_required' })
    expect(tokenCalls()).toBe(before + 1)
  })

  it.each<[what: string, before: Partial<Connection>, reason: string]>([
    ['out of the blue', {}, 'HubSpot ended the grant (invalid_grant)'],
    ['after a failure', { failures: 1 }, 'HubSpot ended the grant (invalid_grant) after a renewal whose answer was lost'],
    [
      'after another process let its claim lapse',
      { leaseOwner: 'a process that died', leaseUntil: new Date(0) },
      'HubSpot ended the grant (invalid_grant) after a renewal whose answer was lost',
    ],
  ])('that says invalid_grant %s: the operator reads whether an answer was lost before', async (_when, before, reason) => {
    const { connector, seen, stored, change, fault } = await connected()
    await change(before)
    fault({ kind: 'status', status: 400, body: { error: 'invalid_grant' } })
    expect(await errorOf(newRefresher().refresh(connector, seen, nobody()))).toMatchObject({ code: 'reconnect_required' })
    expect(await stored()).toMatchObject({ status: 'reconnect_required', statusReason: reason })
  })

  it('that says invalid_grant about a token which another process has rotated ends nothing', async () => {
    const { connector, seen, stored, sandbox, fault } = await connected()
    fault({ kind: 'delay', delayMs: 300, times: 1 })
    fault({ kind: 'status', status: 400, body: { error: 'invalid_grant' } })
    // The delayed call is another process's, whose claim this one wrongly thinks to hold: the network had parted them.
    const deaf: ConnectionStore = { ...store, claim: async () => true }
    const winner = newRefresher().refresh(connector, seen, nobody())
    await vi.waitFor(() => expect(sandbox.calls()).toHaveLength(1))
    const slowToEnd: ConnectionStore = {
      ...deaf,
      async requireReconnect(...marking) {
        await winner
        return store.requireReconnect(...marking)
      },
    }
    expect(await newRefresher(slowToEnd).refresh(connector, seen, nobody())).toMatchObject({ version: 2, status: 'active' })
    expect(await stored()).toMatchObject({ version: 2, status: 'active' })
  })
})

describe.concurrent('new tokens', () => {
  it('are not lost when the database is away for a moment', async () => {
    const { connector, seen, stored, tokenCalls } = await connected()
    let failures = 2
    const shaky: ConnectionStore = {
      ...store,
      storeTokens: (...tokens) =>
        failures-- > 0 ? Promise.reject(new Error('the database is away')) : store.storeTokens(...tokens),
    }
    expect(await newRefresher(shaky).refresh(connector, seen, nobody())).toMatchObject({ version: 2 })
    expect(tokenCalls()).toBe(1)
    expect(await stored()).toMatchObject({ version: 2, status: 'active' })
  })

  it('can’t be had with stored ones that don’t open here', async () => {
    const { connector, seen, stored, change, tokenCalls } = await connected()
    await change({ sealedTokens: Buffer.from('moved') })
    expect(await errorOf(newRefresher().refresh(connector, seen, nobody()))).toMatchObject({ code: 'reconnect_required' })
    expect(tokenCalls()).toBe(0)
    expect(await stored()).toMatchObject({ leaseOwner: null })
  })
})
