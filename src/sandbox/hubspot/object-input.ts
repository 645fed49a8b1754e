// Reads what callers send to the object routes, and refuses what HubSpot refuses.

import { invalid } from './errors.ts'
import type { CompanyLink } from './object-type.ts'
import type { PropertyValues } from './records.ts'

const LIST_LIMIT = 100

/** A parsed query string: a key that is repeated has a list. */
export type Query = Readonly<Record<string, string | readonly string[] | undefined>>

/** Page size of a list, 1 to 100, 10 unless asked. */
export function limitOf(query: Query): number {
  const asked = oneOf(query.limit) ?? '10'
  const limit = /^\d+$/.test(asked) ? Number(asked) : 0
  if (limit < 1 || limit > LIST_LIMIT) throw invalid(`limit must be a whole number from 1 to ${LIST_LIMIT}, not ${asked}.`)
  return limit
}

/** Where a list goes on: the lowest id to give. */
export function afterOf(query: Query): number {
  const after = oneOf(query.after) ?? '0'
  if (!/^\d{1,15}$/.test(after)) throw invalid('after is not a valid paging cursor.')
  return Number(after)
}

/** The first value of a query key. */
export function oneOf(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === 'object' ? value[0] : value
}

/** A list in a query; HubSpot takes both `a,b` and the key repeated. */
export function namesIn(value: string | readonly string[] | undefined): readonly string[] {
  if (value === undefined) return []
  return [value]
    .flat()
    .flatMap((names) => names.split(','))
    .map((name) => name.trim())
    .filter((name) => name !== '')
}

/** The `properties` of a create or update; values that aren't strings become strings, as in HubSpot. */
export function propertiesIn(body: unknown): PropertyValues {
  const { properties } = (body ?? {}) as { properties?: unknown }
  if (typeof properties !== 'object' || properties === null) throw invalid('Invalid input JSON: properties must be an object')
  return Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, value === null ? null : textOf(value)]))
}

/** Any JSON value as text: strings as they are, whatever else as JSON writes it. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? null)
}

/** The companies that a create links to: association type 1 is primary, 279 is any. */
export function companiesIn(body: unknown): readonly CompanyLink[] {
  const { associations } = (body ?? {}) as { associations?: unknown }
  if (!Array.isArray(associations)) return []
  return associations.flatMap((association: { to?: { id?: unknown }; types?: unknown } | null) => {
    const types = Array.isArray(association?.types)
      ? association.types.map((type: { associationTypeId?: unknown } | null) => type?.associationTypeId)
      : []
    return types.includes(1) || types.includes(279) ? [{ id: textOf(association?.to?.id), primary: types.includes(1) }] : []
  })
}
