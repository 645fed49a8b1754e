/** New tokens between the CRM's answer and the database, and a process that is told to stop meanwhile. */

import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { ConnectionStore, StoredTokens, Version } from '../../src/connections/connection-store.ts'
import type { Connection } from '../../src/connections/inbox-store.ts'
import type { ParkedGrantStore, Parking } from '../../src/connections/parked-grant-store.ts'
import { createRefresher, type Refresher } from '../../src/connections/refresh.ts'
import type { Connector } from '../../src/connectors/connector.ts'
import { createTelemetry } from '../../src/telemetry.ts'
import { stopClock } from '../support/clock.ts'
import { fakeConnection, fakeCrm, silent, fakeVault as vault } from '../support/fake-crm.ts'
import { type FakeTokenEndpoint, startFakeTokenEndpoint } from '../support/fake-token-endpoint.ts'
import { defer, errorOf, nobody, stateOf } from '../support/promises.ts'

const minute = 60_000

/** One row, for one writer at a time. While `away`, every write fails. */
let row: Connection
let away: Error | null
const parked: Parking[] = []
const failIfAway = async () => {
  if (away !== null) throw away
}
const store: Partial<ConnectionStore> = {
  find: async () => row,
  claim: vi.fn(async () => true),
  release: vi.fn(async () => {}),
  storeTokens: vi.fn(async ({ epoch }: Version, tokens: StoredTokens) => {
    await failIfAway()
    if (epoch !== row.epoch) return null
    row = { ...row, ...tokens, version: row.version + 1 }
    return { recovered: false }
  }),
}
const parkedStore: Partial<ParkedGrantStore> = {
  async add(grant) {
    await failIfAway()
    parked.push(grant)
  },
}

let endpoint: FakeTokenEndpoint
let connector: Connector
let refresher: Refresher
beforeEach(async () => {
  row = fakeConnection('inbox-1')
  away = null
  parked.length = 0
  endpoint = await startFakeTokenEndpoint()
  connector = fakeCrm([], endpoint.oauth).connector
  refresher = createRefresher(store as ConnectionStore, parkedStore as ParkedGrantStore, vault, createTelemetry(), silent)
})
afterEach(async () => {
  vi.restoreAllMocks()
  vi.clearAllMocks()
  await endpoint.close()
})

const refresh = () => refresher.refresh(connector, row, nobody())
const tried = (times: number) => vi.waitFor(() => expect(vi.mocked(store.storeTokens)?.mock.calls.length).toBe(times), 5_000)

describe('new tokens that can’t be stored', () => {
  it('are held for minutes, and stored when the database is back: the CRM was asked once', async () => {
    const clock = stopClock()
    away = new Error('the database is away')
    const refreshed = refresh()
    await tried(1)
    for (const times of [2, 3]) {
      await clock.pass(7 * minute)
      await tried(times)
    }
    expect(await stateOf(refreshed)).toBe('pending')
    away = null
    expect(vault.open(await refreshed)).toEqual({ accessToken: 'access-2', refreshToken: 'refresh-2' })
    expect(endpoint.questions).toEqual([{ kind: 'refresh', token: 'refresh-1' }])
  })

  it('are given up after a quarter of an hour: whoever asks hears why', async () => {
    const clock = stopClock()
    away = new Error('the database is away')
    const failed = errorOf(refresh())
    await tried(1)
    await clock.pass(16 * minute)
    expect(await failed).toBe(away)
  })

  it('are held as well when they are only to be parked', async () => {
    const { epoch } = row
    vi.mocked(store.storeTokens)?.mockImplementationOnce(async () => {
      row = { ...fakeConnection('inbox-1'), accountId: 'account-2' }
      away = new Error('the database is away')
      return null
    })
    const refreshed = refresh()
    await sleep(300)
    expect(parked).toEqual([])
    away = null
    expect((await refreshed).epoch).not.toBe(epoch)
    expect(parked.map((grant) => vault.open(grant).refreshToken)).toEqual(['refresh-2'])
    expect(parked).toMatchObject([{ inboxId: 'inbox-1', crm: 'fake', accountId: 'account-1', loginUrl: null }])
  })
})

describe('a process that is told to stop', () => {
  /** A token endpoint that thinks until it is told. */
  function hold() {
    const held = defer<void>()
    const answerWell = endpoint.answer
    endpoint.answer = async (response, question) => {
      await held.promise
      return answerWell(response, question)
    }
    return () => held.resolve()
  }

  it.each<[what: string, start: () => Promise<unknown>]>([
    ['a question’s refresh', () => refresh()],
    ['a refresh that nobody waits for', () => errorOf(refresher.refresh(connector, row, AbortSignal.abort()))],
  ])('waits for %s, until its tokens are stored', async (_what, start) => {
    const answer = hold()
    const started = start()
    await vi.waitFor(() => expect(endpoint.questions).toHaveLength(1))
    const settled = refresher.settled()
    expect(await stateOf(settled)).toBe('pending')
    answer()
    await settled
    expect(vault.open(row).refreshToken).toBe('refresh-2')
    await started
  })

  it('waits for nothing when there is nothing under way', async () => {
    await refresh()
    expect(await stateOf(refresher.settled())).toBe('resolved')
  })

  it('goes on after a refresh that failed', async () => {
    endpoint.answer = (response) => response.destroy()
    const failed = errorOf(refresh())
    await refresher.settled()
    expect(await failed).toMatchObject({ code: 'crm_unavailable' })
  })
})
