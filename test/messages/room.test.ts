/** How many messages of an inbox may wait, and how seldom that is counted. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createRoom, mostWaiting, type Room } from '../../src/messages/room.ts'
import { type Clock, stopClock } from '../support/clock.ts'

let clock: Clock
let waiting: number
let counts: number
let room: Room
beforeEach(() => {
  clock = stopClock()
  waiting = 0
  counts = 0
  room = newRoom()
})
afterEach(() => vi.restoreAllMocks())

const newRoom = () =>
  createRoom(async () => {
    counts += 1
    return waiting
  })
/** Takes it, and has the messages wait. */
async function take(messages: number, from = room): Promise<boolean> {
  const isThere = await from.take('inbox', messages)
  if (isThere) waiting += messages
  return isThere
}

describe('an inbox’s room', () => {
  it('is what fewer than twenty thousand messages leave, to the last one', async () => {
    for (let nth = 0; nth < 20; nth += 1) expect(await take(1_000)).toBe(true)
    expect([await take(1), waiting]).toEqual([false, mostWaiting])
  })

  it('is counted once in a thousand messages', async () => {
    for (let nth = 0; nth < 5_000; nth += 1) await take(1)
    expect(counts).toBe(5)
  })

  it('that is used up is counted again after ten seconds, however many ask', async () => {
    waiting = mostWaiting
    for (let nth = 0; nth < 1_000; nth += 1) expect(await take(1)).toBe(false)
    expect(counts).toBe(1)
    waiting -= 5
    await clock.pass(10_000)
    expect([await take(6), await take(5), await take(1), counts]).toEqual([false, true, false, 2])
  })

  it('is gone over by replicas that fill it at once by what one webhook may bring, for each', async () => {
    const rooms = [newRoom(), newRoom(), newRoom()]
    for (let nth = 0; nth < 20_000; nth += 1) for (const from of rooms) await take(7, from)
    expect(waiting).toBeGreaterThan(mostWaiting - 7)
    expect(waiting).toBeLessThanOrEqual(mostWaiting + 2 * 1_000)
  })

  it('is taken by those who ask at once as by those who ask in turn, with one count', async () => {
    waiting = mostWaiting - 10
    const taken = await Promise.all(Array.from({ length: 30 }, () => room.take('inbox', 1)))
    expect([taken.filter(Boolean).length, counts]).toEqual([10, 1])
  })

  it('is there for more at once than are taken between two counts, or it isn’t', async () => {
    expect([await take(1_500), await take(18_501), await take(18_500), counts]).toEqual([true, false, true, 2])
  })

  it('is each inbox’s own', async () => {
    const full = createRoom(async (inboxId) => (inboxId === 'full' ? mostWaiting : 0))
    expect([await full.take('full', 1), await full.take('other', 1)]).toEqual([false, true])
  })

  it('isn’t counted for what doesn’t wait', async () => {
    waiting = mostWaiting
    expect([await take(0), counts]).toEqual([true, 0])
  })

  it('that couldn’t be counted is counted by the next who asks', async () => {
    const count = vi.fn(async () => 0).mockRejectedValueOnce(new Error('The database is away'))
    const after = createRoom(count)
    await expect(after.take('inbox', 1)).rejects.toThrow('The database is away')
    expect(await after.take('inbox', 1)).toBe(true)
  })
})
