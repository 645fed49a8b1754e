/** When grants are renewed without a question, and by whom. */

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { NewConnection } from '../../src/connections/connection-store.ts'
import type { Connection } from '../../src/connections/inbox-store.ts'
import { createRefresher } from '../../src/connections/refresh.ts'
import { renewDue } from '../../src/connections/renewal.ts'
import type { Connector } from '../../src/connectors/connector.ts'
import { startHubSpotSandbox } from '../../src/sandbox/hubspot/server.ts'
import { createTelemetry } from '../../src/telemetry.ts'
import { fakeCrm, silent, fakeVault as vault } from '../support/fake-crm.ts'
import { type FakeTokenEndpoint, startFakeTokenEndpoint } from '../support/fake-token-endpoint.ts'
import { consentAt } from '../support/grant.ts'
import { hubSpotApp, hubSpotConnector } from '../support/hubspot.ts'
import { answerWith } from '../support/stand-in.ts'
import { openStores, type Stores } from '../support/stores.ts'

const minute = 60_000
const day = 24 * 60 * minute

let stores: Stores
let endpoint: FakeTokenEndpoint
const closing: (() => Promise<void>)[] = []
beforeAll(async () => {
  stores = await openStores()
  endpoint = await startFakeTokenEndpoint()
})
afterAll(async () => {
  await Promise.all([endpoint.close(), ...closing.map((close) => close())])
  await stores.close()
})
afterEach(() => stores.clear())

const ago = (milliseconds: number) => new Date(Date.now() - milliseconds)
const ahead = (milliseconds: number) => ago(-milliseconds)
/** A grant that is to be renewed, with a row as given. */
async function grant(changes: Partial<Connection> = {}, consented: Partial<NewConnection> = {}): Promise<Connection> {
  const { inboxId } = await stores.connected({ renewAt: ago(minute), ...consented })
  return stores.prisma.connection.update({ where: { inboxId }, data: changes })
}

describe('a grant whose time has come', () => {
  it.each<[isDue: boolean, what: string, changes: Partial<Connection>]>([
    [true, 'of an inbox that asked just now', {}],
    [true, 'of an inbox that asked yesterday', { askedAt: ago(day - minute) }],
    [false, 'of an inbox that didn’t ask for a day', { askedAt: ago(day + minute) }],
    [false, 'in a minute', { renewAt: ahead(minute) }],
    [false, 'during the pause after a failure', { retryAt: ahead(minute) }],
    [true, 'after the pause that a failure left', { retryAt: ago(minute), failures: 3 }],
    [false, 'that a process is at', { leaseOwner: 'another', leaseUntil: ahead(minute) }],
    [true, 'that a process died over', { leaseOwner: 'another', leaseUntil: ago(minute) }],
    [false, 'that the CRM has ended', { status: 'reconnect_required' }],
  ])('is renewed: %s, %s', async (isDue, _what, changes) => {
    const { inboxId } = await grant(changes)
    expect((await stores.connections.due(['fake'], [])).map((row) => row.inboxId)).toEqual(isDue ? [inboxId] : [])
  })

  it('is renewed whoever asked when, if its CRM lets unused grants lapse', async () => {
    const askedAt = ago(20 * day)
    const lapsing = await grant({ askedAt }, { crm: 'lapsing' })
    await grant({ askedAt })
    await grant({ askedAt, status: 'reconnect_required' }, { crm: 'lapsing' })
    expect(await stores.connections.due(['fake', 'lapsing'], ['lapsing', 'another'])).toEqual([lapsing])
  })

  it('is among some at a time, so that processes share the work; no other is forgotten', async () => {
    for (let count = 0; count < 30; count += 1) await grant()
    const some = await stores.connections.due(['fake'], [])
    expect(some.length).toBeLessThan(30)
    const seen = new Set<string>()
    for (let looks = 0; looks < 50; looks += 1)
      for (const { inboxId } of await stores.connections.due(['fake'], [])) seen.add(inboxId)
    expect(seen.size).toBe(30)
  })
})

describe('renewing what is due', () => {
  const newProcess = (...connectors: Connector[]) => {
    const refresher = createRefresher(stores.connections, stores.parked, vault, createTelemetry(), silent)
    return () => renewDue({ connectors, store: stores.connections, refresher })
  }

  it('leaves each grant to one of the processes that do it at once', async () => {
    const sandbox = await startHubSpotSandbox({ ...hubSpotApp, contacts: 0, rotateRefreshTokens: true })
    closing.push(() => sandbox.close())
    const connector = hubSpotConnector({ HUBSPOT_APP_URL: sandbox.url, HUBSPOT_API_URL: sandbox.url })
    for (let count = 0; count < 8; count += 1) {
      const { refresh_token } = await consentAt(connector.oauth)
      await stores.connected({ crm: 'hubspot', renewAt: ago(minute) }, refresh_token)
    }
    sandbox.clearCalls()
    sandbox.faults.add({ kind: 'delay', delayMs: 100, match: { path: '/oauth/' } })
    await Promise.all(Array.from({ length: 4 }, () => newProcess(connector)()))
    // A token that came twice would have ended its grant.
    expect(sandbox.calls()).toHaveLength(8)
    for (const row of await stores.connections.all())
      expect(row).toMatchObject({ version: 2, status: 'active', leaseOwner: null, failures: 0 })
  })

  it('gives the tokens to whoever asks meanwhile', async () => {
    const { connector } = fakeCrm([], endpoint.oauth)
    const connection = await grant()
    const refresher = createRefresher(stores.connections, stores.parked, vault, createTelemetry(), silent)
    endpoint.questions.length = 0
    const asked = refresher.refresh(connector, connection, new AbortController().signal)
    const renewed = await refresher.refresh(connector, connection, new AbortController().signal)
    await asked
    expect(renewed).toEqual(await stores.stored(connection))
    expect(endpoint.questions).toHaveLength(1)
  })

  it('goes on beside one that fails, which is paused', async () => {
    const [well, down] = [fakeCrm([], endpoint.oauth).connector, await startFakeTokenEndpoint()]
    closing.push(() => down.close())
    down.answer = answerWith(503)
    const fails = { ...fakeCrm([], down.oauth).connector, id: 'down' }
    const [failing, renewed] = [await grant({}, { crm: 'down' }), await grant()]
    await newProcess(fails, well)()
    expect(await stores.stored(failing)).toMatchObject({ version: 1, status: 'active', failures: 1, leaseOwner: null })
    expect(await stores.stored(renewed)).toMatchObject({ version: 2, failures: 0 })
    await newProcess(fails, well)()
    expect(down.questions).toHaveLength(1)
  })

  it('leaves alone what it can’t renew: a CRM that isn’t set up any more, tokens that don’t open', async () => {
    const { connector } = fakeCrm([], endpoint.oauth)
    endpoint.questions.length = 0
    await grant({}, { crm: 'gone' })
    await grant({ sealedTokens: Buffer.from('moved') })
    await newProcess(connector)()
    expect(endpoint.questions).toEqual([])
    for (const row of await stores.connections.all()) expect(row).toMatchObject({ version: 1, status: 'active', failures: 0 })
  })

  it('renews a quiet grant of a CRM that lets it lapse, and no quiet one of another', async () => {
    const { connector } = fakeCrm([], { ...endpoint.oauth, idleLimit: 30 * 86_400, fallbackLifetime: null })
    const quiet = { askedAt: ago(10 * day) }
    const [lapsing, other] = [await grant(quiet), await grant(quiet, { crm: 'other' })]
    await newProcess(connector, { ...connector, id: 'other', oauth: { ...connector.oauth, idleLimit: null } })()
    expect(await stores.stored(lapsing)).toMatchObject({ version: 2 })
    expect(await stores.stored(other)).toMatchObject({ version: 1 })
  })
})
