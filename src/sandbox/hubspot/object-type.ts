// What contacts and companies have in common: records with string properties, ids with gaps, and how a record goes out over HTTP.

import type { RecordStore } from '../data/record-store.ts'

/** How a property's values compare; all of them travel as strings. */
export type PropertyKind = 'string' | 'number' | 'datetime' | 'enumeration'

/** A link from a contact to a company. */
export interface CompanyLink {
  readonly id: string
  readonly primary: boolean
}

/** A record as the sandbox holds it; a property that isn't there has no value. Times are epoch milliseconds. */
export interface ObjectRecord {
  readonly id: string
  readonly properties: Readonly<Record<string, string | null>>
  readonly createdAt: number
  readonly updatedAt: number
  readonly archivedAt: number | null
  readonly companies: readonly CompanyLink[]
}

/** Ids by arithmetic: record n has an id that can be computed, and the way back is computed too. */
export interface IdScheme {
  idAt(position: number): number
  /** The first position whose id is at least this one. */
  positionFrom(id: number): number
}

/** An object type: its names, scopes, properties and records. */
export interface ObjectType {
  readonly name: 'communications' | 'contacts' | 'companies'
  readonly singular: 'communication' | 'contact' | 'company'
  readonly typeId: '0-1' | '0-2' | '0-18'
  readonly scopes: { readonly read: string; readonly write: string }
  readonly properties: ReadonlyMap<string, PropertyKind>
  /** Properties that come when none are asked for. */
  readonly defaults: readonly string[]
  /** Properties that come whatever is asked for. */
  readonly always: readonly string[]
  /** The property whose values are unique, usable as `idProperty`. */
  readonly uniqueProperty: string | null
  /** The properties that a search's `query` looks at. */
  readonly queried: readonly string[]
  readonly ids: IdScheme
  readonly records: RecordStore<ObjectRecord>
  /** Positions of the generated records that could have this value; null when only reading all can tell. */
  positionsWith(property: string, value: string): readonly number[] | null
  /** A record with these properties, its calculated ones filled in. */
  create(
    position: number,
    properties: Readonly<Record<string, string | null>>,
    companies: readonly CompanyLink[],
    now: number,
  ): ObjectRecord
  /** The record with some properties changed; without `companies` the links stay. */
  change(
    record: ObjectRecord,
    properties: Readonly<Record<string, string | null>>,
    now: number,
    companies?: readonly CompanyLink[],
  ): ObjectRecord
}

/** The position of a record by its id; undefined when the id is no id of this type. */
export function positionOf(type: ObjectType, id: string): number | undefined {
  if (!/^\d{1,15}$/.test(id)) return undefined
  const position = type.ids.positionFrom(Number(id))
  return type.ids.idAt(position) === Number(id) ? position : undefined
}

/** The live record with this id. */
export function recordById(type: ObjectType, id: string): ObjectRecord | undefined {
  const position = positionOf(type, id)
  return position === undefined ? undefined : type.records.at(position)
}

/** The live record whose unique property has this value, compared as HubSpot does, without case. */
export function recordByUnique(type: ObjectType, property: string, value: string): ObjectRecord | undefined {
  const wanted = value.trim().toLowerCase()
  const has = (record: ObjectRecord | undefined) => record?.properties[property]?.toLowerCase() === wanted
  for (const position of type.records.changedPositions()) {
    if (has(type.records.at(position))) return type.records.at(position)
  }
  const positions = type.positionsWith(property, wanted)
  if (positions !== null) return positions.map((position) => type.records.at(position)).find(has)
  for (const record of type.records.live()) if (has(record)) return record
  return undefined
}

/** The names of the properties that go out: those asked for and some always, or the defaults; unknown names are left out. */
export function shownProperties(type: ObjectType, asked: readonly string[]): readonly string[] {
  return asked.length === 0 ? type.defaults : [...new Set([...type.always, ...asked])].filter((name) => type.properties.has(name))
}

/** How a record goes out: with these properties, null where there is no value, and `url` leading to its page. */
export function publicObject(record: ObjectRecord, names: readonly string[], url: string): object {
  return {
    id: record.id,
    properties: Object.fromEntries(names.map((name) => [name, record.properties[name] ?? null])),
    createdAt: iso(record.createdAt),
    updatedAt: iso(record.updatedAt),
    archived: record.archivedAt !== null,
    ...(record.archivedAt !== null && { archivedAt: iso(record.archivedAt) }),
    url,
  }
}

/** Epoch milliseconds as HubSpot writes times. */
export function iso(time: number): string {
  return new Date(time).toISOString()
}
