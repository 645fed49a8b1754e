// Runs a search over the records: straight to the few that can match where a filter allows it, else through all of them.

import { setImmediate as breathe } from 'node:timers/promises'
import { comparerOf, filterOf } from './filters.ts'
import { type ObjectRecord, type ObjectType, positionOf } from './object-type.ts'
import type { Filter, SearchRequest } from './search.ts'
import { QueriedWords } from './words.ts'

const BREATH = 5_000
const KEPT_SCANS = 16

/** Finds the positions of all records that match, in the order asked for. */
export type Scan = (request: SearchRequest) => Promise<readonly number[]>

/** A scan over one object type; the pages of one search don't read everything again, until a record changes. */
export function createScan(type: ObjectType): Scan {
  const words = new QueriedWords(type)
  const kept = new Map<string, { version: number; positions: readonly number[] }>()
  return async (request) => {
    const { query, groups, sort } = request
    const key = JSON.stringify({ query, groups, sort })
    const known = kept.get(key)
    const { version } = type.records
    if (known?.version === version) return known.positions
    const candidates = candidatesOf(type, request)
    const positions = sorted(type, request, await matching(type, words, request, candidates))
    if (candidates === null) {
      kept.delete(key)
      kept.set(key, { version, positions })
      if (kept.size > KEPT_SCANS) kept.delete(kept.keys().next().value as string)
    }
    return positions
  }
}

async function matching(
  type: ObjectType,
  words: QueriedWords,
  request: SearchRequest,
  candidates: readonly number[] | null,
): Promise<number[]> {
  const { records } = type
  const hasWords = await words.test(request.query)
  const fits = request.groups.length === 0 ? null : filterOf(type, request)
  const found: number[] = []
  let looked = 0
  for (const position of candidates ?? records.positions()) {
    if (++looked % BREATH === 0) await breathe()
    if (!records.has(position) || (hasWords !== null && !hasWords(position))) continue
    if (fits === null || fits(records.at(position) as ObjectRecord)) found.push(position)
  }
  return found
}

// A group that has one filter with a way back from value to positions needs only those, and every record that has been changed since.
function candidatesOf(type: ObjectType, { groups }: SearchRequest): readonly number[] | null {
  if (groups.length === 0) return null
  const positions = new Set(type.records.changedPositions())
  for (const filters of groups) {
    const found = filters.map((filter) => {
      const wanted = valuesOf(filter)
      return wanted === null ? null : positionsOf(type, filter.propertyName, wanted)
    })
    const fewest = found.filter((list) => list !== null).sort((a, b) => a.length - b.length)[0]
    if (fewest === undefined) return null
    for (const position of fewest) positions.add(position)
  }
  return [...positions].sort((a, b) => a - b)
}

// Addresses are also asked for as tokens, since a contact's additional ones share one property.
function valuesOf({ operator, value, values }: Filter): readonly string[] | null {
  if (operator === 'IN') return values
  return operator === 'EQ' || (operator === 'CONTAINS_TOKEN' && /^[^*]*\d@[^*]*$/.test(value)) ? [value] : null
}

function positionsOf(type: ObjectType, property: string, values: readonly string[]): readonly number[] | null {
  const lists = values.map((value) =>
    property === 'hs_object_id'
      ? [positionOf(type, value)].filter((position) => position !== undefined)
      : type.positionsWith(property, value),
  )
  return lists.includes(null) ? null : lists.flatMap((list) => list ?? [])
}

function sorted(type: ObjectType, { sort }: SearchRequest, positions: number[]): readonly number[] {
  if (sort === null) return positions
  const compare = comparerOf(type, sort)
  const records = new Map(positions.map((position) => [position, type.records.at(position) as ObjectRecord]))
  return positions.sort((a, b) => compare(records.get(a) as ObjectRecord, records.get(b) as ObjectRecord) || a - b)
}
