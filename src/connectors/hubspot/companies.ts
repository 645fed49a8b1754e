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

/** What memory has of these companies' names. A company without a name is known too, as ''. */
export function knownCompanyNames(session: Session, ids: Iterable<string>): Map<string, string> {
  const known = inMemory(session)
  const names = new Map<string, string>()
  for (const id of ids) {
    const name = names.has(id) ? undefined : known.get(id)
    if (name !== undefined) names.set(id, name)
  }
  return names
}

/**
 * The names of these companies. One call when any is unknown; one for every hundred where a single page of contacts has more than a
 * hundred unknown ones. @throws {BridgeError}
 */
export async function companyNames(session: Session, api: HubSpotApi, ids: readonly string[]): Promise<Map<string, string>> {
  const names = knownCompanyNames(session, ids)
  const unknown = [...new Set(ids.filter((id) => !names.has(id)))]
  if (unknown.length === 0) return names
  const batches = Array.from({ length: Math.ceil(unknown.length / largestBatch) }, (_, index) =>
    unknown.slice(index * largestBatch, (index + 1) * largestBatch),
  )
  await Promise.all(
    batches.map(async (batch) => {
      const { results } = await api.companies(batch, ['name', 'domain'])
      const found = new Map(results.map(({ id, properties }) => [id, properties.name?.trim() || properties.domain?.trim() || '']))
      // As they are by now: other pages learn names, too.
      const known = inMemory(session)
      for (const id of batch) {
        const name = found.get(id) ?? ''
        names.set(id, name)
        known.set(id, name)
      }
      session.memory.set('companies', known, remembered, known.bytes)
    }),
  )
  return names
}
