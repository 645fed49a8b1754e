/** `contacts search`: what the inbox would be answered, for people and for scripts. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { adminToken, startTestBridge, type TestBridge, testKeys } from '../support/bridge.ts'
import { run } from '../support/child.ts'
import { getJson } from '../support/json.ts'

let bridge: TestBridge
let pluginUrl: string
beforeAll(async () => {
  bridge = await startTestBridge({ sandbox: { contacts: 30 } })
  pluginUrl = (await bridge.connectedInbox({ name: 'Support' })).pluginUrl
})
afterAll(() => bridge.stop())

const search = (...args: string[]) =>
  run('cli.ts', ['contacts', 'search', 'Support', ...args], {
    PORT: String(bridge.config.port),
    ENCRYPTION_KEYS: testKeys,
    ADMIN_TOKEN: adminToken,
    HUBSPOT_CLIENT_ID: 'test-client',
    HUBSPOT_CLIENT_SECRET: 'test-secret',
    HUBSPOT_APP_URL: bridge.sandbox.url,
    HUBSPOT_API_URL: bridge.sandbox.url,
    ...bridge.database.environment,
  })

it('prints the inbox’s own answer as JSON', async () => {
  const { code, stdout, stderr } = await search('', '--limit', '3', '--json')
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(JSON.parse(stdout).results).toEqual((await getJson(`${pluginUrl}/contacts/?limit=3`)).results)
})

it('prints a table, with time and calls beside it', async () => {
  const contacts = (await getJson(`${pluginUrl}/contacts/`)).results
  const { phone_number: phone } = contacts.flatMap((one: { phone_numbers: unknown[] }) => one.phone_numbers)[0]
  const { code, stdout } = await search(phone)
  expect(code).toBe(0)
  expect(stdout).toMatch(/^NAME +COMPANY +PHONES +EMAILS\n/)
  expect(stdout).toContain(phone)
  expect(stdout).toMatch(/\n\n(1 contact|\d+ contacts), \d+ ms, \d calls? to the CRM\.\n$/)
  expect((await search('nobody is called that')).stdout).toMatch(/^0 contacts, \d+ ms, \d calls? to the CRM\.\n$/)
})
