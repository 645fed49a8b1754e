/** The bridge's questions as it puts them to HubSpot, for whoever asks without the bridge. */
import { contactProperties } from '../../src/connectors/hubspot/contact-texts.ts'
import { type Account, tokenOf } from './accounts.ts'

export type CrmCall = { readonly path: string; readonly headers: Readonly<Record<string, string>>; readonly body?: object }

const contacts = '/crm/objects/2026-03/contacts'
const headersFor = (account: Account) => ({ authorization: `Bearer ${tokenOf(account)}` })

/** A page of a hundred, after as many contacts. */
export function crmPage(account: Account, after: number): CrmCall {
  const query = new URLSearchParams({ limit: '100', properties: contactProperties.join(','), associations: 'companies' })
  if (after > 0) query.set('after', String(after))
  return { path: `${contacts}?${query}`, headers: headersFor(account) }
}

export function crmSearch(account: Account, query: string): CrmCall {
  return { path: `${contacts}/search`, headers: headersFor(account), body: { query, limit: 100, properties: contactProperties } }
}
