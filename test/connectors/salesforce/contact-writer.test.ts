/** A table of Salesforce's contacts and leads, and the contacts that they are to the inbox. */
import fc from 'fast-check'
import { Value } from 'typebox/value'
import { describe, expect, it } from 'vitest'
import { objectOfId, writeRows } from '../../../src/connectors/salesforce/contact-writer.ts'
import type { ObjectName } from '../../../src/connectors/salesforce/schema.ts'
import { Contact } from '../../../src/contact.ts'
import { phoneReader } from '../../../src/directory/phone.ts'
import { hostileText, steady } from '../../support/properties.ts'

const ids = { Contact: '0035g000001000BAAQ', Lead: '00Q5g000001000BAAQ' } as const
const context = { readPhone: phoneReader('DE'), recordsUrl: 'https://acme.my.salesforce.com/lightning/r' }

/** From a record as Salesforce writes it to the contact as the inbox reads it. */
function map(object: ObjectName, fields: Readonly<Record<string, unknown>>): Contact {
  const answer = Buffer.from(JSON.stringify({ records: [{ Id: ids[object], ...fields }] }))
  const [contact] = JSON.parse(String(writeRows(answer, object, context).json))
  return contact
}

const link = (object: ObjectName) => ({
  url: `https://acme.my.salesforce.com/lightning/r/${object}/${ids[object]}/view`,
  description: 'Salesforce',
})
const nothing = (object: ObjectName): Contact => ({
  contact_id: ids[object],
  name: null,
  avatar: null,
  large_avatar: null,
  companies: [],
  phone_numbers: [],
  email_addresses: [],
  urls: [link(object)],
})

describe('a contact', () => {
  it('with everything gives everything, and no fax', () => {
    const everything = {
      attributes: { type: 'Contact' },
      Name: 'Ana García',
      Title: 'CEO',
      Email: 'ana@example.com',
      Phone: '030 901820',
      MobilePhone: '+49 1512 3456789',
      HomePhone: '(030) 901821',
      OtherPhone: '+5491123456789',
      AssistantPhone: '+49 (0)30 901822',
      Fax: '+49 30 999999',
      Account: { attributes: { type: 'Account' }, Name: 'Acme', Website: 'acme.example.com' },
      MailingCountry: 'Germany',
      PhotoUrl: '/services/images/photo/1',
    }
    expect(map('Contact', everything)).toEqual({
      ...nothing('Contact'),
      name: 'Ana García',
      companies: [{ company_name: 'Acme', job_title: 'CEO' }],
      phone_numbers: [
        { phone_number: '+4930901820', description: 'work' },
        { phone_number: '+4915123456789', description: 'mobile' },
        { phone_number: '+4930901821', description: 'home' },
        { phone_number: '+5491123456789', description: 'other' },
        { phone_number: '+4930901822', description: 'assistant' },
      ],
      email_addresses: [{ email_address: 'ana@example.com', description: 'email' }],
      urls: [link('Contact'), { url: 'https://acme.example.com/', description: 'website' }],
    })
  })

  it.each<[string, Readonly<Record<string, unknown>>, Partial<Contact>]>([
    ['with nothing', {}, {}],
    ['with nulls', { Name: null, Title: null, Email: null, Phone: null, Account: null, MailingCountry: null }, {}],
    ['with blanks', { Name: ' ', Title: '\t', Email: ' ', Phone: ' ', Account: { Name: ' ', Website: ' ' } }, {}],
    ['of other types', { Name: 7, Title: true, Email: ['a'], Phone: { a: 1 }, Account: 'Acme', MailingCountry: 1 }, {}],
    ['with a title alone', { Title: 'CEO' }, { companies: [{ company_name: '', job_title: 'CEO' }] }],
    ['with an account alone', { Account: { Name: 'Acme' } }, { companies: [{ company_name: 'Acme', job_title: '' }] }],
    [
      'that is a person account: the account’s name is their own',
      { Name: 'Ana García', Title: 'CEO', Account: { Name: 'Ana García', Website: 'ana.example.com' } },
      {
        name: 'Ana García',
        companies: [{ company_name: '', job_title: 'CEO' }],
        urls: [link('Contact'), { url: 'https://ana.example.com/', description: 'website' }],
      },
    ],
    [
      'that is a person account without a title',
      { Name: ' Ana García', Account: { Name: 'Ana García ' } },
      { name: 'Ana García', companies: [] },
    ],
    [
      'with one number in several fields and writings',
      { Phone: '+49 30 901820', MobilePhone: '030/901820', HomePhone: '0049 30 901820' },
      { phone_numbers: [{ phone_number: '+4930901820', description: 'work' }] },
    ],
    [
      'with a number that can’t be read: as typed',
      { Phone: ' ask Bob ', MobilePhone: '12' },
      {
        phone_numbers: [
          { phone_number: 'ask Bob', description: 'work' },
          { phone_number: '12', description: 'mobile' },
        ],
      },
    ],
    [
      'by their own country, by code or by name',
      { Phone: '(415) 555-0123', MobilePhone: '+43 1 5888', MailingCountry: 'United States' },
      {
        phone_numbers: [
          { phone_number: '+14155550123', description: 'work' },
          { phone_number: '+4315888', description: 'mobile' },
        ],
      },
    ],
    [
      'by the inbox’s country without one of their own',
      { Phone: '030 901820', MailingCountry: 'Atlantis' },
      { phone_numbers: [{ phone_number: '+4930901820', description: 'work' }] },
    ],
    ['with a website that is none', { Account: { Website: 'javascript:alert(1)' } }, {}],
    [
      'with a website that is the record itself: once',
      { Account: { Website: `acme.my.salesforce.com/lightning/r/Contact/${ids.Contact}/view` } },
      {},
    ],
    ['with a website that is words', { Account: { Website: 'coming soon' } }, {}],
  ])('%s', (_what, fields, expected) => {
    expect(map('Contact', fields)).toEqual({ ...nothing('Contact'), ...expected })
  })
})

describe('a lead', () => {
  it('with everything gives everything, and no fax', () => {
    const everything = {
      Name: 'Ben Ode',
      Company: 'Nordwind',
      Title: 'Buyer',
      Website: 'https://nordwind.example.com',
      Phone: '030 901820',
      MobilePhone: '0151 23456789',
      Fax: '030 999999',
      Email: 'ben@example.com',
      Country: 'DE',
      IsConverted: false,
    }
    expect(map('Lead', everything)).toEqual({
      ...nothing('Lead'),
      name: 'Ben Ode',
      companies: [{ company_name: 'Nordwind', job_title: 'Buyer' }],
      phone_numbers: [
        { phone_number: '+4930901820', description: 'work' },
        { phone_number: '+4915123456789', description: 'mobile' },
      ],
      email_addresses: [{ email_address: 'ben@example.com', description: 'email' }],
      urls: [link('Lead'), { url: 'https://nordwind.example.com/', description: 'website' }],
    })
  })

  it('with nothing gives an id and a link', () => {
    expect(map('Lead', {})).toEqual(nothing('Lead'))
  })
})

describe('any record', () => {
  it('becomes a whole contact', () => {
    const value = fc.oneof(hostileText(80), fc.jsonValue({ maxDepth: 2 }))
    const names = ['Name', 'Title', 'Email', 'Phone', 'MobilePhone', 'Account', 'Company', 'Website', 'Country', 'MailingCountry']
    const record = fc.record(Object.fromEntries(names.map((name) => [name, value])), { requiredKeys: [] })
    fc.assert(
      fc.property(fc.constantFrom('Contact', 'Lead'), record, (object, fields) => {
        const contact = map(object as ObjectName, fields)
        expect([...Value.Errors(Contact, contact)]).toEqual([])
        for (const { url } of contact.urls) expect(url).toMatch(/^https?:/)
      }),
      steady(300),
    )
  })
})

describe('an id', () => {
  it.each([
    ['0035g000001000B', 'Contact'],
    ['0035g000001000BAAQ', 'Contact'],
    ['00Q5g000001000B', 'Lead'],
    ['00Q5g000001000BAAQ', 'Lead'],
    ['003aaaaaaaaaaaaAA5', 'Contact'],
  ])('%s is a %s’s', (id, object) => {
    expect(objectOfId(id)).toBe(object)
  })

  it.each([
    '',
    '003',
    '0015g000001000BAAQ',
    '00q5g000001000BAAQ',
    '0035g000001000',
    '0035g000001000BA',
    '0035g000001000BAA',
    '0035g000001000BAAQQ',
    '0035g000001000BAA6',
    '0035g000001000Baaq',
    '0035g000001000B\n',
    ' 0035g000001000B',
    "0035g000001'OR'",
    '0035g00000100%2F',
    '../0035g0000010',
    '００３5g000001000B',
    '491701234567',
  ])('%j is nobody’s', (id) => {
    expect(objectOfId(id)).toBeNull()
  })
})
