/** `POST /webhook`: who may send what, and what is kept of it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { App } from '../../src/app.ts'
import { Browser, beginConsent, consent, startTestBridge, type TestBridge } from '../support/bridge.ts'
import { anError, inject } from '../support/inject.ts'
import { webhookOf } from '../support/webhook.ts'
import { cloudBody, flatBody } from '../support/whatsapp.ts'

let bridge: TestBridge
let app: App
/** Logs messages, and may. */
let key: string
let inboxId: string
beforeAll(async () => {
  bridge = await startTestBridge({ sandbox: { contacts: 3 } })
  app = bridge.bridge.app
  const created = await bridge.inbox()
  ;[key, inboxId] = [created.key, created.inbox.id]
  await bridge.inboxes.logMessages(inboxId, true)
  await consent(bridge.connectUrl(inboxId))
})
afterAll(() => bridge.stop())

const from = '14155552671'
const send = (body: unknown, prefix = `/inboxes/${key}`, headers = {}) =>
  inject(app, `${prefix}/webhook`, { method: 'POST', body, headers })
const kept = () => bridge.bridge.database.prisma.message.findMany({ orderBy: { id: 'asc' } })
const raw = (payload: string | Buffer, type: string) =>
  app.inject({ method: 'POST', url: `/inboxes/${key}/webhook`, payload, headers: { 'content-type': type } })

describe('a webhook', () => {
  it.each<[string, string, Record<string, string>]>([
    ['in the path', '/inboxes/KEY', {}],
    ['as Bearer', '', { authorization: 'Bearer KEY' }],
    ['as X-Inbox-Key', '', { 'x-inbox-key': 'KEY' }],
  ])('with the key %s is taken, with and without a slash at the end', async (_where, prefix, headers) => {
    const before = (await kept()).length
    for (const slash of ['', '/']) {
      const own = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value.replace('KEY', key)]))
      const url = `${prefix.replace('KEY', key)}/webhook${slash}`
      const body = webhookOf({ id: `${prefix}${slash}${JSON.stringify(headers)}`, from, text: 'Hi' })
      const { status, json } = await inject(app, url, { method: 'POST', body, headers: own })
      expect({ status, json }).toEqual({ status: 200, json: {} })
    }
    expect(await kept()).toHaveLength(before + 2)
  })

  it.each(['/inboxes/nobody', ''])('without a key that somebody has is refused (%j)', async (prefix) => {
    const before = (await kept()).length
    const { status, json } = await send(webhookOf({ id: 'refused', from, text: 'Hi' }), prefix)
    expect({ status, json }).toEqual({ status: 401, json: { error: anError('inbox_unauthorized') } })
    expect(await kept()).toHaveLength(before)
  })

  it.each<[string, unknown]>([
    ['a status change', cloudBody([], [], { statuses: [{ id: 'wamid.1', status: 'read' }] })],
    ['on-premise statuses', { statuses: [{ id: '1', status: 'sent' }] }],
    ['something new', { entry: [{ changes: [{ field: 'flows', value: { event: 'x' } }] }] }],
    ['an empty object', {}],
    ['a list', []],
    ['null', null],
    ['a number', 7],
    ['half a message', cloudBody([{ id: 'wamid.half' }, { from }, null as never, 3 as never])],
  ])('with %s is answered 200', async (_what, body) => {
    expect((await send(body)).status).toBe(200)
  })

  it('of the on-premise API is kept', async () => {
    const before = (await kept()).length
    await send(flatBody([{ from, id: 'flat', timestamp: '1770000000', type: 'text', text: { body: 'Hi' } }]))
    expect(await kept()).toHaveLength(before + 1)
  })

  it('is JSON, whatever it says that it is', async () => {
    const body = JSON.stringify(webhookOf({ id: 'plain', from, text: 'Hi' }))
    expect((await raw(body, 'text/plain')).statusCode).toBe(200)
    expect((await raw(body, 'application/x-www-form-urlencoded')).statusCode).toBe(200)
    for (const broken of ['{"messages":', 'messages', '<xml/>']) {
      const { statusCode, json } = await raw(broken, 'application/json')
      expect({ statusCode, json: json() }).toEqual({ statusCode: 400, json: { error: anError('request_invalid') } })
    }
  })

  it('may be as large as WhatsApp makes it, and no larger', async () => {
    const large = (size: number) => JSON.stringify({ messages: [], padding: 'x'.repeat(size) })
    expect((await raw(large(3 * 1024 * 1024 - 100), 'application/json')).statusCode).toBe(200)
    expect((await raw(large(3 * 1024 * 1024), 'application/json')).statusCode).toBe(413)
  })

  it('of a user who shows no number can’t be logged, and nothing that was written is kept', async () => {
    const message = { id: 'wamid.none', from_user_id: 'US.1', timestamp: '1770000000', type: 'text', text: { body: 'Hi' } }
    await send(cloudBody([message], [{ profile: { name: 'Ana' }, user_id: 'US.1' }]))
    expect((await kept()).at(-1)).toMatchObject({ state: 'failed', reason: 'no_number', sealedBody: null })
  })

  it('is sealed before it is stored', async () => {
    const secrets = { from: '4915112345678', name: 'Zacharias', text: 'ein Geheimnis' }
    await send(webhookOf({ id: 'MTY1MDU1NTEyMzQ', ...secrets }))
    const { prisma } = bridge.bridge.database
    const rows = await prisma.$queryRaw<{ row: string }[]>`
      SELECT "Message"::text AS row FROM "Message" UNION ALL SELECT "Conversation"::text FROM "Conversation"
      UNION ALL SELECT "Activity"::text FROM "Activity"`
    expect(rows.length).toBeGreaterThan(1)
    const dump = rows.map(({ row }) => row).join('\n')
    for (const text of [...Object.values(secrets), 'MTY1MDU1NTEyMzQ'])
      for (const written of [text, Buffer.from(text).toString('hex'), Buffer.from(text).toString('base64').replaceAll('=', '')])
        expect(dump).not.toContain(written)
  })
})

describe('an inbox', () => {
  const features = async (of: string) => (await inject(app, `/inboxes/${of}/features`)).json
  const sentTo = async (of: string) => {
    const before = (await kept()).length
    expect((await send(webhookOf({ id: `to ${of}`, from, text: 'Hi' }), `/inboxes/${of}`)).status).toBe(200)
    return (await kept()).length - before
  }

  it('that logs messages says so', async () => {
    expect(await features(key)).toEqual({ is_contact_provider: true, is_message_reciever: true, is_message_sender: false })
  })

  it('that was never told to keeps nothing', async () => {
    const quiet = await bridge.connectedInbox()
    expect(await features(quiet.key)).toMatchObject({ is_message_reciever: false })
    expect(await sentTo(quiet.key)).toBe(0)
  })

  it('keeps nothing until an administrator has allowed it', async () => {
    const { key: own, inbox } = await bridge.connectedInbox()
    const scopeOf = async () => {
      const begun = await beginConsent(bridge.connectUrl(inbox.id), new Browser())
      return new URL(begun.headers.get('location') ?? '').searchParams.get('scope')
    }
    expect(await scopeOf()).toBe('oauth crm.objects.contacts.read crm.objects.companies.read')
    const on = { method: 'POST', body: { on: true }, headers: { authorization: `Bearer ${bridge.config.adminToken}` } } as const
    const { json } = await inject(app, `/admin/api/inboxes/${inbox.id}/log-messages`, on)
    expect(json).toMatchObject({ messages: 'permission_needed', connect_url: expect.stringContaining('/connect/') })
    expect(await features(own)).toMatchObject({ is_message_reciever: false })
    expect(await sentTo(own)).toBe(0)

    expect(await scopeOf()).toBe('oauth crm.objects.contacts.read crm.objects.companies.read crm.objects.contacts.write')
    expect((await consent(json.connect_url)).url).toMatch(/\/connected$/)
    expect(await features(own)).toMatchObject({ is_message_reciever: true })
    expect(await sentTo(own)).toBe(1)

    const off = { ...on, body: { on: false } }
    expect((await inject(app, `/admin/api/inboxes/${inbox.id}/log-messages`, off)).json).toMatchObject({ messages: 'off' })
    expect(await features(own)).toMatchObject({ is_message_reciever: false })
    expect(await sentTo(`${own}`)).toBe(0)
  })

  it('with too many messages waiting is told to send again later, and nothing of what it sent is kept', async () => {
    const own = await bridge.connectedInbox()
    await bridge.inboxes.logMessages(own.inbox.id, true)
    await consent(bridge.connectUrl(own.inbox.id))
    const { prisma } = bridge.bridge.database
    await prisma.$executeRaw`
      INSERT INTO "Message" ("inboxId", "hash", "account", "customer", "sentAt")
      SELECT ${own.inbox.id}::uuid, "nth", '', "nth", now() FROM generate_series(1, 20000) AS "nth"`
    const body = webhookOf({ id: 'too many', from, text: 'Hi' })
    const { status, headers, json } = await send(body, `/inboxes/${own.key}`)
    expect({ status, json }).toEqual({ status: 503, json: { error: anError('bridge_unavailable') } })
    expect(headers).toMatchObject({ 'retry-after': '60' })
    expect(await prisma.message.count({ where: { inboxId: own.inbox.id } })).toBe(20_000)
    expect(await sentTo(key)).toBe(1)
    await prisma.message.deleteMany({ where: { inboxId: own.inbox.id } })
  })

  it('is told of its messages, and has failed ones tried again', async () => {
    const authorization = `Bearer ${bridge.config.adminToken}`
    const { prisma } = bridge.bridge.database
    const last = (await kept()).at(-1)?.id ?? 0n
    await send(webhookOf({ id: 'failing', from: '4915112345678', text: 'Hi', at: 1_770_000_000 }))
    await prisma.message.updateMany({ where: { id: { gt: last } }, data: { state: 'failed', reason: 'no_contact' } })
    const path = `/admin/api/inboxes/${inboxId}/messages`
    const { json } = await inject(app, path, { headers: { authorization } })
    expect(json).toEqual({ waiting: expect.any(Number), logged: 0, failed: 3, failures: expect.any(Array) })
    expect(json.failures[0]).toEqual({
      reason: 'no_contact',
      from: '+49…78',
      sent_at: '2026-02-02T02:40:00.000Z',
      received_at: expect.any(String),
    })
    expect(json.failures[1]).toMatchObject({ reason: 'no_number', from: null })
    expect((await inject(app, `${path}/retry`, { method: 'POST', headers: { authorization } })).json).toEqual({ retried: 1 })
    expect((await inject(app, path, { headers: { authorization } })).json).toMatchObject({ failed: 2 })
    expect((await inject(app, path)).status).toBe(401)
  })
})
