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

/** Small values, such as a company's name, have a part of the memory to themselves: one page would push hundreds of them out. Bytes. */
const largestSmall = 600
const shareOfSmall = 1 / 4

export function createStore(maxBytes: number): Store {
  const shelf = (share: number) => new LRUCache<string, NonNullable<unknown>>({ maxSize: maxBytes * share, ttlResolution: 50 })
  const small = shelf(shareOfSmall)
  const large = shelf(1 - shareOfSmall)
  const owners = new Set<string>()
  return {
    get: (name) => small.get(name) ?? large.get(name),
    set(name, value, limits) {
      owners.add(name.slice(0, name.indexOf(' ')))
      const [home, other] = limits.size <= largestSmall ? [small, large] : [large, small]
      other.delete(name)
      home.set(name, value, limits)
    },
    owners: () => [...owners],
    forget(owner) {
      owners.delete(owner)
      for (const shelf of [small, large]) for (const name of shelf.keys()) if (name.startsWith(`${owner} `)) shelf.delete(name)
    },
  }
}
