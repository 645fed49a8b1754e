/** More than the server can answer in time is refused at once, so that what it has taken on is answered. */
import { randomUUID } from 'node:crypto'
import { EventEmitter, once } from 'node:events'
import { type ClientRequest, get } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises'
import fastify from 'fastify'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { type App, buildApp } from '../../src/app.ts'
import { readConfig } from '../../src/config.ts'
import { errorBody } from '../../src/error-body.ts'
import { limitAtOnce, shedOverload } from '../../src/plugin/overload.ts'
import { adminToken, testKeys } from '../support/bridge.ts'
import { type FakeCrm, fakeCrm, fakeGrant, people } from '../support/fake-crm.ts'
import { anError, emptyEnvelope, type Injected, inject } from '../support/inject.ts'
import { type Deferred, defer, stateOf } from '../support/promises.ts'
import { openStores, type Stores } from '../support/stores.ts'

/** How late the event loop is, in a test's hands: on a busy machine it is late by itself. Milliseconds. */
const lateness = await vi.hoisted(async () => {
  const lateness = { mean: 0 }
  const { default: hooks } = await import('node:perf_hooks')
  const histogram = {
    enable() {},
    reset() {},
    get mean() {
      return lateness.mean * 1e6
    },
  }
  Object.assign(hooks, { monitorEventLoopDelay: () => histogram })
  return lateness
})
afterEach(() => {
  lateness.mean = 0
})

const mostAtOnce = 2_000
const mostOfOne = 500
const tooBusy = { status: 503, headers: { 'retry-after': '2' }, json: { error: anError('bridge_unavailable') } }

/** So many questions of one kind, under way when this is done. */
async function take(app: App, url: string, times: number): Promise<Promise<Injected>[]> {
  const answers: Promise<Injected>[] = []
  for (let nth = 0; nth < times; nth += 1) {
    answers.push(inject(app, url))
    if (nth % 50 === 0) await turn()
  }
  await stateOf(Promise.resolve())
  return answers
}

/** How many of the answers are there, by status. */
async function statuses(answers: readonly Promise<Injected>[]): Promise<Record<number, number>> {
  const counts: Record<number, number> = {}
  for (const { status } of await Promise.all(answers)) counts[status] = (counts[status] ?? 0) + 1
  return counts
}

describe('a server with as much to do as it can', () => {
  let app: App
  let gate: Deferred<string>
  beforeEach(async () => {
    gate = defer()
    app = fastify({ genReqId: () => randomUUID() })
    app.setErrorHandler((error, request, reply) => {
      const { status, headers, body } = errorBody(error, request)
      return reply.code(status).headers(headers).send(body)
    })
    await app.register(async (scope) => {
      await shedOverload(scope)
      scope.get('/held', () => gate.promise)
      scope.get('/quick', async () => 'quick')
    })
    app.get('/elsewhere', async () => 'elsewhere')
    await app.listen({ port: 0 })
  })
  afterEach(async () => {
    gate.resolve('done')
    await app.close()
  })

  /** A caller on a socket of its own. */
  function call(): ClientRequest {
    const { port } = app.server.address() as AddressInfo
    return get({ port, path: '/held', agent: false }).on('error', () => {})
  }

  it('refuses one more at once, and nothing elsewhere; then takes on again', async () => {
    const held = await take(app, '/held', mostAtOnce)
    expect(await inject(app, '/held')).toMatchObject(tooBusy)
    expect(await inject(app, '/quick')).toMatchObject(tooBusy)
    expect((await inject(app, '/elsewhere')).status).toBe(200)
    expect(await stateOf(Promise.race(held))).toBe('pending')
    gate.resolve('done')
    expect(await statuses(held)).toEqual({ 200: mostAtOnce })
    await expect.poll(async () => (await inject(app, '/quick')).status, { timeout: 20_000 }).toBe(200)
  })

  it('counts what it has taken on, not what it refused or has answered', async () => {
    for (let nth = 0; nth < 100; nth += 1) expect((await inject(app, '/quick')).status).toBe(200)
    const held = await take(app, '/held', mostAtOnce - 1)
    for (let nth = 0; nth < 10; nth += 1) expect((await inject(app, '/quick')).status).toBe(200)
    held.push(...(await take(app, '/held', 1)))
    for (let nth = 0; nth < 10; nth += 1) expect((await inject(app, '/quick')).status).toBe(503)
    gate.resolve('done')
    expect(await statuses(held)).toEqual({ 200: mostAtOnce })
    gate = defer()
    held.splice(0, mostAtOnce, ...(await take(app, '/held', mostAtOnce)))
    expect((await inject(app, '/quick')).status).toBe(503)
    gate.resolve('done')
    expect(await statuses(held)).toEqual({ 200: mostAtOnce })
  })

  it('has room again when callers hang up', async () => {
    const callers = Array.from({ length: 5 }, call)
    await Promise.all(callers.map((caller) => once(caller, 'finish')))
    const held = await take(app, '/held', mostAtOnce - 5)
    await expect.poll(async () => (await inject(app, '/quick')).status).toBe(503)
    for (const caller of callers.slice(0, 2)) caller.destroy()
    await expect.poll(async () => (await inject(app, '/quick')).status, { timeout: 20_000 }).toBe(200)
    held.push(...(await take(app, '/held', 2)))
    expect((await inject(app, '/quick')).status).toBe(503)
    for (const caller of callers) caller.destroy()
    await expect.poll(async () => (await inject(app, '/quick')).status, { timeout: 20_000 }).toBe(200)
    held.push(...(await take(app, '/held', 3)))
    expect((await inject(app, '/quick')).status).toBe(503)
    gate.resolve('done')
    expect(await statuses(held)).toEqual({ 200: mostAtOnce })
  })

  it('refuses while everything takes too long, and no longer', async () => {
    const quick = async () => (await inject(app, '/quick')).status
    lateness.mean = 5_000
    await expect.poll(quick, { timeout: 20_000, interval: 100 }).toBe(503)
    expect(await inject(app, '/quick')).toMatchObject(tooBusy)
    expect((await inject(app, '/elsewhere')).status).toBe(200)
    lateness.mean = 100
    await expect.poll(quick, { timeout: 20_000, interval: 100 }).toBe(200)
  })

  it('takes on after a pause, however long it was', async () => {
    lateness.mean = 60_000
    // It looks every second.
    await sleep(1_100)
    expect((await inject(app, '/quick')).status).toBe(200)
    lateness.mean = 0
    await sleep(1_600)
    lateness.mean = 60_000
    await sleep(1_100)
    expect((await inject(app, '/quick')).status).toBe(200)
  })

  it.each([
    ['a little late', 100],
    ['not measured', Number.NaN],
  ])('takes on while everything is %s', async (_how, mean) => {
    lateness.mean = mean
    // It looks every second.
    for (const until = Date.now() + 1_500; Date.now() < until; await sleep(100))
      expect((await inject(app, '/quick')).status).toBe(200)
  })
})

it('an answer that nobody has read in two minutes makes room for others', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  const app = fastify()
  limitAtOnce(app, 1)
  const arrived = new EventEmitter()
  app.get('/held', () => {
    arrived.emit('request')
    return new Promise(() => {})
  })
  app.get('/quick', async () => 'quick')
  await app.listen({ port: 0 })
  const { port } = app.server.address() as AddressInfo
  const held = get({ port, path: '/held', agent: false }).on('error', () => {})
  const ended = new Promise((resolve) => held.once('close', resolve))
  await once(arrived, 'request')
  vi.advanceTimersByTime(120_000)
  expect((await inject(app, '/quick')).status).toBe(503)
  vi.advanceTimersByTime(30_000)
  await ended
  expect((await inject(app, '/quick')).status).toBe(200)
  await app.close()
  expect(vi.getTimerCount()).toBe(0)
  vi.useRealTimers()
})

describe('the plugin’s routes', () => {
  let stores: Stores
  let crm: FakeCrm
  let app: App
  let key: string
  let others: string[]
  beforeAll(async () => {
    stores = await openStores()
    crm = fakeCrm(people(3))
    const settings = { ENCRYPTION_KEYS: testKeys, ADMIN_TOKEN: adminToken, LOG_LEVEL: 'silent' }
    const config = { ...readConfig(settings), connectors: [crm.connector] }
    app = await buildApp(config, { prisma: stores.prisma, applied: [], isCurrent: async () => true, close: async () => {} })
    const connected = async (name: string) => {
      const { inbox, key } = await stores.inboxes.create({ name, crm: null, region: null })
      await stores.connections.connect(inbox.id, fakeGrant(inbox.id, { accountId: name }))
      return key
    }
    key = await connected('Support')
    others = [await connected('Sales'), await connected('Service'), await connected('Returns')]
  })
  afterAll(async () => {
    await app.close()
    await stores.close()
  })

  it('refuse an inbox that asks more than its share, and no other', async () => {
    const gate = defer<void>()
    crm.before = () => gate.promise
    const held = await take(app, `/inboxes/${key}/contacts?search=anybody`, mostOfOne)
    const refused = { status: 503, headers: { 'retry-after': '2' }, json: { ...emptyEnvelope, ...tooBusy.json } }
    for (const path of ['/contacts', '/contacts/4915199999999'])
      expect(await inject(app, `/inboxes/${key}${path}`)).toMatchObject(refused)
    crm.before = () => {}
    expect((await inject(app, `/inboxes/${others[0]}/contacts?search=somebody`)).status).toBe(200)
    gate.resolve()
    expect(await statuses(held)).toEqual({ 200: mostOfOne })
    await expect.poll(async () => (await inject(app, `/inboxes/${key}/contacts`)).json.count, { timeout: 20_000 }).toBe(3)
    crm.questions.length = 0
  })

  it('refuse what is too much with an empty list beside the reason; the operator’s and the administrator’s go on', async () => {
    const gate = defer<void>()
    crm.before = () => gate.promise
    const held: Promise<Injected>[] = []
    for (const asking of [key, ...others]) held.push(...(await take(app, `/inboxes/${asking}/contacts?search=person`, mostOfOne)))
    for (const path of ['/contacts', '/contacts?search=person', '/contacts/4915199999999', '/contacts/fake-1']) {
      const { json, ...rest } = tooBusy
      expect(await inject(app, `/inboxes/${key}${path}`), path).toMatchObject(rest)
      expect((await inject(app, `/inboxes/${key}${path}`)).json).toEqual({ ...emptyEnvelope, ...json })
    }
    for (const path of ['/', '/features', '/initialize'])
      expect(await inject(app, `/inboxes/${key}${path}`)).toMatchObject(tooBusy)
    expect(await inject(app, '/contacts', { headers: { 'x-inbox-key': key } })).toMatchObject(tooBusy)

    const authorization = `Bearer ${adminToken}`
    expect((await inject(app, '/admin/api/inboxes', { headers: { authorization } })).status).toBe(200)
    for (const probe of ['/healthz', '/readyz']) expect((await inject(app, probe)).status, probe).toBe(200)
    expect((await inject(app, '/admin')).status).toBe(200)
    expect((await inject(app, '/connect/x')).status).not.toBe(503)
    expect((await inject(app, '/connected')).status).not.toBe(503)

    expect(crm.questions).toHaveLength(4)
    gate.resolve()
    expect(await statuses(held)).toEqual({ 200: mostAtOnce })
    const again = () => inject(app, `/inboxes/${key}/contacts`)
    await expect.poll(async () => (await again()).json.count, { timeout: 20_000 }).toBe(3)
  })
})
