/** `npm run demo`: bridge, database and stand-ins of the CRMs in one process, on loopback, with an inbox for each ready to connect. */
import { parseArgs } from 'node:util'
import { readConfig, readDemoSettings } from './config.ts'
import { createConnectTickets } from './connections/connect-ticket.ts'
import { createInboxStore } from './connections/inbox-store.ts'
import { type HubSpotSandbox, startHubSpotSandbox } from './sandbox/hubspot/server.ts'
import { startSalesforceSandbox } from './sandbox/salesforce/server.ts'
import { startBridge } from './start.ts'

const { values: options } = parseArgs({ options: { json: { type: 'boolean', default: false } } })

try {
  await demo()
} catch (error) {
  console.error(`demo: ${explain(error)}`)
  process.exit(1)
}

async function demo(): Promise<void> {
  const { sandboxPort, sandboxContacts, environment } = readDemoSettings()
  const { keys } = readConfig(environment)
  // Tokens signed by a secret that stays: a connection made in one run works in the next.
  const secret = keys.derive('demo sandbox').toString('hex')
  const app = { clientId: 'demo-client', clientSecret: 'demo-secret', contacts: sandboxContacts, secret }
  const hubspot = await startHubSpotSandbox({ ...app, port: sandboxPort })
  const salesforce = await startSalesforceSandbox({ ...app, port: sandboxPort && sandboxPort + 1 })
  const config = readConfig({
    ...environment,
    HUBSPOT_CLIENT_ID: app.clientId,
    HUBSPOT_CLIENT_SECRET: app.clientSecret,
    HUBSPOT_APP_URL: hubspot.url,
    HUBSPOT_API_URL: hubspot.url,
    SALESFORCE_CLIENT_ID: app.clientId,
    SALESFORCE_CLIENT_SECRET: app.clientSecret,
    SALESFORCE_LOGIN_URL: salesforce.url,
    SALESFORCE_TEST_URL: salesforce.url,
    // Nobody wants to wait two minutes for a demonstration.
    MESSAGES_TOGETHER_SECONDS: '3',
  })
  const bridge = await startBridge(config)
  hubspot.sendWebhooksTo(`${config.publicUrl}/public/webhook/hubspot`)
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => Promise.all([bridge.stop(), hubspot.close(), salesforce.close()]).then(() => process.exit(0)))
  }

  const inboxes = createInboxStore(bridge.database.prisma)
  const tickets = createConnectTickets(keys, config.publicUrl)
  const newInbox = async (crm: string, name: string, key: string) => {
    const { inbox } = await inboxes.create({ name, crm, region: null }, key)
    return (await inboxes.logMessages(inbox.id, true)) ?? inbox
  }
  const demoInbox = async (crm: string, name: string) => {
    // Derived, so that the plugin URL stays the same from run to run.
    const key = keys.derive(`demo inbox ${crm}`).toString('base64url').slice(0, 32)
    const inbox = (await inboxes.byKey(key)) ?? (await newInbox(crm, name, key))
    return {
      pluginUrl: `${config.publicUrl}/inboxes/${key}`,
      connectUrl: tickets.url(inbox.id),
      connected: inbox.connection !== null,
    }
  }
  const first = await demoInbox('hubspot', 'Demo inbox')
  const second = await demoInbox('salesforce', 'Second demo inbox')
  const links = {
    pluginUrl: first.pluginUrl,
    connectUrl: first.connectUrl,
    adminUrl: `${config.publicUrl}/admin`,
    adminToken: config.adminToken,
    sandbox: { hubspot: hubspot.url, salesforce: salesforce.url },
    customer: customerOf(hubspot),
    pluginUrls: { hubspot: first.pluginUrl, salesforce: second.pluginUrl },
    connectUrls: { hubspot: first.connectUrl, salesforce: second.connectUrl },
  }
  console.log(options.json ? JSON.stringify(links) : describe(links, sandboxContacts, first.connected))
}

/** Somebody who may write: a contact with an international number, and the page that shows the contact's timeline. */
function customerOf({ url, account, contacts }: HubSpotSandbox): { from: string; timelineUrl: string } | null {
  for (const { id, properties } of contacts) {
    const from = properties.hs_searchable_calculated_international_phone_number?.replace(/\D/g, '')
    if (from) return { from, timelineUrl: `${url}/contacts/${account.portalId}/record/0-1/${id}` }
  }
  return null
}

type Links = {
  adminUrl: string
  adminToken: string
  customer: { from: string; timelineUrl: string } | null
  pluginUrls: { hubspot: string; salesforce: string }
  connectUrls: { hubspot: string; salesforce: string }
  sandbox: { hubspot: string; salesforce: string }
}

function describe(
  { adminUrl, adminToken, customer, pluginUrls, connectUrls, sandbox }: Links,
  contacts: number,
  connected: boolean,
): string {
  return `
The demo runs on this machine only: the bridge, its database, and sandboxes of both CRMs with ${contacts} made-up contacts each.

  HubSpot      connect     ${connectUrls.hubspot}
               plugin URL  ${pluginUrls.hubspot}
               sandbox     ${sandbox.hubspot}/sandbox
  Salesforce   connect     ${connectUrls.salesforce}
               plugin URL  ${pluginUrls.salesforce}
               sandbox     ${sandbox.salesforce}/sandbox
  Operator                 ${adminUrl}, with the admin token ${adminToken}

  1. ${connected ? 'The first inbox is connected already. To connect again, open' : 'Open'} a connect link, press “Connect …”, then “Allow”.
  2. Ask as the inbox does:  curl '${pluginUrls.hubspot}/contacts/?search=ana'
${customer === null ? '' : sample(pluginUrls.hubspot, customer)}
  Ctrl-C ends everything; the next start finds the connections again.
`
}

/** What a customer writes, as WhatsApp tells the inbox. */
function sample(pluginUrl: string, { from, timelineUrl }: NonNullable<Links['customer']>): string {
  const text = { from, id: "wamid.'$(date +%s)'", timestamp: "'$(date +%s)'", type: 'text', text: { body: 'Is the roof done?' } }
  const body = { messages: [text], contacts: [{ wa_id: from, profile: { name: 'Ana' } }] }
  return `  3. Write as a customer does: curl '${pluginUrl}/webhook' -d '${JSON.stringify(body)}'
     Some seconds later it is on the contact's timeline in HubSpot: ${timelineUrl}
`
}

function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if ('code' in error && error.code === 'EADDRINUSE')
    return `Port ${'port' in error ? error.port : ''} is taken. Set PORT or SANDBOX_PORT to a free one.`
  return error.message
}
