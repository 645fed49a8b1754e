/** The grand total beside a page: asked for at the same time, remembered, and never essential. */
import { QuestionWithdrawn } from '../errors.ts'
import type { Session } from './connector.ts'
import { within } from './patience.ts'

/** Milliseconds: how long a page that is ready waits for its total, how long a failure is not tried again, and how long a count may take. */
const patience = 2_000
const failureRemembered = 15_000
const longest = 8_000

/** Null = counting failed just now. */
type Total = { readonly total: number | null }

/** Begins to count, unless the total is remembered; call the result when the page is there. Null = not known in time. */
export function totalBeside(
  session: Session,
  remembered: number,
  count: (session: Session) => Promise<number>,
): () => Promise<number | null> {
  const known = session.memory.get<Total>('total')
  if (known !== undefined) return async () => known.total
  // With a patience of its own, be it as long as a question's: what isn't essential counts for nothing when it fails.
  const patient: Session = { ...session, http: (call) => session.http({ ...call, patience: longest }) }
  const asked = session.memory.once<Total>('total', remembered, async () => {
    const total = await count(patient)
    if (!Number.isInteger(total)) throw new Error('the CRM gives no number')
    return { total }
  })
  const counted = asked.then(
    ({ total }) => total,
    (error) => {
      if (!(error instanceof QuestionWithdrawn)) session.memory.set('total', { total: null }, failureRemembered)
      return null
    },
  )
  return () => within(patience, counted).catch(() => null)
}
