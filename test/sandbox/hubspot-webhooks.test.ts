// HubSpot's webhooks: what is told of which change, and by whose signature.

import { afterEach, describe, expect, it, vi } from 'vitest'
import { hubSpotEvents } from '../../src/connectors/hubspot/events.ts'
import { buildHubSpotSandbox } from '../../src/sandbox/hubspot/server.ts'
import { answerWith, type StandIn, startStandIn } from '../support/stand-in.ts'

let listener: StandIn
afterEach(() => listener.close())

async function listenTo(contacts: number) {
  listener = await startStandIn(answerWith(200, {}))
  const sandbox = buildHubSpotSandbox({ clientId: 'client', clientSecret: 'secret', contacts })
  const url = `${listener.url}/webhook`
  sandbox.sendWebhooksTo(url)
  const told = async (count: number) => {
    await vi.waitFor(() => expect(listener.requests).toHaveLength(count), { timeout: 5_000, interval: 20 })
    return listener.requests.map(({ body }) => JSON.parse(body)[0])
  }
  return { sandbox, url, told }
}

describe('a webhook', () => {
  it('tells of a contact’s or company’s beginning, change and end, and is signed', async () => {
    const { sandbox, url, told } = await listenTo(0)
    const { id } = sandbox.addContact({ firstname: 'Ana' })
    await told(1)
    sandbox.updateContact(id, { firstname: 'Eva' })
    await told(2)
    sandbox.removeContact(id)
    sandbox.removeContact(id)
    await told(3)
    sandbox.addCompany({ name: 'Acme' })
    const events = await told(4)
    expect(events.map(({ subscriptionType }) => subscriptionType)).toEqual([
      'contact.creation',
      'contact.propertyChange',
      'contact.deletion',
      'company.creation',
    ])
    expect(events[0]).toMatchObject({ portalId: sandbox.account.portalId, objectId: Number(id) })
    for (const { method, headers, body } of listener.requests) {
      expect(hubSpotEvents('secret').isGenuine({ method, url, headers, body })).toBe(true)
      expect(hubSpotEvents('other').isGenuine({ method, url, headers, body })).toBe(false)
    }
  })

  it('is sent when a button of the sandbox’s page renames a contact', async () => {
    const { sandbox, told } = await listenTo(2)
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const pressed = await sandbox.app.inject({ method: 'POST', url: '/sandbox', headers, payload: 'preset=rename' })
    expect(pressed.statusCode).toBe(303)
    const [event] = await told(1)
    expect(sandbox.contacts.get(String(event.objectId))?.properties.firstname).toMatch(/^Renamed/)
  })
})
