/** Drops what is remembered of connections that have ended, on whichever replica that happened. */
import type { ConnectionStore } from '../connections/connection-store.ts'
import type { Store } from './store.ts'

/** A look at the database that costs next to nothing while no connection begins or ends. */
export function createForgetting(
  grants: Pick<ConnectionStore, 'generation' | 'current'>,
  remembered: Store,
): () => Promise<void> {
  let seen = ''
  let known: ReadonlySet<string> = new Set()
  return async () => {
    const generation = await grants.generation()
    const owners = remembered.owners()
    // An answer that was under way when its connection ended comes after it.
    if (generation === seen && owners.every((epoch) => known.has(epoch))) return
    const current = new Set(await grants.current(owners))
    for (const epoch of owners) if (!current.has(epoch)) remembered.forget(epoch)
    seen = generation
    known = current
  }
}
