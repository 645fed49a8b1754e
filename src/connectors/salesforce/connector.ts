/** Salesforce's answers to the bridge's questions. */
import type { Contact } from '../../contact.ts'
import type { Account, ContactQuery, Page, PageRequest, Session, TimelineEntry } from '../connector.ts'
import { ContactsPage } from '../written-contacts.ts'
import { type SalesforceApi, type SalesforceRecord, salesforceApi } from './api.ts'
import { objectOfId, writeRows } from './contact-writer.ts'
import { errorCodeOf, toBridgeError } from './errors.ts'
import { list as listAll } from './list.ts'
import { withSchema } from './schema.ts'
import { search as searchAll } from './search.ts'
import { quote } from './soql.ts'
import { isLogged as isLoggedOn, log as logOn } from './timeline.ts'

export function identify(session: Session): Promise<Account> {
  return ask(session, async (api) => {
    const org = await organization(api)
    const host = new URL(session.apiUrl).host
    return {
      id: org?.Id ?? host,
      name: (typeof org?.Name === 'string' && org.Name) || host,
      recordsUrl: `${session.apiUrl}/lightning/r`,
    }
  })
}

export function list(session: Session, page: PageRequest): Promise<Page<Contact>> {
  return ask(session, (api) => listAll(session, api, page))
}

export function search(session: Session, query: ContactQuery, page: PageRequest): Promise<Page<Contact>> {
  return ask(session, (api) => searchAll(session, api, query, page))
}

export async function get(session: Session, contactId: string): Promise<Contact | null> {
  const object = objectOfId(contactId)
  if (object === null) return null
  return ask(session, (api) =>
    withSchema(session, api, async (schema) => {
      if (!schema.objects.includes(object)) return null
      const conditions = [`Id = ${quote(contactId)}`, schema.only(object)].filter(Boolean).join(' AND ')
      const soql = `SELECT ${schema.fields(object).join(',')} FROM ${object} WHERE ${conditions} LIMIT 1`
      const answer = await api.find({ soql }).catch((error) => {
        // What looks like an id but has wrong check digits.
        if (errorCodeOf(error) === 'INVALID_QUERY_FILTER_OPERATOR') return null
        throw error
      })
      if (answer === null) return null
      return new ContactsPage(writeRows(answer, object, session), null, null).items[0] ?? null
    }),
  )
}

export function log(session: Session, entry: TimelineEntry): Promise<void> {
  return ask(session, (api) => logOn(session, api, entry))
}

export function isLogged(session: Session, entry: TimelineEntry, since: Date): Promise<boolean> {
  return ask(session, (api) => isLoggedOn(api, entry, since))
}

/** The org's own row, which proves that the API is open to this user; null where the user may not see it. */
async function organization(api: SalesforceApi): Promise<SalesforceRecord | null> {
  try {
    const { records } = await api.query('SELECT Id, Name FROM Organization LIMIT 1')
    return records[0] ?? null
  } catch (error) {
    if (errorCodeOf(error) === 'INVALID_TYPE' || errorCodeOf(error) === 'INVALID_FIELD') return null
    throw error
  }
}

/** Runs calls and the mapping of their answers; whatever they trip over is one of the bridge's errors afterwards. */
async function ask<T>(session: Session, work: (api: SalesforceApi) => Promise<T>): Promise<T> {
  try {
    return await work(salesforceApi(session))
  } catch (error) {
    throw toBridgeError(error)
  }
}
