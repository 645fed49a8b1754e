/** What the operator is told about an inbox's messages: how many there are in which state, and why some failed. Nothing that was written. */
import type { MessageStore } from './message-store.ts'
import type { MessageVault } from './message-vault.ts'

const shown = 50

/** Of those that failed the latest, each with its reason and, where it is known still, a part of the number: `+49…67`. */
export async function reportOn(inboxId: string, store: MessageStore, vault: MessageVault) {
  const [counts, failed] = await Promise.all([store.counts(inboxId), store.failed(inboxId, shown)])
  const failures = failed.map(({ sealedBody, ...message }) => {
    const body = sealedBody === null ? null : vault.open({ ...message, sealedBody })
    return {
      reason: message.reason,
      from: body && masked(body.from),
      sent_at: message.sentAt.toISOString(),
      received_at: message.receivedAt.toISOString(),
    }
  })
  return { ...counts, failures }
}

/** Enough to know whom it is about, for those who know them. */
const masked = (digits: string): string => `+${digits.slice(0, 2)}…${digits.slice(-2)}`
