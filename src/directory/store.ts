/** The memory of the whole process for what CRMs answered: one bound in bytes, whoever keeps what in it. */
import { LRUCache } from 'lru-cache'

export type Store = LRUCache<string, NonNullable<unknown>>

export function createStore(maxBytes: number): Store {
  return new LRUCache({ maxSize: maxBytes })
}
