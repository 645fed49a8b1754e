/**
 * Regular expressions over digits, several at once, as an automaton: one look at a table for each digit, whatever the number of expressions.
 * Its states are made as digits lead to them, since of a country's numbering plan most is never seen. @see https://swtch.com/~rsc/regexp/regexp1.html
 */

const zero = 0x30
/** A bit for each digit. */
const everyDigit = 0b11_1111_1111

/** The state that no digits lead away from. */
const nowhere = 0
const start = 1
const unknown = -1

export class DigitPatterns {
  /** For each state and digit the state that follows. */
  #next = new Int16Array(0)
  /** For each state which expressions end there, a bit each. */
  readonly #ends: number[] = []
  /** For each state the steps that may come next. */
  readonly #steps: (readonly number[])[] = []
  readonly #states = new Map<string, number>()
  readonly #patterns: readonly string[]
  #graph: Steps | undefined

  /**
   * @param patterns at most 31 regular expressions of what libphonenumber's metadata is written in: digits, `\d`, classes, groups, `|`, `?`, `*`,
   * `{n,m}`. They are read when they are first needed: of the 25 countries of North America most never are.
   */
  constructor(patterns: readonly string[]) {
    this.#patterns = patterns
  }

  /**
   * Which of the expressions these digits match from beginning to end: a bit each.
   * @param digits in ASCII
   * @throws {SyntaxError} for anything else in the expressions
   */
  match(digits: Uint8Array, from: number, end: number): number {
    const graph = this.#graph ?? this.#read()
    let state = start
    for (let at = from; at < end; at += 1) {
      const digit = (digits[at] as number) - zero
      let next = this.#next[10 * state + digit] as number
      if (next === unknown) next = this.#follow(state, digit, graph)
      if (next === nowhere) return 0
      state = next
    }
    return this.#ends[state] as number
  }

  #read(): Steps {
    const graph = new Graph()
    const beginnings = this.#patterns.map((pattern, index) => new Parser(pattern, graph).parse(graph.end(index)))
    const steps = graph.steps()
    this.#state([], steps)
    this.#state(beginnings, steps)
    this.#graph = steps
    return steps
  }

  #follow(state: number, digit: number, graph: Steps): number {
    const { digits, next } = graph
    const steps = (this.#steps[state] as readonly number[]).filter((step) => ((digits[step] as number) >> digit) & 1)
    const following = this.#state(
      steps.map((step) => next[step] as number),
      graph,
    )
    this.#next[10 * state + digit] = following
    return following
  }

  /** The state in which these steps may come next. */
  #state(steps: readonly number[], graph: Steps): number {
    const { digits, next } = graph
    const all = [...withoutForks(graph, steps)].sort((one, other) => one - other)
    const name = all.join()
    const known = this.#states.get(name)
    if (known !== undefined) return known
    const state = this.#states.size
    this.#states.set(name, state)
    this.#steps.push(all)
    this.#ends.push(all.reduce((ends, step) => (digits[step] === 0 ? ends | (1 << (next[step] as number)) : ends), 0))
    if (10 * (state + 1) > this.#next.length) {
      const larger = new Int16Array(Math.max(80, 2 * this.#next.length)).fill(unknown)
      larger.set(this.#next)
      this.#next = larger
    }
    return state
  }
}

/**
 * What the expressions consist of, step by step. A step takes one of its `digits` and leads on to `next`; without digits it is the end of the
 * expression with the number `next`, or a fork: it takes nothing, and leads on to `next` and to `other`.
 */
type Steps = { readonly digits: Int16Array; readonly next: Int32Array; readonly other: Int32Array }
const noOther = -1

/** The steps that take a digit or are an end, of those that these lead to. */
function withoutForks(
  graph: Steps,
  steps: readonly number[],
  found = new Set<number>(),
  passed = new Set<number>(),
): Set<number> {
  for (const step of steps) {
    const other = graph.other[step] as number
    if (other === noOther) found.add(step)
    else if (!passed.has(step)) withoutForks(graph, [graph.next[step] as number, other], found, passed.add(step))
  }
  return found
}

/** Steps in the making. */
class Graph {
  readonly #digits: number[] = []
  readonly #next: number[] = []
  readonly #other: number[] = []

  take(digits: number, next: number): number {
    return this.#add(digits, next, noOther)
  }

  end(pattern: number): number {
    return this.#add(0, pattern, noOther)
  }

  fork(next: number, other: number): number {
    return this.#add(0, next, other)
  }

  /** A fork to what is repeated, which leads back to it, or past it. */
  loop(repeated: (next: number) => number, past: number): number {
    const fork = this.fork(past, past)
    this.#next[fork] = repeated(fork)
    return fork
  }

  steps(): Steps {
    return { digits: Int16Array.from(this.#digits), next: Int32Array.from(this.#next), other: Int32Array.from(this.#other) }
  }

  #add(digits: number, next: number, other: number): number {
    this.#next.push(next)
    this.#other.push(other)
    return this.#digits.push(digits) - 1
  }
}

/** A part of an expression, as what makes the steps before those that follow it. */
type Part = (next: number) => number

class Parser {
  readonly #pattern: string
  readonly #graph: Graph
  #at = 0

  constructor(pattern: string, graph: Graph) {
    this.#pattern = pattern
    this.#graph = graph
  }

  /** @returns the first step */
  parse(end: number): number {
    const part = this.#choice()
    if (this.#at < this.#pattern.length) this.#fail()
    return part(end)
  }

  #choice(): Part {
    const first = this.#sequence()
    if (!this.#takes('|')) return first
    const others = this.#choice()
    return (next) => this.#graph.fork(first(next), others(next))
  }

  #sequence(): Part {
    const parts: Part[] = []
    while (this.#at < this.#pattern.length && !'|)'.includes(this.#pattern[this.#at] as string)) parts.push(this.#repeated())
    return (next) => parts.reduceRight((rest, part) => part(rest), next)
  }

  #repeated(): Part {
    const part = this.#one()
    if (this.#takes('?')) return (next) => this.#graph.fork(part(next), next)
    if (this.#takes('*')) return (next) => this.#graph.loop(part, next)
    const [all, from = '', to = from] = /^\{(\d+)(?:,(\d+))?\}/.exec(this.#pattern.slice(this.#at)) ?? []
    if (all === undefined) return part
    this.#at += all.length
    return (next) => {
      let rest = next
      for (let count = Number(to); count > 0; count -= 1)
        rest = count > Number(from) ? this.#graph.fork(part(rest), next) : part(rest)
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
    return (next) => this.#graph.take(digits, next)
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
