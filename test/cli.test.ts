/** The operator's command line, as a process: on a database of its own, and beside a running server. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readKeys } from '../src/keys.ts'
import { adminToken, freePort, testKeys } from './support/bridge.ts'
import { type Environment, type Ran, run, type Server, startServer } from './support/child.ts'
import { createTestDatabase, type TestDatabase } from './support/database.ts'
import { getJson, type Json } from './support/json.ts'

const bridge = (environment: Environment, ...args: string[]): Promise<Ran> => run('cli.ts', args, environment)

/** Runs a command that has to succeed, and reads its JSON. */
async function json(environment: Environment, ...args: string[]): Promise<Json> {
  const { code, stdout, stderr } = await bridge(environment, ...args, '--json')
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout.trim().split('\n')).toHaveLength(1)
  return JSON.parse(stdout)
}

async function settings(database: TestDatabase): Promise<Environment & { PORT: string }> {
  return {
    PORT: String(await freePort()),
    ENCRYPTION_KEYS: testKeys,
    ADMIN_TOKEN: adminToken,
    LOG_LEVEL: 'silent',
    HUBSPOT_CLIENT_ID: 'id',
    HUBSPOT_CLIENT_SECRET: 'secret',
    ...database.environment,
  }
}

/** What every operator does, wherever the inboxes are. */
function describeCommands(environment: () => Environment) {
  it('an inbox is created, listed, given a new key and removed; its key is shown once each time', {
    timeout: 90_000,
  }, async () => {
    const created = await json(environment(), 'inbox', 'create', 'Support', '--crm', 'hubspot', '--region', 'de')
    expect(created).toMatchObject({ name: 'Support', crm: 'hubspot', region: 'DE', status: 'not_connected' })
    const key = created.plugin_url.split('/').at(-1)
    expect(key).toMatch(/^[\w-]{32}$/)

    const { code, stdout } = await bridge(environment(), 'inbox', 'list')
    expect(code).toBe(0)
    expect(stdout).toMatch(/^NAME +CRM +STATUS +ACCOUNT +REGION +ID\nSupport +hubspot +not connected +DE +[0-9a-f-]{36}\n$/)
    expect(stdout).not.toContain(key)

    const rotated = await json(environment(), 'inbox', 'rotate-key', 'Support')
    expect(rotated.id).toBe(created.id)
    expect(rotated.plugin_url).not.toBe(created.plugin_url)

    const removed = await bridge(environment(), 'inbox', 'remove', created.id)
    expect(removed).toEqual({ code: 0, stdout: 'Removed “Support”.\n', stderr: '' })
  })
}

describe('a command', () => {
  const nowhere: Environment = {
    DATA_DIR: '/',
    DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none',
    ENCRYPTION_KEYS: testKeys,
    ADMIN_TOKEN: adminToken,
  }

  it.each<[string[], RegExp]>([
    [['--help'], /inbox [\s\S]*Exit codes: 0 done, 1 it failed, 2 the command was wrong/],
    [['inbox', 'create', '--help'], /--crm <id>[\s\S]*--region <country>[\s\S]*--json/],
  ])('%j explains itself', async (args, text) => {
    const { code, stdout, stderr } = await bridge(nowhere, ...args)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(text)
  })

  it.each([
    [['inbox']],
    [['inbox', 'create']],
    [['inbox', 'list', '--yaml']],
    [['inbox', 'list', 'more']],
    [['inbox', 'set', 'Support']],
    [['contacts', 'search', 'Support']],
    [['contacts', 'search', 'Support', 'ana', '--limit', '0']],
  ])('%j that is wrong ends with 2, and says how it would be right', async (args) => {
    const { code, stdout, stderr } = await bridge(nowhere, ...args)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).not.toBe('')
  })

  it('shows the admin token that came into being with it: nothing else ever would', async () => {
    const database = await createTestDatabase('', { migrated: true })
    const { stderr } = await bridge(database.environment, 'inbox', 'list')
    const again = await bridge(database.environment, 'inbox', 'list')
    await database.drop()
    expect(stderr).toMatch(/^Admin token, shown this once and kept in .+: [\w-]{32}\n$/)
    expect(again.stderr).toBe('')
  })

  it('that can’t reach the database ends with 1 and one line, without the URL', async () => {
    const { code, stdout, stderr } = await bridge(nowhere, 'inbox', 'list')
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(/^bridge: DATABASE_URL can't be used.*\n$/)
    expect(stderr).not.toContain('nobody@')
  })

  it.each<[string, Environment]>([
    ['ENCRYPTION_KEYS', { ENCRYPTION_KEYS: 'k1:short' }],
    ['HUBSPOT_CLIENT_SECRET', { HUBSPOT_CLIENT_ID: 'id' }],
    ['HUBSPOT_CLIENT_SECRT', { HUBSPOT_CLIENT_SECRT: 'typo' }],
    ['PORT', { PORT: 'http' }],
  ])('with a wrong %s ends with 1 and one line that names it', async (variable, wrong) => {
    const { code, stdout, stderr } = await bridge({ ...nowhere, ...wrong }, 'inbox', 'list')
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(new RegExp(`^bridge: ${variable} .+\n$`))
    for (const value of Object.values(wrong)) expect(stderr).not.toContain(`${value} `)
  })

  it('keys new prints a key for ENCRYPTION_KEYS, another each time', async () => {
    const [first, second, named] = await Promise.all(
      [
        ['keys', 'new'],
        ['keys', 'new'],
        ['keys', 'new', 'k2027'],
      ].map((args) => bridge(nowhere, ...args)),
    )
    for (const ran of [first, second, named]) {
      expect(ran?.code).toBe(0)
      expect(() => readKeys(ran?.stdout.trim() ?? '')).not.toThrow()
    }
    expect(first?.stdout.split(':')[1]).not.toBe(second?.stdout.split(':')[1])
    expect(named?.stdout).toMatch(/^k2027:/)
  })
})

describe('on the embedded database, while no server runs', () => {
  let database: TestDatabase
  let environment: Environment
  beforeAll(async () => {
    database = await createTestDatabase('', { migrated: true })
    environment = await settings(database)
  })
  afterAll(() => database.drop())

  describeCommands(() => environment)
})

describe('beside a running server that owns the folder', () => {
  let database: TestDatabase
  let environment: Environment & { PORT: string }
  let server: Server
  beforeAll(async () => {
    database = await createTestDatabase('', { migrated: true })
    environment = await settings(database)
    server = await startServer(environment)
  })
  afterAll(async () => {
    await server.stop()
    await database.drop()
  })

  describeCommands(() => environment)

  it('an inbox is told to log messages, which needs an administrator’s permission, and not to any more', async () => {
    await json(environment, 'inbox', 'create', 'Writing', '--crm', 'hubspot')
    const on = await bridge(environment, 'inbox', 'log-messages', 'Writing', 'on')
    expect(on).toMatchObject({ code: 0, stdout: expect.stringMatching(/administrator[\s\S]*http:\/\/localhost:\d+\/connect\//) })
    expect(await json(environment, 'messages', 'list', 'Writing')).toEqual({ waiting: 0, logged: 0, failed: 0, failures: [] })
    expect(await json(environment, 'messages', 'retry', 'Writing')).toEqual({ retried: 0 })
    expect((await bridge(environment, 'messages', 'list', 'Writing')).stdout).toBe('Waiting: 0. Logged: 0. Failed: 0.\n')
    expect(await json(environment, 'inbox', 'log-messages', 'Writing', 'off')).toMatchObject({ messages: 'off' })
    expect((await bridge(environment, 'inbox', 'log-messages', 'Writing', 'maybe')).code).toBe(2)
    await json(environment, 'inbox', 'remove', 'Writing', '--yes')
  })

  it('workflows may send through an inbox by a secret that is shown once, and no longer', async () => {
    const { id } = await json(environment, 'inbox', 'create', 'Sending')
    const on = await bridge(environment, 'inbox', 'sending', 'Sending', 'on')
    expect(on).toMatchObject({ code: 0, stderr: '' })
    expect(on.stdout).toMatch(new RegExp(`http://localhost:\\d+/public/webhook/inboxes/${id}/messages\n  Secret  [\\w-]{32}\n`))
    expect(on.stdout).toContain('save the plugin in get.chat')
    expect(await json(environment, 'inbox', 'show', 'Sending')).toMatchObject({ sending: 'access_needed' })
    const off = { sending: 'off', sending_url: null, sending_secret: null }
    expect(await json(environment, 'inbox', 'sending', 'Sending', 'off')).toMatchObject(off)
    expect((await bridge(environment, 'inbox', 'sending', 'Sending', 'maybe')).code).toBe(2)
    await json(environment, 'inbox', 'remove', 'Sending', '--yes')
  })

  it('a new key ends the old plugin URL at once', async () => {
    const { plugin_url: old } = await json(environment, 'inbox', 'create', 'Rotated', '--crm', 'hubspot')
    expect(await getJson(`${old}/`)).toEqual({ name: 'HubSpot', type: 'hubspot' })
    const { plugin_url: renewed } = await json(environment, 'inbox', 'rotate-key', 'Rotated')
    expect((await fetch(`${old}/`)).status).toBe(401)
    expect(await getJson(`${renewed}/`)).toEqual({ name: 'HubSpot', type: 'hubspot' })
  })

  it('an inbox gets another name and region, and shows them', async () => {
    const { id } = await json(environment, 'inbox', 'create', 'Here')
    expect(await json(environment, 'inbox', 'set', 'Here', '--name', 'There', '--region', 'fr')).toMatchObject({
      id,
      region: 'FR',
    })
    const { stdout } = await bridge(environment, 'inbox', 'show', 'There')
    expect(stdout).toMatch(/^Name +There\nId +[0-9a-f-]{36}\nCRM +whichever.+\nStatus +not connected\n[\s\S]*Region +FR\n/)
    expect(await json(environment, 'inbox', 'set', id, '--region', '')).toMatchObject({ name: 'There', region: null })
  })

  it('what an inbox would be told is an error of the command as well', async () => {
    await json(environment, 'inbox', 'create', 'Lonely')
    const { code, stdout, stderr } = await bridge(environment, 'contacts', 'search', 'Lonely', 'ana')
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(/^bridge: .*connect.*\n$/i)
  })

  it('words for people say what to do with what is printed', async () => {
    const created = await bridge(environment, 'inbox', 'create', 'Human')
    expect(created.stdout).toMatch(
      /^Created “Human”. Its plugin URL, shown this once:\n\n {2}http:\S+\/inboxes\/\S+\n\n.*get\.chat/,
    )
    const connect = await bridge(environment, 'inbox', 'connect-url', 'Human')
    expect(connect.stdout).toMatch(/^http:\S+\/connect\/\S+\n$/)
    expect(await (await fetch(connect.stdout.trim())).text()).toContain('Human')
    const disconnected = await bridge(environment, 'inbox', 'disconnect', 'Human')
    expect(disconnected.stdout).toBe('“Human” is not connected to a CRM any more.\n')
  })

  it.each<[string[], RegExp]>([
    [['inbox', 'remove', 'nobody'], /no such inbox/],
    [['inbox', 'create', 'x', '--crm', 'zoho'], /no such CRM/],
    [['inbox', 'create', 'x', '--region', 'Atlantis'], /ISO 3166/],
  ])('%j fails with 1 and the reason in one line', async (args, reason) => {
    const { code, stdout, stderr } = await bridge(environment, ...args)
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(/^bridge: .+\n$/)
    expect(stderr).toMatch(reason)
  })

  it('another server’s token or address fails with 1 and says which', async () => {
    const wrongToken = await bridge({ ...environment, ADMIN_TOKEN: 'another password' }, 'inbox', 'list')
    expect(wrongToken).toMatchObject({ code: 1, stderr: expect.stringContaining('ADMIN_TOKEN') })
    const wrongPort = await bridge({ ...environment, PORT: String(await freePort()) }, 'inbox', 'list')
    expect(wrongPort).toMatchObject({ code: 1, stderr: expect.stringContaining('HOST and PORT') })
    for (const { stderr } of [wrongToken, wrongPort]) expect(stderr).not.toContain(adminToken)
  })
})

describe.runIf(process.env.TEST_DATABASE_URL)('on DATABASE_URL', () => {
  let database: TestDatabase
  let environment: Environment & { PORT: string }
  beforeAll(async () => {
    database = await createTestDatabase()
    environment = await settings(database)
  })
  afterAll(() => database.drop())

  describeCommands(() => environment)

  it('a new key ends the old plugin URL of a running server within two seconds', async () => {
    const server = await startServer(environment)
    const { plugin_url: old } = await json(environment, 'inbox', 'create', 'Rotated', '--crm', 'hubspot')
    expect((await fetch(`${old}/`)).status).toBe(200)
    const { plugin_url: renewed } = await json(environment, 'inbox', 'rotate-key', 'Rotated')
    await expect.poll(async () => (await fetch(`${old}/`)).status, { timeout: 2_000, interval: 50 }).toBe(401)
    expect((await fetch(`${renewed}/`)).status).toBe(200)
    expect(await server.stop()).toBe(0)
  })
})
