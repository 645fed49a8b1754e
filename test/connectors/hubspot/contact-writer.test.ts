/** A table of HubSpot's records, and the contacts that they are to the inbox. */
import fc from 'fast-check'
import { Value } from 'typebox/value'
import { describe, expect, it } from 'vitest'
import { contactProperties } from '../../../src/connectors/hubspot/contact-texts.ts'
import { toRecordId, writeContact } from '../../../src/connectors/hubspot/contact-writer.ts'
import { Contact } from '../../../src/contact.ts'
import { phoneReader } from '../../../src/directory/phone.ts'
import { hostileText, steady } from '../../support/properties.ts'

type Properties = Readonly<Record<string, unknown>>
type Associated = readonly { id: string; type: string }[]

const names = new Map([
  ['1', 'Acme'],
  ['2', 'Nordwind'],
  ['3', 'Acme'],
  ['4', ''],
])

/** From a record as HubSpot writes it to the contact as the inbox reads it. */
function map(
  properties: Properties,
  associated?: Associated,
  recordsUrl = 'https://app.hubspot.com/contacts/7/record/0-1',
): Contact {
  const associations = associated && { companies: { results: associated } }
  const record = Buffer.from(JSON.stringify({ id: '151', properties, associations }))
  const companyName = (id: string) => names.get(id)
  const [contact] = JSON.parse(String(writeContact(record, { companyName, readPhone: phoneReader('DE'), recordsUrl }).json))
  return contact
}

const primary = (id: string) => ({ id, type: 'contact_to_company' })
const unlabelled = (id: string) => ({ id, type: 'contact_to_company_unlabeled' })

describe('a record', () => {
  it('with everything gives everything', () => {
    const properties = {
      firstname: 'Ana',
      lastname: 'García',
      email: 'ana@example.com',
      hs_additional_emails: 'ana.private@example.com;ana.old@example.com',
      phone: '030 901820',
      mobilephone: '+49 1512 3456789',
      hs_whatsapp_phone_number: '+5491123456789',
      jobtitle: 'CEO',
      company: 'Typed Ltd',
      associatedcompanyid: '1',
      website: 'https://ana.example.com/',
      hs_linkedin_url: 'https://www.linkedin.com/in/ana',
      country: 'Germany',
    }
    expect(map(properties, [primary('1'), unlabelled('1'), unlabelled('2')])).toEqual({
      contact_id: 'hubspot-151',
      name: 'Ana García',
      avatar: null,
      large_avatar: null,
      companies: [
        { company_name: 'Acme', job_title: 'CEO' },
        { company_name: 'Nordwind', job_title: '' },
      ],
      phone_numbers: [
        { phone_number: '+4930901820', description: 'work' },
        { phone_number: '+4915123456789', description: 'mobile' },
        { phone_number: '+5491123456789', description: 'WhatsApp' },
      ],
      email_addresses: [
        { email_address: 'ana@example.com', description: 'email' },
        { email_address: 'ana.private@example.com', description: 'additional' },
        { email_address: 'ana.old@example.com', description: 'additional' },
      ],
      urls: [
        { url: 'https://app.hubspot.com/contacts/7/record/0-1/151', description: 'HubSpot' },
        { url: 'https://ana.example.com/', description: 'website' },
        { url: 'https://www.linkedin.com/in/ana', description: 'LinkedIn' },
      ],
    })
  })

  it('with nothing gives every field, empty', () => {
    expect(map({})).toEqual({
      contact_id: 'hubspot-151',
      name: null,
      avatar: null,
      large_avatar: null,
      companies: [],
      phone_numbers: [],
      email_addresses: [],
      urls: [{ url: 'https://app.hubspot.com/contacts/7/record/0-1/151', description: 'HubSpot' }],
    })
  })

  it('of any content gives a valid contact without a link that runs script', () => {
    const value = fc.oneof(fc.constant(null), fc.constant(undefined), hostileText(200), fc.webUrl())
    const record = fc.record(Object.fromEntries(contactProperties.map((name) => [name, value])))
    fc.assert(
      fc.property(record, (properties) => {
        const contact = map(properties)
        expect([...Value.Errors(Contact, contact)]).toEqual([])
        for (const { url } of contact.urls) expect(url).toMatch(/^https?:\/\/\S+$/)
      }),
      steady(300),
    )
  })
})

describe('the name', () => {
  it.each<[string | null, string | null, string | null]>([
    ['Ana', 'García', 'Ana García'],
    ['Ana', null, 'Ana'],
    [null, 'García', 'García'],
    ['  Ana ', ' García  ', 'Ana García'],
    ['', '', null],
    [' ', '\t', null],
    [null, null, null],
    ['<b>Ana</b>', '"', '<b>Ana</b> "'],
  ])('of %j and %j is %j', (firstname, lastname, name) => {
    expect(map({ firstname, lastname }).name).toBe(name)
  })
})

describe('phone numbers', () => {
  it.each<[string, Properties, [string, string][]]>([
    ['the inbox’s country reads a national number', { phone: '030 901820' }, [['+4930901820', 'work']]],
    ['the record’s country comes first', { phone: '(415) 555-0123', country: 'United States' }, [['+14155550123', 'work']]],
    ['a country code too', { phone: '020 7946 0958', hs_country_region_code: 'GB' }, [['+442079460958', 'work']]],
    [
      'the code goes before the name',
      { phone: '020 7946 0958', hs_country_region_code: 'GB', country: 'France' },
      [['+442079460958', 'work']],
    ],
    ['an unknown country is none', { phone: '030 901820', country: 'Atlantis' }, [['+4930901820', 'work']]],
    ['what is no number stays as typed', { phone: ' ask Ana ' }, [['ask Ana', 'work']]],
    ['nothing is nothing', { phone: '', mobilephone: ' ', hs_whatsapp_phone_number: null }, []],
    [
      'the same number in two fields comes once, as the first',
      { phone: '030 901820', mobilephone: '+49 (0)30 901820', hs_whatsapp_phone_number: '+4930901820' },
      [['+4930901820', 'work']],
    ],
    [
      'work, mobile, WhatsApp, in this order',
      { hs_whatsapp_phone_number: '+4915123456781', mobilephone: '+4915123456782', phone: '+4930901820' },
      [
        ['+4930901820', 'work'],
        ['+4915123456782', 'mobile'],
        ['+4915123456781', 'WhatsApp'],
      ],
    ],
    ['a fax number doesn’t go out', { fax: '030 901821' }, []],
  ])('%s', (_promise, properties, expected) => {
    expect(map(properties).phone_numbers).toEqual(expected.map(([phone_number, description]) => ({ phone_number, description })))
  })
})

describe('email addresses', () => {
  it.each<[Properties, string[]]>([
    [{ email: 'ana@example.com' }, ['ana@example.com']],
    [{ email: ' ana@example.com ' }, ['ana@example.com']],
    [{ hs_additional_emails: 'a@example.com; b@example.com;;' }, ['a@example.com', 'b@example.com']],
    [{ email: 'ana@example.com', hs_additional_emails: 'ANA@example.com;b@example.com' }, ['ana@example.com', 'b@example.com']],
    [{ email: '', hs_additional_emails: ' ; ' }, []],
    [{}, []],
  ])('of %o are %j', (properties, expected) => {
    expect(map(properties).email_addresses.map(({ email_address }) => email_address)).toEqual(expected)
  })
})

describe('companies', () => {
  it.each<[string, Properties, Associated | undefined, [string, string][]]>([
    [
      'the primary one comes first',
      { jobtitle: 'CEO' },
      [unlabelled('2'), primary('1'), unlabelled('1')],
      [
        ['Acme', 'CEO'],
        ['Nordwind', ''],
      ],
    ],
    [
      'also when only the property names it',
      { associatedcompanyid: '2' },
      [unlabelled('1'), unlabelled('2')],
      [
        ['Nordwind', ''],
        ['Acme', ''],
      ],
    ],
    ['a search has the primary one alone', { associatedcompanyid: '1', jobtitle: 'CEO' }, undefined, [['Acme', 'CEO']]],
    ['the typed company steps in for an unknown one', { associatedcompanyid: '9', company: 'Typed' }, undefined, [['Typed', '']]],
    ['and for one without a name', { associatedcompanyid: '4', company: 'Typed' }, undefined, [['Typed', '']]],
    ['but not for a known one', { associatedcompanyid: '1', company: 'Typed' }, undefined, [['Acme', '']]],
    ['two companies of one name are shown once', {}, [primary('1'), unlabelled('3')], [['Acme', '']]],
    ['a job title alone is shown', { jobtitle: 'CEO' }, undefined, [['', 'CEO']]],
    ['neither is nothing', { company: ' ', jobtitle: '' }, undefined, []],
    ['unknown companies leave the known ones', {}, [primary('9'), unlabelled('2')], [['Nordwind', '']]],
  ])('%s', (_promise, properties, associated, expected) => {
    expect(map(properties, associated).companies).toEqual(
      expected.map(([company_name, job_title]) => ({ company_name, job_title })),
    )
  })
})

describe('links', () => {
  it.each<[string, string[]]>([
    ['https://ana.example.com', ['https://ana.example.com/']],
    ['http://ana.example.com/a?b=c#d', ['http://ana.example.com/a?b=c#d']],
    ['ana.example.com', ['https://ana.example.com/']],
    ['www.ana.example.com/about', ['https://www.ana.example.com/about']],
    ['//ana.example.com', ['https://ana.example.com/']],
    ['ana.example.com:8080', ['https://ana.example.com:8080/']],
    ['ana.example.com:8080/x', ['https://ana.example.com:8080/x']],
    ['HTTPS://ANA.EXAMPLE.COM', ['https://ana.example.com/']],
    ['javascript:alert(1)', []],
    ['JaVaScRiPt:alert(1)', []],
    [' javascript:alert(1)', []],
    ['java\nscript:alert(1)', []],
    ['data:text/html,<script>alert(1)</script>', []],
    ['vbscript:x', []],
    ['file:///etc/passwd', []],
    ['mailto:ana@example.com', []],
    ['ftp://ana.example.com', []],
    ['not a website', []],
    ['localhost', []],
    ['https://', []],
    ['', []],
  ])('from the website %j: %j', (website, expected) => {
    const urls = map({ website }).urls.filter(({ description }) => description === 'website')
    expect(urls.map(({ url }) => url)).toEqual(expected)
  })

  it('to the record stand there once, though they are the website, too', () => {
    expect(map({ website: 'app.hubspot.com/contacts/7/record/0-1/151' }).urls).toHaveLength(1)
  })

  it('to the record need to know where records open', () => {
    expect(map({}, [], '').urls).toEqual([])
  })
})

describe('ids', () => {
  it('go out with the CRM’s name, so that they are never taken for a WhatsApp id', () => {
    expect(map({}).contact_id).toBe('hubspot-151')
    expect(toRecordId('hubspot-151')).toBe('151')
  })

  it.each([
    '',
    '151',
    'hubspot',
    'hubspot-',
    'hubspot-x',
    'hubspot-1x',
    'hubspot--1',
    'hubspot-1/2',
    'hubspot-1\n',
    'salesforce-1',
    'HUBSPOT-1',
    ` hubspot-1`,
    `hubspot-${'1'.repeat(21)}`,
  ])('%j is of another make', (id) => {
    expect(toRecordId(id)).toBeNull()
  })
})
