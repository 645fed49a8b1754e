// How records go out: the fields asked for in the order asked, each record with its type and address, and related records inside.

import type { FieldPath } from './field-paths.ts'
import { Row } from './rows.ts'
import type { FieldValue, SalesforceRecord, SObject } from './sobject.ts'

type Result = { [name: string]: FieldValue | Result | { readonly type: string; readonly url: string } }

/** Shows rows of an object with these fields; `base` is the path of the API version, as in `/services/data/v66.0`. */
export function showing(object: SObject, columns: readonly FieldPath[], base: string): (position: number) => object {
  return (position) => {
    const row = new Row(object, position)
    const result: Result = { attributes: attributesOf(row.record, base) }
    for (const { field, via } of columns) {
      if (via === null) {
        result[field.name] = row.own(field.name)
        continue
      }
      const parent = row.parent(via)
      if (parent === undefined) {
        result[via.name] = null
        continue
      }
      const inner = (result[via.name] as Result | undefined) ?? { attributes: attributesOf(parent, base) }
      inner[field.name] = parent.fields[field.name] ?? null
      result[via.name] = inner
    }
    return result
  }
}

function attributesOf({ type, id }: SalesforceRecord, base: string): { readonly type: string; readonly url: string } {
  return { type, url: `${base}/sobjects/${type}/${id}` }
}
