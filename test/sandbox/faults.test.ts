// Faults over real connections: each kind does to a client what a bad day does.

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { Faults } from '../../src/sandbox/faults.ts'
import { type HubSpotSandbox, startHubSpotSandbox } from '../../src/sandbox/hubspot/server.ts'
import { CLIENT, consent, exchange } from './connected-app.ts'

let sandbox: HubSpotSandbox
let token: string

beforeAll(async () => {
  sandbox = await startHubSpotSandbox({ ...CLIENT, contacts: 20, rateLimits: false })
  token = (await exchange(sandbox, { code: await consent(sandbox) })).json.access_token
})
afterEach(() => sandbox.faults.clear())
afterAll(() => sandbox.close())

const details = (init: RequestInit = {}) =>
  fetch(`${sandbox.url}/account-info/2026-03/details`, { ...init, headers: { authorization: `Bearer ${token}` } })

describe('faults', () => {
  it('status: the status, with HubSpot’s envelope unless the fault brings its own body and headers', async () => {
    sandbox.faults.add({ kind: 'status', status: 503, times: 1 })
    const answer = await details()
    expect(answer.status).toBe(503)
    expect(await answer.json()).toMatchObject({ status: 'error', correlationId: answer.headers.get('x-hubspot-correlation-id') })

    sandbox.faults.add({ kind: 'status', status: 477, headers: { 'retry-after': '7' }, body: { message: 'moving' }, times: 1 })
    const own = await details()
    expect([own.status, own.headers.get('retry-after'), await own.json()]).toEqual([477, '7', { message: 'moving' }])
    expect((await details()).status).toBe(200)
  })

  it('delay: the true answer, late', async () => {
    sandbox.faults.add({ kind: 'delay', delayMs: 150 })
    const before = performance.now()
    expect((await details()).status).toBe(200)
    expect(performance.now() - before).toBeGreaterThan(140)
  })

  it('hang: nothing until the client gives up, and close() still ends', async () => {
    const other = await startHubSpotSandbox({ ...CLIENT, contacts: 1 })
    other.faults.add({ kind: 'hang' })
    await expect(fetch(other.url, { signal: AbortSignal.timeout(100) })).rejects.toThrow(/timeout/i)
    const open = fetch(other.url).catch((error: unknown) => error)
    await new Promise((resolve) => setTimeout(resolve, 50))
    await other.close()
    expect(await open).toBeInstanceOf(Error)
  })

  it('reset: the connection breaks, and the call is still counted', async () => {
    sandbox.clearCalls()
    sandbox.faults.add({ kind: 'reset', times: 1 })
    await expect(details()).rejects.toMatchObject({ cause: { code: 'ECONNRESET' } })
    expect(sandbox.calls()).toMatchObject([{ path: '/account-info/2026-03/details', kind: 'api', status: 0 }])
    expect((await details()).status).toBe(200)
  })

  it('html: a proxy’s page', async () => {
    sandbox.faults.add({ kind: 'html' })
    const answer = await details()
    expect([answer.status, answer.headers.get('content-type')]).toEqual([502, 'text/html; charset=utf-8'])
    expect(await answer.text()).toContain('<h1>')
  })

  it('garbage: a JSON type and no JSON', async () => {
    sandbox.faults.add({ kind: 'garbage' })
    const answer = await details()
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/json; charset=utf-8'])
    await expect(answer.json()).rejects.toThrow(SyntaxError)
  })

  it('drip: the true answer, whole but slow', async () => {
    sandbox.faults.add({ kind: 'drip', delayMs: 5 })
    const before = performance.now()
    expect(await (await details()).json()).toMatchObject({ portalId: sandbox.account.portalId })
    expect(performance.now() - before).toBeGreaterThan(100)
  })

  it('redirect: to where the fault says', async () => {
    sandbox.faults.add({ kind: 'redirect', headers: { location: 'http://127.0.0.1:9/elsewhere' } })
    const answer = await details({ redirect: 'manual' })
    expect([answer.status, answer.headers.get('location')]).toEqual([302, 'http://127.0.0.1:9/elsewhere'])
  })

  it('half: the body ends too early', async () => {
    sandbox.faults.add({ kind: 'half' })
    const answer = await details()
    expect(answer.status).toBe(200)
    await expect(answer.text()).rejects.toThrow()
  })

  it('match by method and by path, as prefix or regular expression', () => {
    const faults = new Faults()
    faults.add({ kind: 'hang', match: { method: 'post', path: '/crm/' } })
    faults.add({ kind: 'reset', match: { path: 'after=\\d+' } })
    expect(faults.strike('POST', '/crm/objects')?.kind).toBe('hang')
    expect(faults.strike('GET', '/crm/objects')).toBeNull()
    expect(faults.strike('GET', '/crm/objects?limit=10&after=201')?.kind).toBe('reset')
    expect(faults.strike('GET', '/x/crm/')).toBeNull()
  })

  it('strike as often as said and count down', () => {
    const faults = new Faults()
    faults.add({ kind: 'hang', times: 2 })
    expect(faults.list()).toMatchObject([{ left: 2 }])
    faults.strike('GET', '/')
    expect(faults.list()).toMatchObject([{ left: 1 }])
    faults.strike('GET', '/')
    expect(faults.list()).toEqual([])
    expect(faults.strike('GET', '/')).toBeNull()
  })
})

describe('control routes', () => {
  const control = (method: string, body?: unknown) =>
    fetch(`${sandbox.url}/sandbox/faults`, {
      method,
      ...(body !== undefined && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    })

  it('order, list and clear, and faults never strike there', async () => {
    const ordered = await control('POST', { kind: 'status', status: 500, match: { path: '/' } })
    expect([ordered.status, await ordered.json()]).toMatchObject([201, { kind: 'status', left: null }])
    expect((await details()).status).toBe(500)
    expect(await (await control('GET')).json()).toMatchObject({ faults: [{ status: 500 }] })
    expect((await control('DELETE')).status).toBe(204)
    expect((await details()).status).toBe(200)
  })

  it.each([[{ kind: 'explode' }], [{}], [{ kind: 'status', match: { path: '(' } }], [{ kind: 'delay', delay: 5 }]])(
    'refuse %j',
    async (body) => {
      expect((await control('POST', body)).status).toBe(400)
    },
  )

  it('the page shows the account and the faults, and its buttons order and end them', async () => {
    const press = (preset: string) => fetch(`${sandbox.url}/sandbox`, { method: 'POST', body: new URLSearchParams({ preset }) })
    const broken = await (await press('limited')).text()
    expect(broken).toContain(String(sandbox.account.portalId))
    expect(broken).toContain('status 429')
    expect((await details()).status).toBe(429)
    expect(await (await press('none')).text()).toContain('Nothing')
    expect((await details()).status).toBe(200)
  })
})
