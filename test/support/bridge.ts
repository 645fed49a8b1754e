/** A whole bridge with its CRMs' sandboxes, over real HTTP, for routes and journeys. */
import { type App, buildApp } from '../../src/app.ts'
import { type Config, readConfig } from '../../src/config.ts'
import { createConnectTickets } from '../../src/connections/connect-ticket.ts'
import { createInboxStore, type Inbox, type InboxStore } from '../../src/connections/inbox-store.ts'
import { type HubSpotSandbox, type HubSpotSandboxOptions, startHubSpotSandbox } from '../../src/sandbox/hubspot/server.ts'
import { idOf } from '../../src/sandbox/salesforce/ids.ts'
import {
  type SalesforceSandbox,
  type SalesforceSandboxOptions,
  startSalesforceSandbox,
} from '../../src/sandbox/salesforce/server.ts'
import { type Bridge, startBridge } from '../../src/start.ts'
import { createTestDatabase, type TestDatabase } from './database.ts'

export const testKeys = `k1:${Buffer.alloc(32, 7).toString('base64')}`
export const adminToken = 'an admin token for tests'
const app = { clientId: 'test-client', clientSecret: 'test-secret' }

export interface TestBridge {
  readonly bridge: Bridge
  readonly config: Config
  readonly database: TestDatabase
  readonly inboxes: InboxStore
  readonly sandbox: HubSpotSandbox
  /** Salesforce's, by where an administrator can sign in; only where it was asked for. */
  readonly salesforce: SalesforceOrgs | null
  /** Base URL, without a trailing slash. */
  readonly url: string
  /** A new inbox and the plugin URL that belongs to it. */
  inbox(data?: {
    name?: string
    crm?: string | null
    region?: string | null
  }): Promise<{ inbox: Inbox; key: string; pluginUrl: string }>
  /** The link by which an administrator connects it. */
  connectUrl(inboxId: string): string
  /** A new inbox that went through the whole consent. */
  connectedInbox(
    data?: { name?: string; region?: string | null },
    login?: Login,
  ): Promise<{ inbox: Inbox; key: string; pluginUrl: string }>
  /** The same bridge with other settings, on the same database, to be injected requests: cheaper than another bridge. */
  variant(environment: Record<string, string>): Promise<App>
  stop(): Promise<void>
}

export type TestBridgeOptions = {
  sandbox?: Partial<HubSpotSandboxOptions>
  /** Offers Salesforce as well. */
  salesforce?: Partial<SalesforceSandboxOptions>
  environment?: Record<string, string>
  /** Shares another bridge's database and sandbox: a second replica. */
  beside?: TestBridge
}

/** Three orgs, each with a login host of its own. */
export type SalesforceOrgs = Readonly<Record<'production' | 'sandbox' | 'own', SalesforceSandbox>>

/** What an administrator picks where there is a choice of logins. */
export type Login = { readonly crm: string; readonly login?: string; readonly domain?: string }
export const atSalesforce: Login = { crm: 'salesforce', login: 'production' }

/** Settings for tests that ask more than a CRM's limits allow. Give the sandbox `rateLimits: false` as well. */
export const unlimited = { HUBSPOT_SEARCHES_PER_SECOND: '0', HUBSPOT_CALLS_PER_10_SECONDS: '0' }

export async function startTestBridge(options: TestBridgeOptions = {}): Promise<TestBridge> {
  const database = options.beside?.database ?? (await createTestDatabase(undefined, { migrated: true }))
  const sandbox =
    options.beside?.sandbox ?? (await startHubSpotSandbox({ ...app, contacts: 250, secret: 'sandbox', ...options.sandbox }))
  const salesforce = options.beside?.salesforce ?? (options.salesforce ? await startOrgs(options.salesforce) : null)
  const port = await freePort()
  const environment = {
    PORT: String(port),
    ENCRYPTION_KEYS: testKeys,
    ADMIN_TOKEN: adminToken,
    LOG_LEVEL: 'silent',
    HUBSPOT_CLIENT_ID: app.clientId,
    HUBSPOT_CLIENT_SECRET: app.clientSecret,
    HUBSPOT_APP_URL: sandbox.url,
    HUBSPOT_API_URL: sandbox.url,
    ...(salesforce && {
      SALESFORCE_CLIENT_ID: app.clientId,
      SALESFORCE_CLIENT_SECRET: app.clientSecret,
      SALESFORCE_LOGIN_URL: salesforce.production.url,
      SALESFORCE_TEST_URL: salesforce.sandbox.url,
    }),
    ...database.environment,
    ...options.environment,
  }
  const config = readConfig(environment)
  const bridge = await startBridge(config)
  const inboxes = createInboxStore(bridge.database.prisma)
  const tickets = createConnectTickets(config.keys, config.publicUrl)
  const variants: App[] = []
  const made: TestBridge = {
    bridge,
    config,
    database,
    inboxes,
    sandbox,
    salesforce,
    url: config.publicUrl,
    async inbox({ name = 'Support', crm = null, region = null } = {}) {
      const { inbox, key } = await inboxes.create({ name, crm, region })
      return { inbox, key, pluginUrl: `${config.publicUrl}/inboxes/${key}` }
    },
    connectUrl: (inboxId) => tickets.url(inboxId),
    async connectedInbox(data, login) {
      const created = await made.inbox(data)
      const outcome = await consent(tickets.url(created.inbox.id), 'allow', new Browser(), login)
      if (!outcome.url.endsWith('/connected')) throw new Error(`consent ended at ${outcome.url}`)
      return created
    },
    async variant(settings) {
      const app = await buildApp(readConfig({ ...environment, ...settings }), bridge.database)
      variants.push(app)
      await app.ready()
      return app
    },
    async stop() {
      await Promise.all(variants.map((app) => app.close()))
      await bridge.stop()
      if (options.beside) return
      await Promise.all([sandbox, ...Object.values(salesforce ?? {})].map((crm) => crm.close()))
      await database.drop()
    },
  }
  return made
}

async function startOrgs(options: Partial<SalesforceSandboxOptions>): Promise<SalesforceOrgs> {
  const start = (seed: number, name: string) => {
    const org = { name, orgId: idOf('00D', seed), ...options.org }
    return startSalesforceSandbox({ ...app, contacts: 250, secret: `sandbox ${seed}`, seed, ...options, org })
  }
  return {
    production: await start(1, 'Production Inc.'),
    sandbox: await start(2, 'Sandbox Inc.'),
    own: await start(3, 'Own Domain Inc.'),
  }
}

/** A browser as far as consent needs one: keeps cookies, follows redirects by hand. */
export class Browser {
  readonly cookies = new Map<string, string>()

  async visit(url: string, init: RequestInit = {}): Promise<Response> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const response = await fetch(url, {
      redirect: 'manual',
      ...init,
      headers: { ...(cookie ? { cookie } : {}), ...init.headers },
    })
    for (const header of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(header) ?? []
      if (name === undefined || value === undefined) continue
      if (value === '' || /max-age=0/i.test(header)) this.cookies.delete(name)
      else this.cookies.set(name, value)
    }
    return response
  }
}

/** Goes from the connect link through the CRM's consent page to where the bridge sends the browser in the end. */
export async function consent(connectUrl: string, decision: 'allow' | 'deny' = 'allow', browser = new Browser(), login?: Login) {
  const callbackUrl = await consentUntilCallback(connectUrl, decision, browser, login)
  const callback = await browser.visit(callbackUrl)
  const location = callback.headers.get('location')
  const last = location === null ? callback : await browser.visit(location)
  return { url: location ?? callbackUrl, callbackUrl, status: last.status, html: await last.text(), browser }
}

/** As far as the URL that the CRM sends the browser back to. */
export async function consentUntilCallback(
  connectUrl: string,
  decision: 'allow' | 'deny',
  browser: Browser,
  login?: Login,
): Promise<string> {
  const begun = await beginConsent(connectUrl, browser, login)
  const authorize = new URL(begun.headers.get('location') ?? '')
  const decided = await fetch(authorize.origin + authorize.pathname, {
    method: 'POST',
    redirect: 'manual',
    body: new URLSearchParams([...authorize.searchParams, ['decision', decision]]),
  })
  return decided.headers.get('location') ?? ''
}

/** The press on `Connect …`: HubSpot's link unless a login is given, which is a form's. */
export function beginConsent(connectUrl: string, browser: Browser, login?: Login): Promise<Response> {
  if (login === undefined) return browser.visit(`${connectUrl}/hubspot`)
  const { crm, ...form } = login
  return browser.visit(`${connectUrl}/${crm}`, { method: 'POST', body: new URLSearchParams(form) })
}

export async function freePort(): Promise<number> {
  const { createServer } = await import('node:net')
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}
