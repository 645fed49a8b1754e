/** Moves every grant under the first encryption key, and finds those whose key is gone. */
import type { Keys } from '../keys.ts'
import type { ConnectionStore } from './connection-store.ts'
import type { ParkedGrantStore } from './parked-grant-store.ts'
import type { TokenVault } from './token-vault.ts'

export type Rotation = { readonly resealed: number; readonly unchanged: number; readonly lost: readonly string[] }

/** Seals anew what an older key has sealed, while the server serves. `lost` names the inboxes whose grants no key opens. */
export async function rotateKeys(
  store: ConnectionStore,
  parked: ParkedGrantStore,
  vault: TokenVault,
  keys: Keys,
): Promise<Rotation> {
  let [resealed, unchanged] = [0, 0]
  const lost: string[] = []
  for (const { inboxId, inbox } of await store.all()) {
    for (;;) {
      const connection = await store.find(inboxId)
      if (connection === null) break
      const { id, isKnown } = keys.sealedBy(connection.sealedTokens)
      if (isKnown && id === keys.current) unchanged += 1
      else if (!isKnown) lost.push(inbox.name)
      // A refresh came between: its tokens are sealed by the first key already, which the next look shows.
      else if (!(await store.reseal(connection, vault.seal(inboxId, connection.crm, vault.open(connection))))) continue
      else resealed += 1
      break
    }
  }
  // What is only to be revoked isn't counted; where its key is gone, nobody misses it.
  for (const grant of await parked.all()) {
    const { id, isKnown } = keys.sealedBy(grant.sealedTokens)
    if (isKnown && id !== keys.current) await parked.reseal(grant.id, vault.seal(grant.inboxId, grant.crm, vault.open(grant)))
  }
  return { resealed, unchanged, lost }
}

/** The grants that these keys can't open, by the key that sealed them: names of inboxes. */
export async function findLostGrants(store: ConnectionStore, keys: Keys): Promise<ReadonlyMap<string, readonly string[]>> {
  const lost = new Map<string, string[]>()
  for (const { sealedTokens, inbox } of await store.all()) {
    const { id, isKnown } = keys.sealedBy(sealedTokens)
    if (!isKnown) lost.set(id, [...(lost.get(id) ?? []), inbox.name])
  }
  return lost
}
