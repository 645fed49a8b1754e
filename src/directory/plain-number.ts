/**
 * Phone numbers as nearly all of them are written, read at a fraction of the library's own cost, and without making anything of them. What
 * isn't certain here is for the library to read; where there is an answer it is the library's, which a test holds it to.
 */
import type { CountryCode } from 'libphonenumber-js/min'
import { type Plan, planOf, type Sharing, sharingWith } from './numbering-plans.ts'

/**
 * What may stand before the plus or the first digit, without being a part of the number: words, a bracket, the apostrophe of a spreadsheet.
 * In JSON a backslash may be a digit, and what follows a `;` may change a number.
 */
const before = Uint8Array.from({ length: 0x80 }, (_, sign) => Number(/[^\d+;\\]/.test(String.fromCharCode(sign))))
/** The same behind it: words, and an extension in its commonest writings. The number of a company's switchboard is what's before that. */
const behind = /^(?:[, ]*(?:ext(?:n|ension)?|x|#)[.:]? ?\d{1,9}|;ext=\d{1,9})?[^\d#;\\\u0080-\uffff]*$/i
/** What makes it none at all, since digits begin anew in it, and not those of an extension: mostly another number. */
const another = /^[^#;[\\\]~\u0080-\uffff]*$/
const digitsAnew = /\+\D*\d|\d\D+\d/
/** What people put between digits. Anything else is left to the library. */
const separators = new Set(' ().-/\u00a0\u2010\u2011\u2012\u2013\u2014\u2015'.split('').map((sign) => sign.charCodeAt(0)))
const asciiSeparators = Uint8Array.from({ length: 0x80 }, (_, sign) => Number(separators.has(sign)))
/** Characters of a text that may be a number. */
const longestText = 64
/** More than what is dialled before a number has to be changed. */
const unclear = -1

const [plus, zero, nine] = ['+', '0', '9'].map((sign) => sign.charCodeAt(0)) as [number, number, number]

/** The number that was read last: one object serves for any number of them. */
export class PlainNumber {
  /** In ASCII. */
  readonly #digits = Buffer.alloc(longestText)
  #length = 0
  #hasPlus = false
  /** Whose number it is, and where it begins among the digits. */
  #plan: Plan | undefined
  #from = 0

  /** @returns false where only the library itself can tell; where it is certain there still may be no number */
  readText(text: string, region: CountryCode | undefined): boolean {
    return this.#takeText(text) && this.#read(region)
  }

  /** The same of UTF-8 among bytes. */
  readBytes(bytes: Buffer, from: number, end: number, region: CountryCode | undefined): boolean {
    return this.#takeBytes(bytes, from, end) && this.#read(region)
  }

  /** Reads the same digits as an international number, without a `00` that they begin with. */
  readAfterZeros(): boolean {
    const [first, second] = this.#digits
    return first === zero && second === zero && this.#length >= 5 && this.#readInternational(2)
  }

  /** Of a length that its country's plan knows. */
  isPossible(): boolean {
    return this.#plan !== undefined && this.#hasLength(this.#plan, this.#from)
  }

  /** In one of the plan's ranges. */
  isValid(): boolean {
    return this.#plan !== undefined && this.#isIn(this.#plan, this.#from)
  }

  /** E.164; nothing where there is no number. */
  get number(): string {
    return this.#plan === undefined ? '' : `+${this.#plan.callingCode}${this.nationalNumber}`
  }

  get nationalNumber(): string {
    return this.#plan === undefined ? '' : this.#digits.toString('latin1', this.#from, this.#length)
  }

  /** Writes E.164 of a number that there is. @returns where it ends */
  write(to: Uint8Array, at: number): number {
    const code = this.#plan?.callingCode ?? ''
    let end = at
    to[end++] = plus
    for (let index = 0; index < code.length; index += 1) to[end++] = code.charCodeAt(index)
    for (let index = this.#from; index < this.#length; index += 1) to[end++] = this.#digits[index] as number
    return end
  }

  /** False where there is anything but digits, separators, a plus, and what may stand before and behind them. */
  #takeText(text: string): boolean {
    if (text.length > longestText) return false
    let first = 0
    while (before[text.charCodeAt(first)] === 1) first += 1
    for (let at = this.#begin(text.charCodeAt(first), first); at < text.length; at += 1)
      if (!this.#take(text.charCodeAt(at))) return this.#endBefore(text.slice(at))
    return true
  }

  #takeBytes(bytes: Buffer, from: number, end: number): boolean {
    if (end - from > longestText) return false
    let first = from
    while (first < end && before[bytes[first] as number] === 1) first += 1
    for (let at = this.#begin(bytes[first] as number, first); at < end; at += 1) {
      const [byte, next, third] = [bytes[at] as number, bytes[at + 1] as number, bytes[at + 2] as number]
      // Separators beyond ASCII begin with one of these.
      if (byte === 0xc2 && this.#take(next)) at += 1
      else if (byte === 0xe2 && this.#take(0x2000 | ((next & 0x3f) << 6) | (third & 0x3f))) at += 2
      else if (byte >= 0x80 || !this.#take(byte)) return this.#endBefore(bytes.toString('latin1', at, end))
    }
    return true
  }

  /** @returns where the digits begin */
  #begin(sign: number, at: number): number {
    this.#length = 0
    this.#hasPlus = sign === plus
    return this.#hasPlus ? at + 1 : at
  }

  #take(sign: number): boolean {
    if (sign < zero || sign > nine) return sign < 0x80 ? asciiSeparators[sign] === 1 : separators.has(sign)
    this.#digits[this.#length] = sign
    this.#length += 1
    return true
  }

  /** False where the number, or what takes the place of one, may be in what follows. */
  #endBefore(rest: string): boolean {
    if (this.#length === 0) return false
    if (behind.test(rest)) return true
    if (!another.test(rest) || !digitsAnew.test(rest)) return false
    this.#length = 0
    return true
  }

  #read(region: CountryCode | undefined): boolean {
    this.#plan = undefined
    if (this.#length < 2) return true
    // A number of two digits is one if there is nothing else.
    if (this.#length < 3) return false
    if (this.#hasPlus) return this.#readInternational(0)
    return region !== undefined && this.#readNational(planOf(region))
  }

  #readInternational(from: number): boolean {
    if (this.#digits[from] === zero) return false
    let code = 0
    for (let at = from; at < from + 3 && at < this.#length - 1; at += 1) {
      code = code * 10 + (this.#digits[at] as number) - zero
      const [main] = sharingWith(code).plans
      if (code > 0 && main !== undefined) return this.#find(main, at + 1)
    }
    return false
  }

  #readNational(home: Plan): boolean {
    const abroad = home.abroad.lengthIn(this.#digits, 0, this.#length)
    if (abroad > 0 && this.#digits[abroad] !== zero) return this.#readInternational(abroad)
    // Its own calling code, without a plus: what can be a national number is one.
    const code = home.ownCode.lengthIn(this.#digits, 0, this.#length)
    if (code > 0) {
      const [whole, rest] = [this.#withoutTrunk(home, 0), this.#withoutTrunk(home, code)]
      if (whole === unclear || rest === unclear) return false
      const isTooLong = this.#length - whole > home.longest
      if (isTooLong || (!this.#isNumber(home, whole) && this.#isNumber(home, rest))) return this.#readInternational(0)
    }
    return this.#find(home, 0)
  }

  #find(home: Plan, from: number): boolean {
    const trunkless = this.#withoutTrunk(home, from)
    if (trunkless === unclear) this.#rewrite(home, from)
    const national = trunkless === unclear ? from : trunkless
    const length = this.#length - national
    const isNumber = length >= 2 && length <= 17
    this.#plan = isNumber ? (this.#countryOf(sharingWith(home.code), national) ?? home) : undefined
    this.#from = national
    return true
  }

  /** Where a number begins without what is dialled before it only in its country. */
  #withoutTrunk(home: Plan, from: number): number {
    const trunk = home.trunk.lengthIn(this.#digits, from, this.#length)
    if (trunk < 0) return unclear
    const national = from + trunk
    if (trunk === 0 || (this.#isNumber(home, from) && !this.#isNumber(home, national))) return from
    return this.#isLongEnough(home, national) ? national : from
  }

  /** Makes of a number that is dialled otherwise in its country what it is: Argentina's mobiles have a 15 there in place of a 9. */
  #rewrite(home: Plan, from: number): void {
    const dialled = this.#digits.toString('latin1', from, this.#length)
    const wasNumber = this.#isNumber(home, from)
    this.#put(home.trunk.rewrite(dialled), from)
    if ((wasNumber && !this.#isNumber(home, from)) || !this.#isLongEnough(home, from)) this.#put(dialled, from)
  }

  #put(digits: string, from: number): void {
    this.#length = from + this.#digits.write(digits, from, 'latin1')
  }

  /** Whether nothing that belongs to a number was taken from it. */
  #isLongEnough(home: Plan, from: number): boolean {
    const country = this.#countryOf(sharingWith(home.code), from) ?? home
    return this.#hasLength(country, from) || this.#length - from > country.longest
  }

  /** Which of the countries with a calling code a number belongs to. */
  #countryOf({ plans, leading }: Sharing, from: number): Plan | undefined {
    if (plans.length === 1) return plans[0]
    let led = unclear
    for (let index = 0; index < plans.length; index += 1) {
      const plan = plans[index] as Plan
      if (plan.isLed && led === unclear) led = leading.match(this.#digits, from, this.#length)
      if (plan.isLed ? (led >> index) & 1 : this.#isIn(plan, from)) return plan
    }
    return undefined
  }

  #hasLength({ lengths, longest }: Plan, from: number): boolean {
    const length = this.#length - from
    return length <= longest && ((lengths >> length) & 1) === 1
  }

  #isNumber({ patterns }: Plan, from: number): boolean {
    return (patterns.match(this.#digits, from, this.#length) & 1) === 1
  }

  #isIn(plan: Plan, from: number): boolean {
    if (!this.#hasLength(plan, from)) return false
    const matched = plan.patterns.match(this.#digits, from, this.#length)
    return (matched & 1) === 1 && (matched & (plan.ranges[this.#length - from] ?? 0)) !== 0
  }
}

/** What the library reads in a text; undefined where only the library itself can tell. */
export function readPlainNumber(text: string, region: CountryCode | undefined): PlainNumber | undefined {
  const number = new PlainNumber()
  return number.readText(text, region) ? number : undefined
}
