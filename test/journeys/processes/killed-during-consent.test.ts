/** One kill finds administrators at every step of a consent. The server starts again, on whichever database there is. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { Browser, consent, consentUntilCallback } from '../../support/bridge.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import {
  administer,
  ask,
  connectInbox,
  createInbox,
  type NewInbox,
  type Server,
  settingsFor,
  startServer,
} from '../../support/processes.ts'
import { answerTruly, startTokenCrm, type TokenCall, type TokenCrm } from '../../support/token-crm.ts'

/** An administrator's browser on its way back from the CRM. */
type Returning = { readonly inbox: NewInbox; readonly browser: Browser; readonly callback: string }

let database: TestDatabase
let crm: TokenCrm
let server: Server
let begun: Returning
let confirmed: Returning
/** Those whose answer was cut off by the kill. */
let cutOff: Readonly<Record<'not reached' | 'taken' | 'answered' | 'connected before', Returning>>

beforeAll(async () => {
  database = await createTestDatabase()
  crm = await startTokenCrm()
  server = await startServer(await settingsFor(database, await crm.door('bridge')))

  begun = await allow(await createInbox(server))
  confirmed = await allow(await createInbox(server))
  expect((await confirmed.browser.visit(confirmed.callback)).status).toBe(303)
  cutOff = {
    'not reached': await allow(await createInbox(server)),
    taken: await allow(await createInbox(server)),
    answered: await allow(await createInbox(server)),
    'connected before': await allow(await connectInbox(server)),
  }
  const calls: TokenCall[] = []
  crm.treat((call) => calls.push(call))
  const failures: Promise<void>[] = []
  for (const { browser, callback } of Object.values(cutOff)) {
    failures.push(expect(browser.visit(callback)).rejects.toThrow('fetch failed'))
    await vi.waitFor(() => expect(calls).toHaveLength(failures.length))
  }
  const [, taken, answered, anew] = calls
  await taken?.take()
  await anew?.take()
  const answer = await answered?.take()
  // What is sent now arrives at its process, which never sees it.
  server.pause()
  if (answer) answered?.send(answer)
  await sleep(50)
  await server.kill()
  await Promise.all(failures)
  crm.treat(answerTruly)
  server = await startServer(server.settings)
})
afterAll(async () => {
  await server.stop()
  await crm.close()
  await database.drop()
})

async function allow(inbox: NewInbox): Promise<Returning> {
  const browser = new Browser()
  return { inbox, browser, callback: await consentUntilCallback(inbox.connectUrl, 'allow', browser) }
}

const statusOf = async ({ id }: NewInbox): Promise<string> => {
  const { json } = await administer(server, 'GET', '/inboxes')
  return json.find((inbox: { id: string }) => inbox.id === id)?.status
}

async function findsContacts({ key }: NewInbox): Promise<void> {
  expect((await ask(server, key, '/initialize')).json).toEqual({ status: 'initialized' })
  const { status, json } = await ask(server, key, '/contacts?search=example&limit=5')
  expect([status, json.results.length]).toEqual([200, 5])
}

describe('a consent whose server is killed and started again', () => {
  it('goes on in the same browser, if it had only begun', async () => {
    const { inbox, browser, callback } = begun
    const answer = await browser.visit(callback)
    expect([answer.status, answer.headers.get('location')]).toEqual([303, expect.stringMatching(/\/connected$/)])
    await findsContacts(inbox)
  })

  it('has connected the inbox, if the browser was told so', async () => {
    await findsContacts(confirmed.inbox)
  })

  it.each([
    ['before the CRM had its code', 'not reached'],
    ['while the CRM made tokens of its code', 'taken'],
    ['with the tokens at the server, and not stored yet', 'answered'],
  ] as const)('%s says that it is over, and can be begun again', async (_when, step) => {
    const { inbox, browser, callback } = cutOff[step]
    const reloaded = await browser.visit(callback)
    expect([reloaded.status, await reloaded.text()]).toEqual([400, expect.stringContaining('start again')])
    expect(await statusOf(inbox)).toBe('not_connected')
    expect((await consent(inbox.connectUrl)).url).toMatch(/\/connected$/)
    await findsContacts(inbox)
  })

  it('leaves what was connected before as it was', async () => {
    const { inbox, browser, callback } = cutOff['connected before']
    expect((await browser.visit(callback)).status).toBe(400)
    await findsContacts(inbox)
  })
})
