// HubSpot's filters: whether a record fits, and which of two comes first.

import type { ObjectRecord, ObjectType, PropertyKind } from './object-type.ts'
import type { Filter, SearchRequest } from './search.ts'
import { wordsOf } from './words.ts'

/** Whether a record fits the filters: all of any one group, or none asked. */
export function filterOf(type: ObjectType, request: SearchRequest): (record: ObjectRecord) => boolean {
  const groups = request.groups.map((filters) =>
    filters.map((filter) => testOf(filter, type.properties.get(filter.propertyName) ?? 'string')),
  )
  return (record) => groups.length === 0 || groups.some((tests) => tests.every((test) => test(record)))
}

/** Compares two records for a sort; records without a value come last either way. */
export function comparerOf(
  type: ObjectType,
  sort: NonNullable<SearchRequest['sort']>,
): (a: ObjectRecord, b: ObjectRecord) => number {
  const kind = type.properties.get(sort.propertyName) ?? 'string'
  const direction = sort.descending ? -1 : 1
  return (a, b) => {
    const [x, y] = [a.properties[sort.propertyName] ?? null, b.properties[sort.propertyName] ?? null]
    if (x === null || y === null) return x === y ? 0 : x === null ? 1 : -1
    return direction * compare(x, y, kind)
  }
}

function testOf(filter: Filter, kind: PropertyKind): (record: ObjectRecord) => boolean {
  const { propertyName, operator, value, highValue, values } = filter
  // Searching is without case, except that enumerations are exact and IN wants its strings in lower case.
  const fold = (text: string) => (kind === 'enumeration' ? text : text.toLowerCase())
  const whenPresent = (test: (present: string) => boolean) => (record: ObjectRecord) => {
    const present = record.properties[propertyName] ?? null
    return present !== null && test(present)
  }
  const orAbsent = (test: (present: string) => boolean) => (record: ObjectRecord) => {
    const present = record.properties[propertyName] ?? null
    return present === null || test(present)
  }
  const equals = (present: string) =>
    kind === 'string' || kind === 'enumeration' ? fold(present) === fold(value) : compare(present, value, kind) === 0
  switch (operator) {
    case 'HAS_PROPERTY':
      return whenPresent(() => true)
    case 'NOT_HAS_PROPERTY':
      return (record) => (record.properties[propertyName] ?? null) === null
    case 'EQ':
      return whenPresent(equals)
    case 'NEQ':
      return orAbsent((present) => !equals(present))
    case 'IN':
      return whenPresent((present) => values.includes(fold(present)))
    case 'NOT_IN':
      return orAbsent((present) => !values.includes(fold(present)))
    case 'LT':
      return whenPresent((present) => compare(present, value, kind) < 0)
    case 'LTE':
      return whenPresent((present) => compare(present, value, kind) <= 0)
    case 'GT':
      return whenPresent((present) => compare(present, value, kind) > 0)
    case 'GTE':
      return whenPresent((present) => compare(present, value, kind) >= 0)
    case 'BETWEEN':
      return whenPresent((present) => compare(present, value, kind) >= 0 && compare(present, highValue, kind) <= 0)
    case 'CONTAINS_TOKEN':
      return whenPresent(tokenTest(value))
    case 'NOT_CONTAINS_TOKEN': {
      const contains = tokenTest(value)
      return orAbsent((present) => !contains(present))
    }
  }
}

// `*` stands for anything within a token or the whole value (`*@example.com`); without it every word has to be a whole token.
function tokenTest(value: string): (present: string) => boolean {
  const wanted = value.toLowerCase()
  if (!wanted.includes('*')) {
    const words = wordsOf(wanted)
    return (present) => {
      const tokens = wordsOf(present)
      return words.length > 0 && words.every((word) => tokens.includes(word))
    }
  }
  const pattern = new RegExp(`^${wanted.replace(/[\\^$.+?()[\]{}|]/g, '\\$&').replace(/\*+/g, '.*')}$`, 'su')
  return (present) => {
    const whole = present.toLowerCase()
    return [whole, ...whole.split(/[\s;]+/), ...wordsOf(whole)].some((token) => pattern.test(token))
  }
}

function compare(a: string, b: string, kind: PropertyKind): number {
  const [x, y] = kind === 'number' || kind === 'datetime' ? [quantity(a), quantity(b)] : [a.toLowerCase(), b.toLowerCase()]
  return x < y ? -1 : x > y ? 1 : 0
}

// Times are compared as epoch milliseconds, and may be asked for that way or as ISO 8601.
function quantity(text: string): number {
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : Date.parse(text)
}
