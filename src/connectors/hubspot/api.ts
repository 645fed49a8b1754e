/**
 * HubSpot's SDK on the session's transport. The SDK writes the requests and knows the answers' types; its `Client` stays out: it brings a
 * limiter and retries that are one per process, no timeout, and every API of HubSpot into memory. So does its reader of answers, which
 * copies them field by field: a third of the work on a page, for nothing that the mapping doesn't check itself.
 */
import { BatchApiRequestFactory as CompanyBatchRequests } from '@hubspot/api-client/lib/codegen/crm/companies/apis/BatchApi.js'
import { createConfiguration as configureCompanies } from '@hubspot/api-client/lib/codegen/crm/companies/configuration.js'
import type { RequestContext as CompanyRequest } from '@hubspot/api-client/lib/codegen/crm/companies/http/http.js'
import type { BatchResponseSimplePublicObject } from '@hubspot/api-client/lib/codegen/crm/companies/models/BatchResponseSimplePublicObject.js'
import { ServerConfiguration as CompaniesServer } from '@hubspot/api-client/lib/codegen/crm/companies/servers.js'
import { BasicApiRequestFactory as ContactRequests } from '@hubspot/api-client/lib/codegen/crm/contacts/apis/BasicApi.js'
import { SearchApiRequestFactory as ContactSearchRequests } from '@hubspot/api-client/lib/codegen/crm/contacts/apis/SearchApi.js'
import { createConfiguration as configureContacts } from '@hubspot/api-client/lib/codegen/crm/contacts/configuration.js'
import type { RequestContext as ContactRequest } from '@hubspot/api-client/lib/codegen/crm/contacts/http/http.js'
import type { PublicObjectSearchRequest } from '@hubspot/api-client/lib/codegen/crm/contacts/models/PublicObjectSearchRequest.js'
import { ServerConfiguration as ContactsServer } from '@hubspot/api-client/lib/codegen/crm/contacts/servers.js'
import { BridgeError } from '../../errors.ts'
import { type Bytes, type CallKind, type HttpRequest, type HttpResponse, type Session, SessionExpired } from '../connector.ts'
import { lazily } from '../lazily.ts'
import { contactProperties } from './contact-texts.ts'
import { hubSpotError } from './errors.ts'
import type { HubSpotPaths } from './paths.ts'

/** Each call as HubSpot answers it, contacts as the bytes that came; a refusal is thrown as a BridgeError, RecordNotFound or SessionExpired. */
export interface HubSpotApi {
  listContacts(limit: number, after: string | null): Promise<Bytes>
  contact(id: string): Promise<Bytes>
  searchContacts(search: PublicObjectSearchRequest): Promise<Bytes>
  companies(ids: readonly string[], properties: string[]): Promise<BatchResponseSimplePublicObject>
}

/** Companies' names aren't worth more waiting than this. Milliseconds. */
const companyPatience = 3_000

export function hubSpotApi(session: Session, paths: HubSpotPaths): HubSpotApi {
  const { contacts, companyBatch, firstPage, anySearch } = requestsTo(session.apiUrl, paths)
  const ask = asker(session, paths)
  return {
    async listContacts(limit, after) {
      const first = await firstPage(limit)
      const url = after === null ? first.url : `${first.url}&${new URLSearchParams({ after })}`
      return (await send(session, { ...first, url }, 'api')).bytes
    },
    async contact(id) {
      const written = contacts.getById(id, [...contactProperties], undefined, ['companies'], false)
      return (await ask(written, 'api')).bytes
    },
    async searchContacts(search) {
      return (await send(session, { ...(await anySearch()), body: JSON.stringify(search) }, 'search')).bytes
    },
    async companies(ids, properties) {
      const written = companyBatch.read({ inputs: ids.map((id) => ({ id })), properties, propertiesWithHistory: [] })
      return readJson(await ask(written, 'api', { patience: companyPatience }))
    },
  }
}

/** What the SDK's writers of requests make, for whichever object. */
type Written = Pick<ContactRequest | CompanyRequest, 'getUrl' | 'getBody' | 'getHttpMethod' | 'getHeaders'>
type How = Pick<HttpRequest, 'patience' | 'once'>
/** The same as it is sent, but for the token. */
type Ready = Pick<HttpRequest, 'method' | 'url' | 'headers' | 'body'>

/** Sends what the SDK has written. A refusal is thrown. */
export function asker(session: Session, paths: HubSpotPaths) {
  return async (written: Promise<Written>, kind: CallKind, how: How = {}) =>
    send(session, ready(await written, session.apiUrl, paths), kind, how)
}

function ready(request: Written, apiUrl: string, paths: HubSpotPaths): Ready {
  const body = request.getBody()
  return {
    method: request.getHttpMethod() === 'POST' ? 'POST' : 'GET',
    url: apiUrl + paths.fromSdk(request.getUrl().slice(apiUrl.length)),
    headers: request.getHeaders(),
    ...(typeof body === 'string' ? { body } : {}),
  }
}

async function send(session: Session, request: Ready, kind: CallKind, how: How = {}): Promise<HttpResponse> {
  const headers = { ...request.headers, authorization: `Bearer ${session.accessToken}` }
  return accept(await session.http({ ...request, headers, kind, ...how }))
}

const writers = new Map<string, ReturnType<typeof createWriters>>()

/** The SDK's writers of requests, made once: their configuration is more work than the requests. */
function requestsTo(apiUrl: string, paths: HubSpotPaths) {
  const name = `${apiUrl} ${paths.token}`
  const made = writers.get(name) ?? createWriters(apiUrl, paths)
  writers.set(name, made)
  return made
}

function createWriters(apiUrl: string, paths: HubSpotPaths) {
  const configuration = configureContacts({ baseServer: new ContactsServer(apiUrl, {}) })
  const contacts = new ContactRequests(configuration)
  const searches = new ContactSearchRequests(configuration)
  const firstPages = new Map<number, Promise<Ready>>()
  return {
    contacts,
    companyBatch: new CompanyBatchRequests(configureCompanies({ baseServer: new CompaniesServer(apiUrl, {}) })),
    /** Written once for each size: the pages after it differ from it only by where they begin. */
    firstPage(limit: number): Promise<Ready> {
      const written =
        firstPages.get(limit) ??
        contacts
          .getPage(limit, undefined, [...contactProperties], undefined, ['companies'], false)
          .then((request) => ready(request, apiUrl, paths))
      firstPages.set(limit, written)
      return written
    },
    /** Written once, without what is searched for: the SDK goes over that member by member, and leaves it as it is. */
    anySearch: lazily(() => searches.doSearch({}).then((request) => ready(request, apiUrl, paths))),
  }
}

/** What an answer says, unchecked. @throws {SyntaxError} for what isn't JSON */
export const readJson = ({ body }: HttpResponse) => JSON.parse(body)

/** A JSON answer of a path that the SDK doesn't have, or has only with everything else. */
export async function getJson(session: Session, path: string): Promise<Record<string, unknown>> {
  const response = await session.http({
    method: 'GET',
    url: session.apiUrl + path,
    headers: { authorization: `Bearer ${session.accessToken}`, accept: 'application/json' },
    kind: 'api',
  })
  return readJson(accept(response))
}

/** Runs calls and the mapping of their answers; whatever they trip over in an answer means that HubSpot broke its own contract. */
export async function withProtocolErrors<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof BridgeError || error instanceof SessionExpired) throw error
    throw new BridgeError('crm_protocol', 'HubSpot’s answer could not be read. Ask again later.', { cause: error })
  }
}

function accept(response: HttpResponse): HttpResponse {
  if (response.status >= 200 && response.status < 300) return response
  throw hubSpotError(response)
}
