import { setImmediate } from 'node:timers/promises'
import fc from 'fast-check'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { type Incoming, Inflow } from '../../src/connections/inflow.ts'
import { steady } from '../support/properties.ts'

const bounds = { together: 100, each: 10, goOn: 1, pace: { bytes: 20, every: 1_000 } }

class Answer implements Incoming {
  isWaiting = false
  isRefused = false
  size = 0
  pause() {
    this.isWaiting = true
  }
  resume() {
    this.isWaiting = false
  }
  refuse() {
    this.isRefused = true
  }
}

function open(count: number) {
  const inflow = new Inflow(bounds)
  const answers = Array.from({ length: count }, () => new Answer())
  const grow = (answer: Answer, bytes: number) => {
    answer.size += bytes
    inflow.grows(answer, answer.size)
  }
  return { inflow, answers, grow }
}

describe('what comes in', () => {
  it('small waits for nobody', () => {
    const { answers, grow } = open(50)
    for (const answer of answers) grow(answer, 10)
    expect(answers.filter(({ isWaiting }) => isWaiting)).toEqual([])
  })

  it('large waits from when there is too much, but for the oldest; and goes on as others end', async () => {
    const { inflow, answers, grow } = open(3)
    const [first, second, third] = answers as [Answer, Answer, Answer]
    for (const answer of answers) grow(answer, 40)
    expect(answers.map(({ isWaiting }) => isWaiting)).toEqual([false, false, false])
    grow(third, 20)
    grow(first, 500)
    expect(answers.map(({ isWaiting }) => isWaiting)).toEqual([false, false, true])
    grow(second, 1)
    expect(second.isWaiting).toBe(true)
    inflow.ends(first)
    await Promise.resolve()
    expect(answers.map(({ isWaiting }) => isWaiting)).toEqual([false, false, false])
  })

  it('counts as much as is made of it: compressed it may come small', async () => {
    const { inflow, answers, grow } = open(3)
    const [compressed, first, second] = answers as [Answer, Answer, Answer]
    let isRead = false
    grow(compressed, 5)
    inflow.isComplete(compressed, 90, () => {
      isRead = true
    })
    expect(isRead).toBe(false)
    grow(first, 20)
    grow(second, 30)
    expect([first.isWaiting, second.isWaiting]).toEqual([false, true])
    await setImmediate()
    expect([isRead, second.isWaiting]).toEqual([true, false])
  })

  it('is refused where others wait for it and it brings next to nothing, but not for what it waited itself', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    onTestFinished(() => void vi.useRealTimers())
    const { inflow, answers, grow } = open(3)
    const [stalled, slow, waiting] = answers as [Answer, Answer, Answer]
    const refused = () => answers.map(({ isRefused }) => isRefused)
    for (const answer of answers) grow(answer, 60)
    expect(answers.map(({ isWaiting }) => isWaiting)).toEqual([false, false, true])
    // How fast it is shows after a whole interval.
    vi.advanceTimersByTime(1_000)
    expect(refused()).toEqual([false, false, false])
    grow(stalled, 19)
    vi.advanceTimersByTime(1_000)
    expect(refused()).toEqual([true, false, false])
    inflow.ends(stalled)
    await Promise.resolve()
    expect(answers.map(({ isWaiting }) => isWaiting)).toEqual([false, false, false])
    // Nobody waits now, so nobody has to hurry.
    vi.advanceTimersByTime(60_000)
    expect(refused()).toEqual([true, false, false])
    grow(waiting, 60)
    vi.advanceTimersByTime(1_000)
    for (let seconds = 0; seconds < 5; seconds += 1) {
      grow(slow, 20)
      vi.advanceTimersByTime(1_000)
    }
    expect(refused()).toEqual([true, false, false])
  })

  it('large and complete is read one after the other, with a turn of the event loop between; small at once', async () => {
    const { inflow, answers, grow } = open(4)
    const read: number[] = []
    for (const [nth, answer] of answers.entries()) {
      grow(answer, nth === 3 ? 5 : 50)
      inflow.isComplete(answer, answer.size, () => {
        read.push(nth)
        inflow.ends(answer)
      })
    }
    const turns = [read.join()]
    for (let turn = 0; turn < 4; turn += 1) {
      await setImmediate()
      turns.push(read.join())
    }
    expect(turns).toEqual(['3', '3,0', '3,0,1', '3,0,1,2', '3,0,1,2'])
  })

  it('always has one that goes on, is never far beyond its bound, and forgets what has ended', async () => {
    const step = fc.record({ who: fc.nat(7), bytes: fc.integer({ min: 1, max: 30 }), isEnd: fc.boolean() })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 200 }), async (steps) => {
        const { inflow, answers, grow } = open(8)
        const left = new Set(answers)
        for (const { who, bytes, isEnd } of steps) {
          const answer = answers[who] as Answer
          if (!left.has(answer) || answer.isWaiting) continue
          grow(answer, bytes)
          if (isEnd && left.delete(answer)) inflow.ends(answer)
          await Promise.resolve()
          const large = [...left].filter(({ size }) => size > bounds.each)
          const waiting = large.filter(({ isWaiting }) => isWaiting)
          expect(large.length === 0 || waiting.length < large.length).toBe(true)
          const [, ...others] = large.map(({ size }) => size - bounds.each).toSorted((a, b) => b - a)
          // The oldest goes on, and each of the others has one piece more at most.
          expect(others.reduce((sum, beyond) => sum + beyond, 0)).toBeLessThan(bounds.together + 8 * 30)
        }
      }),
      steady(300),
    )
  })
})
