/** Salesforce's answers to the bridge's questions. */
import type { Contact } from '../../contact.ts'
import { BridgeError } from '../../errors.ts'
import type { Account, ContactQuery, Page, PageRequest, Session } from '../connector.ts'
import { type SalesforceApi, salesforceApi } from './api.ts'
import { objectOfId, toContact } from './contact-mapping.ts'
import { toBridgeError } from './errors.ts'
import { list as listAll } from './list.ts'
import { withSchema } from './schema.ts'
import { search as searchAll } from './search.ts'
import { quote } from './soql.ts'

export function identify(session: Session): Promise<Account> {
  return ask(session, async (api) => {
    const { records } = await api.query('SELECT Id, Name FROM Organization LIMIT 1')
    const [org] = records
    if (org === undefined) throw new TypeError('the org has no row of its own')
    return {
      id: org.Id,
      name: typeof org.Name === 'string' && org.Name ? org.Name : new URL(session.apiUrl).host,
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
      const { records } = await api.query(`SELECT ${schema.fields(object).join(',')} FROM ${object} WHERE ${conditions} LIMIT 1`)
      return records[0] === undefined ? null : toContact(records[0], object, session)
    }),
  )
}

/** Runs calls and the mapping of their answers; whatever they trip over is one of the bridge's errors afterwards. */
async function ask<T>(session: Session, work: (api: SalesforceApi) => Promise<T>): Promise<T> {
  try {
    return await work(salesforceApi(session))
  } catch (error) {
    const known = toBridgeError(error)
    throw known instanceof BridgeError && known.code === 'crm_protocol' && known !== error
      ? new BridgeError(known.code, known.message, { cause: known.cause })
      : known
  }
}
