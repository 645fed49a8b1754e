// What the sandboxes take on timelines, what they refuse, and the pages that show it.

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type HubSpotAtHand, startHubSpot } from '../support/hubspot.ts'
import type { Json } from '../support/json.ts'
import { type SalesforceAtHand, startSalesforce } from '../support/salesforce.ts'

let hubspot: HubSpotAtHand
let salesforce: SalesforceAtHand
beforeAll(async () => {
  hubspot = await startHubSpot({ contacts: 3, scopes: ['crm.objects.contacts.write'] })
  salesforce = await startSalesforce({ contacts: 3 })
})
afterAll(() => Promise.all([hubspot.close(), salesforce.close()]))

async function call({ session }: HubSpotAtHand | SalesforceAtHand, path: string, body: object) {
  const { apiUrl, accessToken } = session()
  const headers = { authorization: `Bearer ${accessToken}`, 'content-type': 'application/json' }
  const response = await fetch(apiUrl + path, { method: 'POST', headers, body: JSON.stringify(body) })
  return { status: response.status, json: (await response.json()) as Json }
}

describe('HubSpot’s communications', () => {
  const properties = {
    hs_communication_channel_type: 'WHATS_APP',
    hs_communication_logged_from: 'CRM',
    hs_communication_body: 'Hi<br>&lt;b&gt;',
    hs_timestamp: '1770000000000',
  }
  const to = (id: string, associationTypeId = 81, associationCategory = 'HUBSPOT_DEFINED') => [
    { to: { id }, types: [{ associationCategory, associationTypeId }] },
  ]
  const create = (body: object) => call(hubspot, '/crm/objects/2026-03/communications', body)
  const contactId = () => [...hubspot.sandbox.contacts][0]?.id ?? ''

  it('are created, found by their time, and shown with the contact', async () => {
    const { status, json } = await create({ properties, associations: to(contactId()) })
    expect({ status, at: json.properties.hs_timestamp }).toEqual({ status: 201, at: '2026-02-02T02:40:00.000Z' })
    const filters = [{ propertyName: 'hs_timestamp', operator: 'EQ', value: '1770000000000' }]
    const found = await call(hubspot, '/crm/objects/2026-03/communications/search', { filterGroups: [{ filters }] })
    expect(found.json.results).toMatchObject([{ id: json.id }])
    const page = await fetch(`${hubspot.sandbox.url}/contacts/${hubspot.sandbox.account.portalId}/record/0-1/${contactId()}`)
    expect(await page.text()).toMatch(/Timeline[\s\S]*Hi<br>&#60;b&#62;<br>/)
  })

  it.each<[string, () => object, number]>([
    ['another channel', () => ({ properties: { ...properties, hs_communication_channel_type: 'FAX' } }), 400],
    ['no channel', () => ({ properties: { ...properties, hs_communication_channel_type: undefined } }), 400],
    ['no time', () => ({ properties: { ...properties, hs_timestamp: 'soon' } }), 400],
    ['another origin', () => ({ properties: { ...properties, hs_communication_logged_from: 'APP' } }), 400],
    ['too long a body', () => ({ properties: { ...properties, hs_communication_body: 'x'.repeat(65_537) } }), 400],
    ['an unknown property', () => ({ properties: { ...properties, mood: 'good' } }), 400],
    ['another association type', () => ({ properties, associations: to(contactId(), 1) }), 400],
    ['a category of its own', () => ({ properties, associations: to(contactId(), 81, 'USER_DEFINED') }), 400],
    ['nobody', () => ({ properties, associations: to('1') }), 404],
  ])('with %s are refused', async (_what, body, status) => {
    const before = hubspot.sandbox.timeline().length
    expect((await create(body())).status).toBe(status)
    expect(hubspot.sandbox.timeline()).toHaveLength(before)
  })

  it('need the scope to write contacts', async () => {
    const reading = await startHubSpot({ contacts: 1 })
    const { status, json } = await call(reading, '/crm/objects/2026-03/communications', { properties })
    expect({ status, category: json.category }).toEqual({ status: 403, category: 'MISSING_SCOPES' })
    await reading.close()
  })
})

describe('Salesforce’s tasks', () => {
  const whoId = () => [...salesforce.sandbox.contacts][0]?.id
  const task = (changes: object = {}) => ({ attributes: { type: 'Task' }, WhoId: whoId(), Subject: 'Hi', ...changes })
  const create = (...records: object[]) =>
    call(salesforce, '/services/data/v64.0/composite/sobjects', { allOrNone: true, records })

  it('are created with the org’s defaults, and shown with the contact', async () => {
    const { status, json } = await create(task({ Description: 'one\ntwo' }))
    expect({ status, json }).toMatchObject({ status: 200, json: [{ success: true, errors: [] }] })
    expect([...salesforce.sandbox.tasks].at(-1)?.fields).toMatchObject({ Status: 'To Do', Priority: 'Usual', IsClosed: false })
    const page = await fetch(`${salesforce.sandbox.url}/lightning/r/Contact/${whoId()}/view`)
    expect(await page.text()).toMatch(/Activity[\s\S]*Hi[\s\S]*one<br>two<br>/)
  })

  it.each<[string, object, string]>([
    ['a status that the org hasn’t', { Status: 'Completed' }, 'INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST'],
    ['too long a subject', { Subject: 'x'.repeat(256) }, 'STRING_TOO_LONG'],
    ['too long a text', { Description: 'x'.repeat(32_001) }, 'STRING_TOO_LONG'],
    ['an unknown field', { Mood__c: 'good' }, 'INVALID_FIELD'],
    ['a computed field', { IsClosed: 'true' }, 'INVALID_FIELD'],
    ['a time for a day', { ActivityDate: '2026-02-02T02:40:00Z' }, 'JSON_PARSER_ERROR'],
    ['nobody', { WhoId: '0010000000000000AA' }, 'FIELD_INTEGRITY_EXCEPTION'],
  ])('with %s take the others of their request with them', async (_what, changes, code) => {
    const before = [...salesforce.sandbox.tasks].length
    const { json } = await create(task(), task(changes))
    const codes = json.map(({ errors }: { errors: { statusCode: string }[] }) => errors[0]?.statusCode)
    expect(codes).toEqual(['ALL_OR_NONE_OPERATION_ROLLED_BACK', code])
    expect([...salesforce.sandbox.tasks]).toHaveLength(before)
  })

  it('can’t be asked for by their text', async () => {
    const { apiUrl, accessToken } = salesforce.session()
    const q = encodeURIComponent("SELECT Id FROM Task WHERE Description = 'one'")
    const headers = { authorization: `Bearer ${accessToken}` }
    const answer = await fetch(`${apiUrl}/services/data/v64.0/query?q=${q}`, { headers })
    expect([answer.status, await answer.json()]).toMatchObject([400, [{ errorCode: 'INVALID_FIELD' }]])
  })
})
