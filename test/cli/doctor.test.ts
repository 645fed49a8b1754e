/** `doctor`: what is wrong is found, said with what to do, and told to scripts. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { adminToken, atSalesforce, freePort, startTestBridge, type TestBridge, testKeys } from '../support/bridge.ts'
import { type Environment, run } from '../support/child.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import type { Json } from '../support/json.ts'

/** The findings of a run, by topic. */
async function examine(environment: Environment): Promise<{ code: number | null; ok: boolean; findings: Json[]; all: string }> {
  const { code, stdout, stderr } = await run('cli.ts', ['doctor', '--json'], environment)
  expect(stderr).toBe('')
  const { ok, findings } = JSON.parse(stdout)
  return { code, ok, findings, all: stdout }
}

const of = (findings: readonly Json[], topic: string) => findings.filter((one) => one.topic === topic)

describe('beside a running server', () => {
  let bridge: TestBridge
  let environment: Environment
  beforeAll(async () => {
    bridge = await startTestBridge({ sandbox: { contacts: 5 }, salesforce: { contacts: 5 } })
    environment = {
      PORT: String(bridge.config.port),
      ENCRYPTION_KEYS: testKeys,
      ADMIN_TOKEN: adminToken,
      HUBSPOT_CLIENT_ID: 'test-client',
      HUBSPOT_CLIENT_SECRET: 'test-secret',
      HUBSPOT_APP_URL: bridge.sandbox.url,
      HUBSPOT_API_URL: bridge.sandbox.url,
      ...bridge.database.environment,
    }
    await bridge.inbox({ name: 'Waiting' })
    await bridge.connectedInbox({ name: 'Working' })
    await bridge.connectedInbox({ name: 'Elsewhere' }, atSalesforce)
  })
  afterAll(() => bridge.stop())

  it('says what works, what is to be registered, and which inbox waits', async () => {
    const { code, ok, findings, all } = await examine(environment)
    expect({ code, ok }).toEqual({ code: 0, ok: true })
    expect(of(findings, 'server')[0].verdict).toBe('ok')
    expect(of(findings, 'database')[0].verdict).toBe('ok')
    expect(of(findings, 'clocks')).toEqual([{ verdict: 'ok', topic: 'clocks', what: expect.stringContaining('HubSpot') }])
    expect(of(findings, 'HubSpot').at(-1).what).toContain(`${bridge.url}/oauth/hubspot/callback`)
    expect(of(findings, 'inbox “Working”')).toEqual([
      { verdict: 'ok', topic: 'inbox “Working”', what: expect.stringMatching(/^hubspot account .+ answers \(\d+ ms\)/) },
    ])
    expect(of(findings, 'inbox “Elsewhere”')[0].verdict).toBe('ok')
    expect(of(findings, 'inbox “Waiting”')[0]).toMatchObject({
      verdict: 'warning',
      advice: expect.stringContaining('connect-url'),
    })
    for (const secret of [adminToken, testKeys, 'test-secret']) expect(all).not.toContain(secret)
  })

  it('ends with 1 when a connection has ended, and says since when', async () => {
    const { inbox } = await bridge.connectedInbox({ name: 'Ended' })
    await bridge.bridge.database.prisma.connection.update({
      where: { inboxId: inbox.id },
      data: { status: 'reconnect_required', statusReason: 'the grant ended' },
    })
    try {
      const { code, stdout } = await run('cli.ts', ['doctor'], environment)
      expect(code).toBe(1)
      expect(stdout).toMatch(
        /\n✗ inbox “Ended”: hubspot account .+ has to be connected again since \d{4}-.+Z: the grant ended\n {4}→ .*inbox connect-url/,
      )
      expect(stdout).toMatch(/\n\n1 problem, \d warnings?\.\n$/)
    } finally {
      await bridge.inboxes.remove(inbox.id)
    }
  })

  it('says that a key is missing, not that the connection has ended', async () => {
    const { inbox } = await bridge.connectedInbox({ name: 'Sealed elsewhere' })
    const [one] = await bridge.bridge.database.prisma.connection.findMany({ where: { inboxId: { not: inbox.id } }, take: 1 })
    await bridge.bridge.database.prisma.connection.update({
      where: { inboxId: inbox.id },
      data: { sealedTokens: one?.sealedTokens ?? Buffer.alloc(0) },
    })
    try {
      const { findings } = await examine(environment)
      expect(of(findings, 'inbox “Sealed elsewhere”')[0]).toMatchObject({
        verdict: 'problem',
        what: expect.stringContaining('ENCRYPTION_KEYS'),
        advice: expect.stringMatching(/key.*disconnect/),
      })
    } finally {
      await bridge.inboxes.remove(inbox.id)
    }
  })

  it('tells a CRM that can’t be reached from one that can', async () => {
    const nobody = `http://127.0.0.1:${await freePort()}`
    const { code, findings } = await examine({ ...environment, HUBSPOT_API_URL: nobody })
    expect(code).toBe(1)
    expect(of(findings, 'HubSpot')[0]).toMatchObject({
      verdict: 'problem',
      what: expect.stringContaining('nothing listens there'),
    })
  })

  it('asks the CRMs’ endpoints without any credentials', async () => {
    const asked: { method: string | undefined; headers: string; body: string }[] = []
    const listener = createServer(async (request, response) => {
      asked.push({ method: request.method, headers: JSON.stringify(request.rawHeaders), body: await text(request) })
      response.writeHead(404).end()
    })
    await once(listener.listen(0, '127.0.0.1'), 'listening')
    const { port } = listener.address() as AddressInfo
    const { findings } = await examine({ ...environment, HUBSPOT_API_URL: `http://127.0.0.1:${port}` })
    listener.close()
    expect(of(findings, 'HubSpot')[0].verdict).toBe('ok')
    expect(asked.length).toBeGreaterThan(0)
    for (const { method, headers, body } of asked) {
      expect({ method, body }).toEqual({ method: 'GET', body: '' })
      expect(headers).not.toMatch(/authorization|cookie|test-secret/i)
    }
  })

  it('with another server’s admin token says that the inboxes can’t be looked at', async () => {
    const { code, findings } = await examine({ ...environment, ADMIN_TOKEN: 'another password' })
    expect(code).toBe(1)
    expect(of(findings, 'inboxes')[0].what).toContain('ADMIN_TOKEN')
  })
})

describe('where no server runs', () => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await createTestDatabase('')
  })
  afterAll(() => database.drop())

  it('names every wrong setting at once', async () => {
    const { code, findings } = await examine({
      PORT: 'http',
      DATABASE_URL: 'mysql://here',
      HUBSPOT_CLIENT_ID: 'id',
      SALESFORCE_CLENT_ID: 'typo',
      TRUST_PROXY: 'everybody',
      ADMIN_TOKEN_FILE: '/nowhere/admin-token',
    })
    expect(code).toBe(1)
    const variables = findings.map(({ what }) => what.split(' ')[0])
    expect(variables.sort()).toEqual(
      [
        'PORT',
        'DATABASE_URL',
        'HUBSPOT_CLIENT_SECRET',
        'SALESFORCE_CLENT_ID',
        'TRUST_PROXY',
        'ENCRYPTION_KEYS',
        'ADMIN_TOKEN_FILE',
      ].sort(),
    )
  })

  it('says so, finds migrations that are pending, and applies none', async () => {
    const environment = { PORT: String(await freePort()), ...database.environment, ADMIN_TOKEN: 'x', ENCRYPTION_KEYS: testKeys }
    for (const _again of [1, 2]) {
      const { code, findings } = await examine(environment)
      expect(code).toBe(1)
      expect(of(findings, 'server')[0].verdict).toBe('warning')
      expect(of(findings, 'migrations')[0]).toMatchObject({
        verdict: 'warning',
        what: expect.stringMatching(/^pending: .*_init/),
      })
      expect(of(findings, 'CRMs')[0].verdict).toBe('problem')
    }
  })

  it('a database that doesn’t answer is a finding, without its password', async () => {
    const { code, findings, all } = await examine({
      PORT: String(await freePort()),
      DATABASE_URL: 'postgres://user:hunter2@127.0.0.1:1/none',
      ADMIN_TOKEN: 'x',
      ENCRYPTION_KEYS: testKeys,
    })
    expect(code).toBe(1)
    expect(of(findings, 'database')[0].verdict).toBe('problem')
    expect(all).not.toContain('hunter2')
  })
})
