/** The grand total beside a page: asked for at the same time, remembered, and never essential. */
import type { Session } from './connector.ts'
import { within } from './patience.ts'

/** Milliseconds: how long a page that is ready waits for its total, and how long a failure is not tried again. */
const patience = 2_000
const failureRemembered = 15_000

/** Begins to count, unless the total is remembered; call the result when the page is there. Null = not known in time. */
export function totalBeside(session: Session, remembered: number, count: () => Promise<number>): () => Promise<number | null> {
  const counted = session.memory
    .once<{ total: number | null }>('total', remembered, async () => {
      const total = await count()
      if (!Number.isInteger(total)) throw new Error('the CRM gives no number')
      return { total }
    })
    .then(
      ({ total }) => total,
      () => {
        session.memory.set('total', { total: null }, failureRemembered)
        return null
      },
    )
  return () => within(patience, counted).catch(() => null)
}
