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

/** Many contacts, of which pages are cut: the bytes of each stand behind those of the one before, with a comma between. */
export class WrittenRows {
  readonly ids: readonly string[]
  readonly #json: Buffer
  /** Where each ends. */
  readonly #ends: Uint32Array

  constructor(contacts: readonly Contact[]) {
    const texts = contacts.map((contact) => JSON.stringify(contact))
    let end = -comma.length
    this.ids = contacts.map(({ contact_id }) => contact_id)
    this.#ends = Uint32Array.from(texts, (text) => (end += comma.length + Buffer.byteLength(text)))
    this.#json = Buffer.from(texts.join(','))
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
    const begin = from === 0 ? 0 : (this.#ends[from - 1] ?? 0) + comma.length
    return { ids, json: this.#json.subarray(begin, ids.length === 0 ? begin : this.#ends[from + ids.length - 1]) }
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
