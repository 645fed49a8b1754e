/** A page of contacts as the bytes of its JSON: a third of the memory that its objects take, and ready to be sent. */
import type { Cursor, Page } from '../connectors/connector.ts'
import { type Contact, type Envelope, envelopeBegin, envelopeRoom } from '../contact.ts'

const beginning = Buffer.from(envelopeBegin)

/** Bytes that share memory with no others: a part of a pool would keep the whole pool. */
export function ownBytes(...parts: readonly Buffer[]): Buffer {
  const bytes = Buffer.allocUnsafeSlow(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) at += part.copy(bytes, at)
  return bytes
}

export class WrittenPage {
  readonly length: number
  readonly next: Cursor | null
  readonly total: number | null
  readonly missing: readonly string[]
  /** Calls to the CRM that the page cost. */
  readonly calls: number
  /** The array of contacts; part of `#envelope` once that is written, so that it is in memory once. */
  #contacts: Buffer
  #token: { readonly seen: number; readonly token: string } | undefined
  #envelope: { readonly bytes: Buffer; readonly count: number; readonly next: string } | undefined

  constructor(page: Page<Contact>, calls = 0) {
    const { next, total, missing = [] } = page
    const { json, length } = page.written ?? { json: Buffer.from(JSON.stringify(page.items)), length: page.items.length }
    this.length = length
    this.next = next
    this.total = total
    this.missing = missing
    this.calls = calls
    this.#contacts = json
  }

  /** Bytes. */
  get size(): number {
    return this.#contacts.length
  }

  contacts(): readonly Contact[] {
    return JSON.parse(this.#contacts.toString())
  }

  /** The token of the page after this one, which many askers get who have seen so many contacts; '' after the last. */
  token(seen: number, write: (after: Cursor) => string): string {
    if (this.next === null) return ''
    if (this.#token?.seen !== seen) this.#token = { seen, token: write(this.next) }
    return this.#token.token
  }

  /** The same object for as long as count and next page stay the same. */
  envelope(count: number, next: string): Buffer {
    const known = this.#envelope
    if (known?.count === count && known.next === next) return known.bytes
    const rest: Omit<Envelope, 'results'> = { count, next_page_param: next, contact_provider: {} }
    const ending = Buffer.from(`,${JSON.stringify(rest).slice(1)}`)
    const bytes = this.#around(ending) ?? ownBytes(beginning, this.#contacts, ending)
    this.#contacts = bytes.subarray(beginning.length, beginning.length + this.#contacts.length)
    this.#envelope = { bytes, count, next }
    return bytes
  }

  /** Written around the contacts where they are, if there is room that nothing was written into yet. */
  #around(ending: Buffer): Buffer | undefined {
    const { buffer, length } = this.#contacts
    const { before, behind } = envelopeRoom
    if (this.#envelope !== undefined || buffer.byteLength !== before + length + behind || ending.length > behind) return undefined
    const bytes = Buffer.from(buffer, 0, before + length + ending.length)
    beginning.copy(bytes)
    ending.copy(bytes, before + length)
    return bytes
  }
}
