import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createMemories, type Memories } from '../../src/directory/memory.ts'
import { createStore } from '../../src/directory/store.ts'
import { QuestionWithdrawn } from '../../src/errors.ts'
import { type Clock, stopClock } from '../support/clock.ts'
import { defer, errorOf } from '../support/promises.ts'

let clock: Clock
let memories: Memories
beforeEach(() => {
  clock = stopClock()
  memories = createMemories(createStore(400_000))
})
afterEach(() => {
  vi.restoreAllMocks()
})

describe('what a connector remembers', () => {
  it('is there until its time is over', async () => {
    const memory = memories.of('grant 1', 'US')
    memory.set('company 1', 'Acme', 60_000)
    await clock.pass(59_000)
    expect(memory.get('company 1')).toBe('Acme')
    await clock.pass(2_000)
    expect(memory.get('company 1')).toBeUndefined()
  })

  it('is its grant’s alone, shared by that grant’s sessions', async () => {
    memories.of('grant 1', 'US').set('company 1', 'Acme', 60_000)
    expect(memories.of('grant 1', 'US').get('company 1')).toBe('Acme')
    expect(memories.of('grant 2', 'US').get('company 1')).toBeUndefined()
    const load = vi.fn(async () => 'Umbrella')
    expect(await memories.of('grant 2', 'US').once('company 1', 60_000, load)).toBe('Umbrella')
    expect(memories.of('grant 1', 'US').get('company 1')).toBe('Acme')
  })

  it('is loaded once for all who ask meanwhile, and then remembered', async () => {
    const loading = defer<string>()
    const load = vi.fn(() => loading.promise)
    const asked = Array.from({ length: 10 }, () => memories.of('grant 1', 'US').once('name', 60_000, load))
    loading.resolve('Acme')
    expect(new Set(await Promise.all(asked))).toEqual(new Set(['Acme']))
    expect(await memories.of('grant 1', 'US').once('name', 60_000, load)).toBe('Acme')
    expect(load).toHaveBeenCalledTimes(1)
    await clock.pass(61_000)
    await memories.of('grant 1', 'US').once('name', 60_000, load)
    expect(load).toHaveBeenCalledTimes(2)
  })

  it('is not remembered when loading failed', async () => {
    const memory = memories.of('grant 1', 'US')
    const failure = new Error('the CRM is down')
    const load = vi.fn<() => Promise<string>>(async () => 'Acme').mockRejectedValueOnce(failure)
    const both = [memory.once('name', 60_000, load), memory.once('name', 60_000, load)].map(errorOf)
    expect(await Promise.all(both)).toEqual([failure, failure])
    expect(await memory.once('name', 60_000, load)).toBe('Acme')
    expect(load).toHaveBeenCalledTimes(2)
  })

  it('is loaded anew, once, for those who stay when the one for whom it was being loaded leaves', async () => {
    const memory = memories.of('grant 1', 'US')
    const leaving = defer<string>()
    const load = vi.fn(async () => 'Acme')
    const left = errorOf(memory.once('name', 60_000, () => leaving.promise))
    const stayed = Array.from({ length: 5 }, () => memory.once('name', 60_000, load))
    leaving.reject(new QuestionWithdrawn())
    expect(await left).toBeInstanceOf(QuestionWithdrawn)
    expect(await Promise.all(stayed)).toEqual(Array(5).fill('Acme'))
    expect(load).toHaveBeenCalledTimes(1)
  })

  it('may be nothing much: zero, false and the empty text count as remembered', async () => {
    const memory = memories.of('grant 1', 'US')
    for (const [key, value] of Object.entries({ zero: 0, no: false, empty: '' })) {
      memory.set(key, value, 60_000)
      expect(await memory.once(key, 60_000, async () => 'loaded')).toBe(value)
    }
  })

  it('is bounded for all grants together: what wasn’t asked for longest goes first', () => {
    const first = memories.of('grant 1', 'US')
    first.set('used', 'yes', 60_000)
    first.set('unused', 'yes', 60_000)
    for (let nth = 0; nth < 1_000; nth += 1) {
      memories.of(`grant ${nth + 2}`, 'US').set('name', 'x', 60_000)
      first.get('used')
    }
    expect([first.get('used'), first.get('unused')]).toEqual(['yes', undefined])
    const left = Array.from({ length: 1_000 }, (_, nth) => memories.of(`grant ${nth + 2}`, 'US').get('name')).filter(Boolean)
    expect(left.length).toBeGreaterThan(100)
    expect(left.length).toBeLessThan(1_000)
  })

  it('of what pages are cut from is apart for each region, and nothing else is', () => {
    const [here, there] = ['US', 'DE'].map((region) => memories.of('grant 1', region))
    here?.pages.set('rows', 'read as American numbers', 60_000)
    here?.set('company 1', 'Acme', 60_000)
    expect([there?.pages.get('rows'), there?.get('company 1')]).toEqual([undefined, 'Acme'])
    expect(here?.pages.get('rows')).toBe('read as American numbers')
  })

  it('of a large value takes what it says that it takes, and nothing from the small ones', async () => {
    const memory = createMemories(createStore(4_000_000)).of('grant 1', 'US')
    const keep = (key: string) =>
      memory.once(
        key,
        60_000,
        async () => 'x',
        () => 2_000_000,
      )
    memory.set('small', 'yes', 60_000)
    await keep('first')
    await keep('second')
    expect([memory.get('small'), memory.get('first'), memory.get('second')]).toEqual(['yes', undefined, 'x'])
  })
})
