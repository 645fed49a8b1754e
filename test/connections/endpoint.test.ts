import { describe, expect, it } from 'vitest'
import { endpointOf } from '../../src/connections/endpoint.ts'

describe('what is told of a CRM’s URL', () => {
  it.each([
    ['https://api.hubapi.com/crm/objects/2026-03/contacts/search', 'api.hubapi.com/crm/objects/2026-03/contacts/search'],
    ['https://api.hubapi.com/crm/objects/v3/contacts/151?properties=phone', 'api.hubapi.com/crm/objects/v3/contacts/{id}'],
    [
      'https://acme.my.salesforce.com/services/data/v61.0/query?q=SELECT%20Id%20FROM%20Contact',
      'acme.my.salesforce.com/services/data/v61.0/query',
    ],
    [
      'https://acme.my.salesforce.com/services/data/v61.0/sobjects/Contact/003Wz00000Abcde',
      'acme.my.salesforce.com/services/data/v61.0/sobjects/Contact/{id}',
    ],
    ['http://127.0.0.1:4000/contacts/ana%40quuxmann.example/4930901820', '127.0.0.1:4000/contacts/{id}/{id}'],
    ['https://key:word@api.hubapi.com/a', 'api.hubapi.com/a'],
    ['not a URL', ''],
  ])('%s is %s', (url, told) => {
    expect(endpointOf(url)).toBe(told)
  })
})
