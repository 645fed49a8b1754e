/** Whatever a CRM does: the inbox has its answer in time, in its form and with the right reason, and never a 500. */
import dns from 'node:dns'
import { get } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Connector } from '../../src/connectors/connector.ts'
import { errorCodes } from '../../src/errors.ts'
import { hubSpotConnector } from '../support/hubspot.ts'
import { anError, emptyEnvelope, type Injected } from '../support/inject.ts'
import { type Plugin, startPlugin } from '../support/plugin.ts'
import { salesforceConnector } from '../support/salesforce.ts'
import { type Answer, addressOfNobody, answerWith, half, reset, type StandIn, startStandIn } from '../support/stand-in.ts'

/** Says nothing, ever. */
const hang: Answer = () => {}
/** Some bytes at once, and a few more for ever. */
const drip: Answer = (response) => {
  response.writeHead(200, { 'content-type': 'application/json' })
  const timer = setInterval(() => response.write(' '), 20)
  response.once('close', () => clearInterval(timer))
}
/** The beginning of an answer, and then nothing. */
const stall: Answer = (response) => {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' })
  response.write('{"results":[')
}
const json = (text: string): Answer => answerWith(200, text, { 'content-type': 'application/json' })

type Crm = {
  readonly name: string
  readonly connector: (url: string) => Connector
  readonly contactId: string
  readonly host: string
}
const crms: readonly Crm[] = [
  {
    name: 'HubSpot',
    connector: (url) => hubSpotConnector({ HUBSPOT_APP_URL: url, HUBSPOT_API_URL: url }),
    contactId: 'hubspot-151',
    host: 'https://api.hubapi.com',
  },
  {
    name: 'Salesforce',
    connector: (url) => salesforceConnector({ SALESFORCE_LOGIN_URL: url, SALESFORCE_TEST_URL: url }),
    contactId: '003000000000001AAA',
    host: 'https://acme.my.salesforce.com',
  },
]

type Code = 'crm_timeout' | 'crm_unavailable' | 'crm_protocol' | 'crm_rate_limited' | 'crm_forbidden'

describe.each(crms)('when $name', ({ connector, contactId, host }) => {
  let server: StandIn
  let answer: Answer
  let plugin: Plugin
  /** The same, where nobody is. */
  let nowhere: Plugin
  beforeAll(async () => {
    server = await startStandIn((...request) => answer(...request))
    plugin = await startPlugin(connector(server.url), server.url)
    const away = await addressOfNobody()
    nowhere = await startPlugin(connector(away), away)
  })
  afterEach(() => {
    vi.useRealTimers()
    vi.restoreAllMocks()
  })
  afterAll(async () => {
    await plugin.close()
    await nowhere.close()
    await server.close()
  })

  /** An agent's start-up, which goes on without contacts. */
  const startUp = ['/contacts?limit=9', '/contacts/14155550123']
  const honest = [
    '/contacts?search=ana',
    '/contacts?search=14155550124',
    '/contacts?search=4155',
    '/contacts?search=a%40b.example',
    `/contacts/${contactId}`,
  ]
  const questions = [...startUp, ...honest, '/initialize']

  function askAll(at = plugin): Promise<Injected[]> {
    // Each at an account of its own: what one finds out says nothing about the others.
    return Promise.all(questions.map((path) => at.ask(at.inbox(), path)))
  }

  function expectFailure(answers: readonly Injected[], code: Code): void {
    const initialize = answers.at(-1)
    for (const [nth, { status, json, headers }] of answers.slice(0, -1).entries()) {
      const path = questions[nth] ?? ''
      const said = startUp.includes(path) ? 200 : errorCodes[code].status
      const error = startUp.includes(path) ? {} : { error: anError(code) }
      expect({ path, status, json }).toEqual({ path, status: said, json: { ...emptyEnvelope, ...error } })
      if (startUp.includes(path)) expect(headers).toMatchObject({ 'x-bridge-problem': code })
    }
    const asked = code === 'crm_forbidden' ? 'authorization_needed' : 'init_failed'
    expect(initialize).toMatchObject({ status: 200, json: { status: asked } })
  }

  it.each<[what: string, bad: Answer, code: Code]>([
    ['answers 500', answerWith(500), 'crm_unavailable'],
    ['answers 503 with a page', answerWith(503, '<h1>Down for maintenance</h1>'), 'crm_unavailable'],
    ['resets connections', reset, 'crm_unavailable'],
    ['breaks off', half, 'crm_unavailable'],
    ['answers 200 with a page', answerWith(200, '<!doctype html><title>Sign in</title>'), 'crm_protocol'],
    ['answers 200 with nothing', answerWith(200), 'crm_protocol'],
    ['answers 204', answerWith(204), 'crm_protocol'],
    ['answers half a JSON text', json('{"results":[{"id":"1","prop'), 'crm_protocol'],
    ['answers an array', json('[]'), 'crm_protocol'],
    ['answers an array of records', json('[{"id":"1","Id":"003000000000001AAA","properties":{}}]'), 'crm_protocol'],
    ['answers null', json('null'), 'crm_protocol'],
    ['answers a number', json('5'), 'crm_protocol'],
    ['answers a text', json('"ok"'), 'crm_protocol'],
    ['answers an object with nothing in it', json('{}'), 'crm_protocol'],
    ['answers results of another kind', json('{"results":7,"records":7,"searchRecords":7}'), 'crm_protocol'],
    ['leads elsewhere', answerWith(302, '', { location: 'https://elsewhere.example/' }), 'crm_protocol'],
    ['refuses the request', answerWith(400, '{}'), 'crm_protocol'],
    ['refuses the user', answerWith(403, '{}'), 'crm_forbidden'],
    ['limits', answerWith(429, '', { 'retry-after': '60' }), 'crm_rate_limited'],
  ])('%s, everybody hears so', async (_what, bad, code) => {
    answer = bad
    expectFailure(await askAll(), code)
  })

  it('isn’t where it was, everybody hears so', async () => {
    expectFailure(await askAll(nowhere), 'crm_unavailable')
  })

  it.each(['ENOTFOUND', 'EAI_AGAIN'])('has no address (%s), everybody hears so', async (code) => {
    type Lookup = (host: string, options: unknown, found: (error: Error) => void) => void
    const lookup: Lookup = (host, _options, found) => found(Object.assign(new Error(`getaddrinfo ${code} ${host}`), { code }))
    vi.spyOn(dns, 'lookup').mockImplementation(lookup as never)
    const lost = await startPlugin(connector(server.url), host)
    expectFailure(await askAll(lost), 'crm_unavailable')
    expect(dns.lookup).toHaveBeenCalled()
    await lost.close()
  })

  it.each<[what: string, bad: Answer]>([
    ['says nothing', hang],
    ['drips', drip],
    ['stops in the middle', stall],
  ])('%s, everybody has an answer after eight seconds', async (_what, bad) => {
    answer = bad
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const before = server.requests.length
    let answered = 0
    const asked = questions.map((path) =>
      plugin.ask(plugin.inbox(), path).finally(() => {
        answered += 1
      }),
    )
    while (server.requests.length < before + questions.length) await turn()
    vi.advanceTimersByTime(7_900)
    for (let turns = 0; turns < 20; turns += 1) await turn()
    expect(answered).toBe(0)
    vi.advanceTimersByTime(100)
    expectFailure(await Promise.all(asked), 'crm_timeout')
    await Promise.all(server.requests.slice(before).map(({ gone }) => gone))
  })

  it.each([
    '{"results":[null],"records":[null],"searchRecords":[null],"total":1,"totalSize":1}',
    '{"results":[{}],"records":[{}],"searchRecords":[{}]}',
    '{"results":[{"id":"1"}],"records":[{"Name":"A"}],"searchRecords":[{"Name":"A"}]}',
    '{"results":[{"properties":{"firstname":"A"}}],"records":[{"Id":null}],"searchRecords":[{"Id":null}]}',
    '{"results":[{"id":null,"properties":{"firstname":"A"}}],"records":[{"Id":{}}],"searchRecords":[{"Id":{}}]}',
    '{"results":[{"id":"1","properties":[]}],"records":[[]],"searchRecords":[[]]}',
    '{"results":{"0":{"id":"1"}},"records":{"0":{"Id":"1"}},"searchRecords":"many"}',
    '{"properties":{"firstname":"A"}}',
    '{"id":7,"properties":null}',
    '{"results":[],"paging":{"next":{"after":{}}},"total":"many","records":[],"totalSize":{},"done":"no"}',
    '{"results":[],"paging":[],"total":-1,"records":[],"totalSize":-1,"nextRecordsUrl":7}',
  ])('answers %s, nobody gets what is no contact', async (text) => {
    answer = json(text)
    for (const { status, json, headers } of (await askAll()).slice(0, -1)) {
      const code = json.error?.code ?? headers['x-bridge-problem']
      if (code !== undefined) expect(['crm_protocol', 'contact_not_found']).toContain(code)
      expect(status).toBe(json.error === undefined ? 200 : errorCodes[code as Code].status)
      expect(json).toMatchObject({ count: expect.any(Number), next_page_param: expect.any(String) })
      for (const contact of json.results) {
        expect(contact).toMatchObject({ contact_id: expect.stringMatching(/^(hubspot-\d+|00[3Q]\w{12,15})$/) })
        expect(contact).toMatchObject({ companies: expect.any(Array), phone_numbers: expect.any(Array) })
      }
    }
  })

  it('is asked in vain by a caller who hangs up, the call to it ends, too', async () => {
    answer = hang
    // No deadline ends it.
    vi.useFakeTimers({ toFake: ['setTimeout'] })
    const before = server.requests.length
    const { port } = (plugin.app.server.listening ? plugin.app.server : await listen(plugin)).address() as AddressInfo
    const caller = get({ port, path: `/inboxes/${plugin.inbox()}/contacts?search=ana`, agent: false }).on('error', () => {})
    while (server.requests.length === before) await turn()
    caller.destroy()
    await server.requests[before]?.gone
  })
})

async function listen({ app }: Plugin) {
  await app.listen({ port: 0 })
  return app.server
}
