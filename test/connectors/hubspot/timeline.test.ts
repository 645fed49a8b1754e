/** HubSpot's timelines keep what every connector's promise, and what is HubSpot's own. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { describeTimeline } from '../../contracts/timeline-contract.ts'
import { type HubSpotAtHand, startHubSpot } from '../../support/hubspot.ts'
import { errorOf } from '../../support/promises.ts'

const scopes = ['crm.objects.contacts.write']
const recordIdOf = (contactId: string) => contactId.replace('hubspot-', '')
const textOf = (body: string) =>
  body.replaceAll('<br>', '\n').replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')

describeTimeline({
  label: 'HubSpot',
  write: { method: 'POST', path: 'communications$' },
  forbidden: { kind: 'status', status: 403 },
  calls: 2,
  async start() {
    const { sandbox, connector, pass, renew, close, ...harness } = await startHubSpot({ contacts: 3, scopes })
    return {
      connector,
      harness: { ...harness, close },
      faults: sandbox.faults,
      add: () => `hubspot-${sandbox.addContact({ firstname: 'Ana' }).id}`,
      remove: (contactId) => void sandbox.removeContact(recordIdOf(contactId)),
      timeline: (contactId) => sandbox.timeline(recordIdOf(contactId)).map(({ body }) => textOf(body)),
      writes: () => sandbox.calls().filter(({ path }) => path.endsWith('/communications')).length,
      clearCalls: () => sandbox.clearCalls(),
      expireTokens: () => pass(2 * 3_600_000),
      renew,
      close,
    }
  },
})

describe('HubSpot', () => {
  const entry = { reference: 'ABC', title: 'From Ana', text: 'Hi ABC', sentAt: new Date('2026-03-01T12:00:00Z') }
  let reading: HubSpotAtHand
  let older: HubSpotAtHand
  beforeAll(async () => {
    reading = await startHubSpot({ contacts: 1 })
    older = await startHubSpot({ contacts: 1, scopes, version: 'v3' })
  })
  afterAll(() => Promise.all([reading.close(), older.close()]))

  it('refuses a grant that may only read', async () => {
    const contactIds = [...reading.sandbox.contacts].map(({ id }) => `hubspot-${id}`)
    const error = await errorOf(reading.connector.timeline?.log(reading.session(), { ...entry, contactIds }) as Promise<void>)
    expect(error.code).toBe('crm_forbidden')
  })

  it('has entries of the primary companies, too, each once, under the older paths as well', async () => {
    const { sandbox, connector, session } = older
    const [one, other] = [sandbox.addCompany({ name: 'One' }).id, sandbox.addCompany({ name: 'Other' }).id]
    const contactIds = [[one, other], [one], []].map((links) => `hubspot-${sandbox.addContact({}, links).id}`)
    await connector.timeline?.log(session(), { ...entry, contactIds })
    expect(sandbox.timeline()).toMatchObject([
      { at: '2026-03-01T12:00:00.000Z', contacts: contactIds.map(recordIdOf), companies: [one] },
    ])
    expect(await connector.timeline?.isLogged(session(), { ...entry, contactIds }, new Date())).toBe(true)
  })
})
