// What can be read over the REST API: one function for each kind of address, used by requests of their own and by those in a batch.

import { notFound, SalesforceError } from './errors.ts'

/** One thing asked for: `path` is what follows the API version, without a slash before or after it. */
export interface Asked {
  /** The address of the sandbox as it was asked. */
  readonly origin: string
  readonly version: string
  readonly path: string
  readonly query: URLSearchParams
  /** Whose cursors count. */
  readonly owner: string
  /** Rows of a page of a query, as the header `Sforce-Query-Options` may ask. */
  readonly pageSize: number
}

/** A kind of address: the groups of its pattern come as strings. */
export interface Resource {
  readonly pattern: RegExp
  read(asked: Asked, ...parts: readonly string[]): unknown
}

/** What a request for an address gets; for errors the list that Salesforce sends. */
export interface Answer {
  readonly status: number
  readonly body: unknown
}

/** The path that an address of this version begins with. */
export function baseOf({ version }: Pick<Asked, 'version'>): string {
  return `/services/data/v${version}`
}

/** Finds the resource and lets it answer; what it throws becomes the answer. Only what isn't Salesforce's own is thrown on. */
export async function readResource(resources: readonly Resource[], asked: Asked): Promise<Answer> {
  try {
    for (const { pattern, read } of resources) {
      const match = pattern.exec(asked.path)
      if (match !== null) return { status: 200, body: await read(asked, ...match.slice(1).map((part) => part ?? '')) }
    }
    throw notFound()
  } catch (error) {
    if (!(error instanceof SalesforceError)) throw error
    return { status: error.status, body: error.body }
  }
}

/** A URL at its first question mark. */
export function splitUrl(url: string): { readonly path: string; readonly query: string } {
  const at = url.indexOf('?')
  return at < 0 ? { path: url, query: '' } : { path: url.slice(0, at), query: url.slice(at + 1) }
}
