/** The wire to a CRM, against servers on their bad days. */
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { createUpstream, deadline, type Spend, type Upstream } from '../../src/connections/upstream.ts'
import type { CallKind, HttpRequest, HttpResponse } from '../../src/connectors/connector.ts'
import { BridgeError } from '../../src/errors.ts'
import { errorOf, nobody } from '../support/promises.ts'
import { type Answer, addressOfNobody, answerWith, half, reset, type StandIn, startStandIn } from '../support/stand-in.ts'

let upstream: Upstream
const servers: StandIn[] = []
beforeAll(() => {
  upstream = createUpstream()
})
afterAll(async () => {
  await upstream.close()
  await Promise.all(servers.map((server) => server.close()))
})

async function start(answer: Answer): Promise<StandIn> {
  const server = await startStandIn(answer)
  servers.push(server)
  return server
}

type Asked = {
  /** What came of it: one of the two. */
  readonly response: HttpResponse | undefined
  readonly error: (Error & { code?: string }) | undefined
  readonly requests: StandIn['requests']
  /** What was taken from the budget. */
  readonly spent: readonly CallKind[]
}

/** Starts a server and asks it one thing. */
async function ask(answer: Answer, options: Partial<HttpRequest> & { signal?: AbortSignal; spend?: Spend } = {}): Promise<Asked> {
  const server = await start(answer)
  const spent: CallKind[] = []
  const take: Spend = async (kind) => void spent.push(kind)
  const { signal = nobody(), spend = take, ...call } = options
  const asking = upstream.client({ signal, spend, account: server.url, label: 'Fake CRM' })({
    method: 'GET',
    url: server.url,
    kind: 'api',
    ...call,
  })
  const outcome = await asking.then(
    (response) => ({ response, error: undefined }),
    (error) => ({ response: undefined, error }),
  )
  return { ...outcome, requests: server.requests, spent }
}

const hang: Answer = () => {}

/** Some bytes at once, and a few more for ever. */
const drip: Answer = (response) => {
  response.writeHead(200)
  const timer = setInterval(() => response.write('x'), 20)
  response.once('close', () => clearInterval(timer))
}

/** One answer the first time, another ever after. */
const once =
  (first: Answer, then: Answer): Answer =>
  (response, nth, request) =>
    (nth === 0 ? first : then)(response, nth, request)

describe.concurrent('an answer', () => {
  it('comes back with status, headers and text, whatever it is', async () => {
    const { response } = await ask((response) => {
      response.writeHead(200, { 'x-one': '1', 'x-many': ['a', 'b'], 'content-type': 'application/json' })
      const bytes = Buffer.from('{"name":"Zoë 👩‍🚀"}')
      response.write(bytes.subarray(0, 12))
      setTimeout(() => response.end(bytes.subarray(12)), 5)
    })
    expect(response).toMatchObject({ status: 200, body: '{"name":"Zoë 👩‍🚀"}', headers: { 'x-one': '1', 'x-many': 'a, b' } })
  })

  it('is asked for as the connector says', async () => {
    const headers = { authorization: 'Bearer token', 'content-type': 'application/json' }
    const { requests, spent } = await ask(answerWith(201), { method: 'POST', headers, body: '{"a":1}', kind: 'search' })
    expect(requests).toMatchObject([{ method: 'POST', headers, body: '{"a":1}' }])
    expect(spent).toEqual(['search'])
  })

  it.each([200, 204, 301, 302, 307, 400, 401, 403, 404, 409, 477, 500, 501, 521])(
    '%i is the connector’s to judge, at once',
    async (status) => {
      const { response, requests } = await ask(answerWith(status))
      expect(response).toMatchObject({ status })
      expect(requests).toHaveLength(1)
    },
  )

  it('that leads elsewhere is not followed: secrets go only where they belong', async () => {
    const elsewhere = await start(answerWith(200))
    const headers = { authorization: 'Bearer token' }
    const { response } = await ask(answerWith(302, '', { location: `${elsewhere.url}/steal` }), { headers })
    expect(response).toMatchObject({ status: 302, headers: { location: `${elsewhere.url}/steal` } })
    expect(elsewhere.requests).toEqual([])
  })

  it('of any length that the bridge could use is taken; a longer one is cut off and not asked for again', async () => {
    const chunk = Buffer.alloc(1024 * 1024, 'x')
    const megabytes =
      (count: number): Answer =>
      (response) =>
        pipeline(Readable.from(Array<Buffer>(count).fill(chunk), { objectMode: false }), response).catch(() => {})
    expect((await ask(megabytes(8))).response?.body).toHaveLength(8 * 1024 * 1024)
    const { error, requests } = await ask(megabytes(1_000))
    expect(error).toMatchObject({ code: 'crm_protocol' })
    expect(requests).toHaveLength(1)
    await requests[0]?.gone
  })
})

describe.concurrent('a second try', () => {
  it.each<[what: string, bad: Answer]>([
    ['429', answerWith(429)],
    ['423', answerWith(423)],
    ['502 with a page', answerWith(502, '<h1>Bad Gateway</h1>')],
    ['503', answerWith(503)],
    ['504', answerWith(504)],
    ['a reset', reset],
    ['half an answer', half],
  ])('follows %s', async (_what, bad) => {
    const { response, requests } = await ask(once(bad, answerWith(200, { ok: true })))
    expect(response).toMatchObject({ status: 200, body: '{"ok":true}' })
    expect(requests).toHaveLength(2)
  })

  it('and a third, but no fourth: then the refusal is the answer', async () => {
    const { response, requests, spent } = await ask(answerWith(429), { kind: 'search' })
    expect(response).toMatchObject({ status: 429 })
    expect(requests).toHaveLength(3)
    // Each was taken from the budget, and came after a moment: a longer one before the third.
    expect(spent).toEqual(['search', 'search', 'search'])
    const [first = 0, second = 0, third = 0] = requests.map(({ at }) => at)
    expect(second - first).toBeGreaterThanOrEqual(70)
    expect(third - second).toBeGreaterThanOrEqual(140)
  })

  it.each<[what: string, bad: Answer]>([
    ['resets', reset],
    ['half answers', half],
  ])('and a third, but no fourth: then %s mean that the CRM is away', async (_what, bad) => {
    const { error, requests } = await ask(bad)
    expect(error).toBeInstanceOf(BridgeError)
    expect(error).toMatchObject({ code: 'crm_unavailable', message: expect.stringContaining('Fake CRM') })
    expect(requests).toHaveLength(3)
  })

  it('and a third, where nobody listens', async () => {
    const { error, spent } = await ask(answerWith(200), { url: await addressOfNobody() })
    expect(error).toMatchObject({ code: 'crm_unavailable' })
    expect(spent).toHaveLength(3)
  })

  it('does not come when the budget refuses it', async () => {
    const spend = vi.fn<Spend>(async () => {})
    spend.mockResolvedValueOnce().mockRejectedValueOnce(new BridgeError('crm_rate_limited', 'x', { retryAfter: 1 }))
    const { error, requests } = await ask(answerWith(503), { spend })
    expect(error).toMatchObject({ code: 'crm_rate_limited', retryAfter: 1 })
    expect(requests).toHaveLength(1)
  })

  it('that goes wrong, too, is told without hosts, tokens or bodies', async () => {
    const headers = { authorization: 'Bearer secret-token' }
    const { error } = await ask(reset, { headers, body: 'phone=+14155552671', method: 'POST' })
    expect(error?.message).not.toMatch(/127\.0\.0\.1|secret-token|4155552671|ECONN/)
  })
})

describe.concurrent('Retry-After', () => {
  const busyOnce = (retryAfter: string): Answer => once(answerWith(429, '', { 'retry-after': retryAfter }), answerWith(200))

  it('in seconds is waited for', async () => {
    const { response, requests } = await ask(busyOnce('1'))
    expect(response).toMatchObject({ status: 200 })
    const [first = 0, second = 0] = requests.map(({ at }) => at)
    expect(second - first).toBeGreaterThanOrEqual(1_000)
  })

  it('as a date is waited for', async () => {
    const date = new Date(Date.now() + 1_500).toUTCString()
    const { response, requests } = await ask(busyOnce(date))
    expect(response).toMatchObject({ status: 200 })
    expect(performance.timeOrigin + (requests[1]?.at ?? 0)).toBeGreaterThanOrEqual(Date.parse(date) - 20)
  })

  it.each(['0', 'soon', 'Thu, 01 Jan 2026 00:00:00 GMT', '-5', ''])('%j asks for no wait of its own', async (value) => {
    const { response, requests } = await ask(busyOnce(value))
    expect(response).toMatchObject({ status: 200 })
    expect(requests).toHaveLength(2)
  })

  it.each(['60', new Date(Date.now() + 3_600_000).toUTCString()])(
    '%j is longer than a question lasts: the CRM’s own answer goes on at once',
    async (value) => {
      const { response, requests } = await ask(busyOnce(value))
      expect(response).toMatchObject({ status: 429, headers: { 'retry-after': value } })
      expect(requests).toHaveLength(1)
    },
  )

  it('never outlasts the deadline', async () => {
    const begun = performance.now()
    const { error, requests } = await ask(busyOnce('3'), { signal: deadline(300) })
    expect(error).toMatchObject({ code: 'crm_timeout' })
    expect(requests).toHaveLength(1)
    // Given up at the deadline, not after the three seconds.
    expect(performance.now() - begun).toBeLessThan(3_000)
  })
})

describe.concurrent('the deadline', () => {
  it.each<[what: string, bad: Answer]>([
    ['says nothing', hang],
    ['drips', drip],
  ])('ends a question to a server that %s, down to the socket, without a second try', async (_what, bad) => {
    const { error, requests } = await ask(bad, { signal: deadline(300) })
    expect(error).toMatchObject({ code: 'crm_timeout', message: expect.stringContaining('Fake CRM') })
    expect(requests).toHaveLength(1)
    await requests[0]?.gone
  })

  it('counts over all tries', async () => {
    const { error, requests } = await ask(once(answerWith(503), hang), { signal: deadline(700) })
    expect(error).toMatchObject({ code: 'crm_timeout' })
    expect(requests).toHaveLength(2)
  })

  it('that has passed already asks nothing', async () => {
    const signal = deadline(1)
    await sleep(10)
    const { error, requests } = await ask(answerWith(200), { signal })
    expect(error).toMatchObject({ code: 'crm_timeout' })
    expect(requests).toEqual([])
  })

  it('may be shorter for one call, and leaves the question its own', async () => {
    const signal = deadline(60_000)
    const { error, requests } = await ask(hang, { signal, patience: 300 })
    expect(error).toMatchObject({ code: 'crm_timeout' })
    expect(signal.aborted).toBe(false)
    await requests[0]?.gone
  })
})

describe.concurrent('an asker who hangs up', () => {
  it('takes the call to the CRM along, down to the socket', async () => {
    const controller = new AbortController()
    const answer: Answer = () => setTimeout(() => controller.abort(), 20)
    const { error, requests } = await ask(answer, { signal: controller.signal })
    expect(error).toMatchObject({ code: 'crm_timeout', message: 'The question was withdrawn.' })
    await requests[0]?.gone
  })

  it('between two tries ends them', async () => {
    const controller = new AbortController()
    const answer: Answer = (response) => {
      answerWith(503)(response)
      setTimeout(() => controller.abort(), 20)
    }
    const { error, requests } = await ask(answer, { signal: controller.signal })
    expect(error).toMatchObject({ code: 'crm_timeout' })
    await sleep(300)
    expect(requests).toHaveLength(1)
  })

  it('leaves other questions to the same CRM alone', async () => {
    const controller = new AbortController()
    const server = await start((response, nth) => {
      if (nth === 0) return
      controller.abort()
      setTimeout(() => response.end('the other answer'), 30)
    })
    const call: HttpRequest = { method: 'GET', url: server.url, kind: 'api' }
    const client = (signal: AbortSignal) =>
      upstream.client({ signal, spend: async () => {}, account: server.url, label: 'Fake CRM' })
    const withdrawn = errorOf(client(controller.signal)(call))
    await vi.waitFor(() => expect(server.requests).toHaveLength(1))
    const other = client(nobody())(call)
    expect(await withdrawn).toMatchObject({ code: 'crm_timeout' })
    expect(await other).toMatchObject({ status: 200, body: 'the other answer' })
  })
})
