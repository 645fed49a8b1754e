/** What comes over a real socket and is no decent HTTP: each is refused or answered, and the next caller doesn't notice. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { freePort } from '../support/bridge.ts'
import { steady } from '../support/properties.ts'
import { type HostileBridge, startHostileBridge } from './support/hostile-bridge.ts'
import { brokenPromises, promises } from './support/promises.ts'
import { type Answer, type Exchange, isTooBusy, toExchange } from './support/requests.ts'
import { isMarked, mark } from './support/values.ts'
import { say as sayOnce, Wire } from './support/wire.ts'

let bridge: HostileBridge
let port: number
let key: string
beforeAll(async () => {
  bridge = await startHostileBridge()
  port = bridge.config.port
  key = bridge.credentials.key
})
afterAll(() => bridge.stop())
beforeEach(() => {
  bridge.watched.takeLog()
})
afterEach(async () => {
  const { answers } = await say(port, lines(`GET /inboxes/${key}/contacts?limit=1 HTTP/1.1`, 'Host: a', 'Connection: close'))
  expect(answers.map(({ status }) => status)).toEqual([200])
})

/** Says it until the bridge isn't too busy for it. */
async function say(to: number, bytes: string): ReturnType<typeof sayOnce> {
  for (;;) {
    const said = await sayOnce(to, bytes)
    if (!said.answers.some(isTooBusy)) return said
    await sleep(100)
  }
}

/** Request line and headers; what comes after them is given apart. */
const lines = (...all: string[]): string => `${all.join('\r\n')}\r\n\r\n`
const post = (path: string, ...headers: string[]): string =>
  lines(`POST ${path} HTTP/1.1`, 'Host: a', 'Content-Type: application/x-www-form-urlencoded', ...headers)
const exchangeOf = (answer: Answer, bytes = ''): Exchange =>
  toExchange({ method: 'raw', url: bytes.slice(0, 80) }, answer, bridge.watched)
/** Nothing of it is repeated, and the log calls nothing a failure. */
function expectQuiet(text: string, log: string): void {
  expect(isMarked(text), text).toBe(false)
  for (const name of [
    'is no failure to whoever reads the log',
    'leaves nothing of the question in the log',
    'leaves no secret in the log',
  ])
    expect(
      promises[name]?.(
        { asked: { method: '', url: '' }, answer: { status: 0, headers: {}, body: '' }, route: undefined, log },
        bridge,
      ),
    ).toBeNull()
}

const refused: readonly [what: string, bytes: string, status: number][] = [
  ['a line that is no request', `${mark} hello\r\n\r\n`, 400],
  ['the beginning of TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 400],
  ['HTTP/2 at once', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400],
  ['a version that there isn’t', lines(`GET /contacts?search=${mark} HTTP/9.9`, 'Host: a'), 400],
  ['no Host', lines(`GET /${mark} HTTP/1.1`), 400],
  ['a target that is no path', lines(`GET ${mark} HTTP/1.1`, 'Host: a'), 400],
  ['a target in other bytes', lines(`GET /contacts/${mark}\xff\xc0\xaf HTTP/1.1`, 'Host: a'), 400],
  ['a target of 20 KB', lines(`GET /contacts?search=${mark.repeat(4_000)} HTTP/1.1`, 'Host: a'), 431],
  ['a header of 20 KB', lines('GET /features HTTP/1.1', 'Host: a', `X-A: ${mark.repeat(4_000)}`), 431],
  ['a cookie of 20 KB', lines('GET /connected HTTP/1.1', 'Host: a', `Cookie: a=${mark.repeat(4_000)}`), 431],
  [
    '5,000 headers',
    lines('GET /features HTTP/1.1', 'Host: a', ...Array.from({ length: 5_000 }, (_, nth) => `${mark}${nth}:`)),
    431,
  ],
  ['NUL in a header', lines('GET /features HTTP/1.1', 'Host: a', `X: ${mark}\0`), 400],
  ['a header over two lines', lines('GET /features HTTP/1.1', 'Host: a', 'X: a', ` ${mark}`), 400],
  ['a header without a name', lines('GET /features HTTP/1.1', 'Host: a', `: ${mark}`), 400],
  ['line feeds alone', 'GET /features HTTP/1.1\nHost: a\n\n', 400],
  ['a length and a coding', `${post('/connected/disconnect', 'Content-Length: 5', 'Transfer-Encoding: chunked')}0\r\n\r\n`, 400],
  ['two lengths', `${post('/connected/disconnect', 'Content-Length: 5', 'Content-Length: 6')}abcdef`, 400],
  ['a negative length', post('/connected/disconnect', 'Content-Length: -1'), 400],
  ['a length beyond all numbers', post('/connected/disconnect', `Content-Length: ${'9'.repeat(40)}`), 400],
  ['a length beyond the limit', `${post('/connected/disconnect', 'Content-Length: 99999999999')}a`, 413],
  ['a coding that there isn’t', `${post('/admin/sign-in', `Transfer-Encoding: ${mark}`)}0\r\n\r\n`, 400],
  ['a chunk that is none', `${post('/admin/sign-in', 'Transfer-Encoding: chunked')}${mark}\r\nabc\r\n`, 400],
  ['an expectation that nobody meets', lines('GET /features HTTP/1.1', 'Host: a', `Expect: ${mark}`, 'Connection: close'), 417],
  ['garbage after a question', `${lines('GET /features HTTP/1.1', 'Host: a')}${mark}\r\n\r\n`, 400],
]

describe('refused, and the connection closed, is', () => {
  it.each(refused)('%s', async (_what, bytes, status) => {
    const { answers, text } = await say(port, bytes)
    expect(answers.at(-1)?.status).toBe(status)
    expectQuiet(text, bridge.watched.takeLog())
  })

  it('a tunnel: no answer at all', async () => {
    const { text } = await say(port, lines(`CONNECT ${mark}.example:443 HTTP/1.1`, 'Host: a'))
    expect(text).toBe('')
  })

  it('told in the bridge’s own words, also where no route was reached', async () => {
    const foreign: string[] = []
    // Node answers these two by itself, without a body.
    for (const [what, bytes] of refused.filter(([name]) => !/^(no Host|an expectation)/.test(name))) {
      const answer = (await say(port, bytes)).answers.at(-1)
      const isPage = answer?.headers['content-type']?.[0]?.startsWith('text/html')
      const { code, message } = isPage ? {} : (JSON.parse(answer?.body ?? '').error ?? {})
      const isOurs = isPage || (code === 'request_invalid' && /[.…]$/.test(message))
      if (!isOurs || answer?.headers['cache-control']?.[0] !== 'no-store') foreign.push(`${what}: ${answer?.body}`)
    }
    expect(foreign).toEqual([])
  })
})

describe('answered as any other question is', () => {
  const close = 'Connection: close'
  const answered: readonly [what: string, bytes: (key: string) => string, statuses: number[]][] = [
    ['HTTP/1.0', (given) => lines(`GET /inboxes/${given}/contacts HTTP/1.0`), [200]],
    [
      'a Host of anything',
      (given) => lines(`GET /inboxes/${given}/initialize HTTP/1.1`, `Host: ${mark}<>"'\\ \xe9:99999`, close),
      [200],
    ],
    ['two Hosts', (given) => lines(`GET /inboxes/${given}/contacts HTTP/1.1`, 'Host: a', `Host: ${mark}`, close), [200]],
    [
      'two keys',
      (given) => lines('GET /contacts HTTP/1.1', 'Host: a', `X-Inbox-Key: ${given}`, `X-Inbox-Key: ${given}`, close),
      [401],
    ],
    ['a whole URL', (given) => lines(`GET http://${mark}.example/inboxes/${given}/contacts HTTP/1.1`, 'Host: a', close), [200]],
    ['TRACE', (given) => lines(`TRACE /inboxes/${given}/contacts HTTP/1.1`, 'Host: a', `Cookie: ${mark}`, close), [404]],
    ['OPTIONS of everything', () => lines('OPTIONS * HTTP/1.1', 'Host: a', `Origin: https://${mark}.example`, close), [404]],
    ['a path that begins with two slashes', () => lines(`GET //${mark}.example/%2f.. HTTP/1.1`, 'Host: a', close), [404]],
    ['a path that climbs', () => lines(`GET /assets/../../${mark} HTTP/1.1`, 'Host: a', close), [404]],
    [
      'a wish for another protocol',
      (given) => lines(`GET /inboxes/${given}/contacts HTTP/1.1`, 'Host: a', 'Connection: close, Upgrade', 'Upgrade: websocket'),
      [200],
    ],
    [
      'a body where none belongs',
      () => `${lines('GET /connected HTTP/1.1', 'Host: a', 'Content-Length: 5', close)}${mark}`,
      [403],
    ],
    [
      'a form that asks first',
      () => `${post('/connected/disconnect', 'Expect: 100-continue', 'Content-Length: 11', close)}token=${mark}`,
      [403],
    ],
    [
      'a form in chunks',
      () => `${post('/connected/disconnect', 'Transfer-Encoding: chunked', close)}6\r\ntoken=\r\n5\r\n${mark}\r\n0\r\n\r\n`,
      [403],
    ],
    [
      'questions that don’t wait for answers',
      (given) =>
        lines(`GET /inboxes/${given}/contacts HTTP/1.1`, 'Host: a').repeat(30) +
        lines('GET /contacts HTTP/1.1', 'Host: a', close),
      [...Array(30).fill(200), 401],
    ],
  ]

  it.each(answered)('%s', async (_what, bytes, statuses) => {
    const { answers } = await say(port, bytes(key))
    expect(answers.map(({ status }) => status)).toEqual(statuses)
    const log = bridge.watched.takeLog()
    expect(answers.flatMap((answer) => brokenPromises({ ...exchangeOf(answer, bytes('')), log }, bridge))).toEqual([])
  })

  it('the next question on a connection whose last was refused by a route', async () => {
    await using wire = await Wire.to(port)
    const questions = [
      '/contacts',
      `/inboxes/${key}/contacts?limit=x`,
      `/inboxes/${key}/nowhere`,
      `/inboxes/${key}/contacts?limit=2`,
    ]
    for (const [nth, path] of questions.entries()) await wire.say(lines(`GET ${path} HTTP/1.1`, 'Host: a')).heard(nth + 1)
    expect(wire.answers.map(({ status }) => status)).toEqual([401, 400, 404, 200])
  })
})

describe('a connection that asks for thousands of things at once, and reads nothing', () => {
  it.each([
    ['what everybody may see', () => '/docs/openapi.json'],
    ['pages', () => '/docs'],
    ['contacts', () => `/inboxes/${key}/contacts`],
    ['what there isn’t', () => '/nowhere'],
  ])('is closed: %s', async (_what, path) => {
    const socket = connect({ port, host: '127.0.0.1' }).on('error', () => {})
    const closed = new Promise((resolve) => socket.once('close', resolve))
    await once(socket, 'connect')
    socket.pause()
    socket.write(lines(`GET ${path()} HTTP/1.1`, 'Host: a').repeat(1_000))
    // Closed from there, which it notices when it reads.
    await sleep(500)
    socket.resume()
    await closed
    expect(socket.bytesRead).toBeLessThan(40 * 150_000)
  })
})

describe('any bytes', () => {
  const targets = () => [
    '/',
    '/contacts',
    `/inboxes/${key}/contacts?search=ana`,
    '/connected',
    '/admin/sign-in',
    '*',
    `http://${mark}.example/`,
  ]
  const names = [
    'Host',
    'Authorization',
    'X-Inbox-Key',
    'Cookie',
    'Content-Length',
    'Transfer-Encoding',
    'Connection',
    'Expect',
    'Accept-Encoding',
    'If-None-Match',
    'Forwarded',
    mark,
  ]
  const bytes = fc.uint8Array({ maxLength: 40 }).map((array) => Buffer.from(array).toString('latin1'))
  const ends = fc.constantFrom('\r\n', '\r\n', '\r\n', '\n', '\r', '', '\0')
  const value = fc.oneof(bytes, fc.constantFrom('a', '1', '0', 'chunked', 'close', 'keep-alive', '100-continue', mark, 'br', '*'))
  const anything = () => {
    const first = fc
      .tuple(
        fc.oneof(fc.constantFrom('GET', 'HEAD', 'POST', 'DELETE', 'TRACE', 'get', mark), bytes),
        fc.oneof(fc.constantFrom(...targets()), bytes),
        fc.constantFrom('HTTP/1.1', 'HTTP/1.1', 'HTTP/1.0', 'HTTP/2.0', ''),
      )
      .map((parts) => parts.join(' '))
    const header = fc
      .tuple(fc.constantFrom(...names), fc.constantFrom(':', ': ', ' : ', ''), value)
      .map((parts) => parts.join(''))
    return fc
      .tuple(first, fc.array(header, { maxLength: 6 }), ends, bytes)
      .map(([line, headers, end, body]) => [line, 'Host: a', ...headers, '', body].join(end))
  }

  it('are answered or refused, and never a failure', async () => {
    await fc.assert(
      fc.asyncProperty(anything(), async (text) => {
        await using wire = await Wire.to(port)
        const answers = await wire.say(text).hangUp().closed()
        for (const answer of answers) expect(answer.status < 500 || isTooBusy(answer), wire.text).toBe(true)
        expectQuiet(wire.text, bridge.watched.takeLog())
      }),
      steady(250),
    )
  })
})

describe('a caller who leaves', () => {
  const questions = () => [
    lines(`GET /inboxes/${key}/contacts?search=nobody HTTP/1.1`, 'Host: a'),
    lines('GET /connected HTTP/1.1', 'Host: a', `Cookie: crm-bridge-consented=${bridge.credentials.consented}`),
    `${post('/admin/sign-in', 'Content-Length: 11')}token=${mark}`,
    `${post('/admin/sign-in', 'Transfer-Encoding: chunked')}6\r\ntoken=\r\n5\r\n${mark}\r\n0\r\n\r\n`,
    `${lines('POST /admin/api/inboxes HTTP/1.1', 'Host: a', `Authorization: Bearer ${bridge.credentials.adminToken}`, 'Content-Type: application/json', 'Content-Length: 12')}{"name": "x"`,
  ]

  it('at any byte of a question, with or without a word, is no failure', async () => {
    const cuts = fc.tuple(fc.constantFrom(...questions()), fc.double({ min: 0, max: 1, noNaN: true }), fc.boolean(), fc.boolean())
    await fc.assert(
      fc.asyncProperty(cuts, async ([text, part, saysSo, waits]) => {
        const wire = await Wire.to(port)
        wire.say(text.slice(0, Math.round(text.length * part)))
        if (waits) await sleep(1)
        if (saysSo) await wire.hangUp().closed()
        else wire.vanish()
        expectQuiet(wire.text, bridge.watched.takeLog())
      }),
      steady(200),
    )
    await sleep(50)
    expectQuiet('', bridge.watched.takeLog())
  })

  it('while the CRM is being asked is no failure, and the CRM’s answer isn’t waited for', async () => {
    bridge.sandbox.faults.add({ kind: 'hang', match: { path: '/crm/' } })
    for (const path of ['contacts?search=leaving', 'contacts/hubspot-9999', 'contacts?limit=17', 'contacts/4915199999998']) {
      const wire = await Wire.to(port)
      wire.say(lines(`GET /inboxes/${key}/${path} HTTP/1.1`, 'Host: a'))
      await sleep(60)
      wire.vanish()
    }
    await sleep(100)
    bridge.sandbox.faults.clear()
    expectQuiet('', bridge.watched.takeLog())
  })
})

describe('a caller who is slow', () => {
  const unfinished = () => [
    `${post('/admin/sign-in', 'Content-Length: 1000')}token=`,
    'GET /feat',
    `${lines('GET /features HTTP/1.1', 'Host: a').slice(0, -2)}X: `,
  ]

  it('has a limited time for a whole question, which is looked after', () => {
    const { requestTimeout, headersTimeout } = bridge.app.server
    expect(requestTimeout).toBeGreaterThan(0)
    expect(requestTimeout).toBeLessThanOrEqual(30_000)
    // The longer of the two is what Node gives to a whole question, and it looks only so often.
    expect(headersTimeout).toBeLessThanOrEqual(requestTimeout)
    expect(Reflect.get(bridge.app.server, 'connectionsCheckingInterval')).toBeLessThanOrEqual(requestTimeout)
  })

  it('is told so and cut off when that time is over, though a byte comes now and then', async () => {
    const { app } = await bridge.behind(bridge.url)
    const there = await freePort()
    // The same times, fifty times as fast.
    for (const name of ['requestTimeout', 'headersTimeout', 'connectionsCheckingInterval'])
      Reflect.set(app.server, name, Reflect.get(app.server, name) / 50)
    await app.listen({ host: '127.0.0.1', port: there })
    const crowd = await Promise.all(unfinished().map(async (text) => (await Wire.to(there)).say(text)))
    const dripping = setInterval(() => crowd.map((wire) => wire.say('a')), 50)
    const answers = await Promise.all(crowd.map((wire) => wire.closed()))
    clearInterval(dripping)
    expect(answers.map((heard) => heard.map(({ status }) => status))).toEqual([[408], [408], [408]])
    await app.close()
  })

  it('is waited for by nobody else', async () => {
    const crowd = await Promise.all(Array.from({ length: 300 }, () => Wire.to(port)))
    for (const [nth, wire] of crowd.entries()) wire.say(unfinished()[nth % 3] ?? '')
    const question = lines(`GET /inboxes/${key}/contacts?search=meanwhile HTTP/1.1`, 'Host: a', 'Connection: close')
    const { answers } = await say(port, question)
    expect(answers.map(({ status }) => status)).toEqual([200])
    expect(crowd.some((wire) => wire.isClosed)).toBe(false)
    for (const wire of crowd) wire.vanish()
  })

  it('doesn’t keep the server from ending', async () => {
    const { app } = await bridge.behind(bridge.url)
    const there = await freePort()
    await app.listen({ host: '127.0.0.1', port: there })
    const crowd = await Promise.all(unfinished().map(async (text) => (await Wire.to(there)).say(text)))
    const dripping = setInterval(() => crowd[0]?.say('a'), 200)
    await sleep(50)
    const ended = await Promise.race([app.close().then(() => true), sleep(12_000).then(() => false)])
    clearInterval(dripping)
    for (const wire of crowd) wire.vanish()
    expect(ended).toBe(true)
  })
})
