/** What isn't essential never holds up a page, nor fails it: the page says what is missing, and is soon asked for anew. */
import { get } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Clock, stopClock } from '../support/clock.ts'
import { hubSpotConnector } from '../support/hubspot.ts'
import type { Injected } from '../support/inject.ts'
import { type Plugin, startPlugin } from '../support/plugin.ts'
import { stateOf } from '../support/promises.ts'
import { type Answer, answerWith, half, reset, type StandIn, startStandIn } from '../support/stand-in.ts'

type Part = 'contacts' | 'companies' | 'count'
const partOf = (method: string, path: string): Part =>
  path.includes('/companies/') ? 'companies' : method === 'POST' ? 'count' : 'contacts'

const record = { id: '151', properties: { firstname: 'Ana', company: 'as typed', associatedcompanyid: '9' } }
const well: Readonly<Record<Part, Answer>> = {
  contacts: answerWith(200, { ...record, results: [record] }),
  companies: answerWith(200, { results: [{ id: '9', properties: { name: 'Acme' } }] }),
  count: answerWith(200, { total: 1, results: [] }),
}
const hang: Answer = () => {}
const bad: readonly [how: string, answer: Answer][] = [
  ['500', answerWith(500)],
  ['503', answerWith(503)],
  ['a refusal', answerWith(403, '{}')],
  ['a limit', answerWith(429, '', { 'retry-after': '60' })],
  ['a page', answerWith(200, '<h1>Hello</h1>')],
  ['null', answerWith(200, 'null')],
  ['another shape', answerWith(200, '{"results":7,"total":"many"}')],
  ['a reset', reset],
  ['half an answer', half],
]

let server: StandIn
let answers: Record<Part, Answer>
let plugin: Plugin
let clock: Clock
beforeAll(async () => {
  server = await startStandIn((response, nth, request) => {
    response.socket?.setMaxListeners(0)
    return answers[partOf(request.method, request.path)](response, nth, request)
  })
  plugin = await startPlugin(hubSpotConnector({ HUBSPOT_APP_URL: server.url, HUBSPOT_API_URL: server.url }), server.url)
})
afterAll(async () => {
  await plugin.close()
  await server.close()
})
beforeEach(async () => {
  answers = { ...well }
  clock = stopClock()
  // Caches have forgotten the clock of the test before.
  await clock.pass(0)
})
afterEach(() => {
  // A cache that waits to look at the clock again would wait for ever.
  if (vi.isFakeTimers()) vi.advanceTimersByTime(50)
  vi.useRealTimers()
  vi.restoreAllMocks()
})

const calls = (part: Part) => server.requests.filter(({ method, path }) => partOf(method, path) === part).length
const companyOf = ({ json }: Injected): string => json.results[0]?.companies[0]?.company_name
const missingIn = ({ headers }: Injected) => headers['x-bridge-missing']

describe('a page of contacts', () => {
  it('that is whole says of nothing that it is missing', async () => {
    const page = await plugin.ask(plugin.inbox(), '/contacts')
    expect([companyOf(page), page.json.count, missingIn(page)]).toEqual(['Acme', 1, undefined])
  })

  it.each(bad)('comes with companies as they were typed, where their names are %s', async (_how, answer) => {
    answers.companies = answer
    const page = await plugin.ask(plugin.inbox(), '/contacts')
    expect([page.status, companyOf(page), page.json.count, missingIn(page)]).toEqual([200, 'as typed', 1, 'companies'])
    expect(page.headers).not.toHaveProperty('x-bridge-problem')
  })

  it.each(bad)('comes with what is known of the count, where that is %s', async (_how, answer) => {
    answers.count = answer
    const page = await plugin.ask(plugin.inbox(), '/contacts')
    expect([page.status, companyOf(page), page.json.count, missingIn(page)]).toEqual([200, 'Acme', 1, 'count'])
    expect(page.headers).not.toHaveProperty('x-bridge-problem')
  })

  it.each(bad)('comes without either, where both are %s, and the CRM is asked on', async (_how, answer) => {
    Object.assign(answers, { companies: answer, count: answer })
    const key = plugin.inbox()
    const page = await plugin.ask(key, '/contacts')
    expect([page.status, companyOf(page), page.json.count, missingIn(page)]).toEqual([200, 'as typed', 1, 'companies, count'])
    expect(await plugin.ask(key, '/contacts/hubspot-151')).toMatchObject({ status: 200, json: { count: 1 } })
  })

  it.each<[parts: Part[], seconds: number, missing: string]>([
    [['companies'], 3, 'companies'],
    [['count'], 2, 'count'],
    [['companies', 'count'], 3, 'companies, count'],
  ])('waits for %j that hang for %d seconds at most', async (parts, seconds, missing) => {
    for (const part of parts) answers[part] = hang
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const before = server.requests.length
    const asked = plugin.ask(plugin.inbox(), '/contacts')
    while (server.requests.length < before + 3) await turn()
    // What does answer has been read by then.
    await sleep(200)
    vi.advanceTimersByTime(seconds * 1_000 - 100)
    expect(await stateOf(asked)).toBe('pending')
    for (let more = 0; more < 100 && (await stateOf(asked)) === 'pending'; more += 1) vi.advanceTimersByTime(100)
    const page = await asked
    expect([page.status, missingIn(page)]).toEqual([200, missing])
  })

  it('waits once for companies that hang, and in the next fifteen seconds no other does', async () => {
    const key = plugin.inbox()
    answers.companies = hang
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const before = calls('companies')
    const first = plugin.ask(key, '/contacts')
    while (calls('companies') === before) await turn()
    for (let more = 0; more < 100 && (await stateOf(first)) === 'pending'; more += 1) vi.advanceTimersByTime(100)
    expect(missingIn(await first)).toBe('companies')
    vi.advanceTimersByTime(50)
    vi.useRealTimers()
    for (const limit of [1, 2, 3]) expect(missingIn(await plugin.ask(key, `/contacts?limit=${limit}`))).toBe('companies')
    expect(calls('companies')).toBe(before + 1)
    answers.companies = well.companies
    await clock.pass(15_100)
    const whole = await plugin.ask(key, '/contacts?limit=4')
    expect([companyOf(whole), missingIn(whole)]).toEqual(['Acme', undefined])
  })

  it('comes though just the companies’ call refuses the token', async () => {
    const key = plugin.inbox()
    answers.companies = answerWith(401, '{"category":"EXPIRED_AUTHENTICATION"}')
    const page = await plugin.ask(key, '/contacts')
    expect([page.status, companyOf(page), missingIn(page)]).toEqual([200, 'as typed', 'companies'])
    expect(companyOf(await plugin.ask(key, '/contacts/hubspot-151'))).toBe('as typed')
  })

  it('that lacks something is given again for five seconds only', async () => {
    const key = plugin.inbox()
    answers.companies = answerWith(500)
    await plugin.ask(key, '/contacts')
    answers.companies = well.companies
    const before = calls('contacts')
    await clock.pass(4_900)
    expect(missingIn(await plugin.ask(key, '/contacts'))).toBe('companies')
    expect(calls('contacts')).toBe(before)
    await clock.pass(200)
    const whole = await plugin.ask(key, '/contacts')
    expect([companyOf(whole), missingIn(whole)]).toEqual(['Acme', undefined])
    await clock.pass(100_000)
    await plugin.ask(key, '/contacts')
    expect(calls('contacts')).toBe(before + 1)
  })

  it('doesn’t have contacts counted again and again, where that fails: once in fifteen seconds', async () => {
    const key = plugin.inbox()
    answers.count = answerWith(500)
    await plugin.ask(key, '/contacts')
    answers.count = well.count
    const before = calls('count')
    await clock.pass(6_000)
    expect(missingIn(await plugin.ask(key, '/contacts'))).toBe('count')
    await clock.pass(10_000)
    expect(missingIn(await plugin.ask(key, '/contacts'))).toBeUndefined()
    expect(calls('count')).toBe(before + 1)
  })

  it('has its count though somebody who asked before has hung up while contacts were counted', async () => {
    const key = plugin.inbox()
    answers.count = hang
    const counted = calls('count')
    await plugin.app.listen({ port: 0 })
    const { port } = plugin.app.server.address() as AddressInfo
    const caller = get({ port, path: `/inboxes/${key}/contacts?limit=5`, agent: false }).on('error', () => {})
    while (calls('count') === counted) await turn()
    caller.destroy()
    await server.requests.findLast(({ method, path }) => partOf(method, path) === 'count')?.gone
    answers.count = well.count
    expect(missingIn(await plugin.ask(key, '/contacts?limit=6'))).toBeUndefined()
  })
})
