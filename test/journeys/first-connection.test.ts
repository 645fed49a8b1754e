/** The product's first promise: from an unknown inbox to contacts, over real HTTP. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { consent, startTestBridge, type TestBridge } from '../support/bridge.ts'
import { getJson } from '../support/json.ts'

let bridge: TestBridge
beforeAll(async () => {
  bridge = await startTestBridge()
})
afterAll(() => bridge.stop())

describe('from initialize to contacts', () => {
  it('asks for authorization, takes consent, and lists every contact exactly once', async () => {
    const { inbox, pluginUrl } = await bridge.inbox({ name: 'Support' })
    const before = await getJson(`${pluginUrl}/initialize`)
    expect(before).toMatchObject({ status: 'authorization_needed', authorization_needed: { method: 'external_url' } })

    const outcome = await consent(before.authorization_needed.external_url)
    expect(outcome.url).toBe(`${bridge.url}/connected`)
    expect(outcome.html).toContain('250 contacts')
    expect(await getJson(`${pluginUrl}/initialize`)).toEqual({ status: 'initialized' })
    expect(await getJson(`${pluginUrl}/`)).toEqual({ name: 'HubSpot', type: 'hubspot' })

    const ids: string[] = []
    let query = ''
    do {
      const page = await getJson(`${pluginUrl}/contacts/?limit=100${query}`)
      expect(page.count).toBe(250)
      ids.push(...page.results.map((contact: { contact_id: string }) => contact.contact_id))
      query = page.next_page_param && `&next_page_param=${page.next_page_param}`
    } while (query)
    expect(ids).toEqual([...bridge.sandbox.contacts].map((record) => `hubspot-${record.id}`))
    expect(inbox.connection).toBeNull()
  })

  it('tells an administrator who denies what happened, and connects nothing', async () => {
    const { inbox, pluginUrl } = await bridge.inbox()
    const outcome = await consent(bridge.connectUrl(inbox.id), 'deny')
    expect(outcome.status).toBe(400)
    expect(outcome.html).toContain('Nothing was connected')
    expect(await getJson(`${pluginUrl}/initialize`)).toMatchObject({ status: 'authorization_needed' })
  })
})
