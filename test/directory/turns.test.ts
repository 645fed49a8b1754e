/** Work in turns: never more at once than there are places, first come first served, nobody waits for ever. */
import { describe, expect, it, vi } from 'vitest'
import { createTurns } from '../../src/directory/turns.ts'
import { stopClock } from '../support/clock.ts'
import { defer, errorOf, nobody } from '../support/promises.ts'

describe('turns', () => {
  it('are as many at once as there are places, in the order of asking', async () => {
    const turns = createTurns({ first: 2, least: 2, most: 2 })
    const [ends, begun] = [[1, 2, 3, 4].map(() => defer<void>()), [] as number[]]
    const all = ends.map((end, nth) =>
      turns.take(nobody(), async () => {
        begun.push(nth)
        await end.promise
        return nth
      }),
    )
    await Promise.resolve()
    expect([begun, turns.isBusy]).toEqual([[0, 1], true])
    ends[1]?.resolve()
    expect(await all[1]).toBe(1)
    expect(begun).toEqual([0, 1, 2])
    for (const end of ends) end.resolve()
    expect(await Promise.all(all)).toEqual([0, 1, 2, 3])
    expect(turns.isBusy).toBe(false)
  })

  it('pass on when work fails', async () => {
    const turns = createTurns({ first: 1, least: 1, most: 1 })
    const failed = new Error('it failed')
    const [first, second] = [turns.take(nobody(), () => Promise.reject(failed)), turns.take(nobody(), async () => 'done')]
    expect(await errorOf(first)).toBe(failed)
    expect(await second).toBe('done')
  })

  it('are given up by whoever can’t wait any longer, without a place being lost', async () => {
    const turns = createTurns({ first: 1, least: 1, most: 1 })
    const end = defer<void>()
    const first = turns.take(nobody(), () => end.promise)
    const impatient = new AbortController()
    const given = errorOf(turns.take(impatient.signal, async () => 'never'))
    impatient.abort()
    expect(await given).toMatchObject({ code: 'bridge_unavailable', retryAfter: 1 })
    expect(await errorOf(turns.take(AbortSignal.abort(), async () => 'never'))).toMatchObject({ code: 'bridge_unavailable' })
    end.resolve()
    await first
    expect(await turns.take(nobody(), async () => 'mine')).toBe('mine')
  })

  it('come first to those who are ahead', async () => {
    const turns = createTurns({ first: 1, least: 1, most: 1 })
    const end = defer<void>()
    const begun: string[] = []
    const all = [turns.take(nobody(), () => end.promise)]
    for (const [name, isAhead] of [
      ['a', false],
      ['b', true],
      ['c', false],
      ['d', true],
    ] as const)
      all.push(turns.take(nobody(), async () => void begun.push(name), isAhead))
    end.resolve()
    await Promise.all(all)
    expect(begun).toEqual(['b', 'd', 'a', 'c'])
  })

  it('get fewer while the process has no time left, and more again when it has', async () => {
    const clock = stopClock()
    let share = 1
    const turns = createTurns({ first: 16, least: 2, most: 16 }, () => share)
    /** How many are at work at once, of more than there can be places for. */
    const atOnce = async () => {
      const ends = Array.from({ length: 20 }, () => defer<void>())
      let begun = 0
      const all = ends.map((end) =>
        turns.take(nobody(), () => {
          begun += 1
          return end.promise
        }),
      )
      await Promise.resolve()
      const places = begun
      for (const end of ends) end.resolve()
      await Promise.all(all)
      return places
    }
    const counts: number[] = []
    for (let round = 0; round < 9; round += 1) {
      await clock.pass(51)
      counts.push(await atOnce())
    }
    expect(counts[0]).toBe(12)
    expect(counts.at(-1)).toBe(2)
    expect(counts.toSorted((a, b) => b - a)).toEqual(counts)
    share = 0.9
    await clock.pass(51)
    expect(await atOnce()).toBe(2)
    share = 0.5
    for (let round = 0; round < 12; round += 1) {
      await clock.pass(51)
      await atOnce()
    }
    expect(await atOnce()).toBe(16)
    vi.restoreAllMocks()
  })

  it('are found for others while the work only waits: a CRM that hangs keeps nobody else waiting', async () => {
    const turns = createTurns({ first: 2, least: 2, most: 100 }, () => 0.1)
    const hanging = defer<void>()
    const stuck = Array.from({ length: 6 }, () => turns.take(nobody(), () => hanging.promise))
    expect(await turns.take(AbortSignal.timeout(5_000), async () => 'done')).toBe('done')
    hanging.resolve()
    await Promise.all(stuck)
  })
})
