/** From Salesforce's contacts and leads to the inbox's contact: pure, so that a table can test it. */
import { type Contact, makeContact } from '../../contact.ts'
import type { ReadPhone } from '../connector.ts'
import type { SalesforceRecord } from './api.ts'
import type { ObjectName } from './schema.ts'

export type MappingContext = { readonly readPhone: ReadPhone; readonly recordsUrl: string }

/** The object that an id belongs to; null for an id of another kind or no id at all. @see https://help.salesforce.com/s/articleView?id=000385203 */
export function objectOfId(id: string): ObjectName | null {
  if (!/^[A-Za-z0-9]{15}([A-Z0-5]{3})?$/.test(id)) return null
  return id.startsWith('003') ? 'Contact' : id.startsWith('00Q') ? 'Lead' : null
}

export function toContact(record: SalesforceRecord, object: ObjectName, context: MappingContext): Contact {
  return object === 'Contact' ? fromContact(record, context) : fromLead(record, context)
}

function fromContact(record: SalesforceRecord, { readPhone, recordsUrl }: MappingContext): Contact {
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

function fromLead(record: SalesforceRecord, { readPhone, recordsUrl }: MappingContext): Contact {
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
