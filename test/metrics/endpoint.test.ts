/** Figures of a whole bridge, as Prometheus fetches them. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readConfig } from '../../src/config.ts'
import { SettingError } from '../../src/connectors/connector.ts'
import { startBridge } from '../../src/start.ts'
import { adminToken, freePort, startTestBridge, type TestBridge, testKeys } from '../support/bridge.ts'
import { createTestDatabase } from '../support/database.ts'
import { errorOf } from '../support/promises.ts'

describe('a bridge with METRICS_PORT', () => {
  let bridge: TestBridge
  let url: string
  let inbox: Awaited<ReturnType<TestBridge['connectedInbox']>>
  beforeAll(async () => {
    const port = await freePort()
    url = `http://127.0.0.1:${port}/metrics`
    bridge = await startTestBridge({ environment: { METRICS_PORT: String(port) } })
    inbox = await bridge.connectedInbox()
    for (const path of [
      '/initialize',
      '/contacts',
      '/contacts',
      '/contacts?search=quuxmann',
      '/contacts/4930901820',
      '/contacts/none',
    ])
      await fetch(inbox.pluginUrl + path).then((answer) => answer.text())
  })
  afterAll(() => bridge.stop())

  const scrape = () =>
    fetch(url).then(async (answer) => ({ type: answer.headers.get('content-type'), text: await answer.text() }))

  it('tells what was asked, called and connected', async () => {
    const { type, text } = await scrape()
    expect(type).toMatch(/^text\/plain; version=0\.0\.4/)
    for (const line of [
      'crm_bridge_questions_total{kind="initialize",crm="hubspot",outcome="ok"} 1',
      'crm_bridge_questions_total{kind="list",crm="hubspot",outcome="ok"} 2',
      'crm_bridge_questions_total{kind="search",crm="hubspot",outcome="ok"} 1',
      'crm_bridge_questions_total{kind="lookup",crm="hubspot",outcome="ok"} 1',
      'crm_bridge_questions_total{kind="contact",crm="hubspot",outcome="contact_not_found"} 1',
      'crm_bridge_answers_total{source="remembered"} 2',
      'crm_bridge_connections{crm="hubspot",status="active"} 1',
    ])
      expect(text).toContain(`\n${line}\n`)
    expect(text).toMatch(/crm_bridge_crm_call_duration_seconds_count\{crm="hubspot",kind="api",status="2xx"\} [1-9]/)
    expect(text).toMatch(/crm_bridge_crm_headroom_ratio\{crm="hubspot"\} 0\.\d+/)
  })

  it('tells no key, and nothing of what was searched for', async () => {
    const { text } = await scrape()
    expect(text).toContain(inbox.inbox.id)
    for (const secret of [inbox.key, 'quuxmann', '4930901820']) expect(text).not.toContain(secret)
  })

  it('answers nothing else there, and no figures elsewhere', async () => {
    for (const path of ['/', '/metrics/x', '/inboxes']) expect((await fetch(new URL(path, url))).status).toBe(404)
    expect((await fetch(url, { method: 'POST' })).status).toBe(404)
    expect((await fetch(`${bridge.url}/metrics`)).status).toBe(404)
  })

  it('keeps another from its port, which names the setting', async () => {
    const database = await createTestDatabase()
    const settings = { ENCRYPTION_KEYS: testKeys, ADMIN_TOKEN: adminToken, LOG_LEVEL: 'silent', ...database.environment }
    const error = await errorOf(
      startBridge(readConfig({ ...settings, PORT: String(await freePort()), METRICS_PORT: new URL(url).port })),
    )
    await database.drop()
    expect(error).toBeInstanceOf(SettingError)
    expect(error.message).toMatch(/^METRICS_PORT \d+ is taken/)
  })
})
