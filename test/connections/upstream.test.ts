/** The wire to a CRM, against servers on their bad days. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { createUpstream, deadline, type Upstream } from '../../src/connections/upstream.ts'
import type { HttpRequest } from '../../src/connectors/connector.ts'
import { BridgeError } from '../../src/errors.ts'
import { errorOf, nobody } from '../support/promises.ts'
import { type Answer, addressOfNobody, answerWith, half, reset, type StandIn, startStandIn } from '../support/stand-in.ts'

let upstream: Upstream
let server: StandIn | undefined
beforeAll(() => {
  upstream = createUpstream()
})
afterAll(() => upstream.close())
afterEach(async () => {
  await server?.close()
  server = undefined
})

const spend = vi.fn(async () => {})
afterEach(() => spend.mockClear())

const clientFor = (signal: AbortSignal) => upstream.client({ signal, spend, label: 'Fake CRM' })

/** Starts a server and asks it one thing. */
async function ask(answer: Answer, { signal = nobody(), ...call }: Partial<HttpRequest> & { signal?: AbortSignal } = {}) {
  server = await startStandIn(answer)
  return clientFor(signal)({ method: 'GET', url: `${server.url}/contacts`, kind: 'api', ...call })
}

const asked = () => server?.requests.length
const hang: Answer = () => {}

/** Some bytes at once, and a few more for ever. */
const drip: Answer = (response) => {
  response.writeHead(200)
  const timer = setInterval(() => response.write('x'), 20)
  response.once('close', () => clearInterval(timer))
}

describe('an answer', () => {
  it('comes back with status, headers and text, whatever it is', async () => {
    const response = await ask((response) => {
      response.writeHead(200, { 'x-one': '1', 'x-many': ['a', 'b'], 'content-type': 'application/json' })
      const bytes = Buffer.from('{"name":"Zoë 👩‍🚀"}')
      response.write(bytes.subarray(0, 12))
      setTimeout(() => response.end(bytes.subarray(12)), 5)
    })
    expect(response).toMatchObject({ status: 200, body: '{"name":"Zoë 👩‍🚀"}', headers: { 'x-one': '1', 'x-many': 'a, b' } })
  })

  it('is asked for as the connector says', async () => {
    const headers = { authorization: 'Bearer token', 'content-type': 'application/json' }
    await ask(answerWith(201), { method: 'POST', headers, body: '{"a":1}', kind: 'search' })
    expect(server?.requests).toMatchObject([{ method: 'POST', path: '/contacts', headers, body: '{"a":1}' }])
    expect(spend.mock.calls).toEqual([['search', expect.anything()]])
  })

  it.each([200, 204, 301, 302, 307, 400, 401, 403, 404, 409, 477, 500, 501, 521])('%i is the connector’s to judge, at once', async (status) => {
    expect(await ask(answerWith(status))).toMatchObject({ status })
    expect(asked()).toBe(1)
  })

  it('that leads elsewhere is not followed: secrets go only where they belong', async () => {
    const elsewhere = await startStandIn(answerWith(200))
    const call = { headers: { authorization: 'Bearer token' } }
    const response = await ask(answerWith(302, '', { location: `${elsewhere.url}/steal` }), call)
    expect(response).toMatchObject({ status: 302, headers: { location: `${elsewhere.url}/steal` } })
    expect(elsewhere.requests).toEqual([])
    await elsewhere.close()
  })

  it('of any length the bridge could use is taken, one beyond that is cut off and not asked for again', async () => {
    const megabytes = (count: number): Answer => async (response) => {
      response.writeHead(200)
      const chunk = 'x'.repeat(1024 * 1024)
      for (let sent = 0; sent < count && !response.destroyed; sent += 1) {
        if (!response.write(chunk)) await Promise.race([new Promise((go) => response.once('drain', go)), new Promise((go) => response.once('close', go))])
      }
      response.end()
    }
    expect((await ask(megabytes(16))).body).toHaveLength(16 * 1024 * 1024)
    await server?.close()
    expect(await errorOf(ask(megabytes(1_000)))).toMatchObject({ code: 'crm_protocol' })
    expect(asked()).toBe(1)
    await server?.requests[0]?.gone
  })
})

describe('a second try', () => {
  it.each<[what: string, bad: Answer]>([
    ['429', answerWith(429)],
    ['423', answerWith(423)],
    ['502 with a page', answerWith(502, '<h1>Bad Gateway</h1>')],
    ['503', answerWith(503)],
    ['504', answerWith(504)],
    ['a reset', reset],
    ['half an answer', half],
  ])('follows %s', async (_what, bad) => {
    const response = await ask((response, nth, request) => (nth === 0 ? bad : answerWith(200, { ok: true }))(response, nth, request))
    expect(response).toMatchObject({ status: 200, body: '{"ok":true}' })
    expect(asked()).toBe(2)
  })

  it.each([429, 503])('and a third, but no fourth: then %i is the answer', async (status) => {
    expect(await ask(answerWith(status))).toMatchObject({ status })
    expect(asked()).toBe(3)
  })

  it.each<[what: string, bad: Answer]>([
    ['resets', reset],
    ['half answers', half],
  ])('and a third, but no fourth: then %s mean that the CRM is away', async (_what, bad) => {
    const error = await errorOf(ask(bad))
    expect(error).toBeInstanceOf(BridgeError)
    expect(error).toMatchObject({ code: 'crm_unavailable', message: expect.stringContaining('Fake CRM') })
    expect(asked()).toBe(3)
  })

  it('is taken from the budget like the first', async () => {
    await ask(answerWith(503), { kind: 'search' })
    expect(spend.mock.calls.map(([kind]: unknown[]) => kind)).toEqual(['search', 'search', 'search'])
  })

  it('waits a moment first, and longer before the third', async () => {
    await ask(answerWith(503))
    const [first = 0, second = 0, third = 0] = server?.requests.map(({ at }) => at) ?? []
    expect(second - first).toBeGreaterThanOrEqual(70)
    expect(third - second).toBeGreaterThanOrEqual(140)
  })

  it('has nothing to try where nobody listens', async () => {
    const call: HttpRequest = { method: 'GET', url: await addressOfNobody(), kind: 'api' }
    expect(await errorOf(clientFor(nobody())(call))).toMatchObject({ code: 'crm_unavailable' })
    expect(spend).toHaveBeenCalledTimes(3)
  })

  it('does not come when the budget refuses the call', async () => {
    spend.mockRejectedValueOnce(new BridgeError('crm_rate_limited', 'x', { retryAfter: 1 }))
    expect(await errorOf(ask(answerWith(200)))).toMatchObject({ code: 'crm_rate_limited', retryAfter: 1 })
    expect(asked()).toBe(0)
  })
})

describe('Retry-After', () => {
  const busyOnce = (retryAfter: string): Answer => (response, nth) =>
    (nth === 0 ? answerWith(429, '', { 'retry-after': retryAfter }) : answerWith(200))(response)

  const gap = () => {
    const [first = 0, second = 0] = server?.requests.map(({ at }) => at) ?? []
    return second - first
  }

  it('in seconds is waited for', async () => {
    expect(await ask(busyOnce('1'))).toMatchObject({ status: 200 })
    expect(gap()).toBeGreaterThanOrEqual(1_000)
  })

  it('as a date is waited for', async () => {
    // Whole seconds: this is between one and two from now.
    const inTwoSeconds = new Date(Date.now() + 2_000).toUTCString()
    expect(await ask(busyOnce(inTwoSeconds))).toMatchObject({ status: 200 })
    expect(gap()).toBeGreaterThanOrEqual(950)
  })

  it.each(['0', 'soon', 'Thu, 01 Jan 2026 00:00:00 GMT', '-5', ''])('%j asks for no wait of its own', async (value) => {
    expect(await ask(busyOnce(value))).toMatchObject({ status: 200 })
    expect(asked()).toBe(2)
  })

  it.each(['60', new Date(Date.now() + 3_600_000).toUTCString()])('%j is longer than a question lasts: the CRM’s own answer goes on at once', async (value) => {
    expect(await ask(busyOnce(value))).toMatchObject({ status: 429, headers: { 'retry-after': value } })
    expect(asked()).toBe(1)
  })

  it('never outlasts the deadline', async () => {
    const error = await errorOf(ask(busyOnce('3'), { signal: deadline(150) }))
    expect(error).toMatchObject({ code: 'crm_timeout' })
    expect(asked()).toBe(1)
  })
})

describe('the deadline', () => {
  it.each<[what: string, bad: Answer]>([
    ['says nothing', hang],
    ['drips', drip],
  ])('ends a question to a server that %s, down to the socket, without a second try', async (_what, bad) => {
    const error = await errorOf(ask(bad, { signal: deadline(150) }))
    expect(error).toMatchObject({ code: 'crm_timeout', message: expect.stringContaining('Fake CRM') })
    expect(asked()).toBe(1)
    await server?.requests[0]?.gone
  })

  it('counts over all tries', async () => {
    const error = await errorOf(ask((response, nth) => (nth === 0 ? answerWith(503)(response) : undefined), { signal: deadline(500) }))
    expect(error).toMatchObject({ code: 'crm_timeout' })
    expect(asked()).toBe(2)
  })

  it('that has passed already asks nothing', async () => {
    const signal = deadline(1)
    await sleep(10)
    expect(await errorOf(ask(answerWith(200), { signal }))).toMatchObject({ code: 'crm_timeout' })
    expect(asked()).toBe(0)
  })

  it('may be shorter for one call, and leaves the question its own', async () => {
    const signal = deadline(60_000)
    expect(await errorOf(ask(hang, { signal, patience: 100 }))).toMatchObject({ code: 'crm_timeout' })
    expect(signal.aborted).toBe(false)
    await server?.requests[0]?.gone
  })
})

describe('an asker who hangs up', () => {
  it('takes the call to the CRM along, down to the socket', async () => {
    const controller = new AbortController()
    const error = await errorOf(
      ask(
        () => {
          setTimeout(() => controller.abort(), 20)
        },
        { signal: controller.signal },
      ),
    )
    expect(error).toMatchObject({ code: 'crm_timeout', message: 'The question was withdrawn.' })
    await server?.requests[0]?.gone
  })

  it('between two tries ends them', async () => {
    const controller = new AbortController()
    const error = await errorOf(
      ask(
        (response) => {
          answerWith(503)(response)
          setTimeout(() => controller.abort(), 20)
        },
        { signal: controller.signal },
      ),
    )
    expect(error).toMatchObject({ code: 'crm_timeout' })
    await sleep(400)
    expect(asked()).toBe(1)
  })

  it('leaves other questions to the same CRM alone', async () => {
    const controller = new AbortController()
    const answer: Answer = (response, nth) => {
      if (nth === 1) controller.abort()
      if (nth === 1) setTimeout(() => response.end('the other answer'), 30)
    }
    const withdrawn = errorOf(ask(answer, { signal: controller.signal }))
    await vi.waitFor(() => expect(asked()).toBe(1))
    const other = clientFor(nobody())({ method: 'GET', url: server?.url ?? '', kind: 'api' })
    expect(await withdrawn).toMatchObject({ code: 'crm_timeout' })
    expect(await other).toMatchObject({ status: 200, body: 'the other answer' })
  })
})

describe('what goes wrong on the wire', () => {
  it('is told without hosts, tokens or bodies', async () => {
    const call = { headers: { authorization: 'Bearer secret-token' }, body: 'phone=+14155552671', method: 'POST' as const }
    const { message } = await errorOf(ask(reset, call))
    expect(message).not.toMatch(/127\.0\.0\.1|secret-token|4155552671|ECONN/)
  })
})
