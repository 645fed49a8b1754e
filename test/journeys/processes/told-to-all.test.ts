/** What an operator or an administrator does at one server holds at the others within two seconds. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { consent } from '../../support/bridge.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { anError } from '../../support/inject.ts'
import { administer, ask, connectInbox, type NewInbox, type Server, settingsFor, startServer } from '../../support/processes.ts'
import { startTokenCrm, type TokenCrm } from '../../support/token-crm.ts'

const soon = { timeout: 2_000, interval: 50 }

describe.skipIf(!process.env.TEST_DATABASE_URL)('every server', () => {
  let database: TestDatabase
  let crm: TokenCrm
  let one: Server
  let others: Server[]
  let inbox: NewInbox
  beforeAll(async () => {
    database = await createTestDatabase()
    crm = await startTokenCrm()
    const own = ['1', '2'].map(async (name) => startServer(await settingsFor(database, await crm.door(name))))
    const [first, ...rest] = await Promise.all(own)
    if (first === undefined) throw new Error('there is no server')
    one = first
    others = rest
    inbox = await connectInbox(one)
  })
  afterAll(async () => {
    await Promise.all([one, ...others].map((server) => server.stop()))
    await crm.close()
    await database.drop()
  })

  /** A question that each server has answered, and holds the answer to. */
  const known = '/contacts?search=example'
  const statuses = async (key: string, path = known) =>
    (await Promise.all([one, ...others].map((server) => ask(server, key, path)))).map(({ status }) => status)

  it('knows within two seconds that an inbox was disconnected, forgets what it held, and that it was connected again', async () => {
    expect(await statuses(inbox.key)).toEqual([200, 200])
    expect((await administer(one, 'POST', `/inboxes/${inbox.id}/disconnect`)).status).toBe(200)
    const refused = { status: 409, json: { error: anError('not_connected') } }
    expect(await ask(one, inbox.key, known)).toMatchObject(refused)
    await vi.waitFor(async () => expect(await statuses(inbox.key)).toEqual([409, 409]), soon)
    for (const server of others) {
      expect(await ask(server, inbox.key, known)).toMatchObject(refused)
      expect((await ask(server, inbox.key, '/initialize')).json).toMatchObject({ status: 'authorization_needed' })
    }

    expect((await consent(inbox.connectUrl)).url).toMatch(/\/connected$/)
    await vi.waitFor(async () => expect(await statuses(inbox.key)).toEqual([200, 200]), soon)
  })

  it('refuses a rotated key within two seconds, and takes the new one at once', async () => {
    expect(await statuses(inbox.key)).toEqual([200, 200])
    const { json } = await administer(one, 'POST', `/inboxes/${inbox.id}/rotate-key`)
    const key = json.plugin_url.split('/').at(-1)
    expect(await statuses(key)).toEqual([200, 200])
    expect((await ask(one, inbox.key, known)).status).toBe(401)
    await vi.waitFor(async () => expect(await statuses(inbox.key)).toEqual([401, 401]), soon)
    for (const server of others) {
      const answer = await ask(server, inbox.key, known)
      expect(answer).toMatchObject({ status: 401, json: { error: anError('inbox_unauthorized'), results: [] } })
    }
    inbox = { ...inbox, key }
  })

  it('refuses the key of a removed inbox within two seconds', async () => {
    expect(await statuses(inbox.key)).toEqual([200, 200])
    expect((await administer(one, 'DELETE', `/inboxes/${inbox.id}`)).status).toBe(200)
    expect((await ask(one, inbox.key, known)).status).toBe(401)
    await vi.waitFor(async () => expect(await statuses(inbox.key)).toEqual([401, 401]), soon)
  })
})
