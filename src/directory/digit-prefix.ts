/** What may be dialled before a number, given as a regular expression: for nearly every country simply digits. */

export class DigitPrefix {
  readonly #digits: Buffer | null
  readonly #pattern: RegExp | null

  /** @param pattern undefined, or nothing, where there is no such thing */
  constructor(pattern: string | undefined) {
    this.#digits = pattern && /^\d+$/.test(pattern) ? Buffer.from(pattern) : null
    this.#pattern = pattern && this.#digits === null ? new RegExp(`^(?:${pattern})`) : null
  }

  /** How many of these digits it takes, 0 for none; -1 where it doesn't only take digits: it has groups, for what others are to stand instead. @param digits in ASCII */
  lengthIn(digits: Buffer, from: number, end: number): number {
    const prefix = this.#digits
    if (prefix !== null) {
      if (end - from < prefix.length) return 0
      for (let index = 0; index < prefix.length; index += 1) if (digits[from + index] !== prefix[index]) return 0
      return prefix.length
    }
    const found = this.#pattern?.exec(digits.toString('latin1', from, end))
    if (!found) return 0
    return found.some((group, index) => index > 0 && group !== undefined) ? -1 : found[0].length
  }
}
