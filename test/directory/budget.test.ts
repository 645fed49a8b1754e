/** How one process spends its permits, with the store in a test's hands. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { CallLimit } from '../../src/connectors/connector.ts'
import { type Budget, createBudget } from '../../src/directory/budget.ts'
import type { BudgetStore } from '../../src/directory/budget-store.ts'
import { stopClock } from '../support/clock.ts'
import { errorOf, nobody, stateOf } from '../support/promises.ts'

const limit: CallLimit = { calls: 100, seconds: 10 }
const lease = vi.fn<BudgetStore['lease']>()
let budget: Budget
beforeEach(() => {
  lease.mockReset().mockImplementation(async (_account, _kind, _limit, wanted) => ({ granted: wanted, nextIn: 0 }))
  budget = createBudget({ lease })
})
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

const take = (within: CallLimit | null = limit, signal = nobody(), account = 'hubspot 1', kind = 'api') =>
  budget.take(account, kind, within, signal)
const wanted = () => lease.mock.calls.map((call) => call[3])

describe('a permit', () => {
  it('costs nothing where there is no limit', async () => {
    await take(null)
    expect(lease).not.toHaveBeenCalled()
  })

  it('is leased ahead with some more, so that most calls cost no round trip', async () => {
    for (let call = 0; call < 10; call += 1) await take()
    expect(wanted()).toEqual([10])
    await take()
    expect(wanted()).toEqual([10, 10])
  })

  it('of a small limit is leased one by one: none lies idle', async () => {
    for (let call = 0; call < 3; call += 1) await take({ calls: 4, seconds: 1 })
    expect(wanted()).toEqual([1, 1, 1])
  })

  it('is asked for together with all that wait, within the limit', async () => {
    const first = take()
    const more = Array.from({ length: 200 }, () => take())
    await Promise.all([first, ...more])
    expect(wanted()[0]).toBeLessThanOrEqual(100)
    expect(Math.max(...wanted())).toBeLessThanOrEqual(100)
    expect(wanted().length).toBeLessThan(10)
  })

  it('leased ahead is good for a tenth of the window, no longer', async () => {
    const clock = stopClock()
    await take()
    await clock.pass(999)
    await take()
    expect(lease).toHaveBeenCalledTimes(1)
    await clock.pass(1)
    await take()
    expect(lease).toHaveBeenCalledTimes(2)
    expect(lease.mock.calls[0]?.[4]).toBe(1_000)
  })

  it('is one account’s and one kind’s alone', async () => {
    await take(limit, nobody(), 'hubspot 1', 'api')
    await take(limit, nobody(), 'hubspot 2', 'api')
    await take(limit, nobody(), 'hubspot 1', 'search')
    expect(lease.mock.calls.map(([account, kind]) => [account, kind])).toEqual([
      ['hubspot 1', 'api'],
      ['hubspot 2', 'api'],
      ['hubspot 1', 'search'],
    ])
  })
})

describe('where none is left', () => {
  it('the first to ask is the first to get one', async () => {
    const order: number[] = []
    lease.mockResolvedValueOnce({ granted: 0, nextIn: 30 }).mockResolvedValueOnce({ granted: 1, nextIn: 30 })
    await Promise.all([1, 2, 3].map((nth) => take({ calls: 4, seconds: 1 }).then(() => order.push(nth))))
    expect(order).toEqual([1, 2, 3])
  })

  it('a caller waits as long as the store says, and then asks again', async () => {
    lease.mockResolvedValueOnce({ granted: 0, nextIn: 200 })
    const begun = performance.now()
    await take()
    expect(performance.now() - begun).toBeGreaterThanOrEqual(190)
    expect(lease).toHaveBeenCalledTimes(2)
  })

  it('whoever hangs up leaves the queue to the others', async () => {
    lease.mockResolvedValueOnce({ granted: 0, nextIn: 50 }).mockResolvedValueOnce({ granted: 1, nextIn: 60_000 })
    const controller = new AbortController()
    const impatient = errorOf(take({ calls: 4, seconds: 1 }, controller.signal))
    const patient = take({ calls: 4, seconds: 1 })
    controller.abort()
    expect(await impatient).toMatchObject({ code: 'crm_rate_limited', retryAfter: 1 })
    await patient
  })

  it('nobody waits longer than a question may', async () => {
    lease.mockResolvedValue({ granted: 0, nextIn: 60_000 })
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const waiting = take()
    const failed = errorOf(waiting)
    vi.advanceTimersByTime(6_900)
    expect(await stateOf(waiting)).toBe('pending')
    vi.advanceTimersByTime(200)
    expect(await failed).toMatchObject({ code: 'crm_rate_limited', status: 429, retryAfter: 1 })
  })
})

describe('while the database is away', () => {
  const away = () => Promise.reject(new Error('the database is away'))

  it('calls go out all the same, on a fixed share of the limit that no window exceeds', async () => {
    lease.mockImplementation(away)
    const small: CallLimit = { calls: 8, seconds: 1 }
    const times: number[] = []
    // One after the other and many at once: neither gets more.
    for (let call = 0; call < 3; call += 1) await take(small).then(() => times.push(performance.now()))
    await Promise.all([1, 2].map(() => take(small).then(() => times.push(performance.now()))))
    expect(times).toHaveLength(5)
    const most = Math.max(...times.map((from) => times.filter((at) => at >= from && at < from + 995).length))
    expect(most).toBe(2)
  })

  it('at least one call goes out, however small the limit', async () => {
    lease.mockImplementation(away)
    await take({ calls: 1, seconds: 1 })
  })

  it('the share is each account’s own', async () => {
    lease.mockImplementation(away)
    for (const account of ['hubspot 1', 'hubspot 2', 'hubspot 3']) await take({ calls: 4, seconds: 60 }, nobody(), account)
  })

  it('and back, the store counts again at once', async () => {
    lease.mockImplementationOnce(away)
    await take({ calls: 4, seconds: 60 })
    for (let call = 0; call < 4; call += 1) await take({ calls: 4, seconds: 60 })
    expect(lease).toHaveBeenCalledTimes(5)
  })
})
