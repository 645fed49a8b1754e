/** The memory of the whole process for what CRMs answered: one bound in bytes, whoever keeps what in it. */
import { LRUCache } from 'lru-cache'

/** Every name begins with its owner, the epoch of a grant, and a space. */
export interface Store {
  get(name: string): NonNullable<unknown> | undefined
  /** `ttl` in milliseconds, `size` in bytes. */
  set(name: string, value: NonNullable<unknown>, limits: { ttl: number; size: number }): void
  /** Whose values may be here. */
  owners(): string[]
  /** Drops everything of one owner. */
  forget(owner: string): void
  /** Whether nothing of the owner has been dropped since this call: what was asked before that may be old. The owner counts as one from here on. */
  since(owner: string): () => boolean
}

export function createStore(maxBytes: number): Store {
  const values = new LRUCache<string, NonNullable<unknown>>({ maxSize: maxBytes, ttlResolution: 50 })
  const owners = new Set<string>()
  /** The latest ones only: whatever has been asked for since an earlier one isn't kept, to be sure. */
  const drops = new LRUCache<string, number>({ max: 1_000 })
  let latest = 0
  return {
    get: (name) => values.get(name),
    set(name, value, limits) {
      owners.add(name.slice(0, name.indexOf(' ')))
      values.set(name, value, limits)
    },
    owners: () => [...owners],
    forget(owner) {
      owners.delete(owner)
      latest += 1
      drops.set(owner, latest)
      for (const name of values.keys()) if (name.startsWith(`${owner} `)) values.delete(name)
    },
    since(owner) {
      owners.add(owner)
      const before = drops.get(owner)
      return () => drops.get(owner) === before
    },
  }
}
