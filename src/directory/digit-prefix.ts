/** What may be dialled before a number, given as a regular expression: for nearly every country simply digits. */

export class DigitPrefix {
  readonly #digits: Buffer | null
  readonly #pattern: RegExp | null
  readonly #instead: string

  /**
   * @param pattern undefined, or nothing, where there is no such thing
   * @param instead what is to stand in its place where its last group took digits; nothing where the rest is the number all the same
   */
  constructor(pattern: string | undefined, instead = '') {
    this.#digits = pattern && /^\d+$/.test(pattern) ? Buffer.from(pattern) : null
    this.#pattern = pattern && this.#digits === null ? new RegExp(`^(?:${pattern})`) : null
    this.#instead = instead
  }

  /** How many of these digits it takes, 0 for none; -1 where others are to stand in their place: {@link rewrite}. @param digits in ASCII */
  lengthIn(digits: Buffer, from: number, end: number): number {
    const prefix = this.#digits
    if (prefix !== null) {
      if (end - from < prefix.length) return 0
      for (let index = 0; index < prefix.length; index += 1) if (digits[from + index] !== prefix[index]) return 0
      return prefix.length
    }
    const found = this.#pattern?.exec(digits.toString('latin1', from, end))
    if (!found) return 0
    const [whole, ...groups] = found
    return this.#instead && groups.at(-1) ? -1 : whole.length
  }

  /** The digits with those others in place of what it takes. */
  rewrite(digits: string): string {
    return this.#pattern === null ? digits : digits.replace(this.#pattern, this.#instead)
  }
}
