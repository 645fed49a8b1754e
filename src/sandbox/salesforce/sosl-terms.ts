// The search expression between a SOSL statement's braces: words, phrases in quotes, wildcards, AND, OR, AND NOT, parentheses.

import { errorAt, type SalesforceError } from './errors.ts'
import { ANY, ONE, type PatternPiece } from './soql-literals.ts'

/** Words that have to follow one another; each is the pieces of a pattern. `written` is what was typed, without its escapes. */
export interface Phrase {
  readonly kind: 'phrase'
  readonly words: readonly (readonly PatternPiece[])[]
  readonly written: string
}

export type SearchExpression =
  | Phrase
  | { readonly kind: 'and' | 'or'; readonly parts: readonly SearchExpression[] }
  | { readonly kind: 'not'; readonly part: SearchExpression }

const RESERVED = '?&|!{}[]()^~*:\\"\'+-'

/** The words of a text: runs of letters and digits in lower case. Accents stay, as Salesforce doesn't promise to look past them. */
export function wordsOf(text: string): readonly string[] {
  return text.toLowerCase().match(WORD) ?? []
}
const WORD = /[\p{L}\p{M}\p{N}]+/gu

type Token = '(' | ')' | 'AND' | 'OR' | 'NOT' | Phrase

/**
 * Reads what stands between the braces, which is `statement` from `start` to `end`. Characters with a meaning of their own need a
 * backslash. @see https://developer.salesforce.com/docs/atlas.en-us.soql_sosl.meta/soql_sosl/sforce_api_calls_sosl_find.htm
 */
export function readTerms(statement: string, start: number, end: number): SearchExpression {
  const tokens = tokensOf(statement, start, end)
  if (!tokens.some((token) => typeof token === 'object' && token.words.some(isLong))) {
    const term = statement.slice(start, end).trim()
    throw malformedSearch(statement, start, `search term must be longer than one character: ${term}`)
  }
  let next = 0
  const unexpected = () => malformedSearch(statement, start, 'unexpected operator or parenthesis in the search expression')

  const any = (): SearchExpression => joined('or', 'OR', all)
  const all = (): SearchExpression => {
    const parts = [single()]
    for (let token = tokens[next]; token !== undefined && token !== 'OR' && token !== ')'; token = tokens[next]) {
      if (token === 'AND') next++
      // Words side by side are an AND too.
      if (tokens[next] === 'NOT') {
        if (token !== 'AND') throw unexpected()
        next++
        parts.push({ kind: 'not', part: single() })
      } else parts.push(single())
    }
    return parts.length === 1 ? (parts[0] as SearchExpression) : { kind: 'and', parts }
  }
  const joined = (kind: 'or', operator: Token, read: () => SearchExpression): SearchExpression => {
    const parts = [read()]
    while (tokens[next] === operator) {
      next++
      parts.push(read())
    }
    return parts.length === 1 ? (parts[0] as SearchExpression) : { kind, parts }
  }
  const single = (): SearchExpression => {
    const token = tokens[next++]
    if (typeof token === 'object') return token
    if (token !== '(') throw unexpected()
    const inner = any()
    if (tokens[next++] !== ')') throw unexpected()
    return inner
  }

  const whole = any()
  if (next < tokens.length) throw unexpected()
  return whole
}

/** Says that the statement makes no sense, and where. */
export function malformedSearch(statement: string, offset: number, message: string): SalesforceError {
  return errorAt(statement, offset, 'MALFORMED_SEARCH', message)
}

function tokensOf(statement: string, start: number, end: number): readonly Token[] {
  const tokens: Token[] = []
  let at = start
  while (at < end) {
    const character = statement.charAt(at)
    if (/\s/.test(character)) at++
    else if (character === '(' || character === ')') {
      tokens.push(character)
      at++
    } else if (character === '"') {
      const close = closingQuote(statement, at + 1, end)
      if (close === end) throw malformedSearch(statement, at, 'a phrase has no closing quotation mark')
      tokens.push(phraseOf(statement, at + 1, close))
      at = close + 1
    } else {
      const close = wordEnd(statement, at, end)
      const operator = statement.slice(at, close).toUpperCase()
      tokens.push(operator === 'AND' || operator === 'OR' || operator === 'NOT' ? operator : phraseOf(statement, at, close))
      at = close
    }
  }
  return tokens
}

function closingQuote(statement: string, start: number, end: number): number {
  let at = start
  while (at < end && statement.charAt(at) !== '"') at += statement.charAt(at) === '\\' ? 2 : 1
  return Math.min(at, end)
}

function wordEnd(statement: string, start: number, end: number): number {
  let at = start
  while (at < end && !/[\s()"]/.test(statement.charAt(at))) at += statement.charAt(at) === '\\' ? 2 : 1
  return Math.min(at, end)
}

// What is typed as one word can be several: punctuation splits it as it splits what is searched.
function phraseOf(statement: string, start: number, end: number): Phrase {
  const words: PatternPiece[][] = []
  let word: PatternPiece[] = []
  let written = ''
  const add = (piece: PatternPiece) => {
    if (word.length === 0) words.push(word)
    word.push(piece)
  }
  for (let at = start; at < end; at++) {
    let character = statement.charAt(at)
    if (character === '*' || character === '?') {
      const first = word.length === 0
      if (first) throw malformedSearch(statement, at, `a search term can't begin with ${character}`)
      add(character === '*' ? ANY : ONE)
      continue
    }
    if (character === '\\') {
      character = statement.charAt(++at)
      if (at >= end || !RESERVED.includes(character)) throw malformedSearch(statement, at - 1, `illegal escape '\\${character}'`)
    } else if (RESERVED.includes(character))
      throw malformedSearch(statement, at, `mismatched character '${character}' expecting '}'`)
    written += character
    if (/[\p{L}\p{M}\p{N}\uD800-\uDFFF]/u.test(character)) add(character.toLowerCase())
    else word = []
  }
  return { kind: 'phrase', words: words.map(merged), written }
}

// One piece for each run of letters.
function merged(pieces: readonly PatternPiece[]): readonly PatternPiece[] {
  const result: PatternPiece[] = []
  for (const piece of pieces) {
    const last = result.at(-1)
    if (typeof piece === 'string' && typeof last === 'string') result[result.length - 1] = last + piece
    else if (piece !== ANY || last !== ANY) result.push(piece)
  }
  return result
}

function isLong(word: readonly PatternPiece[]): boolean {
  return word.reduce((length, piece) => length + (typeof piece === 'string' ? [...piece].length : 0), 0) > 1
}
