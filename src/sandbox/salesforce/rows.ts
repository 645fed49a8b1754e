// Rows of an object as queries see them: values by field path, the record made only when a value needs it.

import type { Columns } from './columns.ts'
import type { FieldPath } from './field-paths.ts'
import type { FieldValue, SalesforceRecord, SObject } from './sobject.ts'
import { recordById } from './sobject.ts'

/** One live record of an object. */
export class Row {
  readonly position: number
  readonly #object: SObject
  readonly #columns: Columns | undefined
  #record: SalesforceRecord | undefined

  constructor(object: SObject, position: number, columns?: Columns) {
    this.#object = object
    this.#columns = columns
    this.position = position
  }

  get record(): SalesforceRecord {
    this.#record ??= this.#object.records.at(this.position) as SalesforceRecord
    return this.#record
  }

  /** A value of the record itself. */
  own(name: string): FieldValue {
    if (this.#record === undefined && this.#object.records.isGenerated(this.position)) {
      const column = this.#columns?.value(this.position, name)
      const known = column === undefined ? this.#object.known(this.position, name) : column
      if (known !== undefined) return known
    }
    return this.record.fields[name] ?? null
  }

  /** The value at a path; null where the path leads to no record. */
  value({ field, via }: FieldPath): FieldValue {
    return via === null ? this.own(field.name) : (this.parent(via)?.fields[field.name] ?? null)
  }

  /** The record that a reference leads to. */
  parent({ reference, object }: NonNullable<FieldPath['via']>): SalesforceRecord | undefined {
    const id = this.own(reference.name)
    return typeof id === 'string' ? recordById(object, id) : undefined
  }
}
