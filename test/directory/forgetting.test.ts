/** What is remembered of a connection goes when the connection ends or its account changes, on whichever replica that happens. */
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { createForgetting } from '../../src/directory/forgetting.ts'
import { createStore, type Store } from '../../src/directory/store.ts'

describe('forgetting', () => {
  let store: Store
  /** The epochs in the database, and what says that they have changed. */
  let alive: Map<string, number>
  let generation: string
  const current = vi.fn(
    async (epochs: readonly string[]): Promise<ReadonlyMap<string, number>> =>
      new Map([...alive].filter(([epoch]) => epochs.includes(epoch))),
  )
  let forget: () => Promise<void>
  beforeEach(async () => {
    store = createStore(10_000)
    alive = new Map([
      ['first', 0],
      ['second', 3],
    ])
    generation = '2 connections'
    current.mockClear()
    forget = createForgetting({ generation: async () => generation, current }, store)
    await forget()
    remember()
  })
  const remember = (names = ['first answer a', 'first memory b', 'second answer a']) => {
    for (const name of names) store.set(name, 'x', { ttl: 60_000, size: 10, isPage: false })
  }
  const left = () => ['first answer a', 'first memory b', 'second answer a'].filter((name) => store.get(name) !== undefined)
  const end = (epoch: string) => {
    alive.delete(epoch)
    generation = `${generation}, changed`
  }
  const change = (epoch: string) => {
    alive.set(epoch, (alive.get(epoch) ?? 0) + 1)
    generation = `${generation}, changed`
  }

  it('drops what is remembered of a connection that has ended, and only that', async () => {
    await forget()
    expect(left()).toEqual(['first answer a', 'first memory b', 'second answer a'])
    end('first')
    await forget()
    expect(left()).toEqual(['second answer a'])
  })

  it('asks nothing more of the database while no connection begins or ends', async () => {
    await forget()
    current.mockClear()
    for (let times = 0; times < 10; times += 1) await forget()
    expect(current).not.toHaveBeenCalled()
    generation = '3 connections'
    await forget()
    expect(current).toHaveBeenCalledTimes(1)
  })

  it('looks again after the database was away in between', async () => {
    await forget()
    end('first')
    current.mockRejectedValueOnce(new Error('the database is away'))
    await expect(forget()).rejects.toThrow('away')
    expect(left()).toHaveLength(3)
    await forget()
    expect(left()).toEqual(['second answer a'])
  })

  it('misses nothing that changes while it looks', async () => {
    await forget()
    end('first')
    current.mockImplementationOnce(async () => {
      end('second')
      return new Map([['second', 3]])
    })
    await forget()
    await forget()
    expect(left()).toEqual([])
  })

  it('drops the answers of an account that has changed, once, and only those', async () => {
    await forget()
    change('first')
    await forget()
    expect(left()).toEqual(['first memory b', 'second answer a'])
    remember()
    await forget()
    expect(left()).toEqual(['first answer a', 'first memory b', 'second answer a'])
    change('first')
    await forget()
    expect(left()).toEqual(['first memory b', 'second answer a'])
  })
})
