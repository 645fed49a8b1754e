/** The inbox behind a question, without a database round trip for each. */
import { LRUCache } from 'lru-cache'
import { within } from '../connectors/patience.ts'
import type { Inbox, InboxStore } from './inbox-store.ts'

/** From when an inbox is read again, and from when a question waits for that: another replica's disconnect or new key is seen by then. Milliseconds. */
const freshFor = 1_000
const usableFor = 1_800
/** How long a question waits for the database when the inbox is known from before. Milliseconds. */
const patience = 1_000
/** How long an inbox once read may stand in while the database is away. Milliseconds. */
const standsInFor = 15 * 60_000

export interface LiveInboxes {
  /** At once, where it is known. */
  byKey(key: string): Inbox | null | Promise<Inbox | null>
  /** The oldest inbox, created when there is none. */
  first(): Promise<Inbox>
  /** Has these inboxes read anew for their next question; what was read may stand in if the database is away by then. */
  renew(inboxIds: readonly string[]): void
  /** Forgets what was read of an inbox, for after a change in this process. Of the others it may still stand in. */
  forget(inboxId: string): void
  forgetAll(): void
}

type Entry = { readonly inbox: Inbox; readonly readAt: number }

export function createLiveInboxes(store: InboxStore): LiveInboxes {
  const entries = new LRUCache<string, Entry>({ max: 10_000, ttl: standsInFor, ttlResolution: 50 })
  const reading = new Map<string, Promise<Inbox | null>>()

  function read(name: string, load: () => Promise<Inbox | null>): Inbox | null | Promise<Inbox | null> {
    const known = entries.get(name)
    const age = known === undefined ? Number.POSITIVE_INFINITY : performance.now() - known.readAt
    if (known === undefined || age >= usableFor) return readAnew(name, load, known)
    if (age >= freshFor) once(name, load).catch(() => {})
    return known.inbox
  }

  async function readAnew(name: string, load: () => Promise<Inbox | null>, known: Entry | undefined): Promise<Inbox | null> {
    try {
      const inbox = await (known === undefined ? once(name, load) : within(patience, once(name, load)))
      // Keys that nobody has aren't kept: whoever guesses them would fill the memory.
      if (inbox === null) entries.delete(name)
      return inbox
    } catch (error) {
      if (known === undefined) throw error
      // As good as fresh for a moment, so that not every question waits for a database that is away; but never what was forgotten since.
      if (entries.get(name) === known) entries.set(name, { inbox: known.inbox, readAt: performance.now() }, { noUpdateTTL: true })
      return known.inbox
    }
  }

  function once(name: string, load: () => Promise<Inbox | null>): Promise<Inbox | null> {
    const underWay = reading.get(name)
    if (underWay !== undefined) return underWay
    const read = load()
      .then((inbox) => {
        if (inbox !== null && reading.get(name) === read) entries.set(name, { inbox, readAt: performance.now() })
        return inbox
      })
      .finally(() => {
        if (reading.get(name) === read) reading.delete(name)
      })
    reading.set(name, read)
    return read
  }

  return {
    byKey: (key) => read(`key ${key}`, () => store.byKey(key)),
    first: async () => (await read('first', () => store.first({ name: 'Inbox', crm: null, region: null }))) as Inbox,
    renew(inboxIds) {
      for (const [name, { inbox }] of entries.entries()) {
        if (!inboxIds.includes(inbox.id)) continue
        entries.set(name, { inbox, readAt: Number.NEGATIVE_INFINITY }, { noUpdateTTL: true })
        reading.delete(name)
      }
    },
    forget(inboxId) {
      for (const [name, { inbox }] of entries.entries()) {
        if (inbox.id === inboxId) entries.delete(name)
      }
      // Of what is being read nobody knows yet whose it is.
      reading.clear()
    },
    forgetAll() {
      entries.clear()
      reading.clear()
    },
  }
}
