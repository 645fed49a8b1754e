/**
 * Finds its way through a JSON text by places, making nothing of what nobody looks at. A page of a hundred contacts is parsed into some 3,000
 * strings and objects, of which a third is used; making them, and having them collected, is most of what such a page costs.
 */

/** The members that are looked for in objects of one kind. CRMs write such objects all alike, so what came next last time is tried first. */
export class Members {
  readonly names: readonly string[]
  /** What stood between a value and the next one: a comma, the name, a colon, and any space. */
  readonly gaps: { readonly view: DataView; readonly isFirst: boolean; readonly member: number }[] = []
  /** The gap that came last in the object that is being read. */
  cursor = 0
  isFirst = true

  constructor(names: readonly string[]) {
    this.names = names
  }
}

/** There are no more members. */
export const end = -2
/** Objects with more kinds of members than this are read without a guess. */
const mostGaps = 100

const quote = 0x22
const backslash = 0x5c
const comma = 0x2c
const colon = 0x3a
const openObject = 0x7b
const closeObject = 0x7d
const openArray = 0x5b
const closeArray = 0x5d

export class JsonScanner {
  readonly bytes: Buffer
  readonly #view: DataView
  at = 0
  /** Where the string begins and ends that was read last, without its quotes. */
  start = 0
  end = 0
  /** Whether each character of it stands for itself. */
  isPlain = true

  constructor(bytes: Buffer) {
    this.bytes = bytes
    this.#view = viewOf(bytes)
    this.space()
  }

  get isObject(): boolean {
    return this.bytes[this.at] === openObject
  }

  get isArray(): boolean {
    return this.bytes[this.at] === openArray
  }

  get isString(): boolean {
    return this.bytes[this.at] === quote
  }

  /** Goes into an object. @throws {SyntaxError} when there is none */
  begin(members: Members): void {
    this.expect(openObject)
    members.cursor = 0
    members.isFirst = true
  }

  /** Goes to the value of the object's next member: its index among the names, -1 for one that isn't looked for, or {@link end}. @throws {SyntaxError} */
  next(members: Members): number {
    const { gaps, isFirst } = members
    if (this.bytes[this.at] === closeObject) return this.leave()
    members.isFirst = false
    for (let index = members.cursor; index < gaps.length; index += 1) {
      const gap = gaps[index]
      if (gap === undefined || gap.isFirst !== isFirst || !this.stands(gap.view)) continue
      this.at += gap.view.byteLength
      members.cursor = index + 1
      return gap.member
    }
    return this.learn(members, isFirst)
  }

  private learn(members: Members, isFirst: boolean): number {
    const from = this.at
    this.space()
    if (this.bytes[this.at] === closeObject) return this.leave()
    if (!isFirst) this.expect(comma)
    this.space()
    const name: unknown = JSON.parse(this.stringHere())
    this.space()
    this.expect(colon)
    this.space()
    const member = members.names.indexOf(String(name))
    if (members.gaps.length < mostGaps) {
      const view = viewOf(Uint8Array.from(this.bytes.subarray(from, this.at)))
      members.gaps.splice(members.cursor, 0, { view, isFirst, member })
      members.cursor += 1
    }
    return member
  }

  private leave(): typeof end {
    this.at += 1
    return end
  }

  /** Eight bytes at a time: numbers are equal where their bytes are, but for bytes that no text has. */
  private stands(gap: DataView): boolean {
    const { at } = this
    const text = this.#view
    const { byteLength } = gap
    if (at + byteLength > text.byteLength) return false
    let index = 0
    for (; index + 8 <= byteLength; index += 8)
      if (text.getFloat64(at + index, true) !== gap.getFloat64(index, true)) return false
    for (; index < byteLength; index += 1) if (text.getUint8(at + index) !== gap.getUint8(index)) return false
    return true
  }

  /** Goes into an array. @returns whether there is an element. @throws {SyntaxError} when there is no array */
  beginArray(): boolean {
    this.expect(openArray)
    this.space()
    if (this.bytes[this.at] !== closeArray) return true
    this.at += 1
    return false
  }

  /** Goes to the array's next element, if there is one. @throws {SyntaxError} */
  nextElement(): boolean {
    this.space()
    const isOver = this.bytes[this.at] === closeArray
    if (!isOver && this.bytes[this.at] !== comma) this.fail()
    this.at += 1
    this.space()
    return !isOver
  }

  /** Reads a string for its place: {@link start}, {@link end}, {@link isPlain}. @throws {SyntaxError} */
  string(): void {
    if (this.bytes[this.at] !== quote) this.fail()
    const { bytes } = this
    let at = this.at + 1
    this.start = at
    this.isPlain = true
    for (; ; at += 1) {
      const byte = bytes[at]
      if (byte === quote || byte === undefined) break
      if (byte === backslash) {
        this.isPlain = false
        at += 1
      } else if (byte < 0x20) this.fail()
    }
    if (at >= bytes.length) this.fail()
    this.end = at
    this.at = at + 1
  }

  /** Whether the string that was read last is this one. */
  isThat(expected: Uint8Array): boolean {
    const { bytes, start } = this
    if (this.end - start !== expected.length) return false
    for (let index = 0; index < expected.length; index += 1) if (bytes[start + index] !== expected[index]) return false
    return true
  }

  private stringHere(): string {
    const from = this.at
    this.string()
    return this.bytes.toString('utf8', from, this.at)
  }

  /** What the value here says. @throws {SyntaxError} */
  value(): unknown {
    const from = this.at
    this.skip()
    return JSON.parse(this.bytes.toString('utf8', from, this.at))
  }

  /** Goes past the value here. @throws {SyntaxError} */
  skip(): void {
    const byte = this.bytes[this.at]
    if (byte === quote) this.skipString()
    else if (byte === openObject) this.skipObject()
    else if (byte === openArray) for (let more = this.beginArray(); more; more = this.nextElement()) this.skip()
    else this.skipScalar()
  }

  private skipString(): void {
    this.string()
    if (!this.isPlain) JSON.parse(this.bytes.toString('utf8', this.start - 1, this.at))
  }

  private skipObject(): void {
    this.at += 1
    this.space()
    if (this.bytes[this.at] === closeObject) {
      this.at += 1
      return
    }
    for (;;) {
      this.skipString()
      this.space()
      this.expect(colon)
      this.space()
      this.skip()
      this.space()
      if (this.bytes[this.at] === closeObject) break
      this.expect(comma)
      this.space()
    }
    this.at += 1
  }

  /** `null`, `true`, `false` or a number. */
  private skipScalar(): void {
    const from = this.at
    const { bytes } = this
    // Letters, digits, and what numbers have besides: + - .
    for (let byte = bytes[this.at] ?? 0; byte >= 0x2b && byte !== comma && byte !== closeObject && byte !== closeArray; ) {
      this.at += 1
      byte = bytes[this.at] ?? 0
    }
    const length = this.at - from
    if (length === 4 && bytes[from] === 0x6e && bytes[from + 1] === 0x75 && bytes[from + 2] === 0x6c && bytes[from + 3] === 0x6c)
      return
    JSON.parse(bytes.toString('latin1', from, this.at))
  }

  private space(): void {
    const { bytes } = this
    let at = this.at
    for (let byte = bytes[at]; byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09; ) {
      at += 1
      byte = bytes[at]
    }
    this.at = at
  }

  /** @throws {SyntaxError} where anything but space is left */
  finish(): void {
    this.space()
    if (this.at < this.bytes.length) this.fail()
  }

  private expect(byte: number): void {
    if (this.bytes[this.at] !== byte) this.fail()
    this.at += 1
  }

  private fail(): never {
    throw new SyntaxError(`The JSON breaks off, or is none, at byte ${this.at}`)
  }
}

const viewOf = ({ buffer, byteOffset, length }: Uint8Array): DataView => new DataView(buffer, byteOffset, length)
