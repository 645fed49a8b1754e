/** Promises that a test settles when it likes, and a look at those that it doesn't. */
import { setImmediate as turn } from 'node:timers/promises'

export type Deferred<T> = { promise: Promise<T>; resolve(value: T): void; reject(error: unknown): void }

export function defer<T>(): Deferred<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>()
  return { promise, resolve, reject }
}

/** What a promise is after everything that can happen at once has happened. */
export async function stateOf(promise: Promise<unknown>): Promise<'pending' | 'resolved' | 'rejected'> {
  let state: 'pending' | 'resolved' | 'rejected' = 'pending'
  promise.then(
    () => {
      state = 'resolved'
    },
    () => {
      state = 'rejected'
    },
  )
  for (let turns = 0; turns < 5; turns += 1) await turn()
  return state
}

/** The error of a promise that must fail. */
export async function errorOf(promise: Promise<unknown>): Promise<Error & { code?: string; retryAfter?: number }> {
  const outcome = await promise.then(
    (value) => ({ value }),
    (error) => ({ error }),
  )
  if (!('error' in outcome)) throw new Error(`it did not fail, but gave ${JSON.stringify(outcome.value)}`)
  if (!(outcome.error instanceof Error)) throw new Error('it failed with something that is no error')
  return outcome.error
}

export const nobody = (): AbortSignal => new AbortController().signal
