/** So many at once, the others in turn: what an agent waits for isn't to be queued behind a hundred walks. */
import { performance } from 'node:perf_hooks'
import { BridgeError } from '../errors.ts'

export interface Turns {
  /** Whether whoever comes now has to wait. */
  readonly isBusy: boolean
  /** Does the work when its turn has come; who is `ahead` comes before those who aren't. @throws {BridgeError} bridge_unavailable when `signal` ends before */
  take<T>(signal: AbortSignal, work: () => Promise<T>, ahead?: boolean): Promise<T>
}

type Waiter = () => void

/** How often the places are counted anew. Milliseconds. */
const every = 50
/** Shares of the process's time in use: above one there get to be fewer places, below the other more. */
const tooMuch = 0.95
const enough = 0.85

/** How many places there are: to begin with, and at least and at most. */
export type Places = { readonly first: number; readonly least: number; readonly most: number }

/**
 * The fewer places, the less the process has time for: with all of its time in use, whatever comes would wait behind everything that is
 * there. Work that only waits, such as for a CRM that hangs, takes no time, so others get places beside it.
 * @param utilization the share of the time since the last call in which there was work
 */
export function createTurns({ first, least, most }: Places, utilization = eventLoopUtilization()): Turns {
  let places = first
  let taken = 0
  let countedAt = performance.now()
  const ahead = new Set<Waiter>()
  const others = new Set<Waiter>()

  function count(): void {
    if (performance.now() - countedAt < every) return
    countedAt = performance.now()
    const share = utilization()
    if (share > tooMuch) places = Math.max(least, Math.floor(places * 0.75))
    else if (share < enough) places = Math.min(most, Math.ceil(places * 1.25))
  }

  function turn(signal: AbortSignal, waiting: Set<Waiter>): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        waiting.delete(go)
        reject(
          new BridgeError('bridge_unavailable', 'The bridge has too much to do at the moment. Ask again.', { retryAfter: 1 }),
        )
      }
      const go = () => {
        waiting.delete(go)
        signal.removeEventListener('abort', leave)
        taken += 1
        resolve()
      }
      if (signal.aborted) return leave()
      signal.addEventListener('abort', leave, { once: true })
      waiting.add(go)
      counting ??= setInterval(recount, every).unref()
    })
  }

  /** While anybody waits: nothing may begin or end for long. */
  let counting: NodeJS.Timeout | undefined
  function recount(): void {
    count()
    next()
    if (ahead.size + others.size > 0) return
    clearInterval(counting)
    counting = undefined
  }

  function next(): void {
    for (const waiting of [ahead, others])
      for (const go of waiting) {
        if (taken >= places) return
        go()
      }
  }

  return {
    get isBusy() {
      return taken >= places
    },
    async take(signal, work, isAhead = false) {
      count()
      if (taken < places) taken += 1
      else await turn(signal, isAhead ? ahead : others)
      try {
        return await work()
      } finally {
        taken -= 1
        count()
        next()
      }
    },
  }
}

/** @see https://nodejs.org/api/perf_hooks.html#performanceeventlooputilizationutilization1-utilization2 */
function eventLoopUtilization(): () => number {
  let last = performance.eventLoopUtilization()
  return () => {
    const now = performance.eventLoopUtilization()
    const { utilization } = performance.eventLoopUtilization(now, last)
    last = now
    return utilization
  }
}
