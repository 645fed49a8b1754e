// What searches look at: the words of each record's fields. They are taken once from every generated record, on the first search in a
// group of fields that needs them all.

import { setImmediate as breathe } from 'node:timers/promises'
import { pathsOf } from './field-paths.ts'
import { Row } from './rows.ts'
import type { FieldValue, Schema, SearchGroup, SObject } from './sobject.ts'
import { wordsOf } from './sosl-terms.ts'

const BREATH = 5_000

/** The indexed text of a live record: every word with a blank on either side, and a bar between what doesn't belong together. */
export type TextAt = (position: number) => string

/** The indexed texts of one org. */
export class SearchIndex {
  readonly #schema: Schema
  readonly #generated = new Map<string, { readonly versions: string; readonly texts: string[] }>()

  constructor(schema: Schema) {
    this.#schema = schema
  }

  /** The texts of an object's records for a group; prepared ahead unless only a few will be looked at. */
  async texts(object: SObject, group: SearchGroup, few: boolean): Promise<TextAt> {
    const paths = pathsOf(this.#schema, object, object.searched?.[group] ?? [])
    const make: TextAt = (position) => {
      const row = new Row(object, position)
      return paths.map((path) => textOf(row.value(path), path.field.kind === 'phone')).join('')
    }
    if (few) return make
    // What a path leads to may have changed since.
    const versions = [...new Set(paths.flatMap(({ via }) => via?.object ?? []))].map(({ records }) => records.version).join()
    const prepared = await this.#prepare(object, `${object.name} ${group}`, versions, make)
    return (position) => (object.records.isGenerated(position) ? (prepared[position] ?? '') : make(position))
  }

  async #prepare({ records }: SObject, key: string, versions: string, make: TextAt): Promise<readonly string[]> {
    const known = this.#generated.get(key)
    const texts = known?.versions === versions ? known.texts : []
    this.#generated.set(key, { versions, texts })
    for (let position = texts.length; position < records.generated; position = texts.length) {
      texts.push(records.isGenerated(position) && records.has(position) ? make(position) : '')
      if (position % BREATH === BREATH - 1) await breathe()
    }
    return texts
  }
}

// Salesforce splits texts at punctuation and where letters meet digits, and keeps the whole words too. How it splits phone numbers isn't
// documented: here every run of digits counts, and all digits that no letter interrupts together, as typed and without any calling code
// that wasn't.
function textOf(value: FieldValue, phone: boolean): string {
  if (typeof value !== 'string') return ''
  const words = wordsOf(value)
  const parts = words
    .filter((word) => /\p{N}/u.test(word) && /\p{L}/u.test(word))
    .flatMap((word) => word.match(/\p{N}+|[^\p{N}]+/gu) ?? [])
  const numbers = phone ? value.split(/\p{L}+/u).map((run) => run.replace(/\D/g, '')) : []
  return [words.join(' '), ...parts, ...numbers.filter((number) => number !== '')].map((text) => `| ${text} `).join('')
}
