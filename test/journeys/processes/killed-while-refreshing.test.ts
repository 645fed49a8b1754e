/**
 * One of three servers is killed while it refreshes. Where the CRM's answer died with it, only an administrator can help, and nobody
 * tries for ever.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { consent } from '../../support/bridge.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { anError } from '../../support/inject.ts'
import {
  ask,
  connectInbox,
  type NewInbox,
  type Reply,
  type Server,
  settingsFor,
  startServer,
  storedConnection,
} from '../../support/processes.ts'
import { answerTruly, startTokenCrm, type TokenCall, type TokenCrm } from '../../support/token-crm.ts'

/** How long a dead process's claim holds, and what the next one needs on a busy machine. Milliseconds. */
const lease = 4_000
const little = 3_000

const steps = ['not reached', 'taken', 'answered'] as const
type Step = (typeof steps)[number]

describe.skipIf(!process.env.TEST_DATABASE_URL)('a refresh whose server is killed', () => {
  let database: TestDatabase
  let crm: TokenCrm
  let survivors: Server[]
  let secondsAfterKill: number
  type Refreshing = { readonly inbox: NewInbox; readonly grant: string; answers: readonly Reply[] }
  const refreshing = new Map<Step, Refreshing>()

  beforeAll(async () => {
    database = await createTestDatabase()
    crm = await startTokenCrm()
    const own = ['victim', '2', '3'].map(async (name) => startServer(await settingsFor(database, await crm.door(name))))
    const [victim, ...others] = await Promise.all(own)
    if (victim === undefined) throw new Error('there is no server')
    survivors = others
    const calls = new Map<Step, TokenCall>()
    for (const step of steps) {
      const inbox = await connectInbox(victim)
      const grant = crm.grants.at(-1) ?? ''
      crm.treat((call) => calls.set(step, call), grant)
      refreshing.set(step, { inbox, grant, answers: [] })
    }
    for (const { grant } of refreshing.values()) crm.endAccess(grant)
    const cutOff = [...refreshing.values()].map(({ inbox }) =>
      expect(ask(victim, inbox.key, '/contacts?search=a')).rejects.toThrow('fetch failed'),
    )
    await vi.waitFor(() => expect([...calls.values()].map(({ from }) => from)).toEqual(['victim', 'victim', 'victim']))
    for (const { grant } of refreshing.values()) crm.treat(answerTruly, grant)
    const asked = [...refreshing.values()].map(async (one) => {
      one.answers = await Promise.all(survivors.map((server) => ask(server, one.inbox.key, '/contacts?search=example')))
    })

    await calls.get('taken')?.take()
    const answer = await calls.get('answered')?.take()
    // What is sent now arrives at its process, which never sees it.
    victim.pause()
    if (answer) calls.get('answered')?.send(answer)
    await sleep(50)
    await victim.kill()
    const killed = performance.now()
    await Promise.all([...cutOff, ...asked])
    secondsAfterKill = (performance.now() - killed) / 1_000
  })
  afterAll(async () => {
    await Promise.all(survivors.map((server) => server.stop()))
    await crm.close()
    await database.drop()
  })

  it('is taken over within the dead one’s claim', () => {
    expect(secondsAfterKill).toBeLessThan((lease + little) / 1_000)
  })

  it('before its call has reached the CRM costs nobody an answer', async () => {
    const { inbox, grant, answers } = refreshing.get('not reached') as Refreshing
    expect(answers.map(({ status, json }) => [status, json.results.length > 0])).toEqual(survivors.map(() => [200, true]))
    for (const server of survivors) expect((await ask(server, inbox.key, '/initialize')).json).toEqual({ status: 'initialized' })
    expect(await storedConnection(database, inbox)).toMatchObject({ status: 'active', statusReason: null, leaseOwner: null })
    expect(crm.refreshes(grant)).toHaveLength(2)
  })

  it.each<[when: string, step: Step]>([
    ['while the CRM is at it', 'taken'],
    ['with the CRM’s answer at the server, and not stored yet', 'answered'],
  ])('%s is tried once more and never again, and needs a new consent', async (_when, step) => {
    const { inbox, grant, answers } = refreshing.get(step) as Refreshing
    const refused = { status: 409, json: { error: anError('reconnect_required') } }
    expect(answers).toMatchObject([refused, refused])
    const { status, statusReason, leaseOwner } = await storedConnection(database, inbox)
    expect({ status, leaseOwner }).toEqual({ status: 'reconnect_required', leaseOwner: null })
    expect(statusReason).toMatch(/HubSpot.*invalid_grant.*answer was lost/)

    for (let nth = 0; nth < 20; nth += 1) {
      const questions = survivors.map((server) => ask(server, inbox.key, `/contacts?search=b${nth}`))
      expect(await Promise.all(questions)).toMatchObject([refused, refused])
      await sleep(100)
    }
    const needed = await Promise.all(survivors.map((server) => ask(server, inbox.key, '/initialize')))
    for (const { json } of needed) expect(json).toMatchObject({ status: 'authorization_needed' })
    expect(crm.refreshes(grant)).toHaveLength(2)

    expect((await consent(needed[0]?.json.authorization_needed.external_url)).url).toMatch(/\/connected$/)
    expect((await ask(survivors[0] as Server, inbox.key, '/contacts?search=example')).status).toBe(200)
    expect(crm.refreshes(grant)).toHaveLength(2)
  })
})
