/** What CRMs say has changed: noted for all replicas, and forgotten here at once. A flood about one account becomes one note a second. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { ConnectionStore } from '../connections/connection-store.ts'
import type { LiveInboxes } from '../connections/live-inboxes.ts'
import type { Store } from '../directory/store.ts'

export interface Changes {
  /** Resolves when nobody is answered any more by what was known of the account before, here at once and elsewhere within moments. */
  note(crm: string, accountId: string): Promise<void>
}

/** Changes of one account are noted this often at most. Milliseconds. */
const pause = 1_000

/** A note, until its pause is over; `next` = the one note of whatever comes meanwhile. */
type Turn = { readonly over: Promise<unknown>; next: Promise<void> | null }

export function createChanges(
  grants: Pick<ConnectionStore, 'noteChange'>,
  live: Pick<LiveInboxes, 'renew'>,
  remembered: Pick<Store, 'forget'>,
  rest: () => Promise<unknown> = () => sleep(pause, undefined, { ref: false }),
): Changes {
  const turns = new Map<string, Turn>()

  async function write(crm: string, accountId: string): Promise<void> {
    const changed = await grants.noteChange(crm, accountId)
    live.renew(changed.map(({ inboxId }) => inboxId))
    for (const { epoch } of changed) remembered.forget(`${epoch} answer`)
  }

  function begin(name: string, crm: string, accountId: string): Promise<void> {
    const writing = write(crm, accountId)
    const turn: Turn = {
      over: writing.then(rest, rest).then(() => {
        if (turns.get(name) === turn) turns.delete(name)
      }),
      next: null,
    }
    turns.set(name, turn)
    return writing
  }

  return {
    note(crm, accountId) {
      const name = `${crm} ${accountId}`
      const turn = turns.get(name)
      if (turn === undefined) return begin(name, crm, accountId)
      turn.next ??= turn.over.then(() => begin(name, crm, accountId))
      return turn.next
    },
  }
}
