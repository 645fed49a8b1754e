/** HubSpot's answers to the bridge's questions, counted in calls: a list costs two (one with companies known), a phone number one. */
import type { Contact } from '../../contact.ts'
import { BridgeError, QuestionWithdrawn } from '../../errors.ts'
import type { Account, Bytes, ContactQuery, Page, PageRequest, Session } from '../connector.ts'
import { totalBeside } from '../total.ts'
import { ContactsPage, type Written } from '../written-contacts.ts'
import { getJson, type HubSpotApi, hubSpotApi, withProtocolErrors } from './api.ts'
import { PageNames } from './companies.ts'
import { contactProperties } from './contact-texts.ts'
import { toRecordId, type WrittenContacts, writeContact, writeContacts } from './contact-writer.ts'
import { RecordNotFound } from './errors.ts'
import type { HubSpotApp } from './oauth.ts'
import type { HubSpotPaths } from './paths.ts'
import { largestSearchPage, type SearchCriteria, searchCeiling, searchPlans } from './search.ts'

/** How long the total of all contacts is good for, and how long companies that didn't come in time aren't asked for again. Milliseconds. */
const totalRemembered = 2 * 60_000
const hangRemembered = 15_000
const companiesHang = 'companies hang'

export function identify(session: Session, app: HubSpotApp, paths: HubSpotPaths): Promise<Account> {
  return withProtocolErrors(async () => {
    const [answer, grant] = await Promise.all([accountDetails(session, paths), introspect(session, app, paths)])
    const details = answer instanceof Error ? {} : answer
    const { host, protocol } = new URL(app.appUrl)
    const uiDomain = typeof details.uiDomain === 'string' ? details.uiDomain : host
    const portalId = details.portalId ?? grant.hub_id
    if (typeof portalId !== 'number') {
      throw answer instanceof Error ? answer : new Error('neither account details nor introspection name the portal')
    }
    return {
      id: String(portalId),
      name: typeof grant.hub_domain === 'string' && grant.hub_domain ? grant.hub_domain : `HubSpot account ${portalId}`,
      recordsUrl: `${uiDomain === host ? protocol : 'https:'}//${uiDomain}/contacts/${portalId}/record/0-1`,
    }
  })
}

export function list(session: Session, page: PageRequest, paths: HubSpotPaths): Promise<Page<Contact>> {
  return withProtocolErrors(async () => {
    const api = hubSpotApi(session, paths)
    const total = totalBeside(session, totalRemembered, (patient) => countAll(hubSpotApi(patient, paths)))
    const draft = write(session, await api.listContacts(page.limit, page.after))
    const next = nextOf(draft)
    page.onNext?.(next)
    const contacts = await withCompanies(session, api, draft)
    return new ContactsPage(contacts, next, await total())
  })
}

export function search(session: Session, query: ContactQuery, page: PageRequest, paths: HubSpotPaths): Promise<Page<Contact>> {
  return withProtocolErrors(async () => {
    const api = hubSpotApi(session, paths)
    const plans = searchPlans(query)
    const position = readPosition(page)
    let plan = position.plan
    let draft = write(session, await find(api, plans[plan] ?? plans[0], position.offset, page.limit))
    // A part of a number or of an email may still be found as text. Once paging is under way the plan stays.
    while (draft.total === 0 && page.after === null && plan + 1 < plans.length) {
      plan += 1
      draft = write(session, await find(api, plans[plan] ?? plans[0], 0, page.limit))
    }
    const { length, total } = draft
    const end = Number(nextOf(draft) ?? Number.NaN)
    const next = length > 0 && end < searchCeiling ? `${plan}:${end}` : null
    // A number that an agent waits for gets no second call: the company is there if it is known, else as typed on the contact.
    const contacts = query.kind === 'phone' ? draft : await withCompanies(session, api, draft)
    return new ContactsPage(contacts, next, Number.isInteger(total) ? (total as number) : null)
  })
}

export function get(session: Session, contactId: string, paths: HubSpotPaths): Promise<Contact | null> {
  return withProtocolErrors(async () => {
    const recordId = toRecordId(contactId)
    if (recordId === null) return null
    const api = hubSpotApi(session, paths)
    try {
      const contacts = await withCompanies(session, api, write(session, await api.contact(recordId), writeContact))
      return new ContactsPage(contacts, null, 1).items[0] ?? null
    } catch (error) {
      if (error instanceof RecordNotFound) return null
      throw error
    }
  })
}

/** Where HubSpot says that the next page begins. */
function nextOf({ paging }: WrittenContacts): string | null {
  const { next } = (paging ?? {}) as { next?: { after?: string } }
  return next?.after ?? null
}

/** Portal and user interface of the account. Proves the grant; a refusal of just this, introspection makes up for. */
async function accountDetails(session: Session, paths: HubSpotPaths): Promise<Record<string, unknown> | Error> {
  try {
    return await getJson(session, paths.accountDetails)
  } catch (error) {
    if (error instanceof RecordNotFound || (error instanceof BridgeError && error.code === 'crm_forbidden')) return error
    throw error
  }
}

/** What the token endpoint knows of the grant: the account's domain is the best name that HubSpot gives it. Not essential. */
async function introspect(session: Session, app: HubSpotApp, paths: HubSpotPaths): Promise<Record<string, unknown>> {
  try {
    const answer = await session.http({
      method: 'POST',
      url: app.apiUrl + paths.introspect,
      headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
      body: String(new URLSearchParams({ client_id: app.clientId, client_secret: app.clientSecret, token: session.accessToken })),
      kind: 'api',
      patience: 3_000,
    })
    return (answer.status === 200 && JSON.parse(answer.body)) || {}
  } catch {
    return {}
  }
}

/** Page positions in a search: which plan found it, and how many results came before. */
function readPosition(page: PageRequest): { plan: number; offset: number } {
  const [plan, offset] = (page.after ?? '0:0').split(':').map(Number)
  return { plan: plan ?? 0, offset: offset ?? 0 }
}

function find(api: HubSpotApi, criteria: SearchCriteria, offset: number, limit: number) {
  return api.searchContacts({
    ...criteria,
    limit: Math.min(limit, largestSearchPage, searchCeiling - offset),
    properties: [...contactProperties],
    ...(offset > 0 ? { after: String(offset) } : {}),
  })
}

/** HubSpot's list has no total; its search has, for all contacts too. */
async function countAll(api: HubSpotApi): Promise<number> {
  const { total } = JSON.parse(String(await api.searchContacts({ limit: 1, properties: ['hs_object_id'] })))
  return typeof total === 'number' ? total : Number.NaN
}

/** Contacts written with the companies' names that memory has. */
type Draft = WrittenContacts & { readonly names: PageNames; readonly again: () => WrittenContacts }

function write(session: Session, answer: Bytes, writeAnswer = writeContacts): Draft {
  const names = new PageNames(session)
  const context = { companyName: names.get, readPhone: session.readPhone, recordsUrl: session.recordsUrl }
  const again = () => writeAnswer(answer, context)
  return { ...again(), names, again }
}

/**
 * The same, once the names are there that memory doesn't have. They aren't essential: not even a refused token, which the next question's own
 * call will find out about, takes the page along; and where they hang, only one page in a while waits for them.
 */
async function withCompanies({ memory }: Session, api: HubSpotApi, draft: Draft): Promise<Written> {
  if (draft.names.unknown.size === 0) return draft
  if (memory.get(companiesHang)) return { ...draft, missing: ['companies'] }
  try {
    await draft.names.ask(api)
    return draft.again()
  } catch (error) {
    if (error instanceof QuestionWithdrawn) throw error
    if (error instanceof BridgeError && error.code === 'crm_timeout') memory.set(companiesHang, true, hangRemembered)
    return { ...draft.again(), missing: ['companies'] }
  }
}
