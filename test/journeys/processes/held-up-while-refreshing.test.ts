/** A server that refreshes is told to stop, or stands still for a while: the tokens that it is given are stored all the same. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { ask, connectInbox, type Server, settingsFor, startServer, storedConnection } from '../../support/processes.ts'
import { defer } from '../../support/promises.ts'
import { startTokenCrm, type TokenCall, type TokenCrm } from '../../support/token-crm.ts'

let database: TestDatabase
let crm: TokenCrm
let server: Server
let other: Server | undefined
beforeAll(async () => {
  database = await createTestDatabase()
  crm = await startTokenCrm()
})
beforeEach(async () => {
  server = await startServer(await settingsFor(database, await crm.door('one')))
})
afterEach(async () => {
  await server.kill()
  await other?.kill()
})
afterAll(async () => {
  await crm.close()
  await database.drop()
})

// Whole processes take their time on a busy machine.
describe('a server that refreshes', { timeout: 60_000 }, () => {
  it('and is told to stop waits for the tokens, stores them, answers, and is gone', async () => {
    const inbox = await connectInbox(server)
    const grant = crm.grants.at(-1) ?? ''
    const called = defer<TokenCall>()
    crm.treatNext(called.resolve, grant)
    crm.endAccess(grant)
    const question = ask(server, inbox.key, '/contacts?search=example')
    const call = await called.promise
    const answer = await call.take()
    const stopped = server.stop()
    const isListening = () =>
      ask(server, inbox.key, '/features').then(
        () => true,
        () => false,
      )
    await vi.waitFor(async () => expect(await isListening()).toBe(false), { timeout: 5_000 })
    call.send(answer)
    expect((await question).status).toBe(200)
    expect(await Promise.race([stopped, sleep(10_000, 'still there')])).toBe(0)

    server = await startServer(server.settings)
    expect((await ask(server, inbox.key, '/contacts?search=example')).status).toBe(200)
    expect(crm.refreshes(grant)).toHaveLength(1)
  })

  it.skipIf(!process.env.TEST_DATABASE_URL)(
    'and stands still until another was refused its old token makes the connection good again with the new ones',
    async () => {
      const inbox = await connectInbox(server)
      const grant = crm.grants.at(-1) ?? ''
      const another = await startServer(await settingsFor(database, await crm.door('other')))
      other = another
      const called = defer<TokenCall>()
      crm.treatNext(called.resolve, grant)
      crm.endAccess(grant)
      const question = ask(server, inbox.key, '/contacts?search=a')
      const call = await called.promise
      const answer = await call.take()
      server.pause()
      call.send(answer)
      // A CRM that refuses an old token without ending the grant for it.
      const refusal = { status: 400, headers: { 'content-type': 'application/json' }, body: '{"error":"invalid_grant"}' }
      crm.treatNext(({ send }) => send(refusal), grant)
      expect((await ask(another, inbox.key, '/contacts?search=a')).status).toBe(409)
      expect(await storedConnection(database, inbox)).toMatchObject({ status: 'reconnect_required' })

      server.resume()
      await question
      const isGood = async () => {
        for (const one of [server, another]) expect((await ask(one, inbox.key, '/contacts?search=b')).status).toBe(200)
      }
      await vi.waitFor(isGood, { timeout: 4_000, interval: 100 })
      expect(await storedConnection(database, inbox)).toMatchObject({ status: 'active', statusReason: null, version: 2 })
      expect(crm.refreshes(grant)).toHaveLength(2)
    },
  )
})
