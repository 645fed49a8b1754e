// Query cursors: what is left of an answer that was too long for one page, for whoever asked.

import { SalesforceError } from './errors.ts'
import { idOf } from './ids.ts'

/** An answer that goes on. */
export interface OpenQuery {
  readonly positions: readonly number[]
  readonly show: (position: number) => object
  readonly size: number
}

const PER_USER = 10
const LIFETIME = 2 * 86_400_000

/** Keeps at most ten queries open for each user, for two days; beyond that the oldest ends. */
export class Cursors {
  readonly #open = new Map<string, { readonly owner: string; readonly query: OpenQuery; readonly endsAt: number }>()
  readonly #now: () => number
  #next = 1

  constructor(now: () => number) {
    this.#now = now
  }

  /** Opens a cursor; the answer is its id. @see https://developer.salesforce.com/docs/atlas.en-us.soql_sosl.meta/soql_sosl/sforce_api_calls_soql_limits.htm */
  open(owner: string, query: OpenQuery): string {
    const own = [...this.#open].filter(([, cursor]) => cursor.owner === owner)
    for (const [id] of own.slice(0, Math.max(0, own.length - PER_USER + 1))) this.#open.delete(id)
    const id = idOf('01g', this.#next++)
    this.#open.set(id, { owner, query, endsAt: this.#now() + LIFETIME })
    return id
  }

  /** The query behind a locator such as `01g…-2000`, and where to go on. Throws INVALID_QUERY_LOCATOR for any that isn't open to this user. */
  read(owner: string, locator: string): { readonly id: string; readonly query: OpenQuery; readonly from: number } {
    const [, id = '', start = ''] = /^(\w{18})-(\d{1,9})$/.exec(locator) ?? []
    const cursor = this.#open.get(id)
    const from = Number(start)
    if (cursor === undefined || cursor.owner !== owner || this.#now() >= cursor.endsAt || from >= cursor.query.positions.length) {
      throw new SalesforceError(400, 'INVALID_QUERY_LOCATOR', 'invalid query locator')
    }
    return { id, query: cursor.query, from }
  }
}
