/**
 * Regular expressions over digits, several at once, as an automaton: one look at a table for each digit, whatever the number of expressions.
 * Its states are made as digits lead to them, since of a country's numbering plan most is never seen. @see https://swtch.com/~rsc/regexp/regexp1.html
 */

/** A place in an expression: `digits` (a bit each) lead on to `next`; without them it leads on by itself, or it ends the expression `ends`. */
type Place = { readonly digits: number; readonly next: readonly Place[]; readonly ends: number }

const zero = 0x30
const everyDigit = 0b11_1111_1111
/** No digits lead anywhere from it. */
const nowhere = 0
const start = 1
const unknown = -1

export class DigitPatterns {
  /** For each state and digit the state that follows. */
  #next = new Int16Array(0)
  /** For each state which expressions end there, a bit each. */
  readonly #ends: number[] = []
  readonly #places: (readonly Place[])[] = []
  readonly #states = new Map<string, number>()
  readonly #numbers = new Map<Place, number>()

  /**
   * @param patterns at most 31 regular expressions of what libphonenumber's metadata is written in: digits, `\d`, classes, groups, `|`, `?`, `*`, `{n,m}`
   * @throws {SyntaxError} for anything else
   */
  constructor(patterns: readonly string[]) {
    this.#state([])
    this.#state(patterns.flatMap((pattern, index) => new Parser(pattern).parse({ digits: 0, next: [], ends: 1 << index })))
  }

  /** Which of the expressions these digits match from beginning to end: a bit each. @param digits in ASCII */
  match(digits: Uint8Array, from: number, end: number): number {
    let state = start
    for (let at = from; at < end; at += 1) {
      const digit = (digits[at] as number) - zero
      let next = this.#next[10 * state + digit] as number
      if (next === unknown) next = this.#follow(state, digit)
      if (next === nowhere) return 0
      state = next
    }
    return this.#ends[state] as number
  }

  #follow(state: number, digit: number): number {
    const places = (this.#places[state] as readonly Place[]).filter(({ digits }) => (digits >> digit) & 1)
    const next = this.#state([...new Set(places.flatMap((place) => place.next))])
    this.#next[10 * state + digit] = next
    return next
  }

  #state(places: readonly Place[]): number {
    const all = withoutSteps(places)
    const name = [...all]
      .map((place) => this.#number(place))
      .sort((one, other) => one - other)
      .join()
    const known = this.#states.get(name)
    if (known !== undefined) return known
    const state = this.#states.size
    this.#states.set(name, state)
    this.#places.push([...all])
    this.#ends.push([...all].reduce((ends, place) => ends | place.ends, 0))
    if (10 * (state + 1) > this.#next.length) {
      const larger = new Int16Array(Math.max(80, 2 * this.#next.length)).fill(unknown)
      larger.set(this.#next)
      this.#next = larger
    }
    return state
  }

  #number(place: Place): number {
    const number = this.#numbers.get(place) ?? this.#numbers.size
    this.#numbers.set(place, number)
    return number
  }
}

/** The places at which a digit is read or an expression ends, of those that these lead to by themselves. */
function withoutSteps(places: readonly Place[], found = new Set<Place>(), passed = new Set<Place>()): Set<Place> {
  for (const place of places) {
    if (place.digits !== 0 || place.ends !== 0) found.add(place)
    else if (!passed.has(place)) withoutSteps(place.next, found, passed.add(place))
  }
  return found
}

/** What an expression says, as what makes the places before those that follow it. */
type Part = (next: readonly Place[]) => readonly Place[]

class Parser {
  readonly #pattern: string
  #at = 0

  constructor(pattern: string) {
    this.#pattern = pattern
  }

  parse(end: Place): readonly Place[] {
    const part = this.#choice()
    if (this.#at < this.#pattern.length) this.#fail()
    return part([end])
  }

  #choice(): Part {
    const parts = [this.#sequence()]
    while (this.#takes('|')) parts.push(this.#sequence())
    return (next) => parts.flatMap((part) => part(next))
  }

  #sequence(): Part {
    const parts: Part[] = []
    while (this.#at < this.#pattern.length && !'|)'.includes(this.#pattern[this.#at] as string)) parts.push(this.#repeated())
    return (next) => parts.reduceRight((rest, part) => part(rest), next)
  }

  #repeated(): Part {
    const part = this.#one()
    if (this.#takes('?')) return (next) => [...part(next), ...next]
    if (this.#takes('*')) return anyNumberOf(part)
    const [all, from = '', to = from] = /^\{(\d+)(?:,(\d+))?\}/.exec(this.#pattern.slice(this.#at)) ?? []
    if (all === undefined) return part
    this.#at += all.length
    return (next) => {
      let rest = next
      for (let count = Number(to); count > 0; count -= 1) rest = count > Number(from) ? [...part(rest), ...next] : part(rest)
      return rest
    }
  }

  #one(): Part {
    if (this.#takes('(')) {
      this.#takes('?:')
      const inner = this.#choice()
      if (!this.#takes(')')) this.#fail()
      return inner
    }
    const digits = this.#digits()
    return (next) => [{ digits, next, ends: 0 }]
  }

  #digits(): number {
    if (this.#takes('\\d')) return everyDigit
    const [all, members = ''] = /^(?:\[([\d-]+)\]|\d)/.exec(this.#pattern.slice(this.#at)) ?? []
    if (all === undefined) this.#fail()
    this.#at += all.length
    if (members === '') return 1 << Number(all)
    let digits = 0
    for (const [, from = '', to = from] of members.matchAll(/(\d)(?:-(\d))?/g))
      for (let digit = Number(from); digit <= Number(to); digit += 1) digits |= 1 << digit
    return digits
  }

  #takes(text: string): boolean {
    if (!this.#pattern.startsWith(text, this.#at)) return false
    this.#at += text.length
    return true
  }

  #fail(): never {
    throw new SyntaxError(`No expression of digits: ${this.#pattern} at ${this.#at}`)
  }
}

/** A place that leads on by itself: to what is repeated, which leads back to it, or past it. */
function anyNumberOf(part: Part): Part {
  return (next) => {
    const around: Place[] = []
    const again: Place = { digits: 0, next: around, ends: 0 }
    around.push(...part([again]), ...next)
    return [again]
  }
}
