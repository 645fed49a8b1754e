/** So many at once, the others in turn: what an agent waits for isn't to be queued behind a hundred walks. */
import { BridgeError } from '../errors.ts'

export interface Turns {
  /** Whether whoever comes now has to wait. */
  readonly isBusy: boolean
  /** Does the work when its turn has come. @throws {BridgeError} bridge_unavailable when `signal` ends before */
  take<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T>
}

export function createTurns(atOnce: number): Turns {
  let free = atOnce
  const waiting = new Set<() => void>()

  function turn(signal: AbortSignal): Promise<void> {
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
        resolve()
      }
      if (signal.aborted) return leave()
      signal.addEventListener('abort', leave, { once: true })
      waiting.add(go)
    })
  }

  return {
    get isBusy() {
      return free === 0
    },
    async take(signal, work) {
      if (free > 0) free -= 1
      else await turn(signal)
      try {
        return await work()
      } finally {
        const [next] = waiting
        if (next === undefined) free += 1
        else next()
      }
    },
  }
}
