// The sandbox's records as a program has them at hand: to compare answers with, and to change what the CRM says.

import { SalesforceError } from './errors.ts'
import { stored } from './fields.ts'
import { positionOf, readId } from './ids.ts'
import { type FieldValue, type FieldValues, recordById, type SalesforceRecord, type Schema, type SObject } from './sobject.ts'

/** Records to compare with: how many, one by its id of 15 or 18 characters, or all of them in order of their ids. */
export interface SalesforceRecords extends Iterable<SalesforceRecord> {
  readonly size: number
  get(id: string): SalesforceRecord | undefined
}

/** The live records of an object. */
export function recordsOf(object: SObject): SalesforceRecords {
  return {
    get size() {
      return object.records.size
    },
    get: (id) => recordById(object, id),
    [Symbol.iterator]: () => object.records.live(),
  }
}

/** Adds a record. Throws INVALID_FIELD for a field that the object doesn't have or computes. */
export function addRecord(object: SObject, values: FieldValues, now: number): SalesforceRecord {
  const checked = checkedValues(object, values)
  return object.records.add((position) => object.complete(position, checked, { createdAt: now, updatedAt: now }))
}

/** Changes a live record; null when there is none. Throws like {@link addRecord}. */
export function updateRecord(schema: Schema, id: string, values: FieldValues, now: number): SalesforceRecord | null {
  const [object, position] = find(schema, id)
  const record = position === undefined ? undefined : object?.records.at(position)
  if (object === undefined || position === undefined || record === undefined) return null
  const times = { createdAt: Date.parse(String(record.fields.CreatedDate)), updatedAt: now }
  const changed = object.complete(position, { ...record.fields, ...checkedValues(object, values) }, times)
  object.records.replace(position, changed)
  return changed
}

/** Deletes a record; false when there is no live one. References to it stay, and lead nowhere. */
export function removeRecord(schema: Schema, id: string): boolean {
  const [object, position] = find(schema, id)
  if (object === undefined || position === undefined) return false
  return object.records.archive(position, (record) => ({ ...record, fields: { ...record.fields, IsDeleted: true } }))
}

function find(schema: Schema, id: string): readonly [SObject | undefined, number | undefined] {
  const object = [...schema.values()].find(({ ids }) => id.startsWith(ids.keyPrefix))
  return [object, object && positionOf(object.ids, id)]
}

function checkedValues(object: SObject, values: FieldValues): FieldValues {
  const checked: Record<string, FieldValue> = {}
  for (const [name, value] of Object.entries(values)) {
    const field = object.fields.get(name.toLowerCase())
    if (field === undefined || field.computed) {
      throw new SalesforceError(400, 'INVALID_FIELD', `No such column '${name}' on sobject of type ${object.name}`)
    }
    const text = typeof value === 'string' ? stored(value, field.length) : value
    checked[field.name] = field.kind === 'reference' && typeof text === 'string' ? readId(text) : text
  }
  return checked
}
