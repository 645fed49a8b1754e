// The sandbox's records as a program has them at hand: to compare answers with, and to change what the CRM says.

import { invalid } from './errors.ts'
import { type CompanyLink, type ObjectRecord, type ObjectType, positionOf, recordById } from './object-type.ts'

/** Records to compare with: how many, one by id, or all of them in order of their ids. */
export interface HubSpotRecords extends Iterable<ObjectRecord> {
  readonly size: number
  get(id: string): ObjectRecord | undefined
}

/** Properties to set; null and the empty string take a value away. */
export type PropertyValues = Readonly<Record<string, string | null>>

/** Links to companies, by id alone or with which one is primary; of bare ids the first is. */
export type CompanyLinks = readonly (string | CompanyLink)[]

/** The live records of a type. */
export function recordsOf(type: ObjectType): HubSpotRecords {
  return {
    get size() {
      return type.records.size
    },
    get: (id) => recordById(type, id),
    [Symbol.iterator]: () => type.records.live(),
  }
}

/** Adds a record. Throws VALIDATION_ERROR for a property that the type doesn't have. */
export function addRecord(type: ObjectType, values: PropertyValues, now: number, links: CompanyLinks = []): ObjectRecord {
  const properties = checkedProperties(type, values)
  return type.records.add((position) => type.create(position, properties, completeLinks(links), now))
}

/** Changes a live record, and its links where given; null when there is none. Throws like {@link addRecord}. */
export function updateRecord(
  type: ObjectType,
  id: string,
  values: PropertyValues,
  now: number,
  links?: CompanyLinks,
): ObjectRecord | null {
  const record = recordById(type, id)
  if (record === undefined) return null
  const changed = type.change(record, checkedProperties(type, values), now, links && completeLinks(links))
  type.records.replace(positionOf(type, id) as number, changed)
  return changed
}

/** Archives a record; false when there is no live one. Links to it stay, as they do in HubSpot for a while. */
export function archiveRecord(type: ObjectType, id: string, now: number): boolean {
  const position = positionOf(type, id)
  return position !== undefined && type.records.archive(position, (record) => ({ ...record, archivedAt: now }))
}

function checkedProperties(type: ObjectType, values: PropertyValues): PropertyValues {
  for (const name of Object.keys(values)) {
    if (!type.properties.has(name)) {
      throw invalid(`Property values were not valid: Property "${name}" does not exist`, { propertyName: [name] })
    }
  }
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, value === '' ? null : value]))
}

function completeLinks(links: CompanyLinks): readonly CompanyLink[] {
  return links.map((link, i) => (typeof link === 'string' ? { id: link, primary: i === 0 } : link))
}
