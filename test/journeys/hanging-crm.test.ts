/** A CRM that takes a question and never answers: the inbox has its answer within the deadline all the same. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestBridge, type TestBridge, unlimited } from '../support/bridge.ts'
import { anError, emptyEnvelope, inject } from '../support/inject.ts'

let bridge: TestBridge
beforeAll(async () => {
  bridge = await startTestBridge({ sandbox: { contacts: 5, rateLimits: false }, environment: unlimited })
})
afterAll(() => bridge.stop())

describe('a CRM that hangs', () => {
  it('is given up after eight seconds, whatever was asked: also while a token is being refreshed', async () => {
    const [live, due] = [await bridge.connectedInbox(), await bridge.connectedInbox()]
    const over = { expiresAt: new Date(Date.now() - 1_000) }
    await bridge.bridge.database.prisma.connection.update({ where: { inboxId: due.inbox.id }, data: over })
    await sleep(1_100)
    bridge.sandbox.faults.add({ kind: 'hang' })

    const timed = async (path: string) => {
      const began = performance.now()
      const answer = await inject(bridge.bridge.app, path)
      return { ...answer, seconds: (performance.now() - began) / 1000 }
    }
    const pages = ['/contacts?limit=9', '/contacts/14155550123']
    const questions = ['/contacts?search=ana', '/contacts?search=14155550124', '/contacts/hubspot-151']
    const asked = (paths: string[]) =>
      Promise.all([live, due].flatMap(({ key }) => paths.map((path) => timed(`/inboxes/${key}${path}`))))
    const [startUp, honest, initialize] = await Promise.all([
      asked(pages),
      asked(questions),
      timed(`/inboxes/${live.key}/initialize`),
    ])

    for (const { status, json, headers } of startUp) {
      expect({ status, json }).toEqual({ status: 200, json: emptyEnvelope })
      expect(headers).toMatchObject({ 'x-bridge-problem': 'crm_timeout' })
    }
    for (const { status, json } of honest)
      expect({ status, json }).toEqual({ status: 504, json: { ...emptyEnvelope, error: anError('crm_timeout') } })
    expect(initialize).toMatchObject({ status: 200, json: { status: 'init_failed' } })
    for (const { seconds } of [...startUp, ...honest, initialize]) {
      expect(seconds).toBeGreaterThan(6)
      expect(seconds).toBeLessThan(12)
    }
  })

  it('is asked anew when it is back', async () => {
    bridge.sandbox.faults.clear()
    const { key } = await bridge.connectedInbox()
    // An account that was down is left alone for a moment.
    const ask = () => inject(bridge.bridge.app, `/inboxes/${key}/contacts?search=example`)
    await expect.poll(async () => (await ask()).status, { timeout: 20_000 }).toBe(200)
  })
})
