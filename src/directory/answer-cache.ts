/** Answers kept for a moment, one upstream question for equal ones under way, and old answers for when the CRM fails. */
import { DeadlineExceeded } from '../connections/upstream.ts'
import { OutOfPatience, within } from '../connectors/patience.ts'
import { type ErrorCode, isCrmFailure } from '../errors.ts'
import type { AnswerSource } from '../telemetry.ts'
import type { Store } from './store.ts'

export type Kept<T> = {
  readonly value: T
  /** Seconds since the CRM gave it. */
  readonly age: number
  readonly source: AnswerSource
  /** Why it is an old one: what the CRM answered to the question just now. */
  readonly problem: ErrorCode | null
}

export type AskOptions<T> = {
  /** How long the answer may be given again without asking. Milliseconds; a function where the answer itself decides. */
  readonly freshFor: (value: T) => number
  /** The asker's: when every asker of a question has gone, the work is aborted. */
  readonly signal: AbortSignal
  readonly size: (value: T) => number
  /** Whether the answer may stand in for a failing CRM's later on: what wasn't there may well be by then. */
  readonly standsIn: (value: T) => boolean
  /** How long the work may take. Milliseconds. */
  readonly deadline: number
}

export interface AnswerCache {
  /** The answer to the question of this name, where it needn't be asked again. */
  remembered<T extends object>(name: string): Kept<T> | null
  /** The answer to the question of this name, which begins with the grant's epoch, and a space. */
  ask<T extends object>(name: string, options: AskOptions<T>, work: (signal: AbortSignal) => Promise<T>): Promise<Kept<T>>
}

/** How old an answer may be to stand in for a failing CRM's. Milliseconds. */
const standsInFor = 4 * 3_600_000
/** How long a question waits for the CRM where an old answer could stand in; the work goes on meanwhile. Milliseconds. */
const patience = 3_000

type Entry = { readonly value: object; readonly givenAt: number; readonly freshUntil: number }
type Flight = { readonly result: Promise<object>; readonly abort: AbortController; askers: number }

export function createAnswerCache(store: Store): AnswerCache {
  const flights = new Map<string, Flight>()

  const age = (from: Entry) => Math.floor((performance.now() - from.givenAt) / 1000)

  function fresh<T>(entry: Entry | undefined): Kept<T> | null {
    if (entry === undefined || performance.now() >= entry.freshUntil) return null
    return { value: entry.value as T, age: age(entry), source: 'remembered', problem: null }
  }

  function start<T extends object>(name: string, options: AskOptions<T>, work: (signal: AbortSignal) => Promise<T>): Flight {
    const abort = new AbortController()
    const timer = setTimeout(() => abort.abort(new DeadlineExceeded()), options.deadline).unref()
    const result = work(abort.signal)
      .then((value) => {
        const now = performance.now()
        const freshFor = options.freshFor(value)
        if (freshFor > 0) {
          const entry: Entry = { value, givenAt: now, freshUntil: now + freshFor }
          store.set(name, entry, {
            ttl: options.standsIn(value) ? standsInFor : freshFor,
            size: options.size(value),
            isPage: true,
          })
        }
        return value
      })
      .finally(() => {
        clearTimeout(timer)
        if (flights.get(name) === flight) flights.delete(name)
      })
    const flight: Flight = { result, abort, askers: 0 }
    result.catch(() => {})
    flights.set(name, flight)
    return flight
  }

  /** Waits with the others; the last one to leave before the answer is there takes the work along. */
  async function join<T>(name: string, flight: Flight, signal: AbortSignal): Promise<T> {
    flight.askers += 1
    const leave = () => {
      flight.askers -= 1
      if (flight.askers > 0) return
      if (flights.get(name) === flight) flights.delete(name)
      flight.abort.abort(signal.reason)
    }
    if (signal.aborted) leave()
    else signal.addEventListener('abort', leave, { once: true })
    try {
      return (await flight.result) as T
    } finally {
      signal.removeEventListener('abort', leave)
    }
  }

  return {
    remembered: (name) => fresh(store.get(name) as Entry | undefined),

    async ask<T extends object>(
      name: string,
      options: AskOptions<T>,
      work: (signal: AbortSignal) => Promise<T>,
    ): Promise<Kept<T>> {
      const entry = store.get(name) as Entry | undefined
      const known = fresh<T>(entry)
      if (known !== null) return known
      const shared = flights.get(name)
      const asked = join<T>(name, shared ?? start(name, options, work), options.signal)
      try {
        const value = await (entry === undefined ? asked : within(patience, asked))
        return { value, age: 0, source: shared === undefined ? 'crm' : 'shared', problem: null }
      } catch (error) {
        const problem = error instanceof OutOfPatience ? 'crm_timeout' : isCrmFailure(error) ? error.code : null
        if (entry === undefined || problem === null) throw error
        asked.catch(() => {})
        return { value: entry.value as T, age: age(entry), source: 'old', problem }
      }
    },
  }
}
