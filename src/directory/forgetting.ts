/**
 * Drops what is remembered of connections that have ended, or whose account has changed, on whichever replica that happened. After a change
 * nobody is given what was remembered before, since questions are remembered by how often the account had changed; this gives its room back.
 */
import type { ConnectionStore } from '../connections/connection-store.ts'
import type { Store } from './store.ts'

/** A look at the database that costs next to nothing while no connection begins or ends, and no account changes. */
export function createForgetting(
  grants: Pick<ConnectionStore, 'generation' | 'current'>,
  remembered: Pick<Store, 'owners' | 'forget'>,
): () => Promise<void> {
  let seen = ''
  let known: ReadonlyMap<string, number> = new Map()
  return async () => {
    const generation = await grants.generation()
    const owners = remembered.owners()
    // An answer that was under way when its connection ended comes after it.
    if (generation === seen && owners.every((epoch) => known.has(epoch))) return
    const current = await grants.current(owners)
    for (const epoch of owners) {
      const changes = current.get(epoch)
      if (changes === undefined) remembered.forget(epoch)
      else if (changes !== (known.get(epoch) ?? changes)) remembered.forget(`${epoch} answer`)
    }
    seen = generation
    known = current
  }
}
