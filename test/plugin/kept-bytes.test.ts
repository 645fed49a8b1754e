/** An answer's bytes: written once, compressed once for each way a caller asks, and not sent again to who has them. */
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { App } from '../../src/app.ts'
import { type Encoding, keptBytes, readAcceptEncoding } from '../../src/plugin/kept-bytes.ts'
import { startTestBridge, type TestBridge, unlimited } from '../support/bridge.ts'
import { people } from '../support/fake-crm.ts'

const decoders = { br: brotliDecompressSync, gzip: gunzipSync, identity: (bytes: Buffer) => bytes }

describe('what a caller takes', () => {
  it.each<[string | undefined, Encoding | 'identity']>([
    [undefined, 'identity'],
    ['', 'identity'],
    ['identity', 'identity'],
    ['deflate, zstd', 'identity'],
    ['gzip', 'gzip'],
    ['GZIP', 'gzip'],
    ['br', 'br'],
    ['gzip, deflate, br, zstd', 'br'],
    ['deflate,gzip;q=0.5', 'gzip'],
    ['br;q=0, gzip', 'gzip'],
    ['br; q=0.0 , gzip ; q=0.8', 'gzip'],
    ['gzip;q=0', 'identity'],
    ['br;q=0,gzip;q=0', 'identity'],
    ['*', 'br'],
    ['br;q=0, *', 'gzip'],
    ['*;q=0', 'identity'],
    ['gzip, *;q=0', 'gzip'],
    ['gzip;q=much', 'identity'],
    [',;q=1,,', 'identity'],
  ])('%j is read as %s', (header, encoding) => {
    expect(readAcceptEncoding(header)).toBe(encoding)
  })
})

describe('kept bytes', () => {
  const text = JSON.stringify(people(100))

  it('are made once for the same answer', () => {
    const answer = Buffer.from(text)
    expect(keptBytes(answer)).toBe(keptBytes(answer))
    expect(keptBytes(Buffer.from('another')).etag).not.toBe(keptBytes(answer).etag)
  })

  it('have the same tag whenever they are the same bytes', () => {
    const [first, second] = [text, text].map((written) => keptBytes(Buffer.from(written)))
    expect(first?.etag).toMatch(/^W\/"[\w-]{27}"$/)
    expect(second?.etag).toBe(first?.etag)
  })

  it.each(['br', 'gzip'] as const)('are compressed once as %s, however many ask', async (wished) => {
    const bytes = keptBytes(Buffer.from(text))
    const [first, second] = await Promise.all([bytes.as(wished), bytes.as(wished)])
    const third = await bytes.as(wished)
    expect(second).toBe(first)
    expect(third).toBe(first)
    expect(first.length).toBeLessThan(text.length)
    expect(decoders[wished](first).toString()).toBe(text)
  })

  it('are small below a kilobyte, counted in bytes', () => {
    const isSmall = (written: string) => keptBytes(Buffer.from(written)).isSmall
    expect(['a'.repeat(1_023), 'a'.repeat(1_024), 'ü'.repeat(512)].map(isSmall)).toEqual([true, false, false])
  })
})

describe('over the plugin’s routes', () => {
  let bridge: TestBridge
  let app: App
  let key: string
  beforeAll(async () => {
    bridge = await startTestBridge({ sandbox: { contacts: 30, rateLimits: false }, environment: unlimited })
    app = bridge.bridge.app
    key = (await bridge.connectedInbox()).key
  })
  afterAll(() => bridge.stop())

  const ask = (path: string, headers: Record<string, string> = {}) =>
    app.inject({ method: 'GET', url: `/inboxes/${key}${path}`, headers })

  it.each(['br', 'gzip', 'identity'] as const)('a page comes as %s with the same contents and tag', async (encoding) => {
    const plain = await ask('/contacts')
    const answer = await ask('/contacts', { 'accept-encoding': encoding })
    expect(answer.headers['content-encoding']).toBe(encoding === 'identity' ? undefined : encoding)
    expect(answer.headers).toMatchObject({ vary: 'accept-encoding', 'content-type': 'application/json; charset=utf-8' })
    expect(Number(answer.headers['content-length'])).toBe(answer.rawPayload.length)
    expect(decoders[encoding](answer.rawPayload).toString()).toBe(plain.body)
    expect(answer.headers.etag).toBe(plain.headers.etag)
    expect(plain.json().results).toHaveLength(30)
  })

  it('an encoding that is refused by q=0 isn’t used', async () => {
    const answer = await ask('/contacts', { 'accept-encoding': 'br;q=0, gzip;q=0' })
    expect(answer.headers).not.toHaveProperty('content-encoding')
    expect(answer.json().count).toBe(30)
  })

  it('a small answer isn’t compressed', async () => {
    const answer = await ask('/contacts/4915199999999', { 'accept-encoding': 'gzip, br' })
    expect(answer.headers).not.toHaveProperty('content-encoding')
    expect(answer.json()).toMatchObject({ results: [], count: 0 })
  })

  it.each(['/contacts', '/contacts?limit=7', '/contacts?search=zzz-nobody'])(
    '%s isn’t sent to who has it already',
    async (path) => {
      const first = await ask(path)
      const etag = String(first.headers.etag)
      const again = await ask(path, { 'if-none-match': etag, 'accept-encoding': 'br' })
      // As a proxy or a browser may send it on.
      for (const same of [`"other", ${etag}`, etag.replace('W/', '')])
        expect((await ask(path, { 'if-none-match': same })).statusCode).toBe(304)
      expect({ status: again.statusCode, body: again.body }).toEqual({ status: 304, body: '' })
      expect(again.headers).toMatchObject({ etag, 'cache-control': 'private, no-cache', vary: 'accept-encoding' })
      expect(again.headers).not.toHaveProperty('content-encoding')
      for (const other of [etag.toUpperCase(), '"x"', 'x', '']) {
        const { statusCode, body } = await ask(path, { 'if-none-match': other })
        expect({ statusCode, body }, other).toEqual({ statusCode: 200, body: first.body })
      }
    },
  )

  it('other pages have other tags', async () => {
    const pages = await Promise.all(['/contacts', '/contacts?limit=7', '/contacts?limit=8'].map((path) => ask(path)))
    expect(new Set(pages.map(({ headers }) => headers.etag)).size).toBe(3)
  })

  it('nobody gets a 304 without the right key', async () => {
    const { etag } = (await ask('/contacts')).headers
    const refused = await app.inject({ url: '/contacts', headers: { 'if-none-match': String(etag) } })
    expect(refused.statusCode).toBe(401)
    expect(refused.headers).not.toHaveProperty('etag')
  })
})
