/** A token endpoint has a bad minute: agents are told so, the CRM isn't flooded, and nobody has to connect again. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { anError, emptyEnvelope } from '../../support/inject.ts'
import {
  ask,
  connectInbox,
  type Line,
  type NewInbox,
  query,
  type Server,
  settingsFor,
  startLine,
  startServer,
  storedConnection,
} from '../../support/processes.ts'
import { answerTruly, startTokenCrm, type TokenCrm, type Treatment } from '../../support/token-crm.ts'

/** How long a refresh waits for its answer, and how soon after that the endpoint is asked again at the latest. Milliseconds. */
const refreshPatience = 30_000
const recovery = 6_000

const html = { status: 200, headers: { 'content-type': 'text/html' }, body: '<h1>Back in a minute</h1>' }
const json = (status: number, body: object) => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
})

type Ailing = { readonly inbox: NewInbox; readonly grant: string }

describe.skipIf(!process.env.TEST_DATABASE_URL).concurrent('a token endpoint that', { timeout: 90_000 }, () => {
  let database: TestDatabase
  let crm: TokenCrm
  let servers: Server[]
  let line: Line
  const ailing = new Map<string, Ailing>()

  const fails: readonly [how: string, treatment: Treatment][] = [
    ['answers 500', (call) => call.send(json(500, { message: 'internal error' }))],
    ['answers with a page of HTML', (call) => call.send(html)],
    ['answers with JSON that holds no tokens', (call) => call.send(json(200, { token_type: 'bearer' }))],
    ['breaks off before it has read the token', (call) => call.breakOff()],
    ['refuses connections', answerTruly],
  ]
  const loses: readonly [how: string, treatment: Treatment][] = [
    ['never answers, and has not read the token', () => {}],
    ['never answers, though it has used the token up', (call) => call.take()],
    ['breaks off after it has used the token up', (call) => call.take().then(call.breakOff)],
  ]

  beforeAll(async () => {
    database = await createTestDatabase()
    crm = await startTokenCrm()
    const own = ['1', '2', '3', '4'].map(async (name) => startServer(await settingsFor(database, await crm.door(name))))
    servers = await Promise.all(own)
    line = await startLine(Number(new URL((await crm.door('1')).HUBSPOT_API_URL ?? '').port))
    const connect = async (how: string): Promise<string> => {
      const inbox = await connectInbox(servers[0] as Server)
      const grant = crm.grants.at(-1) ?? ''
      ailing.set(how, { inbox, grant })
      return grant
    }
    for (const [how, treatment] of fails) crm.treat(treatment, await connect(how))
    for (const [how, treatment] of loses) crm.treatNext(treatment, await connect(how))
    // Only the calls for this one's tokens go over the line.
    const away = `http://127.0.0.1:${line.port}`
    await query(database, 'UPDATE "Connection" SET "loginUrl" = $1 WHERE "inboxId" = $2', [
      away,
      ailing.get('refuses connections')?.inbox.id,
    ])
    await line.cut()
    // A server may hold a connection as it was read for a second.
    await sleep(1_000)
    for (const { grant } of ailing.values()) crm.endAccess(grant)
  })
  afterAll(async () => {
    await Promise.all(servers.map((server) => server.stop()))
    await line.close()
    await crm.close()
    await database.drop()
  })

  const nthServer = (nth: number) => servers[nth % servers.length] as Server

  /** As the servers have told their operator; of some the CRM knows nothing. */
  function refreshesFailed({ id }: NewInbox): number {
    const lines = servers.flatMap((server) => server.output().split('\n'))
    return lines.filter((line) => line.includes(id) && line.includes('"refresh failed"')).length
  }

  async function everyoneIsAnswered({ inbox }: Ailing): Promise<void> {
    const asked = servers.map((server, nth) => ask(server, inbox.key, `/contacts?search=example&limit=${nth + 1}`))
    expect((await Promise.all(asked)).map(({ status, json }) => [status, json.results.length])).toEqual(
      servers.map((_, nth) => [200, nth + 1]),
    )
  }

  it.each(fails)('%s is asked again now and then by one server of four, and all is well when it is', async (how) => {
    const { inbox, grant } = ailing.get(how) as Ailing
    const began = performance.now()
    const seconds = () => (performance.now() - began) / 1_000
    let asked = 0
    while (seconds() < 6) {
      const paths = [`/contacts?search=c${asked}`, `/contacts?limit=${(asked % 90) + 1}`]
      const [searched, listed] = await Promise.all(paths.map((path) => ask(nthServer(asked), inbox.key, path)))
      expect(searched).toMatchObject({ status: 503, json: { ...emptyEnvelope, error: anError('crm_unavailable') } })
      expect(listed).toMatchObject({ status: 200, json: emptyEnvelope })
      expect(listed?.headers.get('x-bridge-problem')).toBe('crm_unavailable')
      asked += 1
      await sleep(150)
    }
    expect(asked).toBeGreaterThan(10)
    const failed = refreshesFailed(inbox)
    expect(failed).toBeGreaterThan(1)
    expect(failed).toBeLessThanOrEqual(seconds())
    if (how !== 'refuses connections') expect(crm.refreshes(grant)).toHaveLength(failed)
    expect((await ask(nthServer(0), inbox.key, '/initialize')).json).toMatchObject({ status: 'init_failed' })
    expect(await storedConnection(database, inbox)).toMatchObject({ status: 'active', statusReason: null, version: 1 })

    if (how === 'refuses connections') await line.restore()
    crm.treat(answerTruly, grant)
    const before = crm.refreshes(grant).length
    await vi.waitFor(() => everyoneIsAnswered({ inbox, grant }), { timeout: recovery, interval: 200 })
    expect(crm.refreshes(grant)).toHaveLength(before + 1)
    expect(await storedConnection(database, inbox)).toMatchObject({
      status: 'active',
      statusReason: null,
      version: 2,
      leaseOwner: null,
    })
  })

  it.each(loses)('%s is asked with the same token once more', async (how) => {
    const { inbox, grant } = ailing.get(how) as Ailing
    const isUsedUp = how.includes('used the token up')
    await Promise.all(servers.map((server) => ask(server, inbox.key, '/contacts?search=d')))
    const ended = async () => {
      const answers = await Promise.all(servers.map((server) => ask(server, inbox.key, '/contacts?search=example')))
      expect(answers.map(({ status }) => status)).toEqual(servers.map(() => (isUsedUp ? 409 : 200)))
    }
    const patience = how.includes('never') ? refreshPatience : 0
    await vi.waitFor(ended, { timeout: patience + recovery, interval: 500 })
    await ended()
    expect(crm.refreshes(grant)).toHaveLength(2)
    const stored = await storedConnection(database, inbox)
    expect(stored).toMatchObject(isUsedUp ? { status: 'reconnect_required', version: 1 } : { status: 'active', version: 2 })
    if (isUsedUp) expect(stored.statusReason).toMatch(/HubSpot.*invalid_grant.*answer was lost/)
  })
})
