/** Has the next page of a walk read while the inbox digests this one, and while the rest of this one is still on its way. */
import { LRUCache } from 'lru-cache'
import type { Cursor } from '../connectors/connector.ts'

export interface ReadAhead {
  /** The inbox walks over this page, and will ask for the next: `read` is called for it as soon as its beginning is known. */
  walks(page: string, read: (next: Cursor) => unknown): void
  /** Where the page after this one begins. */
  continues(page: string, next: Cursor | null): void
}

type State = { next?: Cursor | null; read?: (next: Cursor) => unknown }

/** One page ahead and no further: a page that was read ahead has the next one read only when the inbox gets there. */
export function createReadAhead(): ReadAhead {
  const states = new LRUCache<string, State>({ max: 2_000, ttl: 2 * 60_000, ttlResolution: 50 })

  function update(page: string, change: State): void {
    const state = { ...states.get(page), ...change }
    states.set(page, state)
    if (!state.read || state.next === undefined || state.next === null) return
    states.delete(page)
    state.read(state.next)
  }

  return {
    walks: (page, read) => update(page, { read }),
    continues: (page, next) => update(page, { next }),
  }
}
