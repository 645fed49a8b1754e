/** The permits of one account over all replicas, on a real database: no window ever sees more calls than the limit. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CallLimit } from '../../src/connectors/connector.ts'
import { type Database, openDatabase } from '../../src/database/database.ts'
import { createBudget } from '../../src/directory/budget.ts'
import { type BudgetStore, createBudgetStore, type Limit } from '../../src/directory/budget-store.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { nobody } from '../support/promises.ts'

let test: TestDatabase
let database: Database
let store: BudgetStore
beforeAll(async () => {
  test = await createTestDatabase()
  database = await openDatabase({ url: test.environment.DATABASE_URL, folder: test.environment.DATA_DIR })
  store = createBudgetStore(database.prisma)
})
afterAll(async () => {
  await database.close()
  await test.drop()
})

/** Lets time pass for an account's permits. Milliseconds. */
async function pass(account: string, milliseconds: number): Promise<void> {
  await database.prisma.$executeRaw`
    UPDATE "CallBudget" SET "permits" = ARRAY(
      SELECT permit - ${milliseconds}::int * interval '1 millisecond' FROM unnest("permits") AS permit)
    WHERE "account" = ${account}`
}

const limit: Limit = { calls: 5, seconds: 60, burst: 5 }

describe.concurrent('the store', () => {
  it('grants what is wanted, then what is left, then nothing, and says when there is more', async () => {
    expect(await store.lease('a', 'api', limit, 3, 100)).toMatchObject({ granted: 3 })
    expect(await store.lease('a', 'api', limit, 3, 100)).toMatchObject({ granted: 2 })
    const none = await store.lease('a', 'api', limit, 3, 100)
    expect(none.granted).toBe(0)
    expect(none.nextIn).toBeGreaterThan(0)
    expect(none.nextIn).toBeLessThanOrEqual(60_100)
  })

  it('grants never more than the limit at once', async () => {
    expect(await store.lease('b', 'api', limit, 50, 100)).toMatchObject({ granted: 5 })
    expect(await store.lease('b', 'api', limit, 50, 100)).toMatchObject({ granted: 0 })
  })

  it('grants never more than the limit to many replicas at once', async () => {
    const leases = await Promise.all(Array.from({ length: 20 }, () => store.lease('c', 'api', limit, 2, 100)))
    expect(leases.reduce((sum, { granted }) => sum + granted, 0)).toBe(5)
  })

  it('counts a permit until the CRM has forgotten the last call that could have used it', async () => {
    const quick: Limit = { calls: 2, seconds: 60, burst: 2 }
    expect(await store.lease('d', 'api', quick, 2, 60_000)).toMatchObject({ granted: 2 })
    await pass('d', 70_000)
    // The window is over, but a permit may be used as long as it is held.
    expect(await store.lease('d', 'api', quick, 2, 60_000)).toMatchObject({ granted: 0 })
    await pass('d', 50_000)
    expect(await store.lease('d', 'api', quick, 2, 60_000)).toMatchObject({ granted: 2 })
  })

  it('gives out what is beyond the burst one by one until the burst counts no more', async () => {
    // Fourteen in twenty minutes: one in 85.7 s, and in the long run one a minute.
    const paced: Limit = { calls: 20, seconds: 1_200, burst: 6 }
    const lease = () => store.lease('p', 'api', paced, 50, 100)
    expect(await lease()).toMatchObject({ granted: 6 })
    await pass('p', 30_000)
    const early = await lease()
    expect(early.granted).toBe(0)
    // What is left of it, whoever has asked meanwhile.
    expect(early.nextIn).toBeGreaterThan(50_000)
    expect(early.nextIn).toBeLessThanOrEqual(55_800)
    await pass('p', 56_000)
    expect((await lease()).granted).toBe(1)
    expect((await lease()).granted).toBe(0)
    await pass('p', 260_000)
    expect((await lease()).granted).toBe(3)
    expect((await lease()).granted).toBe(0)
  })

  it('comes to an end of what may be called only when it is due, and goes on at an even pace', async () => {
    const paced: Limit = { calls: 20, seconds: 20, burst: 6 }
    let granted = 0
    const quiet: number[] = []
    // A minute in steps of a quarter second, by somebody who always wants more.
    for (let waited = 0, step = 0; step < 240; step += 1) {
      const { granted: now } = await store.lease('q', 'api', paced, 50, 0)
      granted += now
      waited = now > 0 ? 0 : waited + 250
      quiet.push(waited)
      await pass('q', 250)
    }
    expect(granted).toBeGreaterThan(55)
    expect(granted).toBeLessThanOrEqual(80)
    expect(Math.max(...quiet)).toBeLessThanOrEqual(1_750)
  })

  it('counts each account and each kind for itself', async () => {
    await store.lease('e', 'api', limit, 5, 100)
    expect(await store.lease('f', 'api', limit, 5, 100)).toMatchObject({ granted: 5 })
    expect(await store.lease('e', 'search', limit, 5, 100)).toMatchObject({ granted: 5 })
  })

  it('follows a limit that the operator lowers', async () => {
    await store.lease('g', 'api', limit, 5, 100)
    expect(await store.lease('g', 'api', { calls: 2, seconds: 60, burst: 2 }, 2, 100)).toMatchObject({ granted: 0 })
  })

  it('keeps no permits that count no more', async () => {
    for (let nth = 0; nth < 5; nth += 1) {
      await store.lease('h', 'api', { calls: 5, seconds: 0.01, burst: 5 }, 5, 1)
      await sleep(20)
    }
    const row = await database.prisma.callBudget.findUniqueOrThrow({ where: { account_kind: { account: 'h', kind: 'api' } } })
    expect(row.permits).toHaveLength(5)
  })
})

describe.concurrent('three replicas together', () => {
  it('that walk leave one another their turns, and go behind one with an agent', async () => {
    const walked: CallLimit = { calls: 60, seconds: 6 }
    const replicas = [createBudget(store), createBudget(store), createBudget(store)]
    const taken = [0, 0, 0]
    let isOver = false
    const walk = async (nth: number) => {
      while (!isOver) {
        await replicas[nth]?.take('w', 'api', walked, nobody(), 'walk').catch(() => {})
        if (taken[nth] !== undefined) taken[nth] += 1
      }
    }
    const walks = [0, 0, 1, 1, 2, 2].map(walk)
    await sleep(2_000)
    const before = [...taken]
    const waits: number[] = []
    for (let nth = 0; nth < 8; nth += 1) {
      const begun = performance.now()
      await replicas[nth % 3]?.take('w', 'api', walked, nobody(), 'agent')
      waits.push(performance.now() - begun)
      await sleep(300)
    }
    isOver = true
    await Promise.all(walks)
    const shares = taken.map((count, nth) => count - (before[nth] ?? 0))
    expect(Math.min(...shares)).toBeGreaterThan(0.1 * shares.reduce((sum, share) => sum + share, 0))
    expect(Math.max(...waits)).toBeLessThan(2_000)
  })

  it('never call more often than the limit in any window, and leave nobody out', async () => {
    const small: CallLimit = { calls: 4, seconds: 2 }
    const replicas = [createBudget(store), createBudget(store), createBudget(store)]
    const calls: number[] = []
    const call = async (nth: number) => {
      await replicas[nth % 3]?.take('i', 'api', small, nobody())
      calls.push(performance.now())
    }
    // Two at first, the rest a while later: a count by the clock's seconds would let two windows' worth through at their border.
    await Promise.all([call(0), call(1)])
    await sleep(500)
    await Promise.all(Array.from({ length: 8 }, (_, nth) => call(nth)))
    expect(calls).toHaveLength(10)
    const most = Math.max(...calls.map((from) => calls.filter((at) => at >= from && at < from + 1_990).length))
    expect(most).toBe(4)
  })
})
