/** Work that no question asks for, done again and again while the server serves. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from '../logger.ts'

export type Chore = {
  readonly name: string
  /** About how long after one run the next begins: replicas that started together don't stay in step. Milliseconds. */
  readonly every: number
  readonly run: () => Promise<unknown>
}

export interface Upkeep {
  start(): void
  /** Begins nothing any more; what is under way may still end. */
  stop(): void
}

export function createUpkeep(chores: readonly Chore[], log: Logger): Upkeep {
  const stopping = new AbortController()

  async function repeat({ name, every, run }: Chore): Promise<void> {
    let works = true
    for (;;) {
      await sleep(every * (0.75 + Math.random() / 2), undefined, { signal: stopping.signal, ref: false })
      try {
        await run()
        works = true
      } catch (error) {
        // Once, not every few seconds for as long as the database is away.
        if (works && !stopping.signal.aborted) log.warn({ err: error, chore: name }, 'chore failed')
        works = false
      }
    }
  }

  return {
    start() {
      for (const chore of chores) repeat(chore).catch(() => {})
    },
    stop: () => stopping.abort(),
  }
}
