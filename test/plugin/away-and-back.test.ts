/** A CRM that goes away and comes back: what the inbox is given meanwhile, what that costs, and how soon it is over. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Clock, stopClock } from '../support/clock.ts'
import { hubSpotConnector } from '../support/hubspot.ts'
import { anError, emptyEnvelope } from '../support/inject.ts'
import { type Plugin, startPlugin } from '../support/plugin.ts'
import { defer, stateOf } from '../support/promises.ts'
import { type Answer, answerWith, type StandIn, startStandIn } from '../support/stand-in.ts'

const ana = { id: '151', properties: { firstname: 'Ana', phone: '+14155550123' } }
/** A HubSpot with one contact. */
const well: Answer = (response, _nth, { method, path, body }) => {
  const isNobody = body.includes('nobody')
  const results = isNobody ? [] : [ana]
  if (method === 'POST') return answerWith(200, { total: results.length, results })(response)
  return answerWith(200, path.includes('/contacts/') ? ana : { results })(response)
}
const down = answerWith(500)

let server: StandIn
let answer: Answer
let plugin: Plugin
let key: string
let clock: Clock
beforeAll(async () => {
  server = await startStandIn((response, ...request) => {
    // Many calls come on one connection, and each listens for its end.
    response.socket?.setMaxListeners(0)
    return answer(response, ...request)
  })
  plugin = await startPlugin(hubSpotConnector({ HUBSPOT_APP_URL: server.url, HUBSPOT_API_URL: server.url }), server.url)
})
afterAll(async () => {
  await plugin.close()
  await server.close()
})
beforeEach(async () => {
  answer = well
  clock = stopClock()
  // Caches have forgotten the clock of the test before.
  await clock.pass(0)
  vi.useFakeTimers({ toFake: ['Date'] })
  key = plugin.inbox()
})
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

const ask = (path: string, given = key) => plugin.ask(given, path)
/** Lets time pass for what is kept and for what waits to be tried again. Milliseconds. */
async function pass(milliseconds: number): Promise<void> {
  vi.setSystemTime(Date.now() + milliseconds)
  await clock.pass(milliseconds)
}
const found = { results: [{ contact_id: 'hubspot-151', name: 'Ana' }], count: 1, next_page_param: '' }
/** Every kind of question, with what it costs. */
const questions = [
  '/contacts',
  '/contacts?search=ana',
  '/contacts?search=14155550123',
  '/contacts/14155550123',
  '/contacts/hubspot-151',
]
let asked = 0
/** A search that was never asked before, so that no answer is at hand. */
const somethingNew = () => `/contacts?search=nobody${++asked}`
/** As often as it takes until the account isn't asked any more. */
async function findOutThatItIsDown(given = key): Promise<void> {
  for (let times = 0; times < 5; times += 1) await ask(somethingNew(), given)
}

describe('while the CRM is away', () => {
  it('old answers stand in, with their age and why', async () => {
    for (const path of questions) expect((await ask(path)).json, path).toMatchObject(found)
    await pass(130_000)
    answer = down
    for (const path of questions) {
      const { status, json, headers } = await ask(path)
      expect({ path, status, json }).toMatchObject({ path, status: 200, json: found })
      expect(headers).toMatchObject({ age: '130', 'x-bridge-problem': 'crm_unavailable' })
      expect(json).not.toHaveProperty('error')
    }
  })

  it('an old answer has the tag that it had: whoever has it isn’t sent it again', async () => {
    const { headers } = await ask('/contacts?search=ana')
    await pass(11_000)
    answer = down
    const again = await plugin.app.inject({
      url: `/inboxes/${key}/contacts?search=ana`,
      headers: { 'if-none-match': String(headers.etag) },
    })
    expect({ status: again.statusCode, body: again.body }).toEqual({ status: 304, body: '' })
    expect(again.headers).toMatchObject({ age: '11', 'x-bridge-problem': 'crm_unavailable' })
  })

  it('no old answer stands in after a reconnect, nor for another inbox', async () => {
    for (const path of questions) await ask(path)
    answer = down
    const neighbour = plugin.inbox()
    plugin.reconnect(key)
    for (const given of [key, neighbour]) {
      for (const path of ['/contacts', '/contacts/14155550123'])
        expect(await ask(path, given)).toMatchObject({
          status: 200,
          json: emptyEnvelope,
          headers: { 'x-bridge-problem': 'crm_unavailable' },
        })
      for (const path of ['/contacts?search=ana', '/contacts/hubspot-151'])
        expect((await ask(path, given)).json).toEqual({ ...emptyEnvelope, error: anError('crm_unavailable') })
    }
  })

  it('it isn’t asked any more after five failures, and everybody has an answer at once', async () => {
    for (const path of questions) await ask(path)
    await pass(130_000)
    answer = down
    await findOutThatItIsDown()
    const calls = server.requests.length
    for (const path of questions) {
      const { status, json, headers } = await ask(path)
      expect({ path, status, json }).toMatchObject({ path, status: 200, json: found })
      expect(headers).toMatchObject({ age: '130', 'x-bridge-problem': 'crm_unavailable' })
    }
    for (const path of ['/contacts?limit=7', '/contacts/14155550199'])
      expect(await ask(path)).toMatchObject({
        status: 200,
        json: emptyEnvelope,
        headers: { 'x-bridge-problem': 'crm_unavailable' },
      })
    for (const path of [somethingNew(), '/contacts/hubspot-152'])
      expect(await ask(path)).toMatchObject({
        status: 503,
        json: { ...emptyEnvelope, error: anError('crm_unavailable') },
        headers: { 'retry-after': '2' },
      })
    expect((await ask('/initialize')).json).toMatchObject({ status: 'init_failed' })
    expect(server.requests).toHaveLength(calls)
  })

  it('what is fresh is given as ever', async () => {
    await ask('/contacts?search=ana')
    answer = down
    await findOutThatItIsDown()
    const { status, headers } = await ask('/contacts?search=ana')
    expect(status).toBe(200)
    expect(headers).not.toHaveProperty('x-bridge-problem')
  })

  it('other accounts are asked all the same; inboxes at the same account are spared, too', async () => {
    const [one, same, other] = [plugin.inbox('account-1'), plugin.inbox('account-1'), plugin.inbox('account-2')]
    answer = down
    await findOutThatItIsDown(one)
    answer = well
    expect((await ask('/contacts?search=ana', same)).status).toBe(503)
    expect((await ask('/contacts?search=ana', other)).status).toBe(200)
  })
})

describe('when the CRM is back', () => {
  it('everything is as ever a moment later, without an old answer', async () => {
    await ask('/contacts?search=ana')
    await pass(11_000)
    answer = down
    await findOutThatItIsDown()
    answer = well
    await pass(2_000)
    for (const path of questions.toReversed()) {
      const { status, json, headers } = await ask(path)
      expect({ path, status, json }).toMatchObject({ path, status: 200, json: found })
      for (const name of ['age', 'x-bridge-problem']) expect(headers).not.toHaveProperty(name)
    }
  })

  it('a first page finds out as well as anything: it has its contacts, if perhaps not their number', async () => {
    answer = down
    await findOutThatItIsDown()
    answer = well
    await pass(2_000)
    const { json, headers } = await ask('/contacts')
    expect(json).toMatchObject(found)
    expect(headers).not.toHaveProperty('x-bridge-problem')
  })

  it('one call finds out, and nobody else waits for it', async () => {
    answer = down
    await findOutThatItIsDown()
    await pass(2_000)
    const trial = defer<void>()
    answer = async (...request) => {
      await trial.promise
      return well(...request)
    }
    const calls = server.requests.length
    const first = ask('/contacts?search=ana')
    await vi.waitFor(() => expect(server.requests).toHaveLength(calls + 1))
    const others = await Promise.all(Array.from({ length: 20 }, () => ask(somethingNew())))
    expect(new Set(others.map(({ status }) => status))).toEqual(new Set([503]))
    expect(await stateOf(first)).toBe('pending')
    expect(server.requests).toHaveLength(calls + 1)
    trial.resolve()
    expect((await first).json).toMatchObject(found)
    expect((await ask(somethingNew())).status).toBe(200)
  })

  it('and is away again, it is left alone again at the first failure', async () => {
    answer = down
    await findOutThatItIsDown()
    await pass(2_000)
    expect((await ask(somethingNew())).status).toBe(503)
    const calls = server.requests.length
    expect(await ask(somethingNew())).toMatchObject({ status: 503, headers: { 'retry-after': '2' } })
    expect(server.requests).toHaveLength(calls)
  })
})
