/** Names of contacts' companies: from memory, and what isn't there by one batch read. */
import type { Session } from '../connector.ts'
import { betweenQuotes } from '../json-writer.ts'
import type { HubSpotApi } from './api.ts'

/** @see https://developers.hubspot.com/docs/api-reference/crm-companies-v3/guide (batch read) */
const largestBatch = 100
/** Milliseconds. */
const remembered = 10 * 60_000
const mostRemembered = 10_000
/** What one takes in memory, roughly. Bytes. */
const sizeOfOne = 300

/** '' where a company has none. */
export type CompanyName = {
  readonly name: string
  /** The same as it stands in JSON between quotes. */
  readonly json: Uint8Array
}

/** What is known of an account's companies: one value in memory, since a page asks for a hundred of them. */
export class CompanyNames {
  readonly #known = new Map<string, CompanyName & { readonly until: number }>()

  /** What it was called last, be it long ago. */
  get(id: string): CompanyName | undefined {
    return this.#known.get(id)
  }

  /** Whether it needn't be asked for. */
  knows(id: string): boolean {
    return (this.#known.get(id)?.until ?? 0) > performance.now()
  }

  set(id: string, name: string): void {
    // As the latest: the first are forgotten first.
    this.#known.delete(id)
    this.#known.set(id, { name, json: new TextEncoder().encode(betweenQuotes(name)), until: performance.now() + remembered })
    for (const first of this.#known.keys()) {
      if (this.#known.size <= mostRemembered) break
      this.#known.delete(first)
    }
  }

  /** Bytes. */
  get memory(): number {
    return sizeOfOne * (1 + this.#known.size)
  }
}

/** What memory has of companies' names. */
export function knownCompanyNames(session: Session): CompanyNames {
  return session.memory.get<CompanyNames>('companies') ?? new CompanyNames()
}

/**
 * The names of these companies, beside others. One call when any is unknown; one for every hundred where a single page of contacts has more
 * than a hundred unknown ones. @throws {BridgeError}
 */
export async function companyNames(session: Session, api: HubSpotApi, ids: readonly string[]): Promise<CompanyNames> {
  const names = knownCompanyNames(session)
  const unknown = [...new Set(ids.filter((id) => !names.knows(id)))]
  if (unknown.length === 0) return names
  // From here on, so that what is asked at the same time for another page comes to the same names.
  session.memory.set('companies', names, remembered, names.memory)
  const batches = Array.from({ length: Math.ceil(unknown.length / largestBatch) }, (_, index) =>
    unknown.slice(index * largestBatch, (index + 1) * largestBatch),
  )
  await Promise.all(
    batches.map(async (batch) => {
      const { results } = await api.companies(batch, ['name', 'domain'])
      const found = new Map(results.map(({ id, properties }) => [id, properties.name?.trim() || properties.domain?.trim() || '']))
      for (const id of batch) names.set(id, found.get(id) ?? '')
      session.memory.set('companies', names, remembered, names.memory)
    }),
  )
  return names
}
