/**
 * From HubSpot's answers to the inbox's contacts, bytes to bytes. assembly/ goes over an answer and writes what can stand as it is; what
 * has to be looked at (a number, a link, a text with escapes) it asks for here.
 */
import { isUtf8 } from 'node:buffer'
import { readFileSync } from 'node:fs'
import { contactJson, envelopeRoom, onlyOnce, webUrl } from '../../contact.ts'
import { type Bytes, longestE164, type ReadPhone } from '../connector.ts'
import { lazily } from '../lazily.ts'
import * as Text from './assembly/texts.ts'
import { idPrefix, texts } from './contact-texts.ts'

export type MappingContext = {
  /** The name of a company, as far as it is known: '' for one without a name. */
  readonly companyName: (id: string) => string | undefined
  readonly readPhone: ReadPhone
  readonly recordsUrl: string
}

/** The contacts of an answer as a JSON array, and what the answer has beside them: not to be trusted. */
export type WrittenContacts = {
  readonly json: Buffer
  readonly length: number
  readonly paging: unknown
  readonly total: unknown
}

/** HubSpot's own id in a contact_id of ours, or null. */
export function toRecordId(contactId: string): string | null {
  const recordId = contactId.startsWith(idPrefix) ? contactId.slice(idPrefix.length) : ''
  return /^\d{1,20}$/.test(recordId) ? recordId : null
}

/** A page of a list or of a search. @throws {SyntaxError|TypeError} for an answer of another make */
export const writeContacts = (answer: Bytes, context: MappingContext): WrittenContacts => write('writePage', answer, context)

/** The same of a single contact. */
export const writeContact = (answer: Bytes, context: MappingContext): WrittenContacts => write('writeRecord', answer, context)

type Place = number
type Exports = {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number }
  readonly texts: { readonly value: Place }
  readonly contacts: { readonly value: number }
  readonly paging: { readonly value: Place }
  readonly total: { readonly value: Place }
  writePage(from: Place, end: Place, to: Place): Place
  writeRecord(from: Place, end: Place, to: Place): Place
}
/** As far as it is needed here: Node's types leave it to those of browsers. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object, imports: Record<string, object>) => { readonly exports: unknown }
}

const pageSize = 65_536
/** Behind an answer: nothing there is taken for a part of it, and as many bytes may be read at once. */
const padding = 16
/** Memory that an answer made larger than this isn't kept. Bytes. */
const largestKept = 8 * 1024 * 1024

const module = lazily(() => new WebAssembly.Module(readFileSync(new URL('contact-writer.wasm', import.meta.url))))
let kept: ContactWriter | undefined

type Writing = 'writePage' | 'writeRecord'

function write(what: Writing, answer: Bytes, context: MappingContext): WrittenContacts {
  const writer = kept ?? new ContactWriter(module())
  try {
    return writer.write(what, answer, context)
  } finally {
    kept = writer.size > largestKept ? undefined : writer
  }
}

/** Used for one answer after the other. */
class ContactWriter {
  readonly #wasm: Exports
  /** All of its memory. */
  #bytes: Buffer
  /** Of the answer that is being written. */
  #context: MappingContext | undefined
  /** Behind the texts, where the link of an answer's contacts stands, and behind it the answer. */
  readonly #from: Place
  #answer: Place = 0
  /** What an answer has left behind. The next one is another customer's. */
  #left: { readonly from: Place; readonly end: Place } | undefined

  constructor(module: object) {
    const host = {
      fail: (kind: number, at: Place) => {
        if (kind === 0) throw new SyntaxError(`The JSON breaks off, or is none, at byte ${at - this.#answer}`)
        throw new TypeError('the answer holds no contacts')
      },
      decode: (from: Place, end: Place) => this.#rewrite(from, this.#parsed(from, end)),
      trim: (from: Place, end: Place) => this.#rewrite(from, betweenQuotes(this.#parsed(from, end).trim())),
      company: (from: Place, end: Place, to: Place) => this.#put(this.#given.companyName(this.#parsed(from, end)) ?? '', to),
      phone: (from: Place, end: Place, country: Place, countryEnd: Place, to: Place) =>
        this.#putPhone(from, end, country === countryEnd ? '' : this.#parsed(country, countryEnd), to),
      url: (from: Place, end: Place, to: Place) => this.#put(webUrl(this.#parsed(from, end)), to),
      additional: (email: Place, emailEnd: Place, from: Place, end: Place, to: Place) =>
        this.#putAdditional(this.#parsed(email, emailEnd), this.#parsed(from, end), to),
      reserve: (upTo: Place) => this.#reserve(upTo),
    }
    this.#wasm = new WebAssembly.Instance(module, { host }).exports as Exports
    this.#bytes = Buffer.from(this.#wasm.memory.buffer)
    let at = this.size
    this.#reserve(at + pageSize)
    for (const [number, text] of texts.entries()) {
      this.#setText(number, at, at + text.copy(this.#bytes, at))
      at += text.length
    }
    this.#from = at
  }

  get size(): number {
    return this.#bytes.length
  }

  get #given(): MappingContext {
    if (this.#context === undefined) throw new Error('nothing is being written')
    return this.#context
  }

  write(what: Writing, answer: Bytes, context: MappingContext): WrittenContacts {
    this.#wipe()
    const link = linkTo(context.recordsUrl)
    const from = this.#from + link.length
    this.#reserve(from + 2 * answer.length + pageSize)
    this.#setText(Text.link, this.#from, this.#from + link.copy(this.#bytes, this.#from))
    const end = this.#asText(from, from + answer.copy(this.#bytes, from))
    const to = end + padding
    this.#bytes.fill(0, end, to)
    const wasm = this.#wasm
    this.#answer = from
    this.#context = context
    let last = this.size
    try {
      last = wasm[what](from, end, to)
      return {
        json: this.#taken(to, last),
        length: wasm.contacts.value,
        paging: this.#value(wasm.paging.value),
        total: this.#value(wasm.total.value),
      }
    } finally {
      this.#context = undefined
      // What was written and taken back may stand behind the last byte.
      this.#left = { from, end: Math.min(last + pageSize, this.size) }
      // Somebody waits for this answer first.
      setImmediate(() => this.#wipe())
    }
  }

  #wipe(): void {
    if (this.#left !== undefined) this.#bytes.fill(0, this.#left.from, this.#left.end)
    this.#left = undefined
  }

  /** Bytes that are no text would go out as they came. @returns where the text ends */
  #asText(from: Place, end: Place): Place {
    const answer = this.#bytes.subarray(from, end)
    if (isUtf8(answer)) return end
    const text = answer.toString()
    this.#reserve(from + 3 * text.length + pageSize)
    return from + this.#bytes.write(text, from)
  }

  #taken(from: Place, end: Place): Buffer {
    const { before, behind } = envelopeRoom
    const taken = Buffer.allocUnsafeSlow(before + end - from + behind)
    this.#bytes.copy(taken, before, from, end)
    return taken.subarray(before, before + end - from)
  }

  #setText(number: number, from: Place, end: Place): void {
    const span = this.#wasm.texts.value + 8 * number
    this.#bytes.writeUInt32LE(from, span)
    this.#bytes.writeUInt32LE(end, span + 4)
  }

  #reserve(upTo: Place): void {
    const missing = upTo - this.size
    if (missing <= 0) return
    this.#wasm.memory.grow(Math.ceil(missing / pageSize))
    this.#bytes = Buffer.from(this.#wasm.memory.buffer)
  }

  /** Of a span, as assembly/spans.ts has them. */
  #value(span: Place): unknown {
    const [from, end] = [this.#bytes.readUInt32LE(span), this.#bytes.readUInt32LE(span + 4)]
    return from === end ? undefined : JSON.parse(this.#bytes.toString('utf8', from, end))
  }

  #parsed(from: Place, end: Place): string {
    const text = this.#bytes.toString('utf8', from, end)
    return text.includes('\\') ? JSON.parse(`"${text}"`) : text
  }

  /** Never longer than what stood there: escapes are what JSON needs, or fewer. */
  #rewrite(from: Place, text: string): Place {
    return from + this.#bytes.write(text, from)
  }

  #put(text: string, to: Place): Place {
    this.#reserve(to + 6 * text.length)
    const bytes = this.#bytes
    for (let index = 0; index < text.length; index += 1) {
      const code = text.charCodeAt(index)
      if (code < 0x20 || code > 0x7e || code === 0x22 || code === 0x5c) return to + bytes.write(betweenQuotes(text), to)
      bytes[to + index] = code
    }
    return to + text.length
  }

  #putPhone(from: Place, end: Place, country: string, to: Place): Place {
    const { readPhone } = this.#given
    this.#reserve(to + longestE164 + end - from)
    const last = readPhone.plain(this.#bytes, from, end, country, to)
    return last < 0 ? this.#put(readPhone(this.#parsed(from, end), country) ?? '', to) : last
  }

  #putAdditional(email: string, others: string, to: Place): Place {
    const addresses = others.split(';')
    const isNew = onlyOnce(addresses.length + 1)
    let isFirst = email === ''
    if (!isFirst) isNew(email.toLowerCase())
    let json = ''
    for (const typed of addresses) {
      const address = typed.trim()
      if (address === '' || !isNew(address.toLowerCase())) continue
      json += `${isFirst ? '' : ','}${contactJson.emailAddress}${betweenQuotes(address)}${asAdditional}`
      isFirst = false
    }
    this.#reserve(to + 3 * json.length)
    return to + this.#bytes.write(json, to)
  }
}

const asAdditional = contactJson.described('additional')

/** What stands before a contact's id in the link to it; nothing where it can't be a link. */
function linkTo(recordsUrl: string): Buffer {
  const url = recordsUrl && webUrl(`${recordsUrl}/`)
  return Buffer.from(url && `${contactJson.url}${betweenQuotes(url)}`)
}

/** A text as JSON has it between its quotes. */
const betweenQuotes = (text: string): string => JSON.stringify(text).slice(1, -1)
