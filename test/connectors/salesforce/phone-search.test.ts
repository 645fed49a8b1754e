/** Numbers are found however they stand in the org, in one round trip, and by whoever they belong to only. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type SalesforceAtHand, startSalesforce } from '../../support/salesforce.ts'

let salesforce: SalesforceAtHand
beforeAll(async () => {
  salesforce = await startSalesforce({ contacts: 0 })
})
afterAll(() => salesforce.close())

const add = (LastName: string, Phone: string, MailingCountry: string) =>
  salesforce.sandbox.addRecord('Contact', { LastName, Phone, MailingCountry }).id
const found = async (search: string, region: string) =>
  (await salesforce.asker(region).list(search)).contacts.map(({ contact_id }) => contact_id)

describe('a number', () => {
  it.each([
    ['with an extension', '+1 415 200 0126 ext. 12', 'Germany', '14152000126'],
    ['in groups of one’s own', '+49 3 09 01 82 05', 'Germany', '49309018205'],
    ['with signs between', '(0)30/90.18-206', 'Germany', '49309018206'],
  ])('%s is found by its WhatsApp id, in one call', async (name, phone, country, whatsAppId) => {
    const id = add(name, phone, country)
    salesforce.sandbox.clearCalls()
    const { contacts } = await salesforce.asker('US').lookUp(whatsAppId)
    expect(contacts.map(({ contact_id }) => contact_id)).toEqual([id])
    expect(salesforce.sandbox.calls().filter(({ path }) => path.includes('/composite/batch'))).toHaveLength(1)
  })

  it('typed with another country’s trunk zero is found as a part', async () => {
    const id = add('Trunk', '030 / 901829', 'Germany')
    expect(await found('030 / 901829', 'US')).toEqual([id])
  })

  it('of four digits isn’t taken for a country code and a rest', async () => {
    add('Without the one', '+1 415 299 2340', 'United States')
    const id = add('With it', '+1 415 291 2340', 'United States')
    expect(await found('1234', 'US')).toEqual([id])
  })
})

describe('a letter and a frequent name', () => {
  it('finds everybody with both, beyond the two hundred that SOSL gives', async () => {
    for (let nth = 0; nth < 230; nth += 1) salesforce.sandbox.addRecord('Contact', { FirstName: 'Ann', LastName: 'Kim' })
    const wanted = salesforce.sandbox.addRecord('Contact', { FirstName: 'Bea', LastName: 'Kim' }).id
    expect(await found('B Kim', 'US')).toEqual([wanted])
  })
})
