/** Names of contacts' companies: from memory, and what isn't there by one batch read. */
import type { Session } from '../connector.ts'
import type { HubSpotApi } from './api.ts'

/** @see https://developers.hubspot.com/docs/api-reference/crm-companies-v3/guide (batch read) */
const largestBatch = 100
/** Milliseconds. */
const remembered = 10 * 60_000
const mostRemembered = 10_000

/** What is known of an account's companies: one value in memory, since a page asks for a hundred of them. */
export class CompanyNames {
  readonly #known = new Map<string, { readonly name: string; readonly until: number }>()
  #bytes = 300

  /** '' for a company without a name; undefined where none is known, or not any more. */
  get(id: string): string | undefined {
    const known = this.#known.get(id)
    return known !== undefined && performance.now() < known.until ? known.name : undefined
  }

  /** The ones that were learned first are forgotten first. */
  set(id: string, name: string): void {
    this.#forget(id)
    this.#known.set(id, { name, until: performance.now() + remembered })
    this.#bytes += sizeOf(id, name)
    for (const first of this.#known.keys()) {
      if (this.#known.size <= mostRemembered) break
      this.#forget(first)
    }
  }

  #forget(id: string): void {
    const known = this.#known.get(id)
    if (known === undefined) return
    this.#known.delete(id)
    this.#bytes -= sizeOf(id, known.name)
  }

  /** What they take in memory. */
  get bytes(): number {
    return this.#bytes
  }
}

/** Two bytes a letter, and what objects and the map take. */
const sizeOf = (id: string, name: string): number => 200 + 2 * (id.length + name.length)

const inMemory = ({ memory }: Session): CompanyNames => memory.get<CompanyNames>('companies') ?? new CompanyNames()

/** The names of the companies of a page's contacts, from when it was read: what memory forgets meanwhile stays known to it. */
export class PageNames {
  /** Companies that there is no name of, in the order in which contacts have them. */
  readonly unknown = new Set<string>()
  readonly #session: Session
  readonly #known: CompanyNames
  readonly #names = new Map<string, string>()

  constructor(session: Session) {
    this.#session = session
    this.#known = inMemory(session)
  }

  /** A company without a name is known too, as ''. */
  readonly get = (id: string): string | undefined => {
    const name = this.#names.get(id) ?? this.#known.get(id)
    if (name === undefined) this.unknown.add(id)
    else this.#names.set(id, name)
    return name
  }

  /** Asks for the unknown ones: one call, or one for every hundred where a page has more than a hundred. @throws {BridgeError} */
  async ask(api: HubSpotApi): Promise<void> {
    const unknown = [...this.unknown]
    const batches = Array.from({ length: Math.ceil(unknown.length / largestBatch) }, (_, index) =>
      unknown.slice(index * largestBatch, (index + 1) * largestBatch),
    )
    await Promise.all(batches.map((batch) => this.#askFor(batch, api)))
  }

  async #askFor(ids: readonly string[], api: HubSpotApi): Promise<void> {
    const { results } = await api.companies(ids, ['name', 'domain'])
    const found = new Map(results.map(({ id, properties }) => [id, properties.name?.trim() || properties.domain?.trim() || '']))
    // As they are by now: other pages learn names, too.
    const known = inMemory(this.#session)
    for (const id of ids) {
      const name = found.get(id) ?? ''
      this.#names.set(id, name)
      known.set(id, name)
    }
    this.#session.memory.set('companies', known, remembered, known.bytes)
  }
}
