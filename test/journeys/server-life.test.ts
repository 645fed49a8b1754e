/**
 * A whole life of the real server, `src/main.ts`, at its most talkative: what it has written to its log, to its database and to its
 * folder holds no secret and no person.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { readConfig } from '../../src/config.ts'
import { createTokenVault } from '../../src/connections/token-vault.ts'
import { type Database, openDatabase } from '../../src/database/database.ts'
import { type HubSpotSandbox, startHubSpotSandbox } from '../../src/sandbox/hubspot/server.ts'
import { Browser, consentUntilCallback, freePort, testKeys, unlimited } from '../support/bridge.ts'
import { type Server, startServer } from '../support/child.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import type { Json } from '../support/json.ts'

const adminToken = 'Xq7-the-operators-password'
const client = { clientId: 'leak-test-client', clientSecret: 'leak-test-client-secret' }
const ana = { firstname: 'Anabelinda', lastname: 'Quuxmann', email: 'anabelinda@quuxmann.example', phone: '+49 30 901820' }

let ahead = 0
let database: TestDatabase
let sandbox: HubSpotSandbox
let environment: Record<string, string> & { PORT: string }
let log = ''
const servers: Server[] = []
/** What nobody may find, by what it is. */
const secrets = new Map<string, string>()

beforeAll(async () => {
  database = await createTestDatabase()
  sandbox = await startHubSpotSandbox({ ...client, contacts: 120, rateLimits: false, now: () => Date.now() + ahead })
  sandbox.addContact(ana)
  environment = {
    PORT: String(await freePort()),
    ENCRYPTION_KEYS: testKeys,
    ADMIN_TOKEN: adminToken,
    LOG_LEVEL: 'trace',
    HUBSPOT_CLIENT_ID: client.clientId,
    HUBSPOT_CLIENT_SECRET: client.clientSecret,
    HUBSPOT_APP_URL: sandbox.url,
    HUBSPOT_API_URL: sandbox.url,
    ...unlimited,
    ...database.environment,
  }
  secrets.set('admin token', adminToken)
  secrets.set('client secret', client.clientSecret)
  secrets.set('encryption key', testKeys.split(':')[1] ?? '')
})
afterAll(async () => {
  for (const server of servers) await server.stop()
  await sandbox.close()
  await database.drop()
})

const admin = async (server: Server, method: string, path: string, body?: object): Promise<Json> => {
  const headers = { authorization: `Bearer ${adminToken}`, ...(body && { 'content-type': 'application/json' }) }
  const response = await fetch(`${server.url}/admin/api${path}`, { method, headers, body: body ? JSON.stringify(body) : null })
  expect(response.ok).toBe(true)
  return response.json()
}

/** Everything that an inbox, an administrator and an attacker do in a life, well and badly. */
async function firstLife(server: Server): Promise<string> {
  const { plugin_url: pluginUrl, connect_url: connectUrl, id } = await admin(server, 'POST', '/inboxes', { name: 'Support' })
  secrets.set('inbox key', pluginUrl.split('/').at(-1))
  secrets.set('connect ticket', connectUrl.split('/').at(-1))
  const ask = (path: string) =>
    fetch(pluginUrl + path).then(async (answer) => ({ status: answer.status, json: (await answer.json()) as Json }))
  /** Once the server has found out that its CRM is back. */
  const answers = (path: string) =>
    vi.waitFor(async () => expect((await ask(path)).status).toBe(200), { timeout: 15_000, interval: 200 })
  await ask('/initialize')
  await ask('/contacts')

  const denied = new Browser()
  await denied.visit(await consentUntilCallback(connectUrl, 'deny', denied))
  const browser = new Browser()
  const callback = await consentUntilCallback(connectUrl, 'allow', browser)
  for (const name of ['code', 'state']) secrets.set(name, new URL(callback).searchParams.get(name) ?? '')
  secrets.set('code verifier', browser.cookies.get('crm-bridge-hubspot-verifier') ?? '')
  await new Browser().visit(callback)
  expect((await browser.visit(callback)).status).toBe(303)
  await browser.visit(callback)
  secrets.set('browser’s cookie', browser.cookies.get('crm-bridge-consented') ?? '')
  expect(await (await browser.visit(`${server.url}/connected`)).text()).toContain('121 contacts')

  const first = await ask('/contacts?limit=50')
  expect(first.json.count).toBe(121)
  secrets.set('page token', first.json.next_page_param)
  const found = [
    '/contacts?search=quuxmann',
    '/contacts?search=anabelinda%40quuxmann.example',
    '/contacts?search=%2B49%2030%20901820',
    '/contacts/4930901820',
  ]
  for (const path of found) expect((await ask(path)).json.count, path).toBe(1)
  const odd = [
    `/contacts?page=${first.json.next_page_param}x`,
    '/contacts?search=49&search=30',
    '/contacts/anabelinda',
    '/contacts?limit=x',
    '/none/4930901820',
  ]
  for (const path of odd) expect((await ask(path)).status, path).toBeGreaterThanOrEqual(400)
  await fetch(`${server.url}/inboxes/${secrets.get('inbox key')}x/contacts?search=quuxmann`)
  await fetch(`${server.url}/contacts?search=quuxmann`, { headers: { authorization: `Bearer x${secrets.get('inbox key')}` } })
  await fetch(`${server.url}/admin/api/inboxes`, { headers: { authorization: 'Bearer x' } })
  for (const probe of ['/healthz', '/readyz']) expect((await fetch(server.url + probe)).status).toBe(200)

  // HubSpot repeats in its refusals what it was asked; each kind of failure writes another log entry.
  const repeating = {
    status: 'error',
    category: 'VALIDATION_ERROR',
    message: `invalid: "${ana.email}" ${ana.phone} ${ana.email}`,
  }
  const faults = [
    { kind: 'status', status: 400, body: repeating },
    { kind: 'status', status: 403 },
    { kind: 'status', status: 500, body: repeating },
    { kind: 'garbage', body: `{"results":[{"id":"1","properties":null,"${ana.email}":"${ana.phone}"}]}` },
    { kind: 'reset' },
    { kind: 'html', status: 200, body: `<p>${ana.email}` },
  ] as const
  for (const [index, fault] of faults.entries()) {
    sandbox.faults.add({ ...fault, match: { path: '/crm/' } })
    for (const path of [`/contacts?search=quuxmann%20${index}`, `/contacts?limit=${index + 1}`, `/contacts/4930901820`])
      await ask(path)
    sandbox.faults.clear()
    await answers(`/contacts?search=back%20${index}`)
  }

  // The token ends and is refreshed; then the token endpoint fails with the request in its error.
  ahead += 1_801_000
  expect((await ask('/contacts?search=liam')).status).toBe(200)
  ahead += 1_801_000
  sandbox.faults.add({ kind: 'status', status: 500, body: repeating, match: { path: '/oauth/' } })
  expect((await ask('/contacts?search=olivia')).status).toBe(503)
  sandbox.faults.clear()
  await answers('/contacts?search=olivia')

  const rotated = await admin(server, 'POST', `/inboxes/${id}/rotate-key`)
  secrets.set('new inbox key', rotated.plugin_url.split('/').at(-1))
  return rotated.plugin_url
}

describe('a server’s life', () => {
  it('goes from nothing to contacts, and ends in peace', async () => {
    const server = await startServer(environment)
    servers.push(server)
    const pluginUrl = await firstLife(server)
    expect(await server.stop()).toBe(0)
    log += server.output()

    const again = await startServer(environment)
    servers.push(again)
    const { status, json } = await fetch(`${pluginUrl}/contacts/4930901820`).then(async (answer) => ({
      status: answer.status,
      json: (await answer.json()) as Json,
    }))
    expect({ status, names: json.results.map(({ name }: Json) => name) }).toEqual({ status: 200, names: ['Anabelinda Quuxmann'] })
    expect(await fetch(`${pluginUrl}/initialize`).then((answer) => answer.json())).toEqual({ status: 'initialized' })
    expect(await again.stop()).toBe(0)
    log += again.output()
  })

  it('has told the operator what happened', () => {
    const lines: Json[] = log
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    const has = (expected: object) => expect(lines).toContainEqual(expect.objectContaining(expected))
    has({ level: 30, req: { method: 'GET', route: '/inboxes/:key/contacts' } })
    const crmRequestId = expect.stringMatching(/^[0-9a-f-]{36}$/)
    const reqId = expect.stringMatching(/^[0-9a-f-]{36}$/)
    has({ code: 'crm_unavailable', msg: 'question failed', reqId, err: expect.objectContaining({ crmRequestId }) })
    has({ code: 'crm_protocol' })
    has({ code: 'inbox_unauthorized' })
    has({ msg: 'connected', crm: 'hubspot' })
    has({ msg: 'tokens refreshed' })
    has({ msg: 'refresh failed' })
  })

  it('hasn’t told of every probe', () => {
    expect(log).not.toMatch(/healthz|readyz/)
  })
})

describe('what is left', () => {
  let opened: Database | undefined
  const tokens: string[] = []
  beforeAll(async () => {
    opened = await openDatabase({ url: database.environment.DATABASE_URL, folder: database.environment.DATA_DIR })
    const { prisma } = opened
    const { keys } = readConfig(environment)
    for (const connection of await prisma.connection.findMany()) {
      tokens.push(...Object.values(createTokenVault(keys).open(connection)))
    }
  })
  afterAll(() => opened?.close())

  /** In the clear, and as a database prints bytes. */
  const spellings = (secret: string) => [
    secret,
    Buffer.from(secret).toString('hex'),
    Buffer.from(secret).toString('base64').replace(/=+$/, ''),
  ]
  const personal = () => {
    const people = [...sandbox.contacts].flatMap(({ properties: { email, phone, mobilephone } }) => [email, phone, mobilephone])
    const numbers = ['4930901820', '30901820']
    return [
      ...people.filter((text) => text != null && text.length > 9),
      ...numbers,
      'Anabelinda',
      'Quuxmann',
      'quuxmann',
    ] as string[]
  }

  it('the log holds no token, key, code or ticket', () => {
    expect([secrets.size, tokens.length]).toEqual([11, 2])
    for (const [what, secret] of [...secrets, ...tokens.map((token) => ['token', token] as const)]) {
      expect(secret.length, what).toBeGreaterThan(9)
      for (const spelling of spellings(secret)) expect(log.includes(spelling), what).toBe(false)
    }
    // Nor any other: what the sandbox issues begins like this.
    expect(log).not.toMatch(/eyJ[\w-]{20}/)
    expect(log).not.toMatch(/bearer|authorization["':]|cookie["':]/i)
  })

  it('the log holds nobody’s number, address or name', () => {
    for (const text of personal()) expect(log.includes(text), text).toBe(false)
    expect(log).not.toMatch(/[\w.]+@[\w.]+/)
    for (const search of ['olivia', 'liam', 'search=']) expect(log.includes(search), search).toBe(false)
  })

  it('the database holds the connection, but no token, key, code or contact in the clear', async () => {
    const { prisma } = opened as Database
    const tables = await prisma.$queryRaw<{ name: string }[]>`
      SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public'`
    let everything = ''
    for (const { name } of tables) {
      const rows = await prisma.$queryRawUnsafe<{ row: string }[]>(`SELECT t::text AS row FROM "${name}" AS t`)
      everything += rows.map(({ row }) => row).join('\n')
    }
    expect(everything).toContain(sandbox.account.hubDomain)
    expect(everything).toContain('Support')
    for (const [what, secret] of [...secrets, ...tokens.map((token) => ['token', token] as const)])
      for (const spelling of spellings(secret)) expect(everything.includes(spelling), what).toBe(false)
    for (const text of personal()) for (const spelling of spellings(text)) expect(everything.includes(spelling), text).toBe(false)
  })

  it('no file of the data folder does, either', () => {
    const folder = database.environment.DATA_DIR
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
      statSync(join(folder, name)).isFile(),
    )
    if (!database.isServer) expect(files.length).toBeGreaterThan(100)
    for (const name of files) {
      const content = readFileSync(join(folder, name))
      for (const [what, secret] of [...secrets, ...tokens.map((token) => ['token', token] as const)])
        expect(content.includes(secret), `${what} in ${name}`).toBe(false)
      for (const text of ['Anabelinda', ana.email, '4930901820']) expect(content.includes(text), `${text} in ${name}`).toBe(false)
    }
  })
})
