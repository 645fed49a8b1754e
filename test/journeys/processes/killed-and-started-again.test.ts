/** One kill finds the refreshes of four inboxes at every step. Their only server starts again, on whichever database there is. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { anError } from '../../support/inject.ts'
import { ask, connectInbox, type NewInbox, type Server, settingsFor, startServer } from '../../support/processes.ts'
import { answerTruly, startTokenCrm, type TokenCall, type TokenCrm } from '../../support/token-crm.ts'

type Step = 'stored' | 'not reached' | 'taken' | 'answered'

let database: TestDatabase
let crm: TokenCrm
let server: Server
const refreshing = new Map<Step, { readonly inbox: NewInbox; readonly grant: string }>()

beforeAll(async () => {
  database = await createTestDatabase()
  crm = await startTokenCrm()
  server = await startServer(await settingsFor(database, await crm.door('bridge')))
  const calls = new Map<Step, TokenCall>()
  for (const step of ['stored', 'not reached', 'taken', 'answered'] as const) {
    const inbox = await connectInbox(server)
    const grant = crm.grants.at(-1) ?? ''
    refreshing.set(step, { inbox, grant })
    if (step !== 'stored') crm.treat((call) => calls.set(step, call), grant)
  }
  for (const { grant } of refreshing.values()) crm.endAccess(grant)
  const questions = [...refreshing.values()].map(({ inbox }) => ask(server, inbox.key, '/contacts?search=example'))
  const [answeredInTime, ...cutOff] = questions
  const failures = cutOff.map((question) => expect(question).rejects.toThrow('fetch failed'))
  expect((await answeredInTime)?.status).toBe(200)
  await vi.waitFor(() => expect(calls.size).toBe(3))

  await calls.get('taken')?.take()
  const answer = await calls.get('answered')?.take()
  // What is sent now arrives at its process, which never sees it.
  server.pause()
  if (answer) calls.get('answered')?.send(answer)
  await sleep(50)
  await server.kill()
  await Promise.all(failures)
  for (const { grant } of refreshing.values()) crm.treat(answerTruly, grant)
  server = await startServer(server.settings)
})
afterAll(async () => {
  await server.stop()
  await crm.close()
  await database.drop()
})

const search = (step: Step) => ask(server, refreshing.get(step)?.inbox.key ?? '', '/contacts?search=example')
const initialize = async (step: Step) => (await ask(server, refreshing.get(step)?.inbox.key ?? '', '/initialize')).json
const calls = (step: Step) => crm.refreshes(refreshing.get(step)?.grant ?? '')

describe('a refresh whose server is killed and started again', () => {
  it('is not needed again, if its tokens were stored', async () => {
    expect((await search('stored')).status).toBe(200)
    expect(await initialize('stored')).toEqual({ status: 'initialized' })
    expect(calls('stored')).toHaveLength(1)
  })

  it('is done by the next question, if its call had not reached the CRM', async () => {
    // The dead one's claim may hold yet; the question waits for its end.
    expect((await search('not reached')).status).toBe(200)
    expect(await initialize('not reached')).toEqual({ status: 'initialized' })
    expect(calls('not reached')).toHaveLength(2)
  })

  it.each<[when: string, step: Step]>([
    ['while the CRM was at it', 'taken'],
    ['with the CRM’s answer at the server, and not stored yet', 'answered'],
  ])('%s is tried once more, and then needs a new consent', async (_when, step) => {
    for (let times = 1; times <= 3; times += 1) {
      expect(await search(step)).toMatchObject({ status: 409, json: { error: anError('reconnect_required') } })
      expect(await initialize(step)).toMatchObject({ status: 'authorization_needed' })
    }
    expect(calls(step)).toHaveLength(2)
  })
})
