// HubSpot's own SDK against the sandbox: its typed calls go through and its models read the answers.

import { Client } from '@hubspot/api-client'
import { AssociationSpecAssociationCategoryEnum } from '@hubspot/api-client/lib/codegen/crm/contacts/index.js'
import { FilterOperatorEnum } from '@hubspot/api-client/lib/codegen/crm/contacts/models/Filter.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type HubSpotSandbox, startHubSpotSandbox } from '../../src/sandbox/hubspot/server.ts'
import { CLIENT, consent, REDIRECT_URI } from './connected-app.ts'

let sandbox: HubSpotSandbox
let client: Client

beforeAll(async () => {
  sandbox = await startHubSpotSandbox({ ...CLIENT, contacts: 250 })
  client = new Client({ basePath: sandbox.url })
  const code = await consent(sandbox)
  const tokens = await client.oauth.tokensApi.create(
    'authorization_code',
    code,
    REDIRECT_URI,
    CLIENT.clientId,
    CLIENT.clientSecret,
  )
  client = new Client({ basePath: sandbox.url, accessToken: tokens.accessToken })
})
afterAll(() => sandbox.close())

describe('the SDK', () => {
  it('lists with associations, to the end', async () => {
    let after: string | undefined
    let count = 0
    do {
      const page = await client.crm.contacts.basicApi.getPage(100, after, ['phone'], undefined, ['companies'])
      for (const contact of page.results) {
        count++
        expect(contact.createdAt).toBeInstanceOf(Date)
        const linked = sandbox.contacts.get(contact.id)?.companies ?? []
        expect(new Set(contact.associations?.companies?.results.map(({ id }) => id))).toEqual(new Set(linked.map(({ id }) => id)))
      }
      after = page.paging?.next?.after
    } while (after !== undefined)
    expect(count).toBe(250)
  })

  it('searches, reads one and reads batches', async () => {
    const [known] = [...sandbox.contacts].filter(({ properties }) => properties.hs_searchable_calculated_phone_number)
    const value = String(known?.properties.hs_searchable_calculated_phone_number)
    const found = await client.crm.contacts.searchApi.doSearch({
      filterGroups: [
        { filters: [{ propertyName: 'hs_searchable_calculated_phone_number', operator: FilterOperatorEnum.Eq, value }] },
      ],
      properties: ['phone'],
      limit: 10,
      after: '0',
      sorts: [],
    })
    expect(found.results.map(({ id }) => id)).toContain(known?.id)
    expect((await client.crm.contacts.basicApi.getById(String(known?.id), ['phone'])).properties.phone).toBe(
      known?.properties.phone,
    )

    const [company] = [...sandbox.companies]
    const batch = await client.crm.companies.batchApi.read({
      inputs: [{ id: String(company?.id) }],
      properties: ['name'],
      propertiesWithHistory: [],
    })
    expect(batch.results[0]?.properties.name).toBe(company?.properties.name)
  })

  it('creates and archives', async () => {
    const [company] = [...sandbox.companies]
    const created = await client.crm.contacts.basicApi.create({
      properties: { firstname: 'Grace' },
      associations: [
        {
          to: { id: String(company?.id) },
          types: [{ associationCategory: AssociationSpecAssociationCategoryEnum.HubspotDefined, associationTypeId: 1 }],
        },
      ],
    })
    expect(sandbox.contacts.get(created.id)?.companies).toEqual([{ id: company?.id, primary: true }])
    await client.crm.contacts.basicApi.archive(created.id)
    await expect(client.crm.contacts.basicApi.getById(created.id)).rejects.toMatchObject({
      code: 404,
      body: { category: 'OBJECT_NOT_FOUND' },
    })
  })
})
