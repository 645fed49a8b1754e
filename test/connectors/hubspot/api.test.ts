/** Requests that the SDK isn't asked to write each time: they are what it would write. */

import { BasicApiRequestFactory } from '@hubspot/api-client/lib/codegen/crm/contacts/apis/BasicApi.js'
import { SearchApiRequestFactory } from '@hubspot/api-client/lib/codegen/crm/contacts/apis/SearchApi.js'
import { createConfiguration } from '@hubspot/api-client/lib/codegen/crm/contacts/configuration.js'
import type { PublicObjectSearchRequest } from '@hubspot/api-client/lib/codegen/crm/contacts/models/PublicObjectSearchRequest.js'
import { ServerConfiguration } from '@hubspot/api-client/lib/codegen/crm/contacts/servers.js'
import { describe, expect, it } from 'vitest'
import type { ContactQuery, HttpRequest, Session } from '../../../src/connectors/connector.ts'
import { hubSpotApi } from '../../../src/connectors/hubspot/api.ts'
import { contactProperties } from '../../../src/connectors/hubspot/contact-texts.ts'
import { hubSpotPaths } from '../../../src/connectors/hubspot/paths.ts'
import { searchPlans } from '../../../src/connectors/hubspot/search.ts'

const apiUrl = 'https://api.hubapi.com'
const configuration = createConfiguration({ baseServer: new ServerConfiguration(apiUrl, {}) })

/** The requests that are sent meanwhile. */
function recorded() {
  const sent: HttpRequest[] = []
  const http = async (request: HttpRequest) => {
    sent.push(request)
    return { status: 200, headers: {}, body: '{}', bytes: Buffer.from('{}') }
  }
  const session = { apiUrl, accessToken: 'a-token', http } as unknown as Session
  return { api: hubSpotApi(session, hubSpotPaths('v3')), sent }
}

const bySdk = (written: Awaited<ReturnType<SearchApiRequestFactory['doSearch']>>) => ({
  method: written.getHttpMethod(),
  url: written.getUrl(),
  headers: { ...written.getHeaders(), authorization: 'Bearer a-token' },
})

const number = { e164: '+4930901820', national: '30901820', spellings: ['+4930901820', '030 901820'] }
const queries: ContactQuery[] = [
  { kind: 'phone', numbers: [number] },
  { kind: 'digits', digits: '90182', typed: '90 182' },
  { kind: 'email', email: 'ana@example.com' },
  { kind: 'text', text: 'Ánà "O’Neil" \\ 🙂' },
]
const searches: PublicObjectSearchRequest[] = [
  ...queries.flatMap((query) => searchPlans(query)).map((plan) => ({ ...plan, limit: 100, properties: [...contactProperties] })),
  { query: 'ana', limit: 20, after: '40', properties: ['email'] },
  { limit: 1, properties: ['hs_object_id'] },
]

describe('a search', () => {
  it.each(searches)('is what the SDK would send: %j', async (search) => {
    const { api, sent } = recorded()
    await api.searchContacts(search)
    const written = await new SearchApiRequestFactory(configuration).doSearch(search)
    expect(sent).toEqual([{ ...bySdk(written), body: expect.any(String), kind: 'search' }])
    expect(JSON.parse(sent[0]?.body ?? '')).toEqual(JSON.parse(String(written.getBody())))
  })
})

describe('a page of a list', () => {
  it.each([null, '101', 'a cursor+of/another=kind&more'])('is what the SDK would send: after %s', async (after) => {
    const { api, sent } = recorded()
    await api.listContacts(50, after)
    const written = await new BasicApiRequestFactory(configuration).getPage(
      50,
      after ?? undefined,
      [...contactProperties],
      undefined,
      ['companies'],
      false,
    )
    const { url, ...rest } = bySdk(written)
    expect(sent).toEqual([{ ...rest, url: expect.any(String), kind: 'api' }])
    const parameters = (of = '') => [...new URL(of).searchParams].toSorted()
    expect(parameters(sent[0]?.url)).toEqual(parameters(url))
  })
})
