// HubSpot's search requests: reads one, and refuses what HubSpot refuses.

import { invalid } from './errors.ts'
import type { ObjectType } from './object-type.ts'

const OPERATORS = [
  'BETWEEN',
  'CONTAINS_TOKEN',
  'EQ',
  'GT',
  'GTE',
  'HAS_PROPERTY',
  'IN',
  'LT',
  'LTE',
  'NEQ',
  'NOT_CONTAINS_TOKEN',
  'NOT_HAS_PROPERTY',
  'NOT_IN',
] as const
type Operator = (typeof OPERATORS)[number]

/** One condition on one property. */
export interface Filter {
  readonly propertyName: string
  readonly operator: Operator
  readonly value: string
  readonly highValue: string
  readonly values: readonly string[]
}

/** A search as asked: groups are alternatives, the filters of a group all hold; `after` counts records. */
export interface SearchRequest {
  readonly query: string
  readonly groups: readonly (readonly Filter[])[]
  readonly sort: { readonly propertyName: string; readonly descending: boolean } | null
  readonly properties: readonly string[]
  readonly limit: number
  readonly after: number
}

/** What HubSpot allows in one search. @see https://developers.hubspot.com/docs/api-reference/search/guide#limitations */
const SEARCH_LIMITS = { body: 3000, groups: 5, filters: 6, allFilters: 18, sorts: 1, limit: 200, results: 10_000 } as const

/** Reads the body of a search; throws VALIDATION_ERROR for whatever HubSpot refuses. `length` is that of the body as sent. */
export function readSearch(type: ObjectType, body: unknown, length: number): SearchRequest {
  if (length > SEARCH_LIMITS.body)
    throw invalid(`Search request body is ${length} characters long, the limit is ${SEARCH_LIMITS.body}.`)
  if (!isRecord(body)) throw invalid('Invalid input JSON: expected an object')
  const request = {
    query: textOf(body.query ?? '', 'query'),
    groups: listOf(body.filterGroups, 'filterGroups').map((group) => readGroup(type, group)),
    sort: readSort(type, listOf(body.sorts, 'sorts')),
    properties: listOf(body.properties, 'properties').map((name) => textOf(name, 'properties')),
    limit: numberOf(body.limit ?? 10, 'limit'),
    after: numberOf(body.after === undefined || body.after === null || body.after === '' ? 0 : body.after, 'after'),
  }
  if (request.groups.length > SEARCH_LIMITS.groups) throw invalid(`There may be at most ${SEARCH_LIMITS.groups} filterGroups.`)
  if (request.groups.flat().length > SEARCH_LIMITS.allFilters)
    throw invalid(`There may be at most ${SEARCH_LIMITS.allFilters} filters in all.`)
  if (request.limit > SEARCH_LIMITS.limit) throw invalid(`limit must be at most ${SEARCH_LIMITS.limit}.`)
  if (request.after + request.limit > SEARCH_LIMITS.results) throw invalid(`Paging ends at ${SEARCH_LIMITS.results} results.`)
  return request
}

function readGroup(type: ObjectType, group: unknown): readonly Filter[] {
  const filters = listOf(isRecord(group) ? group.filters : undefined, 'filters')
  if (filters.length === 0) throw invalid('A filterGroup needs at least one filter.')
  if (filters.length > SEARCH_LIMITS.filters) throw invalid(`A filterGroup may have at most ${SEARCH_LIMITS.filters} filters.`)
  return filters.map((filter) => readFilter(type, filter))
}

function readFilter(type: ObjectType, filter: unknown): Filter {
  if (!isRecord(filter)) throw invalid('Invalid input JSON: a filter must be an object')
  const propertyName = knownProperty(type, textOf(filter.propertyName, 'propertyName'))
  const operator = OPERATORS.find((known) => known === filter.operator)
  if (operator === undefined) throw invalid(`Invalid input JSON: operator must be one of ${OPERATORS.join(', ')}`)
  const values = listOf(filter.values, 'values').map((value) => textOf(value, 'values'))
  if ((operator === 'IN' || operator === 'NOT_IN') && values.length === 0) throw invalid(`operator ${operator} requires values`)
  const needsValue = !['IN', 'NOT_IN', 'HAS_PROPERTY', 'NOT_HAS_PROPERTY'].includes(operator)
  if (needsValue && filter.value === undefined) throw invalid(`operator ${operator} requires a value`)
  if (operator === 'BETWEEN' && filter.highValue === undefined) throw invalid('operator BETWEEN requires a highValue')
  const value = needsValue ? textOf(filter.value, 'value') : ''
  return { propertyName, operator, value, highValue: textOf(filter.highValue ?? '', 'highValue'), values }
}

// Sorts come as objects in HubSpot's guide and as plain names in its OpenAPI; both work there and here.
function readSort(type: ObjectType, sorts: readonly unknown[]): SearchRequest['sort'] {
  if (sorts.length > SEARCH_LIMITS.sorts) throw invalid('Only one sort is supported.')
  const [sort] = sorts
  if (sort === undefined) return null
  if (typeof sort === 'string')
    return { propertyName: knownProperty(type, sort.replace(/^-/, '')), descending: sort.startsWith('-') }
  if (!isRecord(sort)) throw invalid('Invalid input JSON: a sort must be an object')
  return {
    propertyName: knownProperty(type, textOf(sort.propertyName, 'propertyName')),
    descending: sort.direction === 'DESCENDING',
  }
}

function knownProperty(type: ObjectType, name: string): string {
  if (!type.properties.has(name)) throw invalid(`Property "${name}" does not exist`, { propertyName: [name] })
  return name
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function listOf(value: unknown, name: string): readonly unknown[] {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value)) throw invalid(`Invalid input JSON: ${name} must be a list`)
  return value
}

function textOf(value: unknown, name: string): string {
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  throw invalid(`Invalid input JSON: ${name} must be a string`)
}

function numberOf(value: unknown, name: string): number {
  const number = typeof value === 'string' ? (/^\d+$/.test(value) ? Number(value) : Number.NaN) : value
  if (typeof number !== 'number' || !Number.isInteger(number) || number < 0) throw invalid(`${name} must be a whole number`)
  return number
}
