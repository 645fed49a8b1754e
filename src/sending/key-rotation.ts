/** Moves the access to inboxes' own APIs under the first encryption key. */
import type { InboxStore } from '../connections/inbox-store.ts'
import type { ApiVault } from './api-vault.ts'

/** Seals anew what an older key has sealed, while the server serves. What no key opens stays, until the inbox gives access again. */
export async function resealApis(inboxes: Pick<InboxStore, 'list' | 'resealApi'>, vault: ApiVault): Promise<void> {
  for (const { id, sealedApi } of await inboxes.list()) {
    const resealed = sealedApi === null ? null : vault.reseal(id, sealedApi)
    if (sealedApi !== null && resealed !== null) await inboxes.resealApi(id, sealedApi, resealed)
  }
}
