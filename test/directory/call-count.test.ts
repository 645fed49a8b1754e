/** Counting calls: each question its own, however they interleave. */
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { countCalls, noteCall } from '../../src/directory/call-count.ts'

it('counts the calls of one piece of work, beside others', async () => {
  const work = (calls: number) =>
    countCalls(async () => {
      for (let call = 0; call < calls; call += 1) {
        await sleep(1)
        noteCall()
      }
      return `${calls} made`
    })
  expect(await Promise.all([work(3), work(0), work(1)])).toEqual([
    { value: '3 made', calls: 3 },
    { value: '0 made', calls: 0 },
    { value: '1 made', calls: 1 },
  ])
})

it('is nothing to work that nobody counts', () => {
  expect(noteCall).not.toThrow()
})
