// A rolling limit as CRMs keep them: so many calls in any window of time, with no fresh start on the minute.

/** How a call stood against the limit; `remaining` counts what is left in the window after it. */
export interface Admission {
  readonly admitted: boolean
  readonly remaining: number
}

/** Admits at most `max` calls in any `window` milliseconds; refused calls don't count. */
export class RollingLimit {
  readonly max: number
  readonly window: number
  readonly #now: () => number
  #admitted: number[] = []

  constructor(options: { readonly max: number; readonly window: number; readonly now: () => number }) {
    this.max = options.max
    this.window = options.window
    this.#now = options.now
  }

  /** Asks for one call. */
  admit(): Admission {
    const now = this.#now()
    this.#admitted = this.#admitted.filter((at) => at > now - this.window)
    if (this.#admitted.length >= this.max) return { admitted: false, remaining: 0 }
    this.#admitted.push(now)
    return { admitted: true, remaining: this.max - this.#admitted.length }
  }
}
