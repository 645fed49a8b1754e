/**
 * Salesforce's SDK on the session's transport. It is given no way to refresh: its own loses rotated refresh tokens and can loop for
 * ever. Nor does it retry or wait: its time-out is half an hour.
 */
import { PassThrough } from 'node:stream'
import { Connection } from 'jsforce/lib/core.js'
import type { HttpResponse, Session } from '../connector.ts'
import { retryAfter } from '../retry-after.ts'
import { SalesforceError, tooManyRequests, unavailable } from './errors.ts'

const apiVersion = '64.0'

export type SalesforceRecord = Readonly<Record<string, unknown>> & { readonly Id: string }
export type QueryResult = { readonly records: readonly SalesforceRecord[]; readonly totalSize: number; readonly done: boolean }

export interface SalesforceApi {
  /** @throws {SalesforceError} */
  query(soql: string): Promise<QueryResult>
  /** @throws {SalesforceError} */
  search(sosl: string): Promise<{ readonly searchRecords: readonly SalesforceRecord[] }>
  /** Statements answered in one round trip, in order. @throws {SalesforceError} the first refusal among them */
  batch(statements: readonly Statement[]): Promise<readonly unknown[]>
  describe(object: string): Promise<{ readonly fields: readonly FieldDescription[] }>
  /** Creates all of the records or none, at most 200. Sent once and never again, whatever comes of it. */
  create(object: string, records: readonly object[]): Promise<readonly Creation[]>
}

type FieldDescription = {
  readonly name: string
  readonly picklistValues?: readonly { readonly value: string; readonly active: boolean; readonly defaultValue: boolean }[]
}

/** What became of one record of several. @see https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_composite_sobjects_collections_create.htm */
export type Creation = {
  readonly success: boolean
  readonly errors?: readonly { readonly statusCode: string; readonly message: string }[]
}

export type Statement = { readonly soql: string } | { readonly sosl: string }

export function salesforceApi(session: Session): SalesforceApi {
  const connection = new Connection({ instanceUrl: session.apiUrl, accessToken: session.accessToken, version: apiVersion })
  const call = async <T>(method: 'GET' | 'POST', path: string, body?: object, how: { once?: true } = {}): Promise<T> => {
    const transport = { httpRequest: (sent: SdkRequest) => asSdkPromise(send(session, sent, how)) }
    const request = {
      method,
      url: path,
      ...(body ? { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } } : {}),
    }
    const answer: unknown = await connection.request(request, { transport } as object)
    if (typeof answer !== 'object' || answer === null) throw new TypeError('the answer is no JSON')
    return answer as T
  }
  return {
    async query(soql) {
      const answer = await call<QueryResult>('GET', pathOf({ soql }))
      return { ...answer, records: checkRecords(answer.records) }
    },
    search: (sosl) => call('GET', pathOf({ sosl })),
    async batch(statements) {
      const base = `v${apiVersion}`
      const { results } = await call<{ results: { statusCode: number; result: unknown }[] }>('POST', '/composite/batch', {
        batchRequests: statements.map((statement) => ({ method: 'GET', url: base + pathOf(statement) })),
      })
      return statements.map((_, index) => readPart(results[index]))
    },
    async create(object, records) {
      const given = records.map((record) => ({ attributes: { type: object }, ...record }))
      const created = await call('POST', '/composite/sobjects', { allOrNone: true, records: given }, { once: true })
      if (!Array.isArray(created) || created.length !== records.length || !created.every(isCreation))
        throw new TypeError('the answer doesn’t say what became of the records')
      return created
    },
    describe: (object) => call('GET', `/sobjects/${object}/describe`),
  }
}

/** @throws {TypeError} for what isn't a list of records, each with an id */
export function checkRecords(records: unknown): readonly SalesforceRecord[] {
  if (Array.isArray(records) && records.every((record) => /^\w{15}(\w{3})?$/.test(record?.Id))) return records
  throw new TypeError('the answer holds no records')
}

function pathOf(statement: Statement): string {
  return 'soql' in statement
    ? `/query?q=${encodeURIComponent(statement.soql)}`
    : `/search?q=${encodeURIComponent(statement.sosl)}`
}

function readPart(part: { statusCode: number; result: unknown } | undefined): unknown {
  if (part === undefined) throw new TypeError('the batch lacks a result')
  if (part.statusCode < 300) return part.result
  const [first] = Array.isArray(part.result) ? part.result : [part.result]
  throw new SalesforceError(String(first?.errorCode ?? `ERROR_HTTP_${part.statusCode}`), String(first?.message ?? ''))
}

function isCreation({ success, errors }: Partial<Creation>): boolean {
  return success === true || (success === false && Array.isArray(errors) && errors.length > 0)
}

type SdkRequest = { method: string; url: string; headers?: Record<string, string>; body?: unknown }

async function send(session: Session, { method, url, headers = {}, body }: SdkRequest, how: { once?: true }) {
  const response: HttpResponse = await session.http({
    method: method === 'POST' ? 'POST' : 'GET',
    url,
    headers: { ...headers, accept: 'application/json' },
    ...(typeof body === 'string' ? { body } : {}),
    kind: 'api',
    ...how,
  })
  // A redirect is no answer to a query, and the SDK would take it for one.
  if (response.status >= 300 && response.status < 400) throw new TypeError('the answer is a redirect')
  if (response.status === 429) throw tooManyRequests(response)
  if (response.status === 503 && retryAfter(response) !== undefined) throw unavailable(response)
  return { statusCode: response.status, headers: response.headers, body: response.body }
}

/** The SDK wants a promise that can also be read as a stream. Nothing here reads it so. */
function asSdkPromise<T>(promise: Promise<T>): Promise<T> & { stream(): PassThrough } {
  return Object.assign(promise, { stream: () => new PassThrough() })
}
