// Values of the fields that queries read of every record, taken once from the generated records, so that the next query over the same
// fields doesn't have to make them all again.

import { setImmediate as breathe } from 'node:timers/promises'
import type { FieldValue, SObject } from './sobject.ts'

const BREATH = 5_000
const KEPT_FIELDS = 8

/** The columns of one object. */
export class Columns {
  readonly #object: SObject
  readonly #columns = new Map<string, FieldValue[]>()

  constructor(object: SObject) {
    this.#object = object
  }

  /** Takes these fields from every generated record; those not asked for in a long time are let go. */
  async prepare(fields: readonly string[]): Promise<void> {
    const { records } = this.#object
    const missing = fields.filter((field) => !this.#columns.has(field))
    if (missing.length === 0) return
    const taken = missing.map((): FieldValue[] => [])
    for (let position = 0; position < records.generated; position++) {
      const values = records.asGenerated(position).fields
      for (const [i, field] of missing.entries()) taken[i]?.push(values[field] ?? null)
      if (position % BREATH === BREATH - 1) await breathe()
    }
    for (const [i, field] of missing.entries()) this.#columns.set(field, taken[i] ?? [])
    for (const field of [...this.#columns.keys()].slice(0, -KEPT_FIELDS)) this.#columns.delete(field)
  }

  /** The value of a generated record, as far as it is known without making the record. */
  value(position: number, field: string): FieldValue | undefined {
    return this.#columns.get(field)?.[position]
  }
}
