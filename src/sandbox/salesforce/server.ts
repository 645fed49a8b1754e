// The Salesforce sandbox: puts its parts together and listens.

import { randomBytes } from 'node:crypto'
import formbody from '@fastify/formbody'
import fastify, { type FastifyInstance } from 'fastify'
import { type Call, logCalls } from '../call-log.ts'
import { compressAnswers } from '../compression.ts'
import { injectFaults } from '../fault-injection.ts'
import { addFaultRoutes } from '../fault-routes.ts'
import { Faults } from '../faults.ts'
import { Grants } from '../grants.ts'
import { listen } from '../listen.ts'
import { addApi } from './api.ts'
import type { ConsentRefusal } from './consent.ts'
import { addControl } from './control.ts'
import { Cursors } from './cursors.ts'
import { bodyForStatus, SalesforceError, speakSalesforce } from './errors.ts'
import { addIdentityRoutes } from './identity.ts'
import { readJsonBodies } from './json-body.ts'
import { addOAuthRoutes } from './oauth.ts'
import { DEFAULT_ORG, type SalesforceOrg } from './org.ts'
import { createQuery } from './query.ts'
import { queryResources } from './query-resources.ts'
import { Quota } from './quota.ts'
import { addRecordPages } from './record-pages.ts'
import { addRecord, recordsOf, removeRecord, type SalesforceRecords, updateRecord } from './records.ts'
import { createObjects, type OrgFeatures } from './schema.ts'
import { searchResources } from './search-resources.ts'
import type { FieldValues, SalesforceRecord } from './sobject.ts'
import { sobjectResources } from './sobject-resources.ts'
import { createRecords } from './tasks.ts'

/** How to set a sandbox up. */
export interface SalesforceSandboxOptions {
  /** The app's id and secret; any others are refused. */
  readonly clientId: string
  readonly clientSecret: string
  /** The app's callback URLs; any https address and any on loopback unless said. */
  readonly redirectUris?: readonly string[]
  /** Where to listen; 127.0.0.1 and a free port unless said. */
  readonly host?: string
  readonly port?: number
  /** How many records there are, contacts and leads together, 0 to 1,000,000; 1,000 unless said. They cost nothing until they are looked at. */
  readonly contacts?: number
  /** How many of them are leads: a number, or below 1 a share; a fifth unless said. */
  readonly leads?: number
  /** The same seed gives the same people. */
  readonly seed?: number
  /** Signs the tokens; with the same secret they stay good over a restart. Random unless said. */
  readonly secret?: string
  /** Seconds that a session lasts; two hours unless said. */
  readonly sessionLifetime?: number
  /** Whether each refresh returns a new refresh token and ends the old one, whose use then ends the grant. True unless said. */
  readonly rotateRefreshTokens?: boolean
  /** API calls that the org may make in 24 hours; 100,000 unless said. */
  readonly apiQuota?: number
  readonly features?: OrgFeatures
  /** The org to be; parts left out are made up. */
  readonly org?: Partial<SalesforceOrg>
  /** The clock, in epoch milliseconds. */
  readonly now?: () => number
}

/** What a call to the sandbox was: a query, a search, another API call, or OAuth. Pages and control routes aren't logged. */
export type SalesforceCall = Call<'query' | 'search' | 'api' | 'oauth'>

/** A sandbox that isn't listening: for `app.inject`, or to listen in one's own way. */
export interface SalesforceSandboxApp {
  readonly app: FastifyInstance
  readonly org: SalesforceOrg
  readonly faults: Faults
  readonly contacts: SalesforceRecords
  /** Empty where the org has no leads. */
  readonly leads: SalesforceRecords
  readonly accounts: SalesforceRecords
  readonly tasks: SalesforceRecords
  calls(): readonly SalesforceCall[]
  clearCalls(): void
  /** Adds a record. Throws for a field that the org doesn't have. */
  addRecord(type: 'Contact' | 'Lead' | 'Account', fields: FieldValues): SalesforceRecord
  /** Changes fields of a record of any object; null when there is no such record. */
  updateRecord(id: string, fields: FieldValues): SalesforceRecord | null
  /** Deletes a record of any object; false when there is none. */
  removeRecord(id: string): boolean
  /** Ends every session: each access token given out so far is an INVALID_SESSION_ID. Refresh tokens still count. */
  endSessions(): void
  /** Lets nobody consent, for this reason, until it is called with null. */
  refuseConsent(refusal: ConsentRefusal | null): void
  /** Turns the org's API off and on. */
  enableApi(enabled: boolean): void
  close(): Promise<void>
}

/** A sandbox that listens at `url`, which is its login host and its instance in one. */
export interface SalesforceSandbox extends SalesforceSandboxApp {
  readonly url: string
}

/** Builds a sandbox and listens. `close()` also ends connections that a fault keeps open. */
export async function startSalesforceSandbox(options: SalesforceSandboxOptions): Promise<SalesforceSandbox> {
  const sandbox = buildSalesforceSandbox(options)
  return { ...sandbox, url: await listen(sandbox.app, options) }
}

/** Builds a sandbox without listening. Sandboxes share nothing, so a process may have any number of them. */
export function buildSalesforceSandbox(options: SalesforceSandboxOptions): SalesforceSandboxApp {
  const { clientId, clientSecret, redirectUris = [], seed = 1, features = {}, now = Date.now } = options
  const { sessionLifetime = 7200, rotateRefreshTokens = true } = options
  const org = { ...DEFAULT_ORG, ...options.org }
  const { contacts, leads, accounts, tasks, schema } = createObjects(
    org,
    { seed, records: options.contacts ?? 1000, leads: options.leads ?? 0.2 },
    features,
  )
  const faults = new Faults()
  const quota = new Quota(options.apiQuota ?? 100_000, now)
  const grants = new Grants({
    secret: options.secret ?? randomBytes(32).toString('base64url'),
    rotate: rotateRefreshTokens,
    now,
    codeLifetime: 900,
  })
  let consentRefusal: ConsentRefusal | null = null
  const refuseConsent = (refusal: ConsentRefusal | null) => {
    consentRefusal = refusal
  }
  let apiEnabled = features.apiEnabled ?? true
  const endSessions = () => grants.endAllAccess()
  const access = { grants, orgId: org.orgId, quota, apiEnabled: () => apiEnabled }
  const resources = [
    ...queryResources({ schema, query: createQuery(), cursors: new Cursors(now), now }),
    ...searchResources(schema, now),
    ...sobjectResources(schema, org, quota),
  ]

  const app = fastify({
    forceCloseConnections: true,
    // A fault with a misspelt field should be refused, not ordered without it.
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false } },
    // Room for a URL that is too long for Salesforce, so that the sandbox can say so.
    http: { maxHeaderSize: 256 * 1024 },
    routerOptions: { maxParamLength: 100_000 },
  })
  const log = logCalls(app, { kindOf, now })
  speakSalesforce(app)
  compressAnswers(app)
  injectFaults(app, faults, bodyForStatus)
  app.register(async (routes) => {
    routes.removeAllContentTypeParsers()
    await routes.register(formbody)
    addOAuthRoutes(routes, {
      clientId,
      clientSecret,
      redirectUris,
      org,
      grants,
      sessionLifetime,
      rotateRefreshTokens,
      refusal: () => consentRefusal,
      now,
    })
    addIdentityRoutes(routes, org, access)
    addRecordPages(routes, schema)
    addControl(routes, { org, schema, quota, faults, endSessions, consentRefusal: () => consentRefusal, refuseConsent })
  })
  app.register(async (routes) => {
    readJsonBodies(routes)
    addApi(routes, { access, resources, create: (body) => createRecords(schema, body, now()) })
    addFaultRoutes(routes, faults)
  })

  return {
    app,
    org,
    faults,
    contacts: recordsOf(contacts),
    leads: leads === null ? NONE : recordsOf(leads),
    accounts: recordsOf(accounts),
    tasks: recordsOf(tasks),
    calls: log.calls,
    clearCalls: log.clear,
    addRecord(type, fields) {
      const object = schema.get(type.toLowerCase())
      if (object === undefined) throw new SalesforceError(400, 'INVALID_TYPE', `sObject type '${type}' is not supported.`)
      return addRecord(object, fields, now())
    },
    updateRecord: (id, fields) => updateRecord(schema, id, fields, now()),
    removeRecord: (id) => removeRecord(schema, id),
    endSessions,
    refuseConsent,
    enableApi(enabled) {
      apiEnabled = enabled
    },
    close: () => app.close(),
  }
}

const NONE: SalesforceRecords = { size: 0, get: () => undefined, [Symbol.iterator]: () => [][Symbol.iterator]() }

function kindOf(path: string): SalesforceCall['kind'] | null {
  if (path.startsWith('/services/oauth2/') || path.startsWith('/id/')) return 'oauth'
  const resource = /^\/services\/data(?:\/v[\d.]+\/(\w+))?/.exec(path)
  if (resource === null) return null
  return resource[1] === 'query' || resource[1] === 'search' ? resource[1] : 'api'
}
