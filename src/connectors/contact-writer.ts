/**
 * From a CRM's answers to the inbox's contacts, bytes to bytes. A module of the CRM's own (its assembly/, with what all have in common in
 * assembly/ here) goes over an answer and writes what can stand as it is; what has to be looked at (a number, a link, a text with escapes) it
 * asks for here.
 */
import { isUtf8 } from 'node:buffer'
import { readFileSync } from 'node:fs'
import { envelopeRoom, webUrl } from '../contact.ts'
import { AnswerMemory, betweenQuotes, type Place, pageSize, type WasmMemory } from './answer-memory.ts'
import * as Text from './assembly/texts.ts'
import { type Bytes, longestE164, type ReadPhone } from './connector.ts'
import { sharedTexts } from './contact-texts.ts'
import { lazily } from './lazily.ts'

export type WritingContext = { readonly readPhone: ReadPhone; readonly recordsUrl: string }

/** The contacts of an answer as a JSON array, and what the answer has beside them, by its names: not to be trusted. */
export type WrittenAnswer<Beside extends string> = { readonly json: Buffer; readonly length: number } & Readonly<
  Record<Beside, unknown>
>

/** What is a CRM's own. */
export type CrmModule<Context, Beside extends string> = {
  /** The compiled module. */
  readonly file: URL
  /** The texts behind those that all have in common. */
  readonly texts: readonly string[]
  /** The spans that the module exports for what an answer has beside its contacts. */
  readonly beside: readonly Beside[]
  /** What the module asks for beyond assembly/host.ts. */
  readonly host?: (memory: AnswerMemory, given: () => Context) => Host
}
type Host = Readonly<Record<string, (...places: Place[]) => Place>>

/** Writes by one of the module's functions. @throws {SyntaxError|TypeError} for an answer of another make */
export type WriteContacts<Context, Beside extends string> = (
  what: string,
  answer: Bytes,
  context: Context,
  /** What the function takes beside the answer. */
  argument?: number,
) => WrittenAnswer<Beside>

type Global = { readonly value: number }
type Exports = Readonly<Record<string, unknown>> & { readonly memory: WasmMemory }
type Write = (from: Place, end: Place, to: Place, argument: number) => Place
/** As far as it is needed here: Node's types leave it to those of browsers. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object, imports: Record<string, object>) => { readonly exports: unknown }
}

/** Behind an answer: nothing there is taken for a part of it, and as many bytes may be read at once. */
const padding = 16
/** Memory that an answer made larger than this isn't kept. Bytes. */
const largestKept = 8 * 1024 * 1024

export function contactWriter<Context extends WritingContext, Beside extends string>(
  crm: CrmModule<Context, Beside>,
): WriteContacts<Context, Beside> {
  const module = lazily(() => new WebAssembly.Module(readFileSync(crm.file)))
  let kept: ContactWriter<Context, Beside> | undefined
  return (what, answer, context, argument = 0) => {
    const writer = kept ?? new ContactWriter(crm, module())
    try {
      return writer.write(what, answer, context, argument)
    } finally {
      kept = writer.size > largestKept ? undefined : writer
    }
  }
}

/** Used for one answer after the other. */
class ContactWriter<Context extends WritingContext, Beside extends string> {
  readonly #beside: readonly Beside[]
  readonly #wasm: Exports
  readonly #memory = new AnswerMemory()
  /** Of the answer that is being written. */
  #context: Context | undefined
  /** Behind the texts, where the link of an answer's contacts stands, and behind it the answer. */
  readonly #from: Place
  #answer: Place = 0
  /** What an answer has left behind. The next one is another customer's. */
  #left: { readonly from: Place; readonly end: Place } | undefined

  constructor({ texts, beside, host }: CrmModule<Context, Beside>, module: object) {
    this.#beside = beside
    const memory = this.#memory
    const shared = {
      fail: (kind: number, at: Place) => {
        if (kind === 0) throw new SyntaxError(`The JSON breaks off, or is none, at byte ${at - this.#answer}`)
        throw new TypeError('the answer holds no contacts')
      },
      decode: (from: Place, end: Place) => memory.rewrite(from, memory.parsed(from, end)),
      trim: (from: Place, end: Place) => memory.rewrite(from, betweenQuotes(memory.parsed(from, end).trim())),
      phone: (from: Place, end: Place, country: Place, countryEnd: Place, to: Place) =>
        this.#putPhone(from, end, country === countryEnd ? '' : memory.parsed(country, countryEnd), to),
      url: (from: Place, end: Place, to: Place) => memory.put(webUrl(memory.parsed(from, end)), to),
      reserve: (upTo: Place) => memory.reserve(upTo),
    }
    const own = host?.(memory, () => this.#given)
    this.#wasm = new WebAssembly.Instance(module, { host: { ...shared, ...own } }).exports as Exports
    memory.attach(this.#wasm.memory)
    this.#from = this.#setTexts([...sharedTexts, ...texts])
  }

  get size(): number {
    return this.#memory.size
  }

  get #given(): Context {
    if (this.#context === undefined) throw new Error('nothing is being written')
    return this.#context
  }

  write(what: string, answer: Bytes, context: Context, argument: number): WrittenAnswer<Beside> {
    this.#wipe()
    const memory = this.#memory
    const link = linkTo(context.recordsUrl)
    const from = this.#from + link.length
    memory.reserve(from + 2 * answer.length + pageSize)
    this.#setText(Text.link, this.#from, memory.copy(link, this.#from))
    const end = this.#asText(from, memory.copy(answer, from))
    const to = end + padding
    memory.bytes.fill(0, end, to)
    this.#answer = from
    this.#context = context
    let last = memory.size
    try {
      last = this.#functionOf(what)(from, end, to, argument)
      return { json: this.#taken(to, last), length: this.#valueOf('contacts'), ...this.#besides() }
    } finally {
      this.#context = undefined
      // What was written and taken back may stand behind the last byte: no more than there was to be written from.
      this.#left = { from, end: Math.min(last + answer.length + pageSize, memory.size) }
      // Somebody waits for this answer first.
      setImmediate(() => this.#wipe())
    }
  }

  #wipe(): void {
    if (this.#left !== undefined) this.#memory.bytes.fill(0, this.#left.from, this.#left.end)
    this.#left = undefined
  }

  #functionOf(name: string): Write {
    return this.#wasm[name] as Write
  }

  #valueOf(name: string): number {
    return (this.#wasm[name] as Global).value
  }

  #besides(): Readonly<Record<Beside, unknown>> {
    const values = this.#beside.map((name) => [name, this.#memory.value(this.#valueOf(name))])
    return Object.fromEntries(values)
  }

  /** Bytes that are no text would go out as they came. @returns where the text ends */
  #asText(from: Place, end: Place): Place {
    const memory = this.#memory
    const answer = memory.bytes.subarray(from, end)
    if (isUtf8(answer)) return end
    const text = answer.toString()
    memory.reserve(from + 3 * text.length + pageSize)
    return memory.rewrite(from, text)
  }

  #taken(from: Place, end: Place): Buffer {
    const { before, behind } = envelopeRoom
    const taken = Buffer.allocUnsafeSlow(before + end - from + behind)
    this.#memory.bytes.copy(taken, before, from, end)
    return taken.subarray(before, before + end - from)
  }

  /** Writes the texts behind all that the module itself has. @returns where they end */
  #setTexts(texts: readonly string[]): Place {
    const memory = this.#memory
    let at = memory.size
    memory.reserve(at + pageSize)
    for (const [number, text] of texts.entries()) {
      const end = memory.rewrite(at, text)
      this.#setText(number, at, end)
      at = end
    }
    return at
  }

  #setText(number: number, from: Place, end: Place): void {
    this.#memory.setSpan(this.#valueOf('texts') + 8 * number, from, end)
  }

  #putPhone(from: Place, end: Place, country: string, to: Place): Place {
    const memory = this.#memory
    const { readPhone } = this.#given
    memory.reserve(to + longestE164 + end - from)
    const last = readPhone.plain(memory.bytes, from, end, country, to)
    return last < 0 ? memory.put(readPhone(memory.parsed(from, end), country) ?? '', to) : last
  }
}

/** What stands before a contact's id in the link to it; nothing where it can't be a link. */
function linkTo(recordsUrl: string): Buffer {
  const url = recordsUrl && webUrl(`${recordsUrl}/`)
  return Buffer.from(betweenQuotes(url))
}
