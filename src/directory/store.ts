/** The memory of the whole process for what CRMs answered: one bound in bytes, whoever keeps what in it. */
import { LRUCache } from 'lru-cache'

/** Every name begins with its owner, the epoch of a grant, and a space. */
export interface Store {
  get(name: string): NonNullable<unknown> | undefined
  set(name: string, value: NonNullable<unknown>, how: Keeping): void
  /** Whose values may be here. */
  owners(): string[]
  /** Drops everything of one owner; with a word more, such as `epoch answer`, what is named so of theirs. */
  forget(owner: string): void
}

/** `ttl` in milliseconds, `size` in bytes. */
export type Keeping = { readonly ttl: number; readonly size: number; readonly isPage: boolean }

/** What isn't a page, such as the names of an account's companies, has a part of the memory to itself: pages come and go, and would push it out. */
const shareOfOthers = 1 / 4

export function createStore(maxBytes: number): Store {
  const shelf = (share: number) => new LRUCache<string, NonNullable<unknown>>({ maxSize: maxBytes * share, ttlResolution: 50 })
  const others = shelf(shareOfOthers)
  const pages = shelf(1 - shareOfOthers)
  const owners = new Set<string>()
  return {
    get: (name) => pages.get(name) ?? others.get(name),
    set(name, value, { ttl, size, isPage }) {
      owners.add(name.slice(0, name.indexOf(' ')))
      // What is set again may be the same object, grown: the shelf counts a size only once for each.
      for (const shelf of [pages, others]) shelf.delete(name)
      const home = isPage ? pages : others
      home.set(name, value, { ttl, size })
    },
    owners: () => [...owners],
    forget(owner) {
      owners.delete(owner)
      for (const shelf of [pages, others]) for (const name of shelf.keys()) if (name.startsWith(`${owner} `)) shelf.delete(name)
    },
  }
}
