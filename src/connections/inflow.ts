/** Bounds what answers take while they come in, and of what they are made into: large ones wait for each other, small ones for nobody. */

/** An answer that comes in, and can be told to wait, or that it isn't waited for. */
export interface Incoming {
  pause(): void
  resume(): void
  /** Others need its memory. */
  refuse(): void
}

/**
 * What all answers may take together beyond what each has for itself; how many go on beyond that, the oldest; and how much each of those
 * has to bring in how long, so that nobody waits for a server that has stopped. Bytes, and milliseconds.
 */
export type Bounds = {
  readonly together: number
  readonly each: number
  readonly goOn: number
  readonly pace: { readonly bytes: number; readonly every: number }
}

/** What a large answer has beyond its own share, by now and when its pace was looked at; null = it wasn't going on then. */
type Size = { now: number; before: number | null }

export class Inflow {
  readonly #bounds: Bounds
  /** The oldest first. */
  readonly #large = new Map<Incoming, Size>()
  #together = 0
  readonly #complete: (() => void)[] = []
  #pacing: NodeJS.Timeout | undefined

  constructor(bounds: Bounds) {
    this.#bounds = bounds
  }

  /** @param size what has come of it by now */
  grows(answer: Incoming, size: number): void {
    if (this.#count(answer, size) === null || !this.#isFull || this.#goesOn(answer)) return
    answer.pause()
    this.#pacing ??= setInterval(() => this.#keepPace(), this.#bounds.pace.every).unref()
  }

  /**
   * Calls `read` for an answer that is there: for a small one at once. Large ones one after the other, with a turn of the event loop between:
   * to read one takes milliseconds, and many of them at once would be a pause for everybody.
   * @param size what will be read: more than has come, where it was compressed
   */
  isComplete(answer: Incoming, size: number, read: () => void): void {
    const counted = this.#count(answer, size)
    if (counted === null) return void read()
    this.#large.delete(answer)
    const readAndForget = () => {
      this.#together -= counted.now
      read()
    }
    if (this.#complete.push(readAndForget) === 1) setImmediate(() => this.#readNext())
  }

  #readNext(): void {
    this.#complete[0]?.()
    this.#complete.shift()
    this.#goOn()
    if (this.#complete.length > 0) setImmediate(() => this.#readNext())
  }

  /** Of whatever answer, whether or not it was a large one. Others that waited for it go on in a moment. */
  ends(answer: Incoming): void {
    const size = this.#large.get(answer)
    if (size === undefined) return
    this.#large.delete(answer)
    this.#together -= size.now
    // Not from within the answer that ends: undici reads one at a time.
    queueMicrotask(() => this.#goOn())
  }

  #goOn(): void {
    if (!this.#isFull) {
      clearInterval(this.#pacing)
      this.#pacing = undefined
    }
    for (const answer of this.#large.keys()) if (!this.#isFull || this.#goesOn(answer)) answer.resume()
  }

  /** While others wait. */
  #keepPace(): void {
    const goingOn = new Map(this.#goingOn())
    for (const [answer, size] of this.#large) {
      const { now, before } = size
      size.before = goingOn.has(answer) ? now : null
      if (size.before !== null && before !== null && now - before < this.#bounds.pace.bytes) answer.refuse()
    }
  }

  /** @returns null for a small one */
  #count(answer: Incoming, bytes: number): Size | null {
    const beyond = bytes - this.#bounds.each
    if (beyond <= 0) return null
    const size = this.#large.get(answer) ?? { now: 0, before: null }
    this.#together += beyond - size.now
    size.now = beyond
    this.#large.set(answer, size)
    return size
  }

  #goesOn(answer: Incoming): boolean {
    return this.#goingOn().some(([one]) => one === answer)
  }

  #goingOn(): [Incoming, Size][] {
    return [...this.#large].slice(0, this.#bounds.goOn)
  }

  get #isFull(): boolean {
    return this.#together > this.#bounds.together
  }
}
