// The HubSpot sandbox: puts its parts together and listens.

import { randomBytes } from 'node:crypto'
import formbody from '@fastify/formbody'
import fastify, { type FastifyInstance } from 'fastify'
import { type Call, logCalls } from '../call-log.ts'
import { compressAnswers } from '../compression.ts'
import { companyCountFor } from '../data/companies.ts'
import { createPeople } from '../data/people.ts'
import { injectFaults } from '../fault-injection.ts'
import { addFaultRoutes } from '../fault-routes.ts'
import { Faults } from '../faults.ts'
import { Grants } from '../grants.ts'
import { listen } from '../listen.ts'
import { createAccess } from './access.ts'
import { addAccountRoutes, DEFAULT_ACCOUNT, type HubSpotAccount } from './account.ts'
import { addAssociationRoutes } from './associations.ts'
import { createCommunications, type TimelineEntry } from './communications.ts'
import { createCompanies } from './companies.ts'
import { createContacts } from './contacts.ts'
import { addControl } from './control.ts'
import { bodyForStatus, speakHubSpot } from './errors.ts'
import { readJsonBodies } from './json-body.ts'
import { createLimits, UNLIMITED } from './limits.ts'
import { addOAuthRoutes } from './oauth.ts'
import type { ObjectRecord } from './object-type.ts'
import { addObjectRoutes } from './objects.ts'
import { addRecordPages } from './record-pages.ts'
import {
  addRecord,
  archiveRecord,
  type CompanyLinks,
  type HubSpotRecords,
  type PropertyValues,
  recordsOf,
  updateRecord,
} from './records.ts'
import { type Change, createWebhooks } from './webhooks.ts'

/** How to set a sandbox up. */
export interface HubSpotSandboxOptions {
  /** The app's id and secret; any others are refused. */
  readonly clientId: string
  readonly clientSecret: string
  /** Where to listen; 127.0.0.1 and a free port unless said. */
  readonly host?: string
  readonly port?: number
  /** How many contacts there are, 0 to 1,000,000; 1,000 unless said. They cost nothing until they are looked at. */
  readonly contacts?: number
  /** The same seed gives the same people. */
  readonly seed?: number
  /** Signs the tokens; with the same secret they stay good over a restart. Random unless said. */
  readonly secret?: string
  /** Whether HubSpot's limits hold: 110 calls in 10 s, 5 searches in 1 s. True unless said. */
  readonly rateLimits?: boolean
  /** Seconds that an access token lives; 1800 unless said. */
  readonly tokenLifetime?: number
  /** Whether each refresh returns a new refresh token and ends the old one. HubSpot doesn't; false unless said. */
  readonly rotateRefreshTokens?: boolean
  /** The account to be; parts left out are made up. */
  readonly account?: Partial<HubSpotAccount>
  /** The clock, in epoch milliseconds. */
  readonly now?: () => number
}

/** What a call to the sandbox was: a search, another API call, or OAuth. Pages and control routes aren't logged. */
export type HubSpotCall = Call<'search' | 'api' | 'oauth'>

/** A sandbox that isn't listening: for `app.inject`, or to listen in one's own way. */
export interface HubSpotSandboxApp {
  readonly app: FastifyInstance
  readonly account: HubSpotAccount
  readonly faults: Faults
  readonly contacts: HubSpotRecords
  readonly companies: HubSpotRecords
  /** What was logged for a contact or company, the oldest first; everything without an id. */
  timeline(id?: string): readonly TimelineEntry[]
  calls(): readonly HubSpotCall[]
  clearCalls(): void
  /** Adds a contact, linked to companies by id; the first is primary unless said. Throws for a property HubSpot doesn't have. */
  addContact(properties: PropertyValues, companies?: CompanyLinks): ObjectRecord
  /** Changes properties, and the links too where given; null when there is no such contact. */
  updateContact(id: string, properties: PropertyValues, companies?: CompanyLinks): ObjectRecord | null
  /** Archives a contact; false when there is none. */
  removeContact(id: string): boolean
  addCompany(properties: PropertyValues): ObjectRecord
  updateCompany(id: string, properties: PropertyValues): ObjectRecord | null
  removeCompany(id: string): boolean
  /** Has signed webhooks about the changes above sent there from now on. */
  sendWebhooksTo(url: string): void
  close(): Promise<void>
}

/** A sandbox that listens at `url`, which is both its app host and its API host. */
export interface HubSpotSandbox extends HubSpotSandboxApp {
  readonly url: string
}

/** Builds a sandbox and listens. `close()` also ends connections that a fault keeps open. */
export async function startHubSpotSandbox(options: HubSpotSandboxOptions): Promise<HubSpotSandbox> {
  const sandbox = buildHubSpotSandbox(options)
  return { ...sandbox, url: await listen(sandbox.app, options) }
}

/** Builds a sandbox without listening. Sandboxes share nothing, so a process may have any number of them. */
export function buildHubSpotSandbox(options: HubSpotSandboxOptions): HubSpotSandboxApp {
  const { clientId, clientSecret, seed = 1, rateLimits = true, tokenLifetime = 1800, now = Date.now } = options
  const account = { ...DEFAULT_ACCOUNT, ...options.account }
  const peopleCount = options.contacts ?? 1000
  const companyCount = companyCountFor(peopleCount)
  const contacts = createContacts(createPeople(seed, peopleCount, companyCount))
  const companies = createCompanies(seed, companyCount)
  const communications = createCommunications({ contacts, companies })
  const faults = new Faults()
  const grants = new Grants({
    secret: options.secret ?? randomBytes(32).toString('base64url'),
    rotate: options.rotateRefreshTokens ?? false,
    now,
    accessTokenLength: 320,
  })
  const webhooks = createWebhooks(clientSecret, account.portalId, now)
  const access = createAccess(grants, rateLimits ? createLimits(now) : UNLIMITED, now)

  function told<T extends ObjectRecord | null>(change: Change, record: T): T {
    if (record !== null) webhooks.tell(change, record.id)
    return record
  }
  function gone(change: Change, id: string, isGone: boolean): boolean {
    if (isGone) webhooks.tell(change, id)
    return isGone
  }
  const updateContact: HubSpotSandboxApp['updateContact'] = (id, properties, linked) =>
    told('contact.propertyChange', updateRecord(contacts, id, properties, now(), linked))

  const app = fastify({
    forceCloseConnections: true,
    // A fault with a misspelt field should be refused, not ordered without it.
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false } },
  })
  const log = logCalls(app, { kindOf, now })
  speakHubSpot(app)
  compressAnswers(app)
  injectFaults(app, faults, bodyForStatus)
  app.register(async (routes) => {
    routes.removeAllContentTypeParsers()
    await routes.register(formbody)
    addOAuthRoutes(routes, { clientId, clientSecret, account, grants, tokenLifetime, now })
    addRecordPages(routes, { account, contacts, companies, communications })
    addControl(routes, { account, contacts, companies, faults, updateContact })
  })
  app.register(async (routes) => {
    readJsonBodies(routes)
    addAccountRoutes(routes, access, account)
    addObjectRoutes(routes, { type: contacts, access, portalId: account.portalId, now })
    addObjectRoutes(routes, { type: companies, access, portalId: account.portalId, now })
    addObjectRoutes(routes, {
      type: communications.type,
      creating: communications.creating,
      access,
      portalId: account.portalId,
      now,
    })
    addAssociationRoutes(routes, contacts, access, now)
    addFaultRoutes(routes, faults)
  })

  return {
    app,
    account,
    faults,
    contacts: recordsOf(contacts),
    companies: recordsOf(companies),
    timeline: communications.timeline,
    calls: log.calls,
    clearCalls: log.clear,
    addContact: (properties, linked) => told('contact.creation', addRecord(contacts, properties, now(), linked)),
    updateContact,
    removeContact: (id) => gone('contact.deletion', id, archiveRecord(contacts, id, now())),
    addCompany: (properties) => told('company.creation', addRecord(companies, properties, now())),
    updateCompany: (id, properties) => told('company.propertyChange', updateRecord(companies, id, properties, now())),
    removeCompany: (id) => gone('company.deletion', id, archiveRecord(companies, id, now())),
    sendWebhooksTo: webhooks.sendTo,
    close: () => app.close(),
  }
}

function kindOf(path: string): HubSpotCall['kind'] | null {
  if (path.startsWith('/oauth/')) return 'oauth'
  if (!path.startsWith('/crm/') && !path.startsWith('/account-info/')) return null
  return path.endsWith('/search') ? 'search' : 'api'
}
