/** What a part of the benchmark is given and gives back. */

export type Bench = {
  /** The PostgreSQL server on which each bridge gets a database of its own. */
  readonly server: string
  /** Folder for processor profiles of the bridge; null = none are taken. */
  readonly profiles: string | null
}

/** One line of the table. `target` and `isMet` are empty for what is only there to compare with. */
export type Row = {
  readonly what: string
  readonly measured: string
  readonly target?: string
  readonly isMet?: boolean
}

export type Part = {
  readonly name: string
  /** How it is measured, in a sentence or two. */
  readonly how: string
  run(bench: Bench): Promise<Row[]>
}
