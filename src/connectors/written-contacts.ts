/** Contacts as the bytes of their JSON, from the CRM's answer to the inbox's: nothing is made of them but where somebody has to look. */
import { type Contact, envelopeRoom } from '../contact.ts'
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
/** Bytes of most contacts, or more. */
const usualSize = 600
/** Bytes of UTF-8 that a character takes at most. */
const widest = 3

/** Many contacts, of which pages are cut: each stands behind the one before, with a comma between. */
export class WrittenRows {
  readonly ids: readonly string[]
  readonly #json: Buffer
  /** Where each begins, and where another would. */
  readonly #begins: Uint32Array

  constructor(contacts: readonly Contact[]) {
    this.ids = contacts.map(({ contact_id }) => contact_id)
    this.#begins = new Uint32Array(contacts.length + 1)
    // One by one: as one text all of them would be wide characters if one of them has any.
    let json = Buffer.allocUnsafe(contacts.length * usualSize)
    let end = 0
    for (const [index, contact] of contacts.entries()) {
      const text = JSON.stringify(contact)
      if (end + widest * text.length >= json.length) json = Buffer.concat([json], 2 * json.length + widest * text.length)
      end += json.write(text, end)
      end += comma.copy(json, end)
      this.#begins[index + 1] = end
    }
    this.#json = Buffer.from(json.subarray(0, end))
  }

  get length(): number {
    return this.ids.length
  }

  /** What they take in memory, roughly: bytes. */
  get size(): number {
    return this.#json.length + 60 * this.length
  }

  /** Those from one on, so many at most. */
  cut(from: number, count: number): Cut {
    const ids = this.ids.slice(from, from + count)
    const [begin = 0, end = 0] = [this.#begins[from], this.#begins[from + ids.length]]
    return { ids, json: this.#json.subarray(begin, Math.max(begin, end - comma.length)) }
  }
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
