// SOSL statements: `FIND {…} IN … FIELDS RETURNING Contact(…), Lead(…) LIMIT …`. What stands in a RETURNING clause's parentheses is read
// as the SOQL that it is a part of.

import { SalesforceError } from './errors.ts'
import type { Schema, SearchGroup } from './sobject.ts'
import { readSoql, type Statement } from './soql.ts'
import { notInSandbox } from './soql-syntax.ts'
import { malformedSearch, readTerms, type SearchExpression } from './sosl-terms.ts'

/** A search that the org can answer. */
export interface Search {
  readonly expression: SearchExpression
  readonly group: SearchGroup
  /** What is wanted of each object: fields, condition, order and limit, as a query has them. */
  readonly returning: readonly Statement[]
  /** Rows of all objects together. */
  readonly limit: number
}

const MOST_ROWS = 2000
const MAX_LENGTH = 100_000

/** Reads a statement for this org. @see https://developer.salesforce.com/docs/atlas.en-us.soql_sosl.meta/soql_sosl/sforce_api_calls_sosl_syntax.htm */
export function readSosl(schema: Schema, text: string, now: number): Search {
  if (text.length > MAX_LENGTH) throw malformedSearch('', 0, `SOSL statements cannot be longer than ${MAX_LENGTH} characters.`)
  const start = /^\s*FIND\s*\{/i.exec(text)?.[0].length
  if (start === undefined) throw malformedSearch(text, 0, 'a search begins with FIND {')
  const end = closingBrace(text, start)
  const expression = readTerms(text, start, end)
  const scanner = new Scanner(text, end + 1)

  const group = (scanner.take(/IN\s+(ALL|NAME|EMAIL|PHONE|SIDEBAR)\s+FIELDS\b/iy)?.[1]?.toUpperCase() ?? 'ALL') as SearchGroup
  const returning: Statement[] = []
  if (scanner.take(/RETURNING\b/iy) !== null) {
    do returning.push(readReturning(schema, scanner, now))
    while (scanner.take(/,/y) !== null)
  } else {
    for (const object of schema.values())
      if (object.searched !== null) returning.push(readSoql(schema, `SELECT Id FROM ${object.name}`, now))
  }
  if (scanner.take(/(?:WITH|UPDATE)\b/iy) !== null) throw notInSandbox('WITH and UPDATE in a search')
  const limit = scanner.take(/LIMIT\s+(\d+)/iy)?.[1]
  scanner.finish()
  return { expression, group, returning, limit: limit === undefined ? MOST_ROWS : Math.min(MOST_ROWS, Number(limit)) }
}

function readReturning(schema: Schema, scanner: Scanner, now: number): Statement {
  const name = scanner.take(/[a-z]\w*/iy)?.[0]
  if (name === undefined) throw scanner.unexpected()
  const inside = scanner.takeParentheses()
  const [, fields, clauses] = /^(.*?)((?:\b(?:USING|WHERE|ORDER\s+BY|LIMIT|OFFSET)\b.*)?)$/is.exec(inside ?? 'Id') ?? []
  try {
    const statement = readSoql(schema, `SELECT ${fields} FROM ${name} ${clauses}`, now)
    if (statement.columns === null) throw notInSandbox('COUNT() in a search')
    if (statement.object.searched === null)
      throw new SalesforceError(400, 'INVALID_TYPE', `entity type ${name} does not support search`)
    return statement
  } catch (error) {
    if (!(error instanceof SalesforceError) || error.errorCode !== 'MALFORMED_QUERY') throw error
    throw new SalesforceError(400, 'MALFORMED_SEARCH', error.message)
  }
}

function closingBrace(text: string, start: number): number {
  let at = start
  while (at < text.length && text.charAt(at) !== '}') at += text.charAt(at) === '\\' ? 2 : 1
  if (at >= text.length) throw malformedSearch(text, text.length, "mismatched character '<EOF>' expecting '}'")
  return at
}

/** Goes through a statement piece by piece, past the blanks between them. */
class Scanner {
  readonly #text: string
  #at: number

  constructor(text: string, at: number) {
    this.#text = text
    this.#at = at
    this.#skipBlanks()
  }

  /** What the sticky pattern matches here; null when it doesn't. */
  take(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at
    const match = pattern.exec(this.#text)
    if (match === null) return null
    this.#at += match[0].length
    this.#skipBlanks()
    return match
  }

  /** What stands in the parentheses that open here; null when none do. Parentheses in quotes don't count. */
  takeParentheses(): string | null {
    if (this.#text.charAt(this.#at) !== '(') return null
    const start = this.#at + 1
    let [depth, quoted] = [1, false]
    let at = start
    for (; at < this.#text.length; at++) {
      const character = this.#text.charAt(at)
      if (character === '\\') at++
      else if (character === "'") quoted = !quoted
      else if (!quoted && character === '(') depth++
      else if (!quoted && character === ')' && --depth === 0) break
    }
    if (depth > 0) throw malformedSearch(this.#text, this.#text.length, "unexpected token: '<EOF>'")
    this.#at = at + 1
    this.#skipBlanks()
    return this.#text.slice(start, at)
  }

  /** Throws when something is left. */
  finish(): void {
    if (this.#at < this.#text.length) throw this.unexpected()
  }

  unexpected(): SalesforceError {
    const token = /\S+/y
    token.lastIndex = this.#at
    return malformedSearch(this.#text, this.#at, `unexpected token: '${token.exec(this.#text)?.[0] ?? '<EOF>'}'`)
  }

  #skipBlanks(): void {
    while (/\s/.test(this.#text.charAt(this.#at))) this.#at++
  }
}
