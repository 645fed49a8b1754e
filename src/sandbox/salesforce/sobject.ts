// What the org's objects have in common: typed fields, relationships, ids that rise with gaps, and records.

import { mix } from '../data/random.ts'
import type { RecordStore } from '../data/record-store.ts'
import { idOf, numberIn, readId } from './ids.ts'

export type SObjectName = 'Account' | 'Contact' | 'Lead' | 'Organization'

/** The kinds of fields that the sandbox has, under the names that a describe uses. */
export type FieldKind =
  | 'boolean'
  | 'datetime'
  | 'email'
  | 'id'
  | 'phone'
  | 'picklist'
  | 'reference'
  | 'string'
  | 'url'

export type FieldValue = string | boolean | null

/** Values of a record by field name; a field that isn't there has no value. */
export type FieldValues = Readonly<Record<string, FieldValue>>

/** A field; `parent` is the object that a reference leads to and the name by which queries follow it. */
export interface Field {
  readonly name: string
  readonly label: string
  readonly kind: FieldKind
  readonly length: number
  readonly parent?: { readonly name: string; readonly object: SObjectName }
  /** Whether Salesforce computes it; what a program gives for it is refused. */
  readonly computed: boolean
}

/** A record as the sandbox holds it, its computed fields filled in. */
export interface SalesforceRecord {
  readonly id: string
  readonly type: SObjectName
  readonly fields: FieldValues
}

/** Which fields a search in a group looks at; `Account.Name` looks through a relationship. */
export type SearchGroup = 'ALL' | 'EMAIL' | 'NAME' | 'PHONE' | 'SIDEBAR'

/** An object of the org. */
export interface SObject {
  readonly name: SObjectName
  readonly labelPlural: string
  readonly keyPrefix: string
  /** Fields by their names in lower case: Salesforce doesn't tell capitals apart in names. */
  readonly fields: ReadonlyMap<string, Field>
  readonly searched: Readonly<Record<SearchGroup, readonly string[]>> | null
  readonly records: RecordStore<SalesforceRecord>
  /** The value of a generated record that is known without making the record; undefined for all others. */
  known(position: number, field: string): FieldValue | undefined
  /** Positions of the generated records that could have this value; null when only reading all can tell. */
  positionsWith(field: string, value: string): readonly number[] | null
  /** A record with these values, its computed fields filled in. */
  complete(
    position: number,
    values: FieldValues,
    times: { readonly createdAt: number; readonly updatedAt: number },
  ): SalesforceRecord
}

/** The org's objects by their names in lower case. */
export type Schema = ReadonlyMap<string, SObject>

/** The object of this name; undefined when the org doesn't have it. */
export function objectNamed(schema: Schema, name: string): SObject | undefined {
  return schema.get(name.toLowerCase())
}

// Ids leave gaps of changing width, as those of an org in which records were deleted.
const FIRST_NUMBER = 14_776_336
const STRIDE = 41

/** The id of the record at a position. */
export function idAt(object: Pick<SObject, 'keyPrefix'>, position: number): string {
  return idOf(object.keyPrefix, numberAt(position))
}

/** The first position whose id is not below this one, which has 18 characters. */
export function positionFrom(object: SObject, id: string): number {
  const number = numberIn(object.keyPrefix, id)
  if (number === null) return id < idAt(object, 0) ? 0 : Number.POSITIVE_INFINITY
  const position = Math.max(0, Math.floor((number - FIRST_NUMBER) / STRIDE))
  return numberAt(position) < number ? position + 1 : position
}

/** The position of a record by its id of 15 or 18 characters, whether or not the record is live; undefined when it can't be one. */
export function positionOf(object: SObject, id: string): number | undefined {
  const whole = readId(id)
  if (whole === null || !whole.startsWith(object.keyPrefix)) return undefined
  const position = positionFrom(object, whole)
  return Number.isFinite(position) && idAt(object, position) === whole ? position : undefined
}

/** The live record with this id. */
export function recordById(object: SObject, id: string): SalesforceRecord | undefined {
  const position = positionOf(object, id)
  return position === undefined ? undefined : object.records.at(position)
}

/** Epoch milliseconds as Salesforce writes times. */
export function timestamp(time: number): string {
  return new Date(time).toISOString().replace('Z', '+0000')
}

function numberAt(position: number): number {
  return FIRST_NUMBER + position * STRIDE + (mix(position, 0x5f) % STRIDE)
}
