/** Answers as they come, good ones and others, through the connector: what it makes of them as a whole. */
import { describe, expect, it } from 'vitest'
import type { ContactQuery, HttpRequest, HttpResponse, Session } from '../../../src/connectors/connector.ts'
import { get, list, search } from '../../../src/connectors/salesforce/connector.ts'
import { phoneReader } from '../../../src/directory/phone.ts'
import { httpResponse } from '../../support/http-response.ts'
import { newMemory } from '../../support/session.ts'

const json = { 'content-type': 'application/json;charset=UTF-8' }
const page = { limit: 100, after: null }
const ana = { Id: '0035g000001000BAAQ', Name: 'Ana García', Phone: '+49 30 901820' }
const ben = { Id: '00Q5g000001000BAAQ', Name: 'Ben Ode', Phone: '+49 30 901821' }
const account = { Id: '0015g000001000BAAQ', Name: 'Acme' }

/** A session with an org that gives one answer to whatever it is asked. */
function sessionWith(answer: (request: HttpRequest) => HttpResponse): Session {
  return {
    apiUrl: 'https://acme.my.salesforce.com',
    accessToken: 'a-token',
    recordsUrl: 'https://acme.my.salesforce.com/lightning/r',
    http: async (request) => answer(request),
    memory: newMemory(),
    readPhone: phoneReader('DE'),
    notice: () => {},
  }
}
const answering = (answer: unknown) => sessionWith(() => httpResponse(JSON.stringify(answer), 200, json))
const part = (...records: object[]) => ({ statusCode: 200, result: { records } })
const refusal = (errorCode: string) => ({ statusCode: 400, result: [{ errorCode, message: 'No.' }] })

const number: ContactQuery = {
  kind: 'phone',
  numbers: [{ e164: '+4930901820', national: '30901820', spellings: ['+4930901820'] }],
}

async function namesFound(session: Session, query: ContactQuery = number) {
  const { items, total, written } = await search(session, query, page)
  expect([total, written?.length]).toEqual([items.length, items.length])
  return items.map(({ name }) => name)
}

describe('a search', () => {
  it('gives whom several statements found once, where they were found first', async () => {
    const results = [part(ben, account), part(ana, ben), part({ ...ana, Name: 'Renamed' })]
    expect(await namesFound(answering({ results }))).toEqual(['Ben Ode', 'Ana García'])
  })

  it('keeps of parts of numbers those that the inbox is shown', async () => {
    const results = [part(ana, ben), part(ana), part(ben)]
    expect(await namesFound(answering({ results }), { kind: 'digits', digits: '1821', typed: '1821' })).toEqual(['Ben Ode'])
  })

  it('keeps those with a word that begins with the single letter', async () => {
    const results = [part(ana, ben), part(), part()]
    expect(await namesFound(answering({ results }), { kind: 'text', text: 'ode b' })).toEqual(['Ben Ode'])
  })

  it('of a page gives the rest as it was found', async () => {
    const session = answering({ searchRecords: [ana, account, ben] })
    const query: ContactQuery = { kind: 'text', text: 'anybody' }
    const first = await search(session, query, { limit: 1, after: null })
    const second = await search(session, query, { limit: 1, after: first.next })
    expect([first, second].map(({ items, total, next }) => [items[0]?.name, total, next])).toEqual([
      ['Ana García', 2, '1'],
      ['Ben Ode', 2, null],
    ])
  })

  it.each([
    ['API_DISABLED_FOR_ORG', 'crm_forbidden'],
    ['QUERY_TIMEOUT', 'crm_timeout'],
    ['MALFORMED_QUERY', 'crm_protocol'],
  ])('of which a statement is refused with %s is %s: the first refusal counts', async (errorCode, code) => {
    const results = [part(ana), refusal(errorCode), refusal('SERVER_UNAVAILABLE')]
    await expect(namesFound(answering({ results }))).rejects.toMatchObject({ code })
  })

  it('of which a statement is refused for what the org lacks goes without it', async () => {
    const session = sessionWith(({ body = '' }) => {
      const lacks = { statusCode: 400, result: [{ errorCode: 'INVALID_TYPE', message: "sObject type 'Lead' is not supported." }] }
      return httpResponse(JSON.stringify({ results: [part(ana), part(), ...(body.includes('Lead') ? [lacks] : [])] }), 200, json)
    })
    expect(await namesFound(session)).toEqual(['Ana García'])
  })

  it.each<[string, unknown]>([
    ['too few results', { results: [part(ana)] }],
    ['no results', {}],
    ['null', null],
    ['a result without records', { results: [part(ana), part(), { statusCode: 200, result: {} }] }],
    ['a record without an id', { results: [part(ana), part(), part({ Name: 'Ana' })] }],
  ])('answered with %s is crm_protocol', async (_what, answer) => {
    await expect(namesFound(answering(answer))).rejects.toMatchObject({ code: 'crm_protocol' })
  })
})

describe('a list', () => {
  const rows = (...records: object[]) => answering({ totalSize: records.length, done: true, records })

  it('refuses what it didn’t ask for', async () => {
    await expect(list(rows(ana, ben), page)).rejects.toMatchObject({ code: 'crm_protocol' })
  })

  it.each(['<html></html>', '', '{"records":[', 'null'])('answered with %j is crm_protocol', async (body) => {
    for (const headers of [json, { 'content-type': 'text/html' }, {}])
      await expect(
        list(
          sessionWith(() => httpResponse(body, 200, headers)),
          page,
        ),
      ).rejects.toMatchObject({ code: 'crm_protocol' })
  })

  it('that is refused says so in Salesforce’s words for it', async () => {
    const refused = httpResponse(JSON.stringify([{ errorCode: 'REQUEST_LIMIT_EXCEEDED', message: 'No.' }]), 403, json)
    await expect(
      list(
        sessionWith(() => refused),
        page,
      ),
    ).rejects.toMatchObject({ code: 'crm_rate_limited' })
  })
})

describe('a contact by its id', () => {
  it('is what the org has, or nobody', async () => {
    expect(await get(answering({ done: true, records: [ana] }), ana.Id)).toMatchObject({ name: 'Ana García' })
    expect(await get(answering({ done: true, records: [] }), ana.Id)).toBeNull()
    const wrongChecksum = httpResponse(
      JSON.stringify([{ errorCode: 'INVALID_QUERY_FILTER_OPERATOR', message: 'No.' }]),
      400,
      json,
    )
    expect(
      await get(
        sessionWith(() => wrongChecksum),
        ana.Id,
      ),
    ).toBeNull()
  })
})
