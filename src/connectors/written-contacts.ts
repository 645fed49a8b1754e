/** Contacts as the bytes of their JSON, from the CRM's answer to the inbox's: nothing is made of them but where somebody has to look. */
import { type Contact, contactJson, envelopeRoom } from '../contact.ts'
import type { Cursor, Page } from './connector.ts'

/** A JSON array of contacts, and how many they are. */
export type Written = { readonly json: Buffer; readonly length: number; readonly missing?: readonly string[] }

/** A page whose contacts are written, and read only by whoever has to look at one. */
export class ContactsPage implements Page<Contact> {
  readonly written: { readonly json: Buffer; readonly length: number }
  readonly next: Cursor | null
  readonly total: number | null
  readonly missing: readonly string[]

  constructor({ json, length, missing = [] }: Written, next: Cursor | null, total: number | null) {
    this.written = { json, length }
    this.next = next
    this.total = total
    this.missing = missing
  }

  get items(): readonly Contact[] {
    return JSON.parse(this.written.json.toString())
  }
}

/** Contacts without brackets or a comma around them. */
export type Cut = { readonly json: Buffer; readonly ids: readonly string[] }

const [opening, comma, closing] = ['[', ',', ']'].map((sign) => Buffer.from(sign)) as [Buffer, Buffer, Buffer]
/** What stands between contacts, and nowhere else: in a text its quotes would be escaped. */
const between = Buffer.from(`${contactJson.end}${comma}${contactJson.begin}`)
const quote = 0x22

/** Many contacts, of which pages are cut: each stands behind the one before, with a comma between. */
export class WrittenRows {
  readonly ids: readonly string[]
  readonly #places = new Map<string, number>()
  readonly #json: Buffer
  /** Where each begins, and where another would. */
  readonly #begins: Uint32Array

  /** Of contacts whose ids are ASCII, without escapes. */
  constructor({ json, length }: Written) {
    this.#json = json
    this.#begins = beginningsOf(json, length)
    this.ids = Array.from({ length }, (_, index) => idAt(json, this.#begins[index] ?? 0))
    for (const [place, id] of this.ids.entries()) this.#places.set(id, place)
  }

  get length(): number {
    return this.ids.length
  }

  /** What they take in memory, with what is kept around them, roughly: bytes. */
  get size(): number {
    return 500 + this.#json.length + 90 * this.length
  }

  /** Where the contact with an id stands; -1 = not among these. */
  placeOf(id: string): number {
    return this.#places.get(id) ?? -1
  }

  /** Those from one on, so many at most. */
  cut(from: number, count: number): Cut {
    const ids = this.ids.slice(from, from + count)
    const [begin = 0, end = 0] = [this.#begins[from], this.#begins[from + ids.length]]
    return { ids, json: this.#json.subarray(begin, Math.max(begin, end - comma.length)) }
  }

  /** Those that are wanted. Only contacts that are asked for are read. */
  only(isWanted: (id: string, contact: () => Contact) => boolean): WrittenRows {
    const contact = (index: number) => (): Contact => JSON.parse(String(this.cut(index, 1).json))
    const wanted = [...this.ids.entries()].filter(([index, id]) => isWanted(id, contact(index)))
    return wanted.length === this.length ? this : new WrittenRows(joined(wanted.map(([index]) => this.cut(index, 1))))
  }
}

function beginningsOf(json: Buffer, length: number): Uint32Array {
  const begins = new Uint32Array(length + 1)
  begins[0] = opening.length
  for (let index = 1; index < length; index += 1) {
    const end = json.indexOf(between, begins[index - 1])
    begins[index] = end + between.length - contactJson.begin.length
  }
  begins[length] = json.length - closing.length + comma.length
  return begins
}

function idAt(json: Buffer, begin: number): string {
  const from = begin + contactJson.begin.length
  return json.toString('latin1', from, json.indexOf(quote, from))
}

/** One array of what was cut, with the room around it that an envelope takes. */
export function joined(cuts: readonly Cut[]): Written {
  const some = cuts.filter(({ ids }) => ids.length > 0)
  const parts = [opening, ...some.flatMap(({ json }, index) => (index === 0 ? [json] : [comma, json])), closing]
  const { before, behind } = envelopeRoom
  const end = parts.reduce((sum, { length }) => sum + length, before)
  const bytes = Buffer.allocUnsafeSlow(end + behind)
  parts.reduce((at, part) => at + part.copy(bytes, at), before)
  return { json: bytes.subarray(before, end), length: some.reduce((sum, { ids }) => sum + ids.length, 0) }
}
