// HubSpot's rate limits, and what the call log says about it.

import { describe, expect, it } from 'vitest'
import { connectApp } from './connected-app.ts'

const CONTACTS = '/crm/objects/2026-03/contacts'

describe('rate limits', () => {
  it('admit 110 calls in any ten seconds, counting down in the headers', async () => {
    let now = 0
    const { call } = await connectApp({ contacts: 1, rateLimits: true, now: () => now })
    for (let i = 1; i <= 110; i++) {
      const { status, headers } = await call('GET', CONTACTS)
      expect(status).toBe(200)
      expect(headers['x-hubspot-ratelimit-max']).toBe('110')
      expect(headers['x-hubspot-ratelimit-remaining']).toBe(String(110 - i))
      expect(headers['x-hubspot-ratelimit-interval-milliseconds']).toBe('10000')
    }
    const refused = await call('GET', '/account-info/2026-03/details')
    expect(refused.status).toBe(429)
    expect(refused.headers['x-hubspot-ratelimit-remaining']).toBe('0')
    expect(refused.json).toMatchObject({
      status: 'error',
      message: expect.any(String),
      errorType: 'RATE_LIMIT',
      policyName: 'TEN_SECONDLY_ROLLING',
      correlationId: refused.headers['x-hubspot-correlation-id'],
    })
    now = 9_999
    expect((await call('GET', CONTACTS)).status).toBe(429)
    now = 10_000
    expect((await call('GET', CONTACTS)).status).toBe(200)
  })

  it('admit five searches in any second, apart from other calls', async () => {
    let now = 0
    const { call } = await connectApp({ contacts: 1, rateLimits: true, now: () => now })
    const search = () => call('POST', `${CONTACTS}/search`, {})
    for (let i = 0; i < 5; i++) expect((await search()).status).toBe(200)
    const refused = await search()
    expect([refused.status, refused.json.policyName]).toEqual([429, 'SECONDLY'])
    const listed = await call('GET', CONTACTS)
    expect([listed.status, listed.headers['x-hubspot-ratelimit-remaining']]).toEqual([200, '109'])
    now = 1_000
    expect((await search()).status).toBe(200)
  })

  it('don’t hold when switched off', async () => {
    const { call } = await connectApp({ contacts: 1, rateLimits: false })
    for (let i = 0; i < 10; i++) expect((await call('POST', `${CONTACTS}/search`, {})).status).toBe(200)
    expect((await call('GET', CONTACTS)).headers).not.toHaveProperty('x-hubspot-ratelimit-max')
  })
})

describe('the call log', () => {
  it('has every request with its kind, query, body and status, and can be cleared', async () => {
    const { call, sandbox } = await connectApp({ contacts: 1, now: () => 42 })
    await call('GET', `${CONTACTS}?limit=5`)
    await call('POST', `${CONTACTS}/search`, { query: 'ana' })
    await call('GET', `${CONTACTS}/1`)
    await sandbox.app.inject('/oauth/authorize')
    await sandbox.app.inject('/sandbox')
    expect(sandbox.calls()).toEqual([
      { method: 'GET', path: CONTACTS, kind: 'api', query: { limit: '5' }, body: undefined, status: 200, at: 42 },
      { method: 'POST', path: `${CONTACTS}/search`, kind: 'search', query: {}, body: { query: 'ana' }, status: 200, at: 42 },
      { method: 'GET', path: `${CONTACTS}/1`, kind: 'api', query: {}, body: undefined, status: 404, at: 42 },
      { method: 'GET', path: '/oauth/authorize', kind: 'oauth', query: {}, body: undefined, status: 400, at: 42 },
    ])
    sandbox.clearCalls()
    expect(sandbox.calls()).toEqual([])
  })
})
