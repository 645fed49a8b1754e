/** One memory for all grants, and what of it goes when a grant ends. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createStore, type Store } from '../../src/directory/store.ts'
import { type Clock, stopClock } from '../support/clock.ts'

let clock: Clock
let store: Store
beforeEach(() => {
  clock = stopClock()
  store = createStore(10_000)
})
afterEach(() => vi.restoreAllMocks())

const small = { ttl: 60_000, size: 100, isPage: false }
const page = (size: number) => ({ ttl: 60_000, size, isPage: true })
const keep = (...names: string[]) => {
  for (const name of names) store.set(name, `value of ${name}`, small)
}
const left = (...names: string[]) => names.filter((name) => store.get(name) !== undefined)

describe('the memory', () => {
  it('forgets everything of an owner, and nothing else: not of one whose name begins alike', () => {
    const theirs = ['1 answer', '1 memory company 7', '1 answer of 2']
    const others = ['2 answer', '12 answer', '2 answer of 1 ']
    keep(...theirs, ...others)
    store.forget('1')
    expect(left(...theirs, ...others)).toEqual(others)
  })

  it('knows whose values it may hold, each once', () => {
    keep('1 a', '1 b', '2 a')
    expect(store.owners()).toEqual(['1', '2'])
    store.forget('1')
    expect(store.owners()).toEqual(['2'])
    keep('1 c')
    expect(store.owners().toSorted()).toEqual(['1', '2'])
  })

  it('forgets whom it doesn’t know without harm', () => {
    keep('1 a')
    store.forget('2')
    expect(left('1 a')).toEqual(['1 a'])
  })

  it('holds a value for its time', async () => {
    store.set('1 short', 'x', { ...small, ttl: 1_000 })
    keep('1 long')
    await clock.pass(1_001)
    expect(left('1 short', '1 long')).toEqual(['1 long'])
  })

  it('holds no more than its bytes, whoever’s they are', () => {
    const owners = Array.from({ length: 200 }, (_, owner) => `${owner} a`)
    for (const name of owners) store.set(name, 'value', page(1_000))
    keep(...owners.map((name) => `${name} small`))
    expect(left(...owners)).toEqual(owners.slice(-7))
    expect(left(...owners.map((name) => `${name} small`))).toHaveLength(25)
  })

  it('keeps what is no page however many pages come after it', () => {
    keep('1 memory company')
    for (let nth = 0; nth < 100; nth += 1) store.set(`1 answer ${nth}`, 'page', page(2_000))
    expect(left('1 memory company')).toEqual(['1 memory company'])
  })

  it('counts what grows by its latest size, also where it is the same object', () => {
    const grown = { of: 'many' }
    for (const size of [100, 1_000, 2_000]) store.set('1 memory names', grown, { ...small, size })
    keep(...Array.from({ length: 10 }, (_, owner) => `${owner + 2} a`))
    expect(left('1 memory names')).toEqual([])
    expect(left('11 a')).toEqual(['11 a'])
  })

  it('has one value by a name, whatever it was before', () => {
    for (const how of [small, page(2_000), small, page(2_000)]) {
      store.set('1 answer', `of ${how.size}`, how)
      expect(store.get('1 answer')).toBe(`of ${how.size}`)
    }
    store.forget('1')
    expect(left('1 answer')).toEqual([])
  })
})
