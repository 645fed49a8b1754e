/** Names of contacts' companies: from memory, and what isn't there by one batch read. */
import type { Session } from '../connector.ts'
import type { HubSpotApi } from './api.ts'

/** @see https://developers.hubspot.com/docs/api-reference/crm-companies-v3/guide (batch read) */
const largestBatch = 100
const remembered = 10 * 60_000

/** What memory has of these companies' names. A company without a name is known too, as ''. */
export function knownCompanyNames(session: Session, ids: Iterable<string>): Map<string, string> {
  const names = new Map<string, string>()
  for (const id of new Set(ids)) {
    const name = session.memory.get<string>(`company:${id}`)
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
  const unknown = [...new Set(ids)].filter((id) => !names.has(id))
  const batches = Array.from({ length: Math.ceil(unknown.length / largestBatch) }, (_, index) =>
    unknown.slice(index * largestBatch, (index + 1) * largestBatch),
  )
  await Promise.all(
    batches.map(async (batch) => {
      const { results } = await api.companies(batch, ['name', 'domain'])
      const found = new Map(results.map(({ id, properties }) => [id, properties.name?.trim() || properties.domain?.trim() || '']))
      for (const id of batch) {
        const name = found.get(id) ?? ''
        names.set(id, name)
        session.memory.set(`company:${id}`, name, remembered)
      }
    }),
  )
  return names
}
