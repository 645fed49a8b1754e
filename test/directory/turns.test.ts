/** Work in turns: never more at once than there are places, first come first served, nobody waits for ever. */
import { describe, expect, it } from 'vitest'
import { createTurns } from '../../src/directory/turns.ts'
import { defer, errorOf, nobody } from '../support/promises.ts'

describe('turns', () => {
  it('are as many at once as there are places, in the order of asking', async () => {
    const turns = createTurns(2)
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
    const turns = createTurns(1)
    const failed = new Error('it failed')
    const [first, second] = [turns.take(nobody(), () => Promise.reject(failed)), turns.take(nobody(), async () => 'done')]
    expect(await errorOf(first)).toBe(failed)
    expect(await second).toBe('done')
  })

  it('are given up by whoever can’t wait any longer, without a place being lost', async () => {
    const turns = createTurns(1)
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
})
