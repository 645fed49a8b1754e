/** Whoever guesses keys or the admin token is slowed down, by address; whoever has the right one never is. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { type App, buildApp } from '../../src/app.ts'
import { readConfig } from '../../src/config.ts'
import { adminToken, testKeys } from '../support/bridge.ts'
import { anError, emptyEnvelope } from '../support/inject.ts'
import { openStores, type Stores } from '../support/stores.ts'

let stores: Stores
let key: string
beforeAll(async () => {
  stores = await openStores()
  ;({ key } = await stores.inboxes.create({ name: 'Support', crm: null, region: null }))
})
afterAll(() => stores.close())

/** Each app counts for itself. */
let app: App
beforeEach(async () => {
  app = await start({})
})
afterEach(async () => {
  vi.useRealTimers()
  await app.close()
})
function start(environment: Record<string, string>): Promise<App> {
  const settings = { ENCRYPTION_KEYS: testKeys, ADMIN_TOKEN: adminToken, LOG_LEVEL: 'silent', ...environment }
  return buildApp(readConfig(settings), {
    prisma: stores.prisma,
    applied: [],
    isCurrent: async () => true,
    close: async () => {},
  })
}

type Caller = { readonly from?: string; readonly forwarded?: string }
type Door = (secret: string | null, caller?: Caller) => Promise<{ status: number; retryAfter: number; json: unknown }>

const door =
  (url: string): Door =>
  async (secret, { from = '203.0.113.1', forwarded } = {}) => {
    const authorization = secret === null ? {} : { authorization: `Bearer ${secret}` }
    const headers = { ...authorization, ...(forwarded !== undefined && { 'x-forwarded-for': forwarded }) }
    const answer = await app.inject({ url, remoteAddress: from, headers })
    return { status: answer.statusCode, retryAfter: Number(answer.headers['retry-after']), json: answer.json() }
  }
const asInbox = door('/features')
const asOperator = door('/admin/api/inboxes')

/** The answers to so many wrong secrets, one after the other. */
async function guess(at: Door, times: number, caller: (nth: number) => Caller = () => ({})): Promise<number[]> {
  const statuses: number[] = []
  for (let nth = 1; nth <= times; nth += 1) statuses.push((await at(`wrong-${nth}`, caller(nth))).status)
  return statuses
}
const all = (status: number, times: number) => Array.from({ length: times }, () => status)

describe.each<[string, Door, () => string]>([
  ['keys', asInbox, () => key],
  ['admin tokens', asOperator, () => adminToken],
])('wrong %s', (_what, ask, right) => {
  it('are refused a hundred times a minute, then until the minute is over', async () => {
    const start = Date.now()
    vi.useFakeTimers({ toFake: ['Date'], now: start })
    expect(await guess(ask, 100)).toEqual(all(401, 100))
    vi.setSystemTime(start + 20_000)
    expect(await ask('wrong')).toEqual({ status: 429, retryAfter: 40, json: { error: anError('too_many_attempts') } })
    vi.setSystemTime(start + 60_000)
    expect(await guess(ask, 1)).toEqual([401])
  })

  it('keep nobody out who has the right one, nor other addresses', async () => {
    await guess(ask, 101)
    expect((await ask('wrong')).status).toBe(429)
    expect((await ask(right())).status).toBe(200)
    expect((await ask('wrong', { from: '203.0.113.2' })).status).toBe(401)
  })

  it('count by the network where an address is one of billions of a household', async () => {
    await guess(ask, 100, (nth) => ({ from: `2001:db8:1:1::${nth}` }))
    expect((await ask('wrong', { from: '2001:db8:1:1:ffff::1' })).status).toBe(429)
    expect((await ask('wrong', { from: '2001:db8:1:2::1' })).status).toBe(401)
  })

  it('count by the address of the connection: what a caller claims to be forwarded for changes nothing', async () => {
    const statuses = await guess(ask, 101, (nth) => ({ forwarded: `198.51.100.${nth}` }))
    expect(statuses).toEqual([...all(401, 100), 429])
  })

  it('count by the caller’s address behind a proxy that is trusted, whatever else the caller claims', async () => {
    await app.close()
    app = await start({ TRUST_PROXY: '10.0.0.0/8' })
    const [guesser, other] = ['198.51.100.1', '198.51.100.2']
    const through = (address: string) => ({ from: '10.0.0.7', forwarded: address })
    expect(await guess(ask, 101, (nth) => through(`192.0.2.${nth}, ${guesser}`))).toEqual([...all(401, 100), 429])
    expect((await ask('wrong', through(other))).status).toBe(401)
    // Somebody beside the proxy isn't believed.
    const beside = { from: '203.0.113.9', forwarded: guesser }
    expect((await ask('wrong', beside)).status).toBe(401)
  })
})

describe('attempts', () => {
  it('count together, at whatever door', async () => {
    await guess(asInbox, 50)
    await guess(asOperator, 50)
    expect([(await asInbox('wrong')).status, (await asOperator('wrong')).status]).toEqual([429, 429])
  })

  it('without any key count like wrong ones where one is needed, and in the inbox’s own form', async () => {
    const contacts = door('/contacts')
    for (let times = 1; times <= 100; times += 1) expect((await contacts(null)).status).toBe(401)
    expect(await contacts(null)).toMatchObject({ status: 429, json: { ...emptyEnvelope, error: anError('too_many_attempts') } })
  })

  it('are none where no key is needed', async () => {
    for (let times = 1; times <= 110; times += 1) expect((await asInbox(null)).status).toBe(200)
    expect((await asInbox('wrong')).status).toBe(401)
  })
})
