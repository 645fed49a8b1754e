/** Moves what is kept of messages under the first encryption key. */
import type { MessageStore } from './message-store.ts'
import type { MessageVault } from './message-vault.ts'

const atOnce = 500

/** Seals anew what an older key has sealed, while the server serves; what no key opens stays as it is, to end when its time is over. */
export async function resealMessages(store: Pick<MessageStore, 'sealed' | 'reseal'>, vault: MessageVault): Promise<void> {
  let after = '0'
  for (;;) {
    const messages = await store.sealed(after, atOnce)
    for (const { id, sealedBody, ...message } of messages) {
      const resealed = sealedBody === null ? null : vault.reseal({ ...message, sealedBody })
      if (resealed !== null) await store.reseal(id, resealed)
    }
    const last = messages.at(-1)
    if (last === undefined) return
    after = last.id
  }
}
