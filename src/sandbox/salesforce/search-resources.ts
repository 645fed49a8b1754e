// The address of searches: `search?q=`.

import { SalesforceError } from './errors.ts'
import { baseOf, type Resource } from './resources.ts'
import { showing } from './results.ts'
import { runSearch } from './search.ts'
import { SearchIndex } from './search-index.ts'
import type { Schema } from './sobject.ts'
import { readSosl } from './sosl.ts'

/** @see https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_search.htm */
export function searchResources(schema: Schema, now: () => number): readonly Resource[] {
  const index = new SearchIndex(schema)
  return [
    {
      pattern: /^search$/,
      async read(asked) {
        const text = asked.query.get('q')
        if (text === null || text.trim() === '')
          throw new SalesforceError(400, 'MALFORMED_SEARCH', 'A search string has to be specified')
        const found = await runSearch(index, readSosl(schema, text, now()))
        const searchRecords = found.flatMap(({ statement: { object, columns }, positions }) =>
          positions.map(showing(object, columns ?? [], baseOf(asked))),
        )
        return { searchRecords }
      },
    },
  ]
}
