/** What connectors may remember between questions, within one bound for the whole process, apart for each grant. */
import { LRUCache } from 'lru-cache'
import type { Memory, Remembered } from '../connectors/connector.ts'

export interface Memories {
  /** The memory of one grant. It ends with the grant's epoch. */
  of(epoch: string): Memory
}

/** @param maxEntries of all grants together; entries are names and numbers, some hundred bytes each */
export function createMemories(maxEntries: number): Memories {
  const entries = new LRUCache<string, Remembered>({ max: maxEntries })
  const loading = new Map<string, Promise<Remembered>>()
  return {
    of: (epoch) => ({
      get: <T extends Remembered>(key: string) => entries.get(`${epoch} ${key}`) as T | undefined,
      set: (key, value, ttl) => {
        entries.set(`${epoch} ${key}`, value, { ttl })
      },
      async once<T extends Remembered>(key: string, ttl: number, load: () => Promise<T>) {
        const name = `${epoch} ${key}`
        const known = entries.get(name)
        if (known !== undefined) return known as T
        const underWay = loading.get(name)
        if (underWay !== undefined) return underWay as Promise<T>
        const loaded = load()
          .then((value) => {
            entries.set(name, value, { ttl })
            return value
          })
          .finally(() => loading.delete(name))
        loading.set(name, loaded)
        return loaded
      },
    }),
  }
}
