/** `performance.now()` in a test's hands: it stands still until told. */
import { setTimeout as sleep } from 'node:timers/promises'
import { vi } from 'vitest'

export interface Clock {
  pass(milliseconds: number): Promise<void>
}

/** Undone by `vi.restoreAllMocks()`. */
export function stopClock(): Clock {
  let now = 1_000_000
  vi.spyOn(performance, 'now').mockImplementation(() => now)
  return {
    async pass(milliseconds) {
      now += milliseconds
      // Caches look at the clock every fifty milliseconds at most.
      await sleep(55)
    },
  }
}
