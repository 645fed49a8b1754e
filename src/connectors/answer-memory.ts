/** The memory of a module of assembly/, seen from JavaScript. */
import type { Bytes } from './connector.ts'

/** An address in it. */
export type Place = number

export type WasmMemory = { readonly buffer: ArrayBuffer; grow(pages: number): number }

export const pageSize = 65_536

export class AnswerMemory {
  #wasm: WasmMemory | undefined
  /** All of it. */
  bytes = Buffer.alloc(0)

  /** The module that is given this memory's functions has the memory itself. */
  attach(wasm: WasmMemory): void {
    this.#wasm = wasm
    this.bytes = Buffer.from(wasm.buffer)
  }

  get size(): number {
    return this.bytes.length
  }

  reserve(upTo: Place): void {
    const missing = upTo - this.size
    if (missing <= 0 || this.#wasm === undefined) return
    this.#wasm.grow(Math.ceil(missing / pageSize))
    this.bytes = Buffer.from(this.#wasm.buffer)
  }

  /** Makes a span, as assembly/spans.ts has them. */
  setSpan(span: Place, from: Place, end: Place): void {
    this.bytes.writeUInt32LE(from, span)
    this.bytes.writeUInt32LE(end, span + 4)
  }

  /** What JSON stands in a span; undefined where it is empty. */
  value(span: Place): unknown {
    const [from, end] = [this.bytes.readUInt32LE(span), this.bytes.readUInt32LE(span + 4)]
    return from === end ? undefined : JSON.parse(this.bytes.toString('utf8', from, end))
  }

  /** Copies bytes to a place where there is room for them. @returns where they end */
  copy(bytes: Bytes, to: Place): Place {
    return to + bytes.copy(this.bytes, to)
  }

  /** What stands between a string's quotes. */
  parsed(from: Place, end: Place): string {
    const text = this.bytes.toString('utf8', from, end)
    return text.includes('\\') ? JSON.parse(`"${text}"`) : text
  }

  /** Never longer than what stood there: escapes are what JSON needs, or fewer. */
  rewrite(from: Place, text: string): Place {
    return from + this.bytes.write(text, from)
  }

  /** Writes a text as JSON has it between its quotes. @returns where it ends */
  put(text: string, to: Place): Place {
    this.reserve(to + 6 * text.length)
    const { bytes } = this
    for (let index = 0; index < text.length; index += 1) {
      const code = text.charCodeAt(index)
      if (code < 0x20 || code > 0x7e || code === 0x22 || code === 0x5c) return to + bytes.write(betweenQuotes(text), to)
      bytes[to + index] = code
    }
    return to + text.length
  }

  /** Writes JSON as it is. @returns where it ends */
  putJson(json: string, to: Place): Place {
    this.reserve(to + 3 * json.length)
    return to + this.bytes.write(json, to)
  }
}

/** A text as JSON has it between its quotes. */
export const betweenQuotes = (text: string): string => JSON.stringify(text).slice(1, -1)
