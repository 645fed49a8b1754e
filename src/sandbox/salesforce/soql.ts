// What a SOQL statement means in this org: its names become objects and fields, its literals values, and whatever the org doesn't have
// is refused as Salesforce refuses it.

import type { FieldType, OrderByClause, ValueCondition } from '@jetstreamapp/soql-parser-js'
import { errorAt, SalesforceError } from './errors.ts'
import { type FieldPath, findPath } from './field-paths.ts'
import { readId } from './ids.ts'
import type { Field, Schema, SObject } from './sobject.ts'
import { type PatternPiece, readPattern, readTime, unquote } from './soql-literals.ts'
import { type ConditionSyntax, malformed, notInSandbox, readSyntax, type StatementSyntax } from './soql-syntax.ts'

/** What a comparison compares with. A time is a span, since a day is one. */
export type Operand =
  | { readonly kind: 'null' }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'time'; readonly from: number; readonly to: number }

export type Comparison =
  | {
      readonly kind: 'compare'
      readonly path: FieldPath
      readonly operator: '=' | '!=' | '<' | '<=' | '>' | '>='
      readonly operand: Operand
    }
  | { readonly kind: 'in'; readonly path: FieldPath; readonly negated: boolean; readonly operands: readonly Operand[] }
  | { readonly kind: 'like'; readonly path: FieldPath; readonly pattern: readonly PatternPiece[] }

export type Condition =
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Condition[] }
  | { readonly kind: 'not'; readonly part: Condition }
  | Comparison

/** How rows are sorted, the first first. Where nothing is said, what is empty comes first, in either direction. */
export interface Order {
  readonly path: FieldPath
  readonly descending: boolean
  readonly nullsLast: boolean
}

/** A statement that the org can answer. */
export interface Statement {
  readonly object: SObject
  /** What each row has; null for a bare count. */
  readonly columns: readonly FieldPath[] | null
  readonly condition: Condition | null
  readonly order: readonly Order[]
  readonly limit: number | null
  readonly offset: number
  /** The same for statements with the same condition and order on the same day. */
  readonly key: string
}

const MAX_OFFSET = 2000
const DAY = 86_400_000
const REFERENCE = 'Please reference your WSDL or the describe call for the appropriate names.'

/** Reads a statement for this org. */
export function readSoql(schema: Schema, text: string, now: number): Statement {
  const syntax = readSyntax(text)
  refuseUnknownClauses(syntax)
  const { query } = syntax
  const object = objectOf(schema, syntax)
  const reader = new StatementReader(schema, syntax, object, now)
  const columns = reader.columns(query.fields ?? [])
  const offset = query.offset ?? 0
  if (offset > MAX_OFFSET) {
    throw errorAt(
      text,
      text.toUpperCase().lastIndexOf('OFFSET'),
      'NUMBER_OUTSIDE_VALID_RANGE',
      `Maximum SOQL offset allowed is ${MAX_OFFSET}`,
    )
  }
  const order = [query.orderBy ?? []].flat()
  if (columns === null && order.length > 0) throw malformed(text, 0, 'Ordered field must be aggregated')
  return {
    object,
    columns,
    condition: syntax.condition === null ? null : reader.condition(syntax.condition),
    order: order.map((clause) => reader.order(clause)),
    limit: query.limit ?? null,
    offset,
    key: JSON.stringify([object.name, query.sObjectAlias, query.where, query.orderBy, Math.floor(now / DAY)]),
  }
}

/** Reads the fields that a record is asked for by name, none of them through a relationship. */
export function readFieldNames(object: SObject, names: readonly string[]): readonly FieldPath[] {
  return names.map((name) => {
    const field = object.fields.get(name.toLowerCase())
    if (field === undefined)
      throw new SalesforceError(400, 'INVALID_FIELD', `No such column '${name}' on sobject of type ${object.name}`)
    return { field, via: null }
  })
}

function refuseUnknownClauses({ query }: StatementSyntax): void {
  if (query.groupBy !== undefined || query.having !== undefined) throw notInSandbox('GROUP BY and HAVING')
  if (query.usingScope !== undefined) throw notInSandbox('USING SCOPE')
  if (query.withSecurityEnforced || query.withAccessLevel !== undefined || query.withDataCategory !== undefined)
    throw notInSandbox('WITH')
  if (query.for !== undefined || query.update !== undefined) throw notInSandbox('FOR and UPDATE')
}

function objectOf(schema: Schema, { text, query }: StatementSyntax): SObject {
  const name = query.sObject ?? ''
  const object = schema.get(name.toLowerCase())
  if (object !== undefined) return object
  const message = `sObject type '${name}' is not supported. If you are attempting to use a custom object, be sure to append the '__c' after the entity name. ${REFERENCE}`
  throw errorAt(text, offsetOf(text, name, text.search(/\bFROM\b/i)), 'INVALID_TYPE', message)
}

class StatementReader {
  readonly #schema: Schema
  readonly #text: string
  readonly #object: SObject
  readonly #prefixes: readonly string[]
  readonly #now: number

  constructor(schema: Schema, { text, query }: StatementSyntax, object: SObject, now: number) {
    this.#schema = schema
    this.#text = text
    this.#object = object
    this.#prefixes = [object.name.toLowerCase(), ...(query.sObjectAlias === undefined ? [] : [query.sObjectAlias.toLowerCase()])]
    this.#now = now
  }

  columns(fields: readonly FieldType[]): readonly FieldPath[] | null {
    const [first] = fields
    if (
      fields.length === 1 &&
      first?.type === 'FieldFunctionExpression' &&
      first.functionName.toUpperCase() === 'COUNT' &&
      first.parameters.length === 0
    ) {
      if (first.alias !== undefined)
        throw malformed(this.#text, offsetOf(this.#text, first.alias), `unexpected token: '${first.alias}'`)
      return null
    }
    const columns = fields.map((field) => {
      if (field.type !== 'Field' && field.type !== 'FieldRelationship')
        throw notInSandbox('functions and queries among the fields')
      if ('alias' in field && field.alias !== undefined) {
        throw malformed(this.#text, offsetOf(this.#text, field.alias), 'only aggregate expressions use field aliasing')
      }
      return this.path('rawValue' in field && field.rawValue !== undefined ? field.rawValue : field.field)
    })
    const names = columns.map(({ field, via }) => `${via?.name ?? ''}.${field.name}`)
    const twice = names.find((name, i) => names.indexOf(name) < i)
    if (twice !== undefined) throw malformed(this.#text, 0, `duplicate field selected: ${twice.replace(/^\./, '')}`)
    return columns
  }

  order(clause: OrderByClause): Order {
    if (!('field' in clause)) throw notInSandbox('functions in ORDER BY')
    return { path: this.path(clause.field), descending: clause.order === 'DESC', nullsLast: clause.nulls === 'LAST' }
  }

  condition(syntax: ConditionSyntax): Condition {
    switch (syntax.kind) {
      case 'not':
        return { kind: 'not', part: this.condition(syntax.part) }
      case 'compare':
        return this.#comparison(syntax.comparison)
      default:
        return { kind: syntax.kind, parts: syntax.parts.map((part) => this.condition(part)) }
    }
  }

  path(written: string): FieldPath {
    const names = written.split('.')
    if (names.length > 1 && this.#prefixes.includes((names[0] ?? '').toLowerCase())) names.shift()
    if (names.length > 2) throw notInSandbox('paths of more than one relationship')
    const path = findPath(this.#schema, this.#object, names)
    if ('field' in path) return path
    const hint = `If you are attempting to use a custom ${path.missing}`
    const message =
      path.missing === 'relationship'
        ? `Didn't understand relationship '${path.name}' in field path. ${hint}, be sure to append the '__r' after the custom relationship name. ${REFERENCE}`
        : `No such column '${path.name}' on entity '${path.object.name}'. ${hint}, be sure to append the '__c' after the custom field name. ${REFERENCE}`
    throw errorAt(this.#text, offsetOf(this.#text, written), 'INVALID_FIELD', message)
  }

  #comparison({ field, operator, value, literalType }: ValueCondition): Comparison {
    const path = this.path(field)
    if (path.field.kind === 'textarea')
      throw this.#invalid(path.field, `field '${path.field.name}' can not be filtered in a query call`)
    const literals = [value].flat()
    const types = literals.map((_, i) => (Array.isArray(literalType) ? literalType[i] : literalType) ?? '')
    const operands = () => literals.map((literal, i) => this.#operand(path.field, literal, types[i] ?? ''))
    switch (operator) {
      case 'IN':
      case 'NOT IN':
        return { kind: 'in', path, negated: operator === 'NOT IN', operands: operands() }
      case 'LIKE':
        return { kind: 'like', path, pattern: this.#pattern(path.field, literals[0] ?? '', types[0] ?? '') }
      case 'INCLUDES':
      case 'EXCLUDES':
        throw this.#invalid(path.field, `includes or excludes operator only valid on multipicklist field`)
      default: {
        const [operand = { kind: 'null' }] = operands()
        // The library leaves this one as it was typed, though its types don't say so.
        const plain = (operator as string) === '<>' ? '!=' : operator
        if (plain !== '=' && plain !== '!=' && (path.field.kind === 'boolean' || operand.kind === 'null')) {
          throw this.#invalid(path.field, `invalid operator on ${path.field.kind} field`)
        }
        return { kind: 'compare', path, operator: plain, operand }
      }
    }
  }

  #pattern(field: Field, literal: string, type: string): readonly PatternPiece[] {
    if (['id', 'reference', 'boolean', 'date', 'datetime'].includes(field.kind))
      throw this.#invalid(field, `invalid operator on ${field.kind} field`)
    if (type !== 'STRING') throw this.#mistyped(field)
    return readPattern(this.#text, literal).map((piece) => (typeof piece === 'string' ? piece.toLowerCase() : piece))
  }

  #operand(field: Field, literal: string, type: string): Operand {
    if (type === 'NULL') return { kind: 'null' }
    switch (field.kind) {
      case 'boolean':
        if (type !== 'BOOLEAN') throw this.#mistyped(field)
        return { kind: 'boolean', value: literal.toUpperCase() === 'TRUE' }
      case 'date':
      case 'datetime':
        if (!type.startsWith('DATE')) throw this.#mistyped(field)
        return { kind: 'time', ...readTime(literal, this.#now) }
      case 'id':
      case 'reference': {
        if (type !== 'STRING') throw this.#mistyped(field)
        const text = unquote(this.#text, literal)
        const id = readId(text)
        if (id !== null) return { kind: 'text', text: id }
        throw errorAt(this.#text, offsetOf(this.#text, literal), 'INVALID_QUERY_FILTER_OPERATOR', `invalid ID field: ${text}`)
      }
      default: {
        if (type !== 'STRING') throw this.#mistyped(field)
        const text = unquote(this.#text, literal)
        return text === '' ? { kind: 'null' } : { kind: 'text', text: text.toLowerCase() }
      }
    }
  }

  #mistyped({ name, kind }: Field): SalesforceError {
    const quoted = kind !== 'boolean' && kind !== 'datetime'
    const type =
      kind === 'boolean' ? 'boolean' : kind === 'datetime' ? 'dateTime' : kind === 'id' || kind === 'reference' ? 'ID' : 'string'
    const message = `value of filter criterion for field '${name}' must be of type ${type} and should ${quoted ? '' : 'not '}be enclosed in quotes`
    return errorAt(this.#text, offsetOf(this.#text, name), 'INVALID_FIELD', message)
  }

  #invalid({ name }: Field, message: string): SalesforceError {
    return errorAt(this.#text, offsetOf(this.#text, name), 'INVALID_FIELD', message)
  }
}

function offsetOf(text: string, part: string, from = 0): number {
  return Math.max(0, text.toLowerCase().indexOf(part.toLowerCase(), from))
}
