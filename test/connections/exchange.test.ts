/** Compressed answers, and what is left of one in memory. Everything else about calls is tested with the retries and deadlines around them. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { exchange, openSockets, type Sockets } from '../../src/connections/exchange.ts'
import { errorOf } from '../support/promises.ts'
import { type Answer, answerWith, type StandIn, startStandIn } from '../support/stand-in.ts'

let server: StandIn
let sockets: Sockets['kept']
beforeAll(async () => {
  server = await startStandIn(answerWith(200, 'x'.repeat(60_000)))
  sockets = (await openSockets()).kept
})
afterAll(async () => {
  await sockets.destroy()
  await server.close()
})

setFlagsFromString('--expose-gc')
/** Collects what is young, as V8 does all the time: not the whole heap. */
const collectYoung: (options: { type: 'minor' }) => void = runInNewContext('gc')

it('leaves nothing for a collection of the whole heap', async () => {
  const call = { url: server.url, method: 'GET', kind: 'api', headers: {} } as const
  const ask = async (times: number) => {
    for (let nth = 0; nth < times; nth += 1) {
      // Each with somebody who waits for it, and might leave.
      await exchange(sockets, call, new AbortController().signal)
      if (nth % 10 === 0) collectYoung({ type: 'minor' })
    }
    return process.memoryUsage().arrayBuffers
  }
  const before = await ask(20)
  const after = await ask(100)
  expect(after - before).toBeLessThan(2_000_000)
})

describe('large answers', () => {
  /** Answers of 7 MB, of which the last byte comes only when the test says so. */
  async function large() {
    const body = Buffer.alloc(7 * 1024 * 1024, 'x')
    const ends: (() => void)[] = []
    const server = await startStandIn((response) => {
      response.writeHead(200, { 'content-length': body.length })
      ends.push(() => response.end('x'))
      response.write(body.subarray(1))
    })
    onTestFinished(() => server.close())
    const ask = (signal = new AbortController().signal) =>
      exchange(sockets, { url: `${server.url}/page`, method: 'GET', kind: 'api', headers: {} }, signal)
    return { ask, ends, length: body.length }
  }

  it('that come in at once all come in, whichever ends first', async () => {
    const { ask, ends, length } = await large()
    const asked = Array.from({ length: 20 }, () => ask())
    await vi.waitFor(() => expect(ends).toHaveLength(20))
    for (const end of ends.toReversed()) end()
    for (const { bytes } of await Promise.all(asked)) expect(bytes.length).toBe(length)
  })

  it('that stop coming are refused while others wait, and the others come', async () => {
    const { ask, ends } = await large()
    const leaving = new AbortController()
    const codes: string[] = []
    const asked = Array.from({ length: 12 }, () =>
      ask(leaving.signal).then(
        () => codes.push('came'),
        ({ code }) => codes.push(code),
      ),
    )
    await vi.waitFor(() => expect(ends).toHaveLength(12))
    // The five that are left are too much together.
    for (const end of ends.slice(5)) end()
    const expected = [...Array(4).fill('bridge_unavailable'), ...Array(7).fill('came')]
    await vi.waitFor(() => expect(codes.toSorted()).toEqual(expected), 10_000)
    leaving.abort(new Error('left'))
    await Promise.all(asked)
  })

  it('that waited in vain here say nothing against the CRM', async () => {
    const { ask, ends } = await large()
    const leaving = new AbortController()
    const asked = Array.from({ length: 12 }, () => ask(leaving.signal))
    await vi.waitFor(() => expect(ends).toHaveLength(12))
    await new Promise((resolve) => setTimeout(resolve, 100))
    leaving.abort(new Error('left'))
    const messages = await Promise.all(asked.map(async (one) => (await errorOf(one)).message))
    const waited = messages.filter((message) => /too much comes in/i.test(message))
    expect(waited.length).toBeGreaterThan(4)
    expect(messages.filter((message) => message === 'left')).toHaveLength(12 - waited.length)
  })

  it('that never end are waited for only until whoever asked has left', async () => {
    const { ask, ends, length } = await large()
    const leaving = new AbortController()
    const asked = Array.from({ length: 20 }, () => ask(leaving.signal))
    await vi.waitFor(() => expect(ends).toHaveLength(20))
    const next = ask()
    await vi.waitFor(() => expect(ends).toHaveLength(21))
    ends.at(-1)?.()
    leaving.abort(new Error('left'))
    for (const one of asked) await errorOf(one)
    expect((await next).bytes.length).toBe(length)
  })
})

describe('a compressed answer', () => {
  const page = JSON.stringify(Array.from({ length: 2_000 }, (_, index) => ({ id: index, name: `Ánà ${index} 🙂` })))
  const servers: StandIn[] = []
  afterAll(() => Promise.all(servers.map((one) => one.close())))

  async function ask(answer: Answer) {
    const one = await startStandIn(answer)
    servers.push(one)
    const call = { url: `${one.url}/page`, method: 'GET', kind: 'api', headers: {} } as const
    const response = exchange(sockets, call, new AbortController().signal)
    return { response, requests: one.requests }
  }
  const coded =
    (body: string | Buffer, coding: string, status = 200): Answer =>
    (response) =>
      response.writeHead(status, { 'content-encoding': coding }).end(body)

  it('is asked for, by the one coding that can be read', async () => {
    const { response, requests } = await ask(answerWith(200, page))
    await expect(response).resolves.toMatchObject({ body: page })
    expect(requests[0]?.headers['accept-encoding']).toBe('gzip')
  })

  it.each(['gzip', 'x-gzip', ' GZip '])('is read as what it was before: %s', async (coding) => {
    const { response } = await ask(coded(gzipSync(page), coding))
    const { body, bytes } = await response
    expect(body).toBe(page)
    expect(bytes.length).toBe(Buffer.byteLength(page))
  })

  it('comes in pieces', async () => {
    const zipped = gzipSync(page)
    const { response } = await ask(async (answer) => {
      answer.writeHead(200, { 'content-encoding': 'gzip' })
      for (let at = 0; at < zipped.length; at += 1_000) {
        answer.write(zipped.subarray(at, at + 1_000))
        await new Promise((resolve) => setImmediate(resolve))
      }
      answer.end()
    })
    await expect(response).resolves.toMatchObject({ body: page })
  })

  it('may be a refusal, or empty', async () => {
    const refused = await ask(coded(gzipSync('{"message":"no"}'), 'gzip', 403))
    await expect(refused.response).resolves.toMatchObject({ status: 403, body: '{"message":"no"}' })
    const empty = await ask(coded('', 'gzip'))
    await expect(empty.response).resolves.toMatchObject({ status: 200, body: '' })
  })

  it.each([
    ['garbage', coded(page, 'gzip'), 'incorrect header check'],
    ['half of it', coded(gzipSync(page).subarray(0, 2_000), 'gzip'), 'unexpected end of file'],
    ['a changed byte', coded(gzipSync(page).fill(0, 500, 501), 'gzip'), expect.any(String)],
    ['another coding', coded(brotliCompressSync(page), 'br'), 'the coding br wasn’t asked for'],
    ['two codings', coded(gzipSync(gzipSync(page)), 'gzip, gzip'), 'the coding gzip, gzip wasn’t asked for'],
    [
      'more than an answer may have',
      coded(gzipSync(Buffer.alloc(9 * 1024 * 1024)), 'gzip'),
      expect.stringContaining('larger than'),
    ],
  ])('that is %s can’t be read', async (_what, answer, message) => {
    const { response } = await ask(answer)
    expect(await errorOf(response)).toMatchObject({ code: 'crm_protocol', cause: expect.objectContaining({ message }) })
  })
})
