/**
 * HubSpot's SDK on the session's transport. Only the SDK's typed API classes are used: its `Client` brings a limiter and retries
 * that are one per process, no timeout, and every API of HubSpot into memory.
 */
import * as companies from '@hubspot/api-client/lib/codegen/crm/companies/index.js'
import * as contacts from '@hubspot/api-client/lib/codegen/crm/contacts/index.js'
import { BridgeError } from '../../errors.ts'
import { type CallKind, type HttpResponse, type Session, SessionExpired } from '../connector.ts'
import { hubSpotError } from './errors.ts'
import type { HubSpotPaths } from './paths.ts'

export type HubSpotApi = {
  readonly contacts: contacts.BasicApi
  readonly contactSearch: contacts.SearchApi
  readonly companyBatch: companies.BatchApi
}

/** Companies' names aren't worth more waiting than this. Milliseconds. */
const companyPatience = 3_000

/** The typed calls, for one session. A refusal is thrown as a BridgeError or SessionExpired, never as the SDK's ApiException. */
export function hubSpotApi(session: Session, paths: HubSpotPaths): HubSpotApi {
  const send = async (request: contacts.RequestContext | companies.RequestContext, kind: CallKind, patience?: number) => {
    const url = new URL(request.getUrl())
    const body = request.getBody()
    return accept(
      await session.http({
        method: request.getHttpMethod() === 'POST' ? 'POST' : 'GET',
        url: `${url.origin}${paths.fromSdk(url.pathname)}${url.search}`,
        headers: { ...request.getHeaders(), authorization: `Bearer ${session.accessToken}` },
        ...(typeof body === 'string' ? { body } : {}),
        kind,
        ...(patience === undefined ? {} : { patience }),
      }),
    )
  }
  const contactsOn = (kind: CallKind) =>
    contacts.createConfiguration({
      baseServer: new contacts.ServerConfiguration(session.apiUrl, {}),
      httpApi: contacts.wrapHttpLibrary({
        send: async (request) => toContext(contacts.ResponseContext, await send(request, kind)),
      }),
    })
  const companiesOn = companies.createConfiguration({
    baseServer: new companies.ServerConfiguration(session.apiUrl, {}),
    httpApi: companies.wrapHttpLibrary({
      send: async (request) => toContext(companies.ResponseContext, await send(request, 'api', companyPatience)),
    }),
  })
  return {
    contacts: new contacts.BasicApi(contactsOn('api')),
    contactSearch: new contacts.SearchApi(contactsOn('search')),
    companyBatch: new companies.BatchApi(companiesOn),
  }
}

/** A JSON answer of a path that the SDK doesn't have, or has only with everything else. */
export async function getJson(session: Session, path: string): Promise<Record<string, unknown>> {
  const response = await session.http({
    method: 'GET',
    url: session.apiUrl + path,
    headers: { authorization: `Bearer ${session.accessToken}`, accept: 'application/json' },
    kind: 'api',
  })
  return JSON.parse(accept(response).body)
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

type ContextClass<Context> = new (
  status: number,
  headers: Record<string, string>,
  body: { text(): Promise<string>; binary(): Promise<Buffer> },
) => Context

function toContext<Context>(ResponseContext: ContextClass<Context>, { status, headers, body }: HttpResponse): Context {
  return new ResponseContext(status, headers, { text: async () => body, binary: async () => Buffer.from(body) })
}
