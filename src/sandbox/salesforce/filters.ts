// Whether a row fits a condition, and which of two rows comes first.

import type { Row } from './rows.ts'
import type { FieldValue } from './sobject.ts'
import type { Comparison, Condition, Operand, Order } from './soql.ts'
import { fits } from './soql-literals.ts'

/**
 * A test of rows. Texts are compared without capitals; a comparison with an empty value is false, and its opposite true, as in
 * Salesforce, which has no third answer as SQL does.
 */
export function testOf(condition: Condition): (row: Row) => boolean {
  switch (condition.kind) {
    case 'and': {
      const tests = condition.parts.map(testOf)
      return (row) => tests.every((test) => test(row))
    }
    case 'or': {
      const tests = condition.parts.map(testOf)
      return (row) => tests.some((test) => test(row))
    }
    case 'not': {
      const test = testOf(condition.part)
      return (row) => !test(row)
    }
    default:
      return comparisonTest(condition)
  }
}

/** Compares rows for a sort; rows that are equal in everything stay in order of their ids. */
export function comparerOf(order: readonly Order[]): (a: SortedRow, b: SortedRow) => number {
  return (a, b) => {
    for (const [i, { descending, nullsLast }] of order.entries()) {
      const [x, y] = [a.keys[i] ?? null, b.keys[i] ?? null]
      if (x === y) continue
      if (x === null || y === null) return (x === null) === nullsLast ? 1 : -1
      return x < y === descending ? 1 : -1
    }
    return a.position - b.position
  }
}

/** A row with what it is sorted by. */
export interface SortedRow {
  readonly position: number
  readonly keys: readonly (string | null)[]
}

/** What a row is sorted by. */
export function sortKeys(order: readonly Order[], row: Row): SortedRow {
  const keys = order.map(({ path }) => {
    const value = row.value(path)
    return value === null
      ? null
      : path.field.kind === 'id' || path.field.kind === 'reference'
        ? String(value)
        : String(value).toLowerCase()
  })
  return { position: row.position, keys }
}

function comparisonTest(comparison: Comparison): (row: Row) => boolean {
  const { path } = comparison
  const folded = !['id', 'reference', 'boolean', 'date', 'datetime'].includes(path.field.kind)
  const read = (row: Row): FieldValue => {
    const value = row.value(path)
    return folded && typeof value === 'string' ? value.toLowerCase() : value
  }
  switch (comparison.kind) {
    case 'in': {
      const texts = new Set(comparison.operands.flatMap((operand) => (operand.kind === 'text' ? [operand.text] : [])))
      const others = comparison.operands.filter(({ kind }) => kind !== 'text')
      return (row) => {
        const value = read(row)
        const found = (typeof value === 'string' && texts.has(value)) || others.some((operand) => equals(value, operand))
        return found !== comparison.negated
      }
    }
    case 'like':
      return (row) => {
        const value = read(row)
        return typeof value === 'string' && fits(comparison.pattern, value)
      }
    default: {
      const { operator, operand } = comparison
      if (operator === '=') return (row) => equals(read(row), operand)
      if (operator === '!=') return (row) => !equals(read(row), operand)
      return (row) => {
        const side = sideOf(read(row), operand)
        if (side === null) return false
        return operator === '<' ? side < 0 : operator === '<=' ? side <= 0 : operator === '>' ? side > 0 : side >= 0
      }
    }
  }
}

function equals(value: FieldValue, operand: Operand): boolean {
  if (operand.kind === 'null') return value === null
  return sideOf(value, operand) === 0
}

// Below, within or above what it is compared with; null where there is nothing to compare.
function sideOf(value: FieldValue, operand: Operand): -1 | 0 | 1 | null {
  if (value === null) return null
  switch (operand.kind) {
    case 'text':
      return value < operand.text ? -1 : value > operand.text ? 1 : 0
    case 'boolean':
      return value === operand.value ? 0 : 1
    case 'time': {
      const time = Date.parse(String(value))
      return time < operand.from ? -1 : time >= operand.to ? 1 : 0
    }
    default:
      return null
  }
}
