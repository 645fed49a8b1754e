// The addresses of queries: `query?q=` and the pages after the first.

import type { Cursors, OpenQuery } from './cursors.ts'
import { SalesforceError } from './errors.ts'
import type { Query } from './query.ts'
import { type Asked, baseOf, type Resource } from './resources.ts'
import { showing } from './results.ts'
import type { Schema } from './sobject.ts'
import { readSoql } from './soql.ts'

/** What queries run on. */
export interface QueryOptions {
  readonly schema: Schema
  readonly query: Query
  readonly cursors: Cursors
  readonly now: () => number
}

/** @see https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_query.htm */
export function queryResources({ schema, query, cursors, now }: QueryOptions): readonly Resource[] {
  return [
    {
      pattern: /^query$/,
      async read(asked) {
        const text = asked.query.get('q')
        if (text === null || text.trim() === '')
          throw new SalesforceError(400, 'MALFORMED_QUERY', 'A query string has to be specified')
        const statement = readSoql(schema, text, now())
        const positions = await query(statement)
        if (statement.columns === null) return { totalSize: positions.length, done: true, records: [] }
        const show = showing(statement.object, statement.columns, baseOf(asked))
        const found: OpenQuery = { positions, show, size: asked.pageSize }
        const next = positions.length > found.size ? cursors.open(asked.owner, found) : null
        return pageOf(asked, found, 0, next)
      },
    },
    {
      pattern: /^query\/([\w-]+)$/,
      read(asked, locator = '') {
        const { id, query: found, from } = cursors.read(asked.owner, locator)
        return pageOf(asked, found, from, id)
      },
    },
  ]
}

function pageOf(asked: Asked, { positions, show, size }: OpenQuery, from: number, cursor: string | null): object {
  const end = from + size
  const done = end >= positions.length
  return {
    totalSize: positions.length,
    done,
    ...(!done && { nextRecordsUrl: `${baseOf(asked)}/query/${cursor}-${end}` }),
    records: positions.slice(from, end).map(show),
  }
}
