/** Two replicas of one bridge: what ends at one is forgotten by the other. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { App } from '../../src/app.ts'
import type { Store } from '../../src/directory/store.ts'
import { adminToken, consent, startTestBridge, type TestBridge, unlimited } from '../support/bridge.ts'
import { inject } from '../support/inject.ts'

/** The memory of each replica, in the order of their starts. */
const memories = vi.hoisted((): Store[] => [])
vi.mock('../../src/directory/store.ts', async (load) => {
  const { createStore } = await load<typeof import('../../src/directory/store.ts')>()
  return {
    createStore(bytes: number) {
      const store = createStore(bytes)
      memories.push(store)
      return store
    },
  }
})

let bridge: TestBridge
let replicas: readonly App[]
beforeAll(async () => {
  bridge = await startTestBridge({ sandbox: { contacts: 5, rateLimits: false }, environment: unlimited })
  const other = await bridge.variant({})
  await other.listen({ host: '127.0.0.1', port: 0 })
  replicas = [bridge.bridge.app, other]
})
afterAll(() => bridge.stop())

type Connected = { readonly id: string; readonly epoch: string }
/** An inbox that has asked at both replicas, so that both remember its contacts. */
async function connectedInbox(): Promise<Connected> {
  const { inbox, key } = await bridge.connectedInbox()
  for (const app of replicas) expect((await inject(app, `/inboxes/${key}/contacts`)).json.count).toBe(5)
  const { epoch = '' } = (await bridge.inboxes.byId(inbox.id))?.connection ?? {}
  expect(remembering(epoch)).toEqual([true, true])
  return { id: inbox.id, epoch }
}
const remembering = (epoch: string) => memories.map((store) => store.owners().includes(epoch))
const administer = (method: 'POST' | 'DELETE', path: string) =>
  inject(bridge.bridge.app, `/admin/api/inboxes/${path}`, { method, headers: { authorization: `Bearer ${adminToken}` } })

describe('what an inbox’s contacts left in every replica’s memory', () => {
  it.each<[string, (inbox: Connected) => Promise<unknown>]>([
    ['is disconnected', ({ id }) => administer('POST', `${id}/disconnect`)],
    ['is removed', ({ id }) => administer('DELETE', id)],
    ['is connected anew', ({ id }) => consent(bridge.connectUrl(id))],
  ])('is gone within two seconds after it %s at one of them, and no other inbox’s is', async (_what, end) => {
    const [ending, staying] = [await connectedInbox(), await connectedInbox()]
    await end(ending)
    await vi.waitFor(() => expect(remembering(ending.epoch)).toEqual([false, false]), { timeout: 2_000, interval: 20 })
    expect(remembering(staying.epoch)).toEqual([true, true])
  })
})
