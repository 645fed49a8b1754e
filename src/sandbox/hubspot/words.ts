// What a search's `query` looks at: the words of a few properties. They are taken once from each generated record, on the first
// search by text, so that the next one doesn't have to make all records again.

import { setImmediate as breathe } from 'node:timers/promises'
import type { ObjectRecord, ObjectType } from './object-type.ts'

const BREATH = 5_000

/** The words of a text: runs of letters and digits in lower case. Accents stay, as HubSpot doesn't promise to look past them. */
export function wordsOf(text: string): readonly string[] {
  return text.toLowerCase().match(/[\p{L}\p{M}\p{N}]+/gu) ?? []
}

/** The words of all records of a type. */
export class QueriedWords {
  readonly #type: ObjectType
  // Each text is its words with a blank before each, so that "begins with" is a plain search.
  readonly #generated: string[] = []

  constructor(type: ObjectType) {
    this.#type = type
  }

  /** A test of live records: for every word of the query they have a word that begins with it. Null for an empty query. */
  async test(query: string): Promise<((position: number) => boolean) | null> {
    if (query.trim() === '') return null
    const words = wordsOf(query).map((word) => ` ${word}`)
    if (words.length === 0) return () => false
    await this.#prepare()
    const { records } = this.#type
    return (position) => {
      const generated = records.isGenerated(position) ? this.#generated[position] : undefined
      const text = generated ?? this.#textOf(records.at(position) as ObjectRecord)
      return words.every((word) => text.includes(word))
    }
  }

  async #prepare(): Promise<void> {
    const { records } = this.#type
    for (let position = this.#generated.length; position < records.generated; position = this.#generated.length) {
      this.#generated.push(this.#textOf(records.asGenerated(position)))
      if (position % BREATH === BREATH - 1) await breathe()
    }
  }

  #textOf(record: ObjectRecord): string {
    const words = wordsOf(this.#type.queried.map((name) => record.properties[name] ?? '').join(' '))
    return ` ${words.join(' ')}`
  }
}
