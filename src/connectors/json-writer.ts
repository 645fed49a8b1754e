/** Writes JSON as bytes, for what is written by the hundred: no text is made of it, and none has to be encoded. */

export class JsonWriter {
  #to: Buffer
  #at = 0

  constructor(size = 64 * 1024) {
    this.#to = Buffer.allocUnsafeSlow(size)
  }

  /** Begins anew, in the same memory. */
  clear(): void {
    this.#at = 0
  }

  /** A copy of what was written. */
  take(): Buffer {
    const taken = Buffer.allocUnsafeSlow(this.#at)
    this.#to.copy(taken, 0, 0, this.#at)
    return taken
  }

  /** Bytes that are JSON, or a part of it. */
  bytes(source: Uint8Array): void {
    this.part(source, 0, source.length)
  }

  /** The same, of some of the bytes. */
  part(source: Uint8Array, from: number, end: number): void {
    const to = this.#room(end - from)
    let at = this.#at
    // A loop, since most parts are so short that a call of the system's copy would cost more.
    for (let index = from; index < end; index += 1, at += 1) to[at] = source[index] as number
    this.#at = at
  }

  /** A text, as it stands between quotes. */
  text(text: string): void {
    if (!this.#plain(text)) this.bytes(Buffer.from(betweenQuotes(text)))
  }

  /** Writes a text that can stand as it is, sign by sign, as most can; false where it can't. */
  #plain(text: string): boolean {
    const to = this.#room(text.length)
    let at = this.#at
    for (let index = 0; index < text.length; index += 1, at += 1) {
      const code = text.charCodeAt(index)
      if (code < 0x20 || code > 0x7e || code === 0x22 || code === 0x5c) return false
      to[at] = code
    }
    this.#at = at
    return true
  }

  /** The buffer, with room for so many bytes more. */
  #room(bytes: number): Buffer {
    const needed = this.#at + bytes
    if (needed > this.#to.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#to.length * 2))
      this.#to.copy(larger, 0, 0, this.#at)
      this.#to = larger
    }
    return this.#to
  }
}

/** A text as JSON has it between its quotes. */
export const betweenQuotes = (text: string): string => JSON.stringify(text).slice(1, -1)
