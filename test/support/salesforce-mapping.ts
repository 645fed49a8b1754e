/** From Salesforce's contacts and leads to the inbox's contact, object by object: what its connector does with bytes, to be held against it. */
import type { WritingContext } from '../../src/connectors/contact-writer.ts'
import type { SalesforceRecord } from '../../src/connectors/salesforce/api.ts'
import type { ObjectName } from '../../src/connectors/salesforce/schema.ts'
import { type Contact, makeContact } from '../../src/contact.ts'

export function toContact(record: SalesforceRecord, object: ObjectName, context: WritingContext): Contact {
  return object === 'Contact' ? fromContact(record, context) : fromLead(record, context)
}

function fromContact(record: SalesforceRecord, { readPhone, recordsUrl }: WritingContext): Contact {
  const field = (name: string): string => text(record[name])
  const account = (typeof record.Account === 'object' && record.Account !== null ? record.Account : {}) as Record<string, unknown>
  const country = field('MailingCountry')
  const name = field('Name')
  const company = text(account.Name)
  return makeContact({
    contactId: record.Id,
    name,
    // A person account's name is the person's own, not an employer's.
    companies: [{ name: company === name ? '' : company, jobTitle: field('Title') }],
    phones: [
      [readPhone(field('Phone'), country), 'work'],
      [readPhone(field('MobilePhone'), country), 'mobile'],
      [readPhone(field('HomePhone'), country), 'home'],
      [readPhone(field('OtherPhone'), country), 'other'],
      [readPhone(field('AssistantPhone'), country), 'assistant'],
    ],
    emails: [[field('Email'), 'email']],
    urls: [
      [`${recordsUrl}/Contact/${record.Id}/view`, 'Salesforce'],
      [text(account.Website), 'website'],
    ],
  })
}

function fromLead(record: SalesforceRecord, { readPhone, recordsUrl }: WritingContext): Contact {
  const field = (name: string): string => text(record[name])
  const country = field('Country')
  return makeContact({
    contactId: record.Id,
    name: field('Name'),
    companies: [{ name: field('Company'), jobTitle: field('Title') }],
    phones: [
      [readPhone(field('Phone'), country), 'work'],
      [readPhone(field('MobilePhone'), country), 'mobile'],
    ],
    emails: [[field('Email'), 'email']],
    urls: [
      [`${recordsUrl}/Lead/${record.Id}/view`, 'Salesforce'],
      [field('Website'), 'website'],
    ],
  })
}

const text = (value: unknown): string => (typeof value === 'string' ? value.trim() : '')
