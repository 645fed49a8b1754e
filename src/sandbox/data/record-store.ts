// The records of one object type: generated ones that cost nothing until they are looked at, and on top of them whatever a test or
// the demo adds, changes and archives.

/** Records by position: 0 is the oldest; added ones follow the generated ones. A CRM maps positions to its own ids. */
export class RecordStore<R> {
  /** How many records the generator makes; their positions come first. */
  readonly generated: number
  readonly #make: (position: number) => R
  readonly #changed = new Map<number, R>()
  readonly #archived = new Map<number, R>()
  #end: number
  #version = 0

  constructor(generated: number, make: (position: number) => R) {
    this.generated = generated
    this.#make = make
    this.#end = generated
  }

  /** How many live records there are. */
  get size(): number {
    return this.#end - this.#archived.size
  }

  /** One more than the highest position in use. */
  get end(): number {
    return this.#end
  }

  /** Grows with every change, so that whoever keeps something computed from the records knows when to drop it. */
  get version(): number {
    return this.#version
  }

  /** The live record at a position. */
  at(position: number): R | undefined {
    if (!this.has(position)) return undefined
    return this.#changed.get(position) ?? this.#make(position)
  }

  /** Whether there is a live record at a position. */
  has(position: number): boolean {
    return this.#inUse(position) && !this.#archived.has(position)
  }

  /** All positions in use, those of archived records included. */
  *positions(): Generator<number, void, undefined> {
    for (let position = 0; position < this.#end; position++) yield position
  }

  /** The archived record at a position. */
  archivedAt(position: number): R | undefined {
    return this.#archived.get(position)
  }

  /** The live records in order, from a position on. */
  *live(from = 0): Generator<R, void, undefined> {
    for (let position = Math.max(0, from); position < this.#end; position++) {
      const record = this.at(position)
      if (record !== undefined) yield record
    }
  }

  /** The archived records in order, from a position on. */
  *archived(from = 0): Generator<R, void, undefined> {
    for (const position of [...this.#archived.keys()].sort((a, b) => a - b)) {
      if (position >= from) yield this.#archived.get(position) as R
    }
  }

  /** Positions of the live records that differ from what the generator would say, in order. */
  changedPositions(): readonly number[] {
    return [...this.#changed.keys()].filter((position) => !this.#archived.has(position)).sort((a, b) => a - b)
  }

  /** Adds a record at the next free position. */
  add(make: (position: number) => R): R {
    const record = make(this.#end)
    this.#changed.set(this.#end++, record)
    this.#version++
    return record
  }

  /** Puts another record in the place of a live one. */
  replace(position: number, record: R): void {
    if (!this.has(position)) throw new RangeError(`No live record at position ${position}`)
    this.#changed.set(position, record)
    this.#version++
  }

  /** Takes a live record out of the lists, keeping it as given; false when there is none. */
  archive(position: number, toArchived: (record: R) => R): boolean {
    const record = this.at(position)
    if (record === undefined) return false
    this.#archived.set(position, toArchived(record))
    this.#version++
    return true
  }

  /** The record at a generated position as the generator makes it, whatever has become of it since. */
  asGenerated(position: number): R {
    return this.#make(position)
  }

  /** Whether the record at a position comes from the generator unchanged. */
  isGenerated(position: number): boolean {
    return position < this.generated && !this.#changed.has(position)
  }

  #inUse(position: number): boolean {
    return Number.isInteger(position) && position >= 0 && position < this.#end
  }
}
