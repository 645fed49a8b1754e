/** What is told of an inbox's questions, and of the calls that they cost. */
import { EventEmitter, once } from 'node:events'
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import type { CallMade, QuestionEnded } from '../../src/telemetry.ts'
import { hubSpotConnector } from '../support/hubspot.ts'
import { type Plugin, startPlugin } from '../support/plugin.ts'
import { type Answer, answerWith, reset, type StandIn, startStandIn } from '../support/stand-in.ts'

let server: StandIn
let answer: Answer
let plugin: Plugin
let url: string
let questions: QuestionEnded[]
let calls: CallMade[]
beforeAll(async () => {
  server = await startStandIn((...request) => answer(...request))
  plugin = await startPlugin(hubSpotConnector({ HUBSPOT_APP_URL: server.url, HUBSPOT_API_URL: server.url }), server.url)
  url = await plugin.app.listen()
  plugin.telemetry.on('question', (question) => questions.push(question))
  plugin.telemetry.on('call', (call) => calls.push(call))
})
beforeEach(() => {
  questions = []
  calls = []
})
afterAll(async () => {
  await plugin.close()
  await server.close()
})

const limits = {
  'content-type': 'application/json',
  'x-hubspot-ratelimit-max': '110',
  'x-hubspot-ratelimit-remaining': '90',
  'x-hubspot-ratelimit-interval-milliseconds': '10000',
}
const nobody: Answer = answerWith(200, '{"results":[],"total":0}', limits)

it.each([
  ['/contacts', 'list'],
  ['/contacts?search=', 'list'],
  ['/contacts?search=ana', 'search'],
  ['/contacts/14155550123', 'lookup'],
  ['/contacts/+14155550123', 'lookup'],
  ['/initialize', 'initialize'],
])('GET %s is a question of the kind %s', async (path, kind) => {
  answer = nobody
  await plugin.ask(plugin.inbox(), path)
  expect(questions).toEqual([expect.objectContaining({ kind, crm: 'hubspot', status: 200, problem: null })])
  expect(questions[0]?.milliseconds).toBeGreaterThan(0)
})

it('says where an answer came from', async () => {
  answer = nobody
  const inbox = plugin.inbox()
  await Promise.all([plugin.ask(inbox, '/contacts?search=ana'), plugin.ask(inbox, '/contacts?search=ana')])
  await plugin.ask(inbox, '/contacts?search=ana')
  expect(questions.map(({ source }) => source)).toEqual(['crm', 'shared', 'remembered'])
})

it('says what failed, whether the caller has an error, an empty or a known contact’s refusal', async () => {
  answer = answerWith(403, '{"category":"MISSING_SCOPES"}', limits)
  const inbox = plugin.inbox()
  await plugin.ask(inbox, '/contacts?search=ana')
  await plugin.ask(inbox, '/contacts')
  await plugin.ask(inbox, '/contacts?limit=none')
  answer = answerWith(404, '{}', limits)
  await plugin.ask(inbox, '/contacts/hubspot-1')
  expect(questions.map(({ kind, status, problem }) => ({ kind, status, problem }))).toEqual([
    { kind: 'search', status: 403, problem: 'crm_forbidden' },
    { kind: 'list', status: 200, problem: 'crm_forbidden' },
    { kind: 'contact', status: 404, problem: 'contact_not_found' },
  ])
})

it.each(['/contacts?search=ana', '/contacts', '/contacts/14155550123'])(
  'a question whose caller leaves is withdrawn: %s',
  async (path) => {
    const asked = new EventEmitter()
    answer = () => void asked.emit('asked')
    const leaving = new AbortController()
    const left = fetch(`${url}/inboxes/${plugin.inbox()}${path}`, { signal: leaving.signal }).catch(() => 'left')
    await once(asked, 'asked')
    leaving.abort()
    expect(await left).toBe('left')
    await vi.waitFor(() => expect(questions).toHaveLength(1))
    expect(questions).toEqual([expect.objectContaining({ crm: 'hubspot', status: null, source: null })])
    expect(questions[0]?.milliseconds).toBeGreaterThan(0)
  },
)

it('a caller without a key asks nothing', async () => {
  await plugin.ask('nobody', '/contacts')
  expect(questions).toEqual([])
})

it('tells of every call with the account’s headroom, retries and silence too', async () => {
  let asked = 0
  answer = (response, ...rest) => {
    asked += 1
    if (asked === 1) return reset(response)
    return (asked === 2 ? answerWith(503, '', limits) : nobody)(response, ...rest)
  }
  await plugin.ask(plugin.inbox(), '/contacts?search=ana%40b.example')
  const headroom = { used: 20, limit: 110, seconds: 10 }
  expect(calls.slice(0, 3).map(({ crm, kind, status, headroom }) => ({ crm, kind, status, headroom }))).toEqual([
    { crm: 'hubspot', kind: 'search', status: null, headroom: null },
    { crm: 'hubspot', kind: 'search', status: 503, headroom },
    { crm: 'hubspot', kind: 'search', status: 200, headroom },
  ])
  expect(JSON.stringify([questions, calls])).not.toContain('ana')
})
