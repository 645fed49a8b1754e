// The syntax of SOQL: a statement's text becomes a tree, or a MALFORMED_QUERY. The grammar comes from a library; what Salesforce refuses
// beyond it is refused here.

import { type Condition, parseQuery, type Query, type ValueCondition, type WhereClause } from '@jetstreamapp/soql-parser-js'
import { errorAt, SalesforceError } from './errors.ts'

/** A condition of a statement, nested as its parentheses say. */
export type ConditionSyntax =
  | { readonly kind: 'and' | 'or'; readonly parts: readonly ConditionSyntax[] }
  | { readonly kind: 'not'; readonly part: ConditionSyntax }
  | { readonly kind: 'compare'; readonly comparison: ValueCondition }

/** A statement as the grammar reads it, with its conditions nested. */
export interface StatementSyntax {
  readonly text: string
  readonly query: Query
  readonly condition: ConditionSyntax | null
}

const MAX_LENGTH = 100_000
const MAX_DEPTH = 200

/** Reads a statement. @see https://developer.salesforce.com/docs/atlas.en-us.soql_sosl.meta/soql_sosl/sforce_api_calls_soql_select.htm */
export function readSyntax(text: string): StatementSyntax {
  if (text.length > MAX_LENGTH) {
    throw new SalesforceError(400, 'MALFORMED_QUERY', `SOQL statements cannot be longer than ${MAX_LENGTH} characters.`)
  }
  const query = parse(text)
  refuseStrayOperators(text)
  return { text, query, condition: query.where === undefined ? null : nested(text, query.where) }
}

/** Says that the statement makes no sense, and where. */
export function malformed(text: string, offset: number, message: string): SalesforceError {
  return errorAt(text, offset, 'MALFORMED_QUERY', message)
}

/** Refuses what is SOQL but none of the sandbox's. */
export function notInSandbox(what: string): SalesforceError {
  return new SalesforceError(400, 'MALFORMED_QUERY', `The sandbox doesn't know ${what}.`)
}

function parse(text: string): Query {
  try {
    return parseQuery(text)
  } catch (error) {
    const reason = error instanceof Error ? error.message : ''
    const character = /unexpected character: ->(.)<- at offset: (\d+)/su.exec(reason)
    if (character !== null) throw malformed(text, Number(character[2]), `unexpected character '${character[1]}'`)
    const token = /found(?: -->|:) ?'?(.*?)'?(?: <--)?$/su.exec(reason)?.[1] ?? ''
    if (token === '') throw malformed(text, text.length, "unexpected token: '<EOF>'")
    throw malformed(text, Math.max(0, text.indexOf(token)), `unexpected token: '${token}'`)
  }
}

// The library lets conditions begin with AND or OR and forgets it.
function refuseStrayOperators(text: string): void {
  const bare = text.replace(/'(?:\\.|[^'\\])*'/gs, (quoted) => ' '.repeat(quoted.length))
  const stray = /(?:\bWHERE|\()\s*(AND|OR)\b/i.exec(bare)
  if (stray !== null)
    throw malformed(text, stray.index + stray[0].length - (stray[1]?.length ?? 0), `unexpected token: '${stray[1]}'`)
}

type Token = '(' | ')' | 'AND' | 'OR' | 'NOT' | Condition

// The library gives conditions as a chain that counts its parentheses; back to tokens, and from those to a tree.
function nested(text: string, where: WhereClause): ConditionSyntax {
  const tokens = tokensOf(where)
  let next = 0

  const unexpected = (token: Token | undefined) => {
    const image = token === undefined ? '<EOF>' : typeof token === 'string' ? token : 'field' in token ? token.field : '('
    return malformed(text, Math.max(0, text.toUpperCase().lastIndexOf(image.toUpperCase())), `unexpected token: '${image}'`)
  }
  // Operators of two kinds side by side need parentheses, and NOT stands only where a group begins.
  const group = (depth: number): ConditionSyntax => {
    if (depth > MAX_DEPTH)
      throw new SalesforceError(
        400,
        'QUERY_TOO_COMPLICATED',
        'Query is either selecting too many fields or the filter conditions are too complicated.',
      )
    if (tokens[next] === 'NOT') {
      next++
      return { kind: 'not', part: single(depth) }
    }
    const parts = [single(depth)]
    const operator = tokens[next]
    while ((operator === 'AND' || operator === 'OR') && tokens[next] === operator) {
      next++
      parts.push(single(depth))
    }
    const [first] = parts
    if (parts.length === 1 && first !== undefined) return first
    return { kind: operator === 'AND' ? 'and' : 'or', parts }
  }
  const single = (depth: number): ConditionSyntax => {
    const token = tokens[next]
    if (token === '(') {
      next++
      const inner = group(depth + 1)
      if (tokens[next] !== ')') throw unexpected(tokens[next])
      next++
      return inner
    }
    if (token === undefined || typeof token === 'string') throw unexpected(token)
    next++
    return { kind: 'compare', comparison: comparisonOf(text, token) }
  }

  const whole = group(0)
  if (next < tokens.length) throw unexpected(tokens[next])
  return whole
}

function tokensOf(where: WhereClause): readonly Token[] {
  const tokens: Token[] = []
  for (let node: WhereClause | undefined = where; node !== undefined; ) {
    const { left }: WhereClause = node
    tokens.push(...parentheses('(', left?.openParen))
    if (left !== null && 'operator' in left) {
      if ('valueQuery' in left) throw notInSandbox('queries inside queries')
      tokens.push(left, ...parentheses(')', left.closeParen))
    }
    // Conditions side by side without an operator come out of the library as a chain without one.
    if ('operator' in node) tokens.push(node.operator)
    node = 'right' in node ? node.right : undefined
  }
  return tokens
}

function parentheses(kind: '(' | ')', count = 0): readonly Token[] {
  return Array.from({ length: count }, () => kind)
}

function comparisonOf(text: string, condition: Condition): ValueCondition {
  if (!('field' in condition)) throw notInSandbox('functions in conditions')
  const { field, operator, value } = condition
  const takesList = ['IN', 'NOT IN', 'INCLUDES', 'EXCLUDES'].includes(operator)
  if (takesList === Array.isArray(value)) return condition
  throw malformed(text, Math.max(0, text.indexOf(field)), `unexpected token: '${takesList ? value : '('}'`)
}
