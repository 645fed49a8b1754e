/** `POST /configure_api`: what an inbox gives the bridge, and takes back. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { App } from '../../src/app.ts'
import { readKeys } from '../../src/keys.ts'
import { createApiVault } from '../../src/sending/api-vault.ts'
import { adminToken, startTestBridge, type TestBridge, testKeys } from '../support/bridge.ts'
import { inject } from '../support/inject.ts'

let bridge: TestBridge
let app: App
beforeAll(async () => {
  bridge = await startTestBridge({ sandbox: { contacts: 1 } })
  app = bridge.bridge.app
})
afterAll(() => bridge.stop())

const access = { api_url: 'https://inbox.example.com/api/v1', api_token: 'token-of-the-inbox' }
async function post(path: string, body: object | string, headers: Record<string, string> = {}) {
  const payload = typeof body === 'string' ? body : JSON.stringify(body)
  const sent = { 'content-type': 'application/json', ...headers }
  const answer = await app.inject({ method: 'POST', url: path, headers: sent, payload })
  return { status: answer.statusCode, json: answer.json() }
}
const asOperator = { authorization: `Bearer ${adminToken}` }
const sealedOf = async (id: string) => (await bridge.inboxes.byId(id))?.sealedApi ?? null
async function opened(id: string, keys = testKeys) {
  const sealed = await sealedOf(id)
  return sealed && createApiVault(readKeys(keys)).open(id, sealed)
}

describe('the access to an inbox’s API', () => {
  it.each<[string, (key: string) => [path: string, headers: Record<string, string>]]>([
    ['beneath the plugin URL', (key: string) => [`/inboxes/${key}/configure_api`, {}]],
    ['with a slash', (key: string) => [`/inboxes/${key}/configure_api/`, {}]],
    ['at the root', (key: string) => ['/configure_api', { authorization: `Token ${key}` }]],
    ['at the root with a slash', (key: string) => ['/configure_api/', { 'x-inbox-key': key }]],
    ['whatever type it says it is', (key: string) => [`/inboxes/${key}/configure_api`, { 'content-type': 'text/plain' }]],
  ])('is taken %s, and kept sealed', async (_where, at) => {
    const { inbox, key } = await bridge.inbox()
    const [path, headers] = at(key)
    expect(await post(path, access, headers)).toMatchObject({ status: 200, json: {} })
    expect(await opened(inbox.id)).toEqual({ url: 'https://inbox.example.com/api/v1/', token: 'token-of-the-inbox' })
    expect(Buffer.from((await sealedOf(inbox.id)) ?? []).toString('latin1')).not.toContain('token-of-the-inbox')
  })

  it.each([
    { api_url: null, api_token: null },
    { api_url: 'None', api_token: 'None' },
    { api_url: null, api_token: 'token' },
    { api_url: 'https://inbox.example.com/', api_token: 'None' },
    { api_url: '', api_token: '' },
  ])('ends with %j', async (body) => {
    const { inbox, key } = await bridge.inbox()
    await post(`/inboxes/${key}/configure_api`, access)
    expect(await post(`/inboxes/${key}/configure_api`, body)).toMatchObject({ status: 200 })
    expect(await sealedOf(inbox.id)).toBeNull()
  })

  it.each<[string, object | string]>([
    ['no JSON', '{'],
    ['a list', '[]'],
    ['null', 'null'],
    ['one field alone', { api_url: 'https://inbox.example.com/' }],
    ['a number for a URL', { ...access, api_url: 1 }],
    ['a token that no header holds', { ...access, api_token: 'a\r\nb' }],
    ['a token that is a list', { ...access, api_token: ['a'] }],
    ['a long token', { ...access, api_token: 'a'.repeat(5_000) }],
    ['this machine', { ...access, api_url: 'http://127.0.0.1:9/' }],
    ['a metadata service', { ...access, api_url: 'https://169.254.169.254/' }],
  ])('stays as it was after %s', async (_what, body) => {
    const { inbox, key } = await bridge.inbox()
    await post(`/inboxes/${key}/configure_api`, access)
    const answer = await post(`/inboxes/${key}/configure_api`, body)
    expect(answer).toMatchObject({ status: 400, json: { error: { code: 'request_invalid' } } })
    expect(await opened(inbox.id)).toMatchObject({ token: 'token-of-the-inbox' })
  })

  it.each([
    ['no key', '/configure_api'],
    ['a wrong key', '/inboxes/wrong/configure_api'],
  ])('isn’t taken with %s, whatever is sent', async (_what, path) => {
    expect(await post(path, '{')).toMatchObject({ status: 401, json: { error: { code: 'inbox_unauthorized' } } })
  })

  it('doesn’t open for another inbox, and goes with its own', async () => {
    const { inbox, key } = await bridge.inbox()
    const other = await bridge.inbox()
    await post(`/inboxes/${key}/configure_api`, access)
    await bridge.inboxes.setApi(other.inbox, Buffer.from((await sealedOf(inbox.id)) ?? []))
    expect(await opened(other.inbox.id)).toBeNull()
    await bridge.inboxes.remove(inbox.id)
    expect(await sealedOf(inbox.id)).toBeNull()
  })

  it('ends with the plugin URL by which it was given, and is given again by the new one', async () => {
    const { inbox, key } = await bridge.inbox()
    const url = `/admin/api/inboxes/${inbox.id}`
    await inject(app, `${url}/sending`, { method: 'POST', headers: asOperator, body: { on: true } })
    await post(`/inboxes/${key}/configure_api`, { ...access, api_url: 'https://thief.example.com/' })
    expect((await inject(app, url, { headers: asOperator })).json.sending).toBe('on')
    const { json } = await inject(app, `${url}/rotate-key`, { method: 'POST', headers: asOperator })
    expect([json.sending, await sealedOf(inbox.id)]).toEqual(['access_needed', null])
    expect(await post(`${new URL(json.plugin_url).pathname}/configure_api`, access)).toMatchObject({ status: 200 })
    expect(await opened(inbox.id)).toMatchObject({ url: 'https://inbox.example.com/api/v1/' })
  })

  it('isn’t taken from a key that has ended, where another server knows it for another moment', async () => {
    const replica = await bridge.variant({})
    const { inbox, key } = await bridge.inbox()
    expect((await inject(replica, `/inboxes/${key}/`)).status).toBe(200)
    await bridge.inboxes.rotateKey(inbox.id)
    expect((await inject(replica, `/inboxes/${key}/`)).status).toBe(200)
    const late = await inject(replica, `/inboxes/${key}/configure_api`, { method: 'POST', body: access })
    expect(late).toMatchObject({ status: 401, json: { error: { code: 'inbox_unauthorized' } } })
    expect(await sealedOf(inbox.id)).toBeNull()
    expect((await inject(replica, `/inboxes/${key}/`)).status).toBe(401)
  })

  it('is sealed anew when keys are rotated', async () => {
    const { inbox, key } = await bridge.inbox()
    await post(`/inboxes/${key}/configure_api`, access)
    const newKey = `k2:${Buffer.alloc(32, 9).toString('base64')}`
    const rotated = await bridge.variant({ ENCRYPTION_KEYS: `${newKey},${testKeys}` })
    expect(await inject(rotated, '/admin/api/keys/rotate', { method: 'POST', headers: asOperator })).toMatchObject({
      status: 200,
    })
    expect(await opened(inbox.id, newKey)).toMatchObject({ token: 'token-of-the-inbox' })
    expect(await opened(inbox.id)).toBeNull()
  })
})
