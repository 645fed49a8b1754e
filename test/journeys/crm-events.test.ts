/** A contact is renamed in the CRM: the CRM says so, and agents on every server find the new name at once. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { App } from '../../src/app.ts'
import { startTestBridge, type TestBridge, unlimited } from '../support/bridge.ts'
import { inject } from '../support/inject.ts'

let bridge: TestBridge
let replicas: readonly App[]
beforeAll(async () => {
  bridge = await startTestBridge({ sandbox: { contacts: 0, rateLimits: false }, environment: unlimited })
  const other = await bridge.variant({})
  await other.listen({ host: '127.0.0.1', port: 0 })
  replicas = [bridge.bridge.app, other]
})
afterAll(() => bridge.stop())

const namesAt = (key: string) =>
  Promise.all(
    replicas.map(async (app) => {
      const { json } = await inject(app, `/inboxes/${key}/contacts`)
      return json.results.map(({ name }: { name: string }) => name)
    }),
  )
const within = { timeout: 2_000, interval: 25 }

describe('a contact that is renamed in HubSpot', () => {
  it('has its new name at every server within two seconds, each time, and is gone when it is deleted', async () => {
    const contact = bridge.sandbox.addContact({ firstname: 'Ana' })
    const { key } = await bridge.connectedInbox()
    expect(await namesAt(key)).toEqual([['Ana'], ['Ana']])

    bridge.sandbox.sendWebhooksTo(`${bridge.url}/public/webhook/hubspot`)
    for (const firstname of ['Ida', 'Eva', 'Ada']) {
      bridge.sandbox.updateContact(contact.id, { firstname })
      await vi.waitFor(async () => expect(await namesAt(key)).toEqual([[firstname], [firstname]]), within)
    }
    bridge.sandbox.removeContact(contact.id)
    await vi.waitFor(async () => expect(await namesAt(key)).toEqual([[], []]), within)
  })
})

describe('a webhook that isn’t HubSpot’s', () => {
  const post = (path: string, headers: Record<string, string> = {}) =>
    inject(bridge.bridge.app, path, { method: 'POST', headers, body: [] })

  it.each([
    ['without a signature', {}],
    ['with a wrong one', { 'x-hubspot-signature-v3': 'x', 'x-hubspot-request-timestamp': String(Date.now()) }],
  ])('is refused %s', async (_what, headers) => {
    expect(await post('/public/webhook/hubspot', headers)).toMatchObject({
      status: 401,
      json: { error: { code: 'inbox_unauthorized' } },
    })
  })

  it.each(['salesforce', 'nobody', ''])('leads nowhere: %j', async (crm) => {
    expect(await post(`/public/webhook/${crm}`)).toMatchObject({ status: 404 })
  })

  it('is slowed down like wrong keys', async () => {
    const app = await bridge.variant({})
    const ask = () => app.inject({ method: 'POST', url: '/public/webhook/hubspot', payload: '[]' })
    const answers = await Promise.all(Array.from({ length: 120 }, ask))
    expect(new Set(answers.map(({ statusCode }) => statusCode))).toEqual(new Set([401, 429]))
  })
})
