/** What may pass is tried again after a moment; what the CRM asks for is waited for, or passed on to the caller. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Connector } from '../../src/connectors/connector.ts'
import { hubSpotConnector } from '../support/hubspot.ts'
import { type Plugin, startPlugin } from '../support/plugin.ts'
import { salesforceConnector } from '../support/salesforce.ts'
import { type Answer, answerWith, reset, type StandIn, startStandIn } from '../support/stand-in.ts'

/** Pauses take no time here; how long they would be is looked at. */
vi.mock('node:timers/promises', async (original) => ({
  ...(await original<typeof import('node:timers/promises')>()),
  setTimeout: vi.fn(async () => {}),
}))
const pauses = () => vi.mocked(sleep).mock.calls.map(([milliseconds]) => milliseconds)

const record = { id: '151', properties: { firstname: 'Ana' }, Id: '003000000000001AAA', Name: 'Ana' }
const well = answerWith(200, { ...record, records: [record], done: true })

type Crm = { readonly name: string; readonly connector: (url: string) => Connector; readonly contact: string }
const crms: readonly Crm[] = [
  {
    name: 'HubSpot',
    connector: (url) => hubSpotConnector({ HUBSPOT_APP_URL: url, HUBSPOT_API_URL: url }),
    contact: '/contacts/hubspot-151',
  },
  {
    name: 'Salesforce',
    connector: (url) => salesforceConnector({ SALESFORCE_LOGIN_URL: url, SALESFORCE_TEST_URL: url }),
    contact: '/contacts/003000000000001AAA',
  },
]

describe.each(crms)('a question to $name', ({ connector, contact }) => {
  let server: StandIn
  /** What it answers, one after the other; the last one for ever. */
  let answers: Answer[]
  let calls: number
  let plugin: Plugin
  beforeAll(async () => {
    server = await startStandIn((response, ...request) => {
      response.socket?.setMaxListeners(0)
      const answer = answers[Math.min(calls, answers.length - 1)]
      calls += 1
      return answer?.(response, ...request)
    })
    plugin = await startPlugin(connector(server.url), server.url)
  })
  afterAll(async () => {
    await plugin.close()
    await server.close()
  })
  // On a second, as dates in headers are.
  const now = Date.parse('2027-01-01T12:00:00Z')
  beforeEach(() => {
    calls = 0
    vi.mocked(sleep).mockClear()
    vi.useFakeTimers({ toFake: ['Date'], now })
  })
  afterEach(() => {
    vi.useRealTimers()
    vi.restoreAllMocks()
  })

  const ask = (...given: Answer[]) => {
    answers = given
    return plugin.ask(plugin.inbox(), contact)
  }
  const inSeconds = (seconds: number) => ({ 'retry-after': String(seconds) })
  const asDate = (seconds: number) => ({ 'retry-after': new Date(now + seconds * 1_000).toUTCString() })

  it.each<[what: string, bad: Answer]>([
    ['503', answerWith(503)],
    ['429', answerWith(429)],
    ['a reset', reset],
  ])('is asked again after %s, and is answered', async (_what, bad) => {
    expect(await ask(bad, bad, well)).toMatchObject({ status: 200, json: { count: 1 } })
    expect(calls).toBe(3)
  })

  it.each([
    [0, [75, 150]],
    [0.5, [150, 300]],
    [0.999, [225, 450]],
  ])('waits before that by chance (%d), so that many don’t come back together', async (chance, expected) => {
    vi.spyOn(Math, 'random').mockReturnValue(chance)
    await ask(answerWith(503), answerWith(503), well)
    expect(pauses().map((pause) => Math.round(Number(pause)))).toEqual(expected)
  })

  it.each([
    ['seconds', inSeconds(2)],
    ['a date', asDate(2)],
  ])('waits as long as it is asked to, in %s, and a moment by chance', async (_how, headers) => {
    vi.spyOn(Math, 'random').mockReturnValue(0)
    expect((await ask(answerWith(429, '', headers), well)).status).toBe(200)
    expect(pauses()).toEqual([2_075])
  })

  it.each([200, 302, 400, 404, 500, 501])('isn’t asked again after %d: that doesn’t pass', async (status) => {
    await ask(answerWith(status, '<p>'), well)
    expect(calls).toBe(1)
  })

  it.each<[status: number, how: string, headers: Record<string, string>, code: string]>([
    [429, 'seconds', inSeconds(90), 'crm_rate_limited'],
    [429, 'a date', asDate(90), 'crm_rate_limited'],
    [503, 'seconds', inSeconds(90), 'crm_unavailable'],
    [503, 'a date', asDate(90), 'crm_unavailable'],
  ])('that is told by %d to come back later, in %s, passes that on at once', async (status, _how, headers, code) => {
    expect(await ask(answerWith(status, '', headers))).toMatchObject({
      status,
      json: { error: { code } },
      headers: { 'retry-after': '90' },
    })
    expect([calls, pauses()]).toEqual([1, []])
  })

  it.each(['soon', '-5', '', 'Thu, 01 Jan 2026 00:00:00 GMT'])('passes on no nonsense: %j', async (value) => {
    const { status, headers } = await ask(answerWith(429, '', { 'retry-after': value }))
    expect(status).toBe(429)
    expect(headers).not.toHaveProperty('retry-after')
  })
})
