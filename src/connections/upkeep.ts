/** Work that no question asks for, done again and again while the server serves. */
import { setTimeout as sleep } from 'node:timers/promises'
import { within } from '../connectors/patience.ts'
import type { Logger } from '../logger.ts'

export type Chore = {
  readonly name: string
  /** About how long after one run the next begins: replicas that started together don't stay in step. Milliseconds. */
  readonly every: number
  readonly run: () => Promise<unknown>
}

export interface Upkeep {
  start(): void
  /** Begins nothing any more, and waits a moment for what is under way. */
  stop(): Promise<void>
}

/** Milliseconds. */
const stopPatience = 2_000

export function createUpkeep(chores: readonly Chore[], log: Logger): Upkeep {
  const stopping = new AbortController()
  const underWay = new Set<Promise<unknown>>()

  async function repeat({ name, every, run }: Chore): Promise<void> {
    let works = true
    for (;;) {
      await sleep(every * (0.75 + Math.random() / 2), undefined, { signal: stopping.signal, ref: false })
      try {
        const running = run()
        underWay.add(running)
        await running.finally(() => underWay.delete(running))
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
    async stop() {
      stopping.abort()
      await within(stopPatience, Promise.allSettled(underWay)).catch(() => {})
    },
  }
}
