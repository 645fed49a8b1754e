/** A workflow of the CRM has WhatsApp messages sent: each once, whatever becomes of servers and of the inbox's API. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { App } from '../../src/app.ts'
import { captureLog } from '../hostile/support/watch.ts'
import { adminToken, startTestBridge, type TestBridge } from '../support/bridge.ts'
import { type FakeInboxApi, inboxToken, startInboxApi } from '../support/inbox-api.ts'
import { inject } from '../support/inject.ts'
import { answerWith, half, reset } from '../support/stand-in.ts'

let bridge: TestBridge
let replicas: readonly App[]
let api: FakeInboxApi
let inbox: Sender
const hour = 3_600_000
let log: readonly string[]

type Sender = { readonly id: string; readonly key: string; readonly secret: string; readonly path: string }

beforeAll(async () => {
  api = await startInboxApi()
  bridge = await startTestBridge({ sandbox: { contacts: 1 }, environment: { PLUGIN_AUTH: 'open' } })
  replicas = [bridge.bridge.app, await bridge.variant({ LOG_LEVEL: 'info' })]
  log = captureLog((replicas[1] as App).log)
})
afterAll(async () => {
  await bridge.stop()
  await api.close()
})
beforeEach(async () => {
  api.instead = null
  api.sent.length = 0
  api.windows.clear()
  api.windows.set('14155552671', new Date(Date.now() + hour).toISOString())
  inbox = await sender()
})

const admin = (path: string, body: object) =>
  inject(bridge.bridge.app, `/admin/api/inboxes/${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${adminToken}` },
    body,
  })

async function sender({ url = `${api.url}/api/v1`, token = inboxToken } = {}): Promise<Sender> {
  const { inbox, key } = await bridge.inbox({ name: randomUUID(), region: 'US' })
  const access = { api_url: url, api_token: token }
  const configured = await inject(bridge.bridge.app, `/inboxes/${key}/configure_api`, { method: 'POST', body: access })
  expect(configured.status).toBe(200)
  const { json } = await admin(`${inbox.id}/sending`, { on: true })
  return { id: inbox.id, key, secret: json.sending_secret, path: new URL(json.sending_url).pathname }
}

const hello = { to: '(415) 555-2671', text: 'Hello!' }
const template = { to: '+442071234567', template: { name: 'order_shipped', language: 'en', parameters: ['Ana', 7] } }
/** Asks for a message, by a key of its own unless said. */
async function ask(body: object, { key = randomUUID(), headers = {}, app = replicas[0] as App, from = inbox }: Asked = {}) {
  const sent = { authorization: `Bearer ${from.secret}`, 'idempotency-key': key, ...headers }
  const { status, json } = await inject(app, from.path, { method: 'POST', headers: sent, body })
  return { status, json, code: json.error?.code }
}
type Asked = { key?: string; headers?: Record<string, string>; app?: App; from?: Sender }
/** The API answers calls of one method otherwise. */
function insteadOf(method: string, answer: (response: Parameters<typeof reset>[0]) => void): void {
  api.instead = (request, response) => {
    if (request.method === method) answer(response)
    return request.method === method
  }
}
/** The claims of all attempts are over. */
const later = () => bridge.bridge.database.prisma.$executeRaw`UPDATE "Delivery" SET "leaseUntil" = now() - interval '1 second'`

describe('a text', () => {
  it('goes to a customer who wrote within 24 hours', async () => {
    expect(await ask(hello)).toMatchObject({ status: 200, json: { status: 'sent', message_id: 'wamid.1', duplicate: false } })
    expect(api.sent).toEqual([{ wa_id: '14155552671', type: 'text', text: { body: 'Hello!' } }])
  })

  it.each([
    ['wrote longer ago', () => api.windows.set('14155552671', new Date(Date.now() - 1_000).toISOString())],
    ['wrote longer ago, told in seconds', () => api.windows.set('14155552671', Math.floor(Date.now() / 1000) - 1)],
    ['never opened a window', () => api.windows.set('14155552671', null)],
    ['never wrote', () => api.windows.clear()],
  ])('isn’t sent to one who %s, and may be tried again by its key', async (_who, close) => {
    close()
    expect(await ask(hello, { key: 'window' })).toMatchObject({ status: 409, code: 'window_closed' })
    expect(api.sent).toEqual([])
    api.windows.set('14155552671', Math.floor(Date.now() / 1000) + 600)
    expect(await ask(hello, { key: 'window' })).toMatchObject({ status: 200, json: { duplicate: false } })
  })
})

describe('a template', () => {
  it('goes to anybody at any time, as the inbox’s own front end sends it', async () => {
    expect(await ask(template)).toMatchObject({ status: 200 })
    const parameters = [
      { type: 'text', text: 'Ana' },
      { type: 'text', text: '7' },
    ]
    const language = { code: 'en', policy: 'deterministic' }
    expect(api.sent).toEqual([
      {
        wa_id: '442071234567',
        type: 'template',
        template: { name: 'order_shipped', language, components: [{ type: 'body', parameters }] },
      },
    ])
    expect(api.requests.filter(({ path }) => path.includes('chats/442071234567'))).toEqual([])
  })
})

describe('the same key', () => {
  it('gives the first outcome, at every server, and sends nothing', async () => {
    const first = await ask(hello, { key: 'once' })
    for (const app of [...replicas, ...replicas])
      expect(await ask(hello, { key: 'once', app })).toMatchObject({
        status: 200,
        json: { ...first.json, duplicate: true },
      })
    expect(api.sent).toHaveLength(1)
  })

  it('sends one message, asked for many times at once at two servers', async () => {
    const askers = Array.from({ length: 20 }, (_, nth) => ask(template, { key: 'parallel', app: replicas[nth % 2] as App }))
    const answers = await Promise.all(askers)
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200))
    expect(answers.filter(({ json }) => !json.duplicate)).toHaveLength(1)
    expect(api.sent).toHaveLength(1)
  })

  it('doesn’t do for another message, and means another one at another inbox', async () => {
    await ask(hello, { key: 'mine' })
    expect(await ask({ ...hello, text: 'Bye!' }, { key: 'mine' })).toMatchObject({ status: 422, code: 'idempotency_mismatch' })
    expect(await ask(hello, { key: 'mine', from: await sender() })).toMatchObject({ status: 200, json: { duplicate: false } })
    expect(api.sent).toHaveLength(2)
  })

  it('may stand in the body', async () => {
    const headers = { 'idempotency-key': '' }
    const body = { ...hello, idempotency_key: 4711 }
    const { 'idempotency-key': _, ...none } = headers
    const send = () =>
      inject(bridge.bridge.app, inbox.path, { method: 'POST', headers: { ...none, 'x-api-key': inbox.secret }, body })
    expect((await send()).json).toMatchObject({ duplicate: false })
    expect((await send()).json).toMatchObject({ duplicate: true })
  })
})

describe('an API that', () => {
  it.each([
    ['is down', 503, 'message_unclear', 504, answerWith(503, 'down')],
    ['breaks', 500, 'message_unclear', 504, answerWith(500, {})],
    ['hangs up', null, 'message_unclear', 504, reset],
  ] as const)(
    '%s when a message goes out leaves it unclear, and it is never sent again',
    async (_what, _status, code, status, answer) => {
      insteadOf('POST', answer)
      expect(await ask(template, { key: 'unclear' })).toMatchObject({ status, code })
      api.instead = null
      for (const app of replicas) expect(await ask(template, { key: 'unclear', app })).toMatchObject({ status, code })
      await later()
      expect(await ask(template, { key: 'unclear' })).toMatchObject({ status, code })
      expect(api.sent).toEqual([])
    },
  )

  it.each<[string, number, string, (response: Parameters<typeof reset>[0]) => void]>([
    ['refuses the token', 502, 'inbox_api_refused', answerWith(401, {})],
    ['leads elsewhere', 502, 'inbox_api_refused', answerWith(307, '', { location: 'http://127.0.0.1:1/' })],
    ['refuses the message', 422, 'message_refused', answerWith(400, { text: ['wrong'] })],
    ['has too much to do', 503, 'inbox_api_unavailable', answerWith(429, {}, { 'retry-after': '7' })],
  ])('%s when a message goes out has sent nothing, and is asked again', async (_what, status, code, answer) => {
    insteadOf('POST', answer)
    expect(await ask(template, { key: 'again' })).toMatchObject({ status, code })
    api.instead = null
    expect(await ask(template, { key: 'again' })).toMatchObject({ status: 200, json: { duplicate: false } })
  })

  it.each<[string, (response: Parameters<typeof reset>[0]) => void]>([
    ['is down', answerWith(503, 'down')],
    ['hangs up', reset],
    ['breaks off', half],
    ['answers a page', answerWith(200, '<html>')],
    ['answers something else', answerWith(200, [])],
    ['knows no time', answerWith(200, { messaging_window_expires_at: 'soon' })],
    ['answers without end', answerWith(200, { messaging_window_expires_at: 'x'.repeat(300_000) })],
  ])('%s when it is asked for the window has sent nothing', async (_what, answer) => {
    insteadOf('GET', answer)
    expect(await ask(hello, { key: 'window' })).toMatchObject({ status: 503, code: 'inbox_api_unavailable' })
    api.instead = null
    expect(await ask(hello, { key: 'window' })).toMatchObject({ status: 200 })
  })

  it('takes a message and answers rubbish has sent it', async () => {
    insteadOf('POST', answerWith(200, '<html>'))
    expect(await ask(template)).toMatchObject({ status: 200, json: { message_id: null } })
  })

  it('isn’t there at all has sent nothing', async () => {
    const nobody = await sender({ url: 'http://127.0.0.1:1/' })
    expect(await ask(template, { from: nobody })).toMatchObject({ status: 503, code: 'inbox_api_unavailable' })
  })

  it('is named without its version has it', async () => {
    expect(await ask(template, { from: await sender({ url: api.url }) })).toMatchObject({ status: 200 })
  })
})

describe('a server that is killed', () => {
  const prisma = () => bridge.bridge.database.prisma
  /** Leaves what a server leaves that ends at this point. */
  async function killed(state: 'taken' | 'sending', key: string): Promise<void> {
    await ask(template, { key })
    await prisma().$executeRaw`
      UPDATE "Delivery" SET "state" = ${state}, "messageId" = NULL, "leaseOwner" = 'killed', "leaseUntil" = now() - interval '1 second'
      WHERE "inboxId" = ${inbox.id}::uuid`
    api.sent.length = 0
  }

  it('between sending and writing that down has sent it once', async () => {
    await killed('sending', 'killed')
    expect(await ask(template, { key: 'killed' })).toMatchObject({ status: 504, code: 'message_unclear' })
    expect(api.sent).toEqual([])
  })

  it('before sending leaves the message to the next', async () => {
    await killed('taken', 'killed')
    expect(await ask(template, { key: 'killed' })).toMatchObject({ status: 200, json: { duplicate: false } })
    expect(api.sent).toHaveLength(1)
  })
})

describe('an inbox', () => {
  const senderOf = async () => (await inject(bridge.bridge.app, `/inboxes/${inbox.key}/features`)).json.is_message_sender

  it('says that it sends while it may and can', async () => {
    expect(await senderOf()).toBe(true)
    await inject(bridge.bridge.app, `/inboxes/${inbox.key}/configure_api`, {
      method: 'POST',
      body: { api_url: 'None', api_token: 'None' },
    })
    expect(await senderOf()).toBe(false)
    expect(await ask(hello)).toMatchObject({ status: 409, code: 'sending_not_set_up' })
  })

  it('sends no more than sixty messages a minute', async () => {
    await prisma().$executeRaw`
      INSERT INTO "Delivery" ("inboxId", "keyHash", "message", "state")
      SELECT ${inbox.id}::uuid, sha256(nth::text::bytea), 'x', 'sent' FROM generate_series(1, 60) AS nth`
    expect(await ask(template, { key: 'limited' })).toMatchObject({ status: 429, code: 'sending_limited' })
    expect(await ask(template, { from: await sender() })).toMatchObject({ status: 200 })
    await prisma().$executeRaw`UPDATE "Delivery" SET "begunAt" = now() - interval '61 seconds'`
    expect(await ask(template, { key: 'limited' })).toMatchObject({ status: 200 })
  })
  const prisma = () => bridge.bridge.database.prisma

  it('takes no secret but its own latest one', async () => {
    const other = await sender()
    const refused = { status: 401, code: 'inbox_unauthorized' }
    for (const secret of ['wrong', '', other.secret, inbox.key, adminToken])
      expect(await ask(hello, { from: { ...inbox, secret } })).toMatchObject(refused)
    expect(await ask(hello, { from: { ...inbox, path: '/public/webhook/inboxes/nobody/messages' } })).toMatchObject(refused)
    const { json } = await admin(`${inbox.id}/sending`, { on: true })
    expect(await ask(hello)).toMatchObject(refused)
    expect(await ask(hello, { from: { ...inbox, secret: json.sending_secret } })).toMatchObject({ status: 200 })
    await admin(`${inbox.id}/sending`, { on: false })
    expect(await ask(hello, { from: { ...inbox, secret: json.sending_secret } })).toMatchObject(refused)
  })

  it('leaves nothing when it is removed', async () => {
    await ask(hello)
    await bridge.inboxes.remove(inbox.id)
    expect(await prisma().delivery.count({ where: { inboxId: inbox.id } })).toBe(0)
  })
})

it('no number, text, token or secret is in the log or the database', async () => {
  const app = replicas[1] as App
  await ask(hello, { app })
  await ask(template, { app })
  api.windows.clear()
  await ask(hello, { app })
  await ask(hello, { app, from: { ...inbox, secret: 'a wrong secret' } })
  const rows = await bridge.bridge.database.prisma.delivery.findMany({ where: { inboxId: inbox.id } })
  const kept = JSON.stringify(rows.map((row) => ({ ...row, keyHash: Buffer.from(row.keyHash).toString('latin1') })))
  expect(log.join('')).toContain('message sent for the CRM')
  for (const secret of ['5552671', '7123456', 'Hello', 'Ana', 'order_shipped', inboxToken, inbox.secret, 'a wrong secret'])
    expect(log.join('') + kept).not.toContain(secret)
})
