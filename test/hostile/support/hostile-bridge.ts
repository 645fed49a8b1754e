/** A bridge with all that a hostile caller could wish for: keys, links, cookies and tokens that are good, and what must stay secret. */
import type { App } from '../../../src/app.ts'
import { createTokenVault } from '../../../src/connections/token-vault.ts'
import { adminToken, atSalesforce, consent, startTestBridge, type TestBridge, testKeys, unlimited } from '../../support/bridge.ts'
import { type Watched, watch } from './watch.ts'

/** What opens something here. */
export interface Credentials {
  /** Of a connected inbox, whose messages are logged in the CRM at once. */
  readonly key: string
  /** Of the link to connect that inbox. */
  readonly ticket: string
  /** Of a browser that consented for another inbox, which it may disconnect. */
  readonly consented: string
  /** Of the same browser, which was offered to change that inbox to another account; empty without Salesforce. */
  readonly offered: string
  /** Of the operator's browser, and the token in its forms. */
  readonly operator: string
  readonly form: string
  readonly adminToken: string
  /** Of the connected inbox's list by twenties. */
  readonly pageToken: string
}

export interface HostileBridge extends TestBridge {
  readonly app: App
  readonly watched: Watched
  /** What its cookies' names begin with. */
  readonly cookiePrefix: string
  readonly credentials: Credentials
  /** The CRMs' tokens. */
  readonly tokens: readonly string[]
  /** Ids of inboxes that nobody minds losing. */
  readonly spareInboxes: readonly string[]
  /** Numbers, addresses and whole names of the people in the CRM. */
  readonly people: readonly string[]
  /** The same with other settings, on the same database. */
  behind(publicUrl: string, environment?: Record<string, string>): Promise<HostileBridge>
}

/** What no answer may hold, and no log either. */
export const innermost: Readonly<Record<string, string>> = {
  'client secret': 'test-secret',
  'encryption key': testKeys.split(':')[1] ?? '',
  'admin token': adminToken,
}

/** @param crms also offers Salesforce with `both` */
export async function startHostileBridge(crms: 'hubspot' | 'both' = 'hubspot'): Promise<HostileBridge> {
  const bridge = await startTestBridge({
    sandbox: { contacts: 45, rateLimits: false },
    environment: { ...unlimited, LOG_LEVEL: 'trace', MESSAGES_TOGETHER_SECONDS: '0' },
    ...(crms === 'both' && { salesforce: { contacts: 10 } }),
  })
  const { app } = bridge.bridge
  const { inbox, key } = await bridge.inbox({ name: 'Support' })
  await bridge.inboxes.logMessages(inbox.id, true)
  await consent(bridge.connectUrl(inbox.id))
  const spares = await Promise.all(['Twin', 'Twin', ...Array(10).fill('Spare')].map((name) => bridge.inbox({ name })))
  const wanderer = bridge.connectUrl((await bridge.inbox({ name: 'Wanderer' })).inbox.id)
  const { browser } = await consent(wanderer)
  if (crms === 'both') await consent(wanderer, 'allow', browser, atSalesforce)
  const { results, next_page_param } = (await app.inject(`/inboxes/${key}/contacts?limit=20`)).json()
  const names: string[] = results.map(({ name }: { name: string | null }) => name ?? '')
  const reachable = [...bridge.sandbox.contacts].flatMap(({ properties: { email, phone, mobilephone } }) => {
    const numbers = [phone, mobilephone].map((number) => number ?? '')
    return [email ?? '', ...numbers, ...numbers.map((number) => number.replace(/\D/g, ''))]
  })
  const connections = await bridge.bridge.database.prisma.connection.findMany()
  const vault = createTokenVault(bridge.config.keys)
  const made: HostileBridge = {
    ...bridge,
    app,
    watched: watch(app),
    cookiePrefix: '',
    credentials: {
      key,
      ticket: bridge.connectUrl(inbox.id).split('/').at(-1) ?? '',
      consented: browser.cookies.get('crm-bridge-consented') ?? '',
      offered: browser.cookies.get('crm-bridge-offered') ?? '',
      ...(await signIn(app)),
      adminToken,
      pageToken: next_page_param,
    },
    tokens: connections.flatMap((connection) => Object.values(vault.open(connection))),
    spareInboxes: spares.map((spare) => spare.inbox.id),
    people: [...names, ...reachable].filter((text) => text.length > 8),
    async behind(publicUrl, environment) {
      const variant = await bridge.variant({ ...environment, PUBLIC_URL: publicUrl })
      const cookiePrefix = publicUrl.startsWith('https:') ? '__Host-' : ''
      return { ...made, app: variant, url: publicUrl, watched: watch(variant), cookiePrefix }
    },
  }
  made.watched.takeLog()
  return made
}

/** As the operator's browser does. */
async function signIn(app: App): Promise<{ operator: string; form: string }> {
  const signedIn = await app.inject({
    method: 'POST',
    url: '/admin/sign-in',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    payload: new URLSearchParams({ token: adminToken }).toString(),
  })
  const [cookie = ''] = String(signedIn.headers['set-cookie']).split(';')
  const { body } = await app.inject({ url: '/admin', headers: { cookie } })
  return { operator: cookie.split('=')[1] ?? '', form: formIn(body) }
}

/** The token in the forms of an operator's page. */
export const formIn = (html: string): string => /name="form" value="([^"]+)"/.exec(html)?.[1] ?? ''
