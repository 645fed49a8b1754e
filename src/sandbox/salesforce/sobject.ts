// What the org's objects have in common: typed fields, relationships, ids and records.

import type { RecordStore } from '../data/record-store.ts'
import { type IdScheme, positionOf } from './ids.ts'

export type SObjectName = 'Account' | 'Contact' | 'Lead' | 'Organization' | 'Task' | 'TaskStatus'

/** The kinds of fields that the sandbox has, under the names that a describe uses. */
export type FieldKind =
  | 'boolean'
  | 'date'
  | 'datetime'
  | 'email'
  | 'id'
  | 'phone'
  | 'picklist'
  | 'reference'
  | 'string'
  | 'textarea'
  | 'url'

export type FieldValue = string | boolean | null

/** Values of a record by field name; a field that isn't there has no value. */
export type FieldValues = Readonly<Record<string, FieldValue>>

/** A field of an object. */
export interface Field {
  readonly name: string
  readonly label: string
  readonly kind: FieldKind
  readonly length: number
  /** Of a reference: the object that it leads to, and the name by which queries follow it. */
  readonly parent?: { readonly name: string; readonly object: SObjectName }
  /** Of a picklist: its values, where the sandbox holds to them. */
  readonly values?: readonly { readonly value: string; readonly isDefault?: boolean }[]
  /** Whether Salesforce computes it, so that nobody can set it. */
  readonly computed: boolean
}

/** A record as the sandbox holds it, its computed fields filled in. */
export interface SalesforceRecord {
  readonly id: string
  readonly type: SObjectName
  readonly fields: FieldValues
}

/** The groups of fields that a search can look at. */
export type SearchGroup = 'ALL' | 'EMAIL' | 'NAME' | 'PHONE' | 'SIDEBAR'

/** When a record was made and last changed, in epoch milliseconds. */
export interface Times {
  readonly createdAt: number
  readonly updatedAt: number
}

/** An object of the org. */
export interface SObject {
  readonly name: SObjectName
  readonly labelPlural: string
  readonly ids: IdScheme
  /** Fields by their names in lower case: Salesforce doesn't tell capitals apart in names. */
  readonly fields: ReadonlyMap<string, Field>
  /** The fields of each search group; `Account.Name` looks through a relationship. Null when searches don't cover the object. */
  readonly searched: Readonly<Record<SearchGroup, readonly string[]>> | null
  readonly records: RecordStore<SalesforceRecord>
  /** The value of a generated record as far as it is known without making the record; undefined where it isn't. */
  known(position: number, field: string): FieldValue | undefined
  /** Positions of the generated records that could have this value; null when only reading all can tell. */
  positionsWith(field: string, value: string): readonly number[] | null
  /** A record with these values, its computed fields filled in. */
  complete(position: number, values: FieldValues, times: Times): SalesforceRecord
}

/** The org's objects by their names in lower case. */
export type Schema = ReadonlyMap<string, SObject>

/** The live record with this id, of 15 or 18 characters. */
export function recordById(object: SObject, id: string): SalesforceRecord | undefined {
  const position = positionOf(object.ids, id)
  return position === undefined ? undefined : object.records.at(position)
}

/** Epoch milliseconds as Salesforce writes times. */
export function timestamp(time: number): string {
  return new Date(time).toISOString().replace('Z', '+0000')
}
