/**
 * Salesforce's SDK on the session's transport: it writes the requests and reads refusals. Answers it is not given, for it would parse
 * contacts that nobody needs as objects. It is given no way to refresh: its own loses rotated refresh tokens and can loop for ever. Nor does
 * it retry or wait: its time-out is half an hour.
 */
import { PassThrough } from 'node:stream'
import { Connection } from 'jsforce/lib/core.js'
import type { Bytes, HttpResponse, Session } from '../connector.ts'
import { retryAfter } from '../retry-after.ts'
import { SalesforceError, tooManyRequests, unavailable } from './errors.ts'

const apiVersion = '64.0'

export type SalesforceRecord = Readonly<Record<string, unknown>> & { readonly Id: string }
export type QueryResult = { readonly records: readonly SalesforceRecord[]; readonly totalSize: number; readonly done: boolean }

export interface SalesforceApi {
  /** @throws {SalesforceError} */
  query(soql: string): Promise<QueryResult>
  /** Statements answered in one round trip, in order. @throws {SalesforceError} the first refusal among them */
  batch(statements: readonly Statement[]): Promise<readonly unknown[]>
  /** The answer as it came. @throws {SalesforceError} */
  find(statement: Statement): Promise<Bytes>
  /** The same of statements in one round trip, for {@link readParts} where there are refusals among them. */
  findAll(statements: readonly Statement[]): Promise<Bytes>
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
  const exchange = async (method: 'GET' | 'POST', path: string, body?: object, how: How = {}): Promise<HttpResponse> => {
    let answer: HttpResponse | undefined
    // A constant first: see docs/decisions/10-time-and-memory.md for functions that outlive their page, with all that they see.
    const httpRequest = (sent: SdkRequest) =>
      asSdkPromise(
        send(session, sent, how).then((response) => {
          answer = response
          return forSdk(response)
        }),
      )
    const request = {
      method,
      url: path,
      ...(body ? { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } } : {}),
    }
    await connection.request(request, { transport: { httpRequest } } as object)
    if (answer === undefined) throw new TypeError('there is no answer')
    return answer
  }
  const call = async <T>(...request: Parameters<typeof exchange>): Promise<T> => {
    const answer: unknown = JSON.parse((await exchange(...request)).body)
    if (typeof answer !== 'object' || answer === null) throw new TypeError('the answer holds nothing')
    return answer as T
  }
  return {
    async query(soql) {
      const answer = await call<QueryResult>('GET', pathOf({ soql }))
      return { ...answer, records: checkRecords(answer.records) }
    },
    batch: async (statements) => readParts(await call('POST', ...batchOf(statements)), statements.length),
    find: async (statement) => (await exchange('GET', pathOf(statement))).bytes,
    findAll: async (statements) => (await exchange('POST', ...batchOf(statements))).bytes,
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
function checkRecords(records: unknown): readonly SalesforceRecord[] {
  if (Array.isArray(records) && records.every((record) => /^\w{15}(\w{3})?$/.test(record?.Id))) return records
  throw new TypeError('the answer holds no records')
}

function pathOf(statement: Statement): string {
  return 'soql' in statement
    ? `/query?q=${encodeURIComponent(statement.soql)}`
    : `/search?q=${encodeURIComponent(statement.sosl)}`
}

function batchOf(statements: readonly Statement[]): [path: string, body: object] {
  const batchRequests = statements.map((statement) => ({ method: 'GET', url: `v${apiVersion}${pathOf(statement)}` }))
  return ['/composite/batch', { batchRequests }]
}

type Part = { readonly statusCode: number; readonly result: unknown }

/** What so many statements were answered in one round trip. @throws {SalesforceError} the first refusal */
export function readParts({ results }: { readonly results: readonly Part[] }, statements: number): unknown[] {
  return Array.from({ length: statements }, (_, index) => readPart(results[index]))
}

function readPart(part: Part | undefined): unknown {
  if (part === undefined) throw new TypeError('the batch lacks a result')
  if (part.statusCode < 300) return part.result
  const [first] = Array.isArray(part.result) ? part.result : [part.result]
  throw new SalesforceError(String(first?.errorCode ?? `ERROR_HTTP_${part.statusCode}`), String(first?.message ?? ''))
}

function isCreation({ success, errors }: Partial<Creation>): boolean {
  return success === true || (success === false && Array.isArray(errors) && errors.length > 0)
}

type How = { readonly once?: true }
type SdkRequest = { method: string; url: string; headers?: Record<string, string>; body?: unknown }

async function send(session: Session, { method, url, headers = {}, body }: SdkRequest, how: How): Promise<HttpResponse> {
  const response = await session.http({
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
  return response
}

/** A refusal as it is, and of an answer nothing but that it is one. */
function forSdk(response: HttpResponse) {
  const { status: statusCode, headers } = response
  return statusCode < 300 ? { statusCode, headers: {}, body: '' } : { statusCode, headers, body: response.body }
}

/** The SDK wants a promise that can also be read as a stream. Nothing here reads it so. */
function asSdkPromise<T>(promise: Promise<T>): Promise<T> & { stream(): PassThrough } {
  return Object.assign(promise, { stream: () => new PassThrough() })
}
