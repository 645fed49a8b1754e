// What stands on the right of a comparison in SOQL: strings with their escapes, LIKE patterns, numbers, times.

import { malformed, notInSandbox } from './soql-syntax.ts'

const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  N: '\n',
  r: '\r',
  R: '\r',
  t: '\t',
  T: '\t',
  b: '\b',
  B: '\b',
  f: '\f',
  F: '\f',
  '"': '"',
  "'": "'",
  '\\': '\\',
}

/** A piece of a LIKE pattern: text, exactly one character, or any number of them. */
export type PatternPiece = string | typeof ONE | typeof ANY
export const ONE: unique symbol = Symbol('one character')
export const ANY: unique symbol = Symbol('any characters')

/** The text of a quoted string. @see https://developer.salesforce.com/docs/atlas.en-us.soql_sosl.meta/soql_sosl/sforce_api_calls_soql_select_quotedstringescapes.htm */
export function unquote(statement: string, quoted: string): string {
  return [...charactersOf(statement, quoted)].map(({ character }) => character).join('')
}

/** The pieces of a quoted LIKE pattern, `_` and `%` standing for themselves where a backslash is before them. */
export function readPattern(statement: string, quoted: string): readonly PatternPiece[] {
  const pieces: PatternPiece[] = []
  for (const { character, escaped } of charactersOf(statement, quoted)) {
    const last = pieces.at(-1)
    if (!escaped && character === '_') pieces.push(ONE)
    else if (!escaped && character === '%') {
      if (last !== ANY) pieces.push(ANY)
    } else if (typeof last === 'string') pieces[pieces.length - 1] = last + character
    else pieces.push(character)
  }
  return pieces
}

/** Whether a text fits a pattern, both in lower case; takes no longer than pattern times text, whatever the pattern. */
export function fits(pattern: readonly PatternPiece[], text: string): boolean {
  let [next, at] = [0, 0]
  let [retryNext, retryAt] = [-1, 0]
  for (;;) {
    const piece = pattern[next]
    if (piece === undefined && at === text.length) return true
    if (piece === ANY) {
      retryNext = ++next
      retryAt = at
    } else if (piece === ONE && at < text.length) {
      at += (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1
      next++
    } else if (typeof piece === 'string' && text.startsWith(piece, at)) {
      at += piece.length
      next++
    } else {
      // The last ANY takes one more, or as many as it takes to get to where the text after it is.
      const wanted = pattern[retryNext]
      if (retryNext < 0 || retryAt >= text.length) return false
      retryAt = typeof wanted === 'string' ? text.indexOf(wanted, retryAt + 1) : retryAt + 1
      if (retryAt < 0) return false
      next = retryNext
      at = retryAt
    }
  }
}

const DAY = 86_400_000

/** The span of time that a literal stands for, in epoch milliseconds: a moment, or a day. The org's time zone is UTC. */
export function readTime(literal: string, now: number): { readonly from: number; readonly to: number } {
  const today = Math.floor(now / DAY) * DAY
  const daysAgo = /^LAST_N_DAYS:(\d+)$/i.exec(literal)?.[1]
  if (daysAgo !== undefined) return { from: today - Number(daysAgo) * DAY, to: today + DAY }
  if (/^TODAY$/i.test(literal)) return { from: today, to: today + DAY }
  if (/^YESTERDAY$/i.test(literal)) return { from: today - DAY, to: today }
  const from = Date.parse(literal)
  if (Number.isNaN(from)) throw notInSandbox(`the time ${literal}`)
  return { from, to: /^\d{4}-\d\d-\d\d$/.test(literal) ? from + DAY : from + 1 }
}

function* charactersOf(statement: string, quoted: string): Generator<{ readonly character: string; readonly escaped: boolean }> {
  const characters = [...quoted.slice(1, -1)]
  for (let i = 0; i < characters.length; i++) {
    const character = characters[i] ?? ''
    if (character !== '\\') {
      yield { character, escaped: false }
      continue
    }
    const next = characters[++i] ?? ''
    const unicode = next === 'u' ? /^[0-9a-f]{4}$/i.exec(characters.slice(i + 1, i + 5).join(''))?.[0] : undefined
    if (unicode !== undefined) {
      i += 4
      yield { character: String.fromCharCode(Number.parseInt(unicode, 16)), escaped: true }
    } else if (next === '_' || next === '%') {
      yield { character: next, escaped: true }
    } else {
      const meant = ESCAPES[next]
      if (meant === undefined) {
        const message = `Invalid string literal ${quoted}. Illegal character sequence '\\${next}' in string literal.`
        throw malformed(statement, Math.max(0, statement.indexOf(quoted)), message)
      }
      yield { character: meant, escaped: true }
    }
  }
}
