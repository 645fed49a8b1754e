/** How many calls to the CRM a question costs, for whoever wants to know. */
import { AsyncLocalStorage } from 'node:async_hooks'

const counting = new AsyncLocalStorage<{ calls: number }>()

/** Does `work`, and counts the calls to the CRM that it starts: tries again count, calls that an equal question has under way don't. */
export async function countCalls<T>(work: () => Promise<T>): Promise<{ readonly value: T; readonly calls: number }> {
  const count = { calls: 0 }
  const value = await counting.run(count, work)
  return { value, calls: count.calls }
}

/** Said before each call to a CRM. */
export function noteCall(): void {
  const count = counting.getStore()
  if (count !== undefined) count.calls += 1
}
