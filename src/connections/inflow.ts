/** Bounds what answers take while they come in, and of what they are made into: large ones wait for each other, small ones for nobody. */

/** An answer that comes in, and can be told to wait. */
export interface Incoming {
  pause(): void
  resume(): void
}

/** Bytes: what all answers may take together beyond what each has for itself, but for the one that goes on. */
export type Bounds = { readonly together: number; readonly each: number }

export class Inflow {
  readonly #bounds: Bounds
  /** What each large answer has beyond its own share; the oldest first, which never waits: so one always ends. */
  readonly #large = new Map<Incoming, number>()
  #together = 0
  readonly #waiting: (() => void)[] = []

  constructor(bounds: Bounds) {
    this.#bounds = bounds
  }

  /** @param size what has come of it by now */
  grows(answer: Incoming, size: number): void {
    const beyond = size - this.#bounds.each
    if (beyond <= 0) return
    this.#together += beyond - (this.#large.get(answer) ?? 0)
    this.#large.set(answer, beyond)
    const [oldest] = this.#large.keys()
    if (this.#isFull && answer !== oldest) answer.pause()
  }

  /**
   * Calls `read` for an answer that is there: for a small one at once. Large ones one after the other, with a turn of the event loop between:
   * to read one takes milliseconds, and many of them at once would be a pause for everybody.
   */
  isComplete(answer: Incoming, read: () => void): void {
    if (!this.#large.has(answer)) read()
    else if (this.#waiting.push(read) === 1) setImmediate(() => this.#readNext())
  }

  #readNext(): void {
    this.#waiting[0]?.()
    this.#waiting.shift()
    if (this.#waiting.length > 0) setImmediate(() => this.#readNext())
  }

  /** Of whatever answer, whether or not it was a large one. Others that waited for it go on in a moment. */
  ends(answer: Incoming): void {
    const beyond = this.#large.get(answer)
    if (beyond === undefined) return
    this.#large.delete(answer)
    this.#together -= beyond
    // Not from within the answer that ends: undici reads one at a time.
    queueMicrotask(() => this.#goOn())
  }

  #goOn(): void {
    for (const answer of this.#large.keys()) {
      answer.resume()
      if (this.#isFull) break
    }
  }

  get #isFull(): boolean {
    return this.#together > this.#bounds.together
  }
}
