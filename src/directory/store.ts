/** The memory of the whole process for what CRMs answered: one bound in bytes, whoever keeps what in it. */
import { LRUCache } from 'lru-cache'

/** Every name begins with its owner, the epoch of a grant, and a space. */
export interface Store {
  get(name: string): NonNullable<unknown> | undefined
  /** `ttl` in milliseconds, `size` in bytes. */
  set(name: string, value: NonNullable<unknown>, limits: { ttl: number; size: number }): void
  /** Whose values may be here. */
  owners(): string[]
  /** Drops everything of one owner; with a word more, such as `epoch answer`, what is named so of theirs. */
  forget(owner: string): void
}

export function createStore(maxBytes: number): Store {
  const values = new LRUCache<string, NonNullable<unknown>>({ maxSize: maxBytes, ttlResolution: 50 })
  const owners = new Set<string>()
  return {
    get: (name) => values.get(name),
    set(name, value, limits) {
      owners.add(name.slice(0, name.indexOf(' ')))
      values.set(name, value, limits)
    },
    owners: () => [...owners],
    forget(owner) {
      owners.delete(owner)
      for (const name of values.keys()) if (name.startsWith(`${owner} `)) values.delete(name)
    },
  }
}
