/** Chores: again and again, whatever becomes of them, until the server stops. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createUpkeep, type Upkeep } from '../../src/connections/upkeep.ts'
import { defer } from '../support/promises.ts'

const log = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() }
const run = vi.fn<() => Promise<unknown>>()
let upkeep: Upkeep
beforeEach(() => {
  run.mockResolvedValue(undefined)
  upkeep = createUpkeep([{ name: 'sweep', every: 20, run }], log)
})
afterEach(() => {
  upkeep.stop()
  vi.restoreAllMocks()
  vi.resetAllMocks()
})

const runs = (times: number) => vi.waitFor(() => expect(run.mock.calls.length).toBeGreaterThanOrEqual(times), 5_000)

describe('a chore', () => {
  it('is done again and again, once the server serves', async () => {
    await sleep(60)
    expect(run).not.toHaveBeenCalled()
    upkeep.start()
    await runs(3)
    expect(log.warn).not.toHaveBeenCalled()
  })

  it('isn’t begun again before it has ended', async () => {
    const first = defer<void>()
    run.mockReturnValueOnce(first.promise)
    upkeep.start()
    await runs(1)
    await sleep(80)
    expect(run).toHaveBeenCalledTimes(1)
    first.resolve()
    await runs(2)
  })

  it('keeps no other from being done, though it hangs', async () => {
    const other = createUpkeep(
      [
        { name: 'hang', every: 5, run: () => new Promise(() => {}) },
        { name: 'sweep', every: 20, run },
      ],
      log,
    )
    other.start()
    await runs(3)
    other.stop()
  })

  it.each([
    [0, 0.75],
    [1, 1.25],
  ])('comes a quarter of its time early or late at most (%i), so that replicas don’t stay in step', async (random, share) => {
    vi.spyOn(Math, 'random').mockReturnValue(random)
    const upkeep = createUpkeep([{ name: 'sweep', every: 200, run }], log)
    const before = performance.now()
    upkeep.start()
    await runs(1)
    upkeep.stop()
    expect(performance.now() - before).toBeGreaterThanOrEqual(200 * share - 2)
  })
})

describe('a chore that fails', () => {
  const failure = new Error('the database is away')

  it('is done again', async () => {
    run.mockRejectedValueOnce(failure)
    upkeep.start()
    await runs(3)
  })

  it('even at once, is done again', async () => {
    run.mockImplementationOnce(() => {
      throw failure
    })
    upkeep.start()
    await runs(2)
  })

  it('is told to the operator once, until it has worked again', async () => {
    const told = [{ err: failure, chore: 'sweep' }, 'chore failed']
    run.mockRejectedValue(failure)
    upkeep.start()
    await runs(4)
    expect(log.warn.mock.calls).toEqual([told])
    run.mockResolvedValueOnce(undefined)
    await runs(run.mock.calls.length + 3)
    expect(log.warn.mock.calls).toEqual([told, told])
  })
})

describe('a server that stops', () => {
  it('begins no chore any more', async () => {
    upkeep.start()
    await runs(1)
    upkeep.stop()
    const { length } = run.mock.calls
    await sleep(80)
    expect(run).toHaveBeenCalledTimes(length)
  })

  it('says nothing of a chore that fails because of it', async () => {
    const underWay = defer<void>()
    run.mockReturnValueOnce(underWay.promise)
    upkeep.start()
    await runs(1)
    upkeep.stop()
    underWay.reject(new Error('the database is closed'))
    await sleep(60)
    expect(log.warn).not.toHaveBeenCalled()
    expect(run).toHaveBeenCalledTimes(1)
  })
})
