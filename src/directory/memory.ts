/** What connectors may remember between questions, in the process's one store, apart for each grant. */
import type { Memory, Remembered } from '../connectors/connector.ts'
import { QuestionWithdrawn } from '../errors.ts'
import type { Store } from './store.ts'

export interface Memories {
  /** The memory of one grant. It ends with the grant's epoch; what pages are cut from is another's where national numbers are read by another region. */
  of(epoch: string, region: string): Memory
}

/** What a name or a number takes with its key, roughly. Bytes. */
const smallValue = 250
/** What takes more counts as pages of contacts do. Bytes. */
const largestValue = 1024 * 1024

export function createMemories(store: Store): Memories {
  const loading = new Map<string, Promise<Remembered>>()

  function memory(owner: string, areLarge: (bytes: number) => boolean): Memory['pages'] {
    const nameOf = (key: string) => `${owner} ${key}`
    const keep = (key: string, value: Remembered, ttl: number, size = smallValue) => {
      store.set(nameOf(key), value, { ttl, size, isPage: areLarge(size) })
    }
    async function once<T extends Remembered>(key: string, ttl: number, load: () => Promise<T>, bytes?: (value: T) => number) {
      const known = store.get(nameOf(key))
      if (known !== undefined) return known as T
      const underWay = loading.get(nameOf(key)) as Promise<T> | undefined
      if (underWay !== undefined) {
        return underWay.catch((error): Promise<T> => {
          // Whoever it was loaded for has gone. Not so this one.
          if (error instanceof QuestionWithdrawn) return once(key, ttl, load, bytes)
          throw error
        })
      }
      const loaded = load()
        .then((value) => {
          keep(key, value, ttl, bytes?.(value))
          return value
        })
        .finally(() => loading.delete(nameOf(key)))
      loading.set(nameOf(key), loaded)
      return loaded
    }
    return { get: <T extends Remembered>(key: string) => store.get(nameOf(key)) as T | undefined, set: keep, once }
  }

  return {
    of: (epoch, region) => ({
      ...memory(`${epoch} memory`, (bytes) => bytes > largestValue),
      get pages() {
        return memory(`${epoch} memory ${region}`, () => true)
      },
    }),
  }
}
