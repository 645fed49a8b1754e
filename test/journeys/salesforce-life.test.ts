/** A Salesforce inbox's life at the real server, `src/main.ts`, at its most talkative: the log holds no secret and no person. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { readConfig } from '../../src/config.ts'
import { createTokenVault } from '../../src/connections/token-vault.ts'
import { openDatabase } from '../../src/database/database.ts'
import { type SalesforceSandbox, startSalesforceSandbox } from '../../src/sandbox/salesforce/server.ts'
import { atSalesforce, Browser, beginConsent, consentUntilCallback, freePort, testKeys } from '../support/bridge.ts'
import { startServer } from '../support/child.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import type { Json } from '../support/json.ts'

const adminToken = 'Xq7-the-operators-password'
const client = { clientId: 'leak-test-client', clientSecret: 'leak-test-client-secret' }
const ana = { FirstName: 'Anabelinda', LastName: 'Quuxmann', Email: 'anabelinda@quuxmann.example', Phone: '+49 (0)30 901820' }

let database: TestDatabase
let sandbox: SalesforceSandbox
const secrets = new Map<string, string>()
beforeAll(async () => {
  database = await createTestDatabase()
  sandbox = await startSalesforceSandbox({ ...client, contacts: 60, features: { missingFields: ['Contact.OtherPhone'] } })
  sandbox.addRecord('Contact', ana)
})
afterAll(async () => {
  await sandbox.close()
  await database.drop()
})

describe('the log of a Salesforce inbox’s life', () => {
  let log = ''

  it('is written', async () => {
    const environment = {
      PORT: String(await freePort()),
      ENCRYPTION_KEYS: testKeys,
      ADMIN_TOKEN: adminToken,
      LOG_LEVEL: 'trace',
      SALESFORCE_CLIENT_ID: client.clientId,
      SALESFORCE_CLIENT_SECRET: client.clientSecret,
      SALESFORCE_LOGIN_URL: sandbox.url,
      SALESFORCE_TEST_URL: sandbox.url,
      ...database.environment,
    }
    const server = await startServer(environment)
    const created = await fetch(`${server.url}/admin/api/inboxes`, {
      method: 'POST',
      headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'Support', crm: 'salesforce' }),
    })
    const { plugin_url: pluginUrl, connect_url: connectUrl } = (await created.json()) as Json
    secrets.set('inbox key', pluginUrl.split('/').at(-1))
    secrets.set('connect ticket', connectUrl.split('/').at(-1))
    const ask = async (path: string) => {
      const answer = await fetch(pluginUrl + path)
      return { status: answer.status, json: (await answer.json()) as Json }
    }

    /** Once the server has found out that its CRM is back. */
    const answers = (path: string, status: number) =>
      vi.waitFor(async () => expect((await ask(path)).status).toBe(status), { timeout: 15_000, interval: 200 })

    await beginConsent(connectUrl, new Browser(), { crm: 'salesforce', login: 'own', domain: 'anabelinda.evil.example' })
    const browser = new Browser()
    // A refusal that repeats what it was given, then success.
    const repeating = { error: 'invalid_grant', error_description: `ip restricted for ${ana.Email} ${client.clientSecret}` }
    sandbox.faults.add({ kind: 'status', status: 400, body: repeating, match: { path: '/services/oauth2/token' }, times: 1 })
    const refused = await consentUntilCallback(connectUrl, 'allow', browser, atSalesforce)
    expect((await browser.visit(refused)).status).toBe(403)
    const callback = await consentUntilCallback(connectUrl, 'allow', browser, atSalesforce)
    for (const name of ['code', 'state']) secrets.set(name, new URL(callback).searchParams.get(name) ?? '')
    secrets.set('code verifier', browser.cookies.get('crm-bridge-salesforce-verifier') ?? '')
    expect((await browser.visit(callback)).status).toBe(303)
    expect((await browser.visit(`${server.url}/connected`)).status).toBe(200)

    const found = ['?search=quuxmann', '?search=anabelinda%40quuxmann.example', '?search=%2B49%2030%20901820', '/4930901820']
    for (const path of found) expect((await ask(`/contacts${path}`)).json.count, path).toBe(1)

    // Salesforce repeats the statement in its refusals.
    const statement = `\nWHERE Email = '${ana.Email}' OR Phone = '${ana.Phone}'\n^\nERROR at Row:1:Column:9\nunexpected token: quuxmann`
    const faults = [
      { kind: 'status', status: 400, body: [{ errorCode: 'MALFORMED_QUERY', message: statement }] },
      { kind: 'status', status: 400, body: [{ errorCode: 'INVALID_FIELD', message: statement }] },
      { kind: 'status', status: 403, body: [{ errorCode: 'INSUFFICIENT_ACCESS', message: statement }] },
      { kind: 'status', status: 500, body: [{ errorCode: ana.Email, message: statement }] },
      { kind: 'status', status: 500, body: statement },
      { kind: 'garbage', body: `{"records":[{"Id":null,"${ana.Email}":"${ana.Phone}"` },
      { kind: 'html', status: 200, body: `<p>${ana.Email}` },
      { kind: 'reset' },
    ] as const
    for (const [index, fault] of faults.entries()) {
      sandbox.faults.add({ ...fault, match: { path: '/services/data' } })
      for (const path of [`?search=quuxmann%20${index}`, `?limit=${index + 1}`, '/4930901821']) await ask(`/contacts${path}`)
      sandbox.faults.clear()
      await answers(`/contacts?search=back%20${index}`, 200)
    }

    // The session ends and is renewed; then the token endpoint fails with the request in its error; then the grant ends.
    sandbox.endSessions()
    expect((await ask('/contacts?search=liam')).status).toBe(200)
    sandbox.endSessions()
    sandbox.faults.add({
      kind: 'status',
      status: 500,
      body: { ...repeating, error: 'server_error' },
      match: { path: '/services/oauth2' },
    })
    expect((await ask('/contacts?search=olivia')).status).toBe(503)
    sandbox.faults.clear()
    sandbox.faults.add({
      kind: 'status',
      status: 400,
      body: { ...repeating, error_description: ana.Email },
      match: { path: '/services/oauth2' },
    })
    await answers('/contacts?search=noah', 409)
    expect(await server.stop()).toBe(0)
    log = server.output()

    const opened = await openDatabase({ url: database.environment.DATABASE_URL, folder: database.environment.DATA_DIR })
    const connection = await opened.prisma.connection.findFirstOrThrow()
    const tokens = createTokenVault(readConfig(environment).keys).open(connection)
    await opened.close()
    for (const [what, token] of Object.entries(tokens)) secrets.set(what, token)
  }, 60_000)

  it('tells the operator what happened, and what the org lacks', () => {
    const lines: Json[] = log
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    const has = (expected: object) => expect(lines).toContainEqual(expect.objectContaining(expected))
    has({ msg: 'connected', crm: 'salesforce' })
    has({ msg: 'consent failed', crm: 'salesforce' })
    has({ msg: 'tokens refreshed' })
    has({ msg: 'refresh failed' })
    has({ code: 'crm_protocol' })
    const findings = lines.filter(({ finding }) => finding !== undefined).map(({ finding }) => finding)
    expect([...new Set(findings)]).toEqual([expect.stringContaining('no Contact.OtherPhone ')])
    // Consent may look for itself, before there is a connection that remembers.
    expect(findings.length).toBeLessThanOrEqual(2)
  })

  it('holds no token, key, code or secret', () => {
    for (const what of ['accessToken', 'refreshToken', 'code', 'state', 'code verifier', 'inbox key', 'connect ticket'])
      expect(secrets.get(what)?.length, what).toBeGreaterThan(9)
    secrets.set('client secret', client.clientSecret)
    secrets.set('admin token', adminToken)
    for (const [what, secret] of secrets) {
      for (const spelling of [secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64').replace(/=+$/, '')])
        expect(log.includes(spelling), what).toBe(false)
    }
    // Nor any other: what the sandbox issues begins like this.
    expect(log).not.toMatch(/eyJ[\w-]{20}|5Aep861|aPrx/)
    expect(log).not.toMatch(/bearer|authorization["':]|cookie["':]/i)
  })

  it('holds nobody’s number, address or name, and no statement', () => {
    for (const text of ['4930901820', '901820', 'Anabelinda', 'uuxmann', 'olivia', 'liam', 'noah', 'search=', 'SELECT', 'FIND {'])
      expect(log.includes(text), text).toBe(false)
    expect(log).not.toMatch(/[\w.]+@[\w.]+/)
  })
})
