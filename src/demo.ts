/** `npm run demo`: bridge, database and a stand-in for the CRM in one process, on loopback, with one inbox ready to connect. */
import { parseArgs } from 'node:util'
import { readConfig, readDemoSettings } from './config.ts'
import { createConnectTickets } from './connections/connect-ticket.ts'
import { createInboxStore } from './connections/inbox-store.ts'
import { startHubSpotSandbox } from './sandbox/hubspot/server.ts'
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
  const app = { clientId: 'demo-client', clientSecret: 'demo-secret' }
  const sandbox = await startHubSpotSandbox({
    ...app,
    port: sandboxPort,
    contacts: sandboxContacts,
    // Tokens signed by a secret that stays: a connection made in one run works in the next.
    secret: keys.derive('demo sandbox').toString('hex'),
  })
  const config = readConfig({
    ...environment,
    HUBSPOT_CLIENT_ID: app.clientId,
    HUBSPOT_CLIENT_SECRET: app.clientSecret,
    HUBSPOT_APP_URL: sandbox.url,
    HUBSPOT_API_URL: sandbox.url,
  })
  const bridge = await startBridge(config)
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => Promise.all([bridge.stop(), sandbox.close()]).then(() => process.exit(0)))
  }

  const inboxes = createInboxStore(bridge.database.prisma)
  // Derived, so that the plugin URL stays the same from run to run.
  const key = keys.derive('demo inbox hubspot').toString('base64url').slice(0, 32)
  const inbox =
    (await inboxes.byKey(key)) ?? (await inboxes.create({ name: 'Demo inbox', crm: 'hubspot', region: null }, key)).inbox
  const links = {
    pluginUrl: `${config.publicUrl}/inboxes/${key}`,
    connectUrl: createConnectTickets(keys, config.publicUrl).url(inbox.id),
    adminUrl: `${config.publicUrl}/admin`,
    sandbox: { hubspot: sandbox.url },
  }
  console.log(options.json ? JSON.stringify(links) : describe(links, sandboxContacts, inbox.connection !== null))
}

type Links = { pluginUrl: string; connectUrl: string; adminUrl: string; sandbox: { hubspot: string } }

function describe({ pluginUrl, connectUrl, adminUrl, sandbox }: Links, contacts: number, connected: boolean): string {
  return `
The demo runs on this machine only: the bridge, its database, and a HubSpot sandbox with ${contacts} made-up contacts.

  Connect       ${connectUrl}
  Plugin URL    ${pluginUrl}
  Operator      ${adminUrl}
  Sandbox       ${sandbox.hubspot}/sandbox

  1. ${connected ? 'The inbox is connected already. To connect again, open' : 'Open'} the connect link, press “Connect HubSpot”, then “Allow”.
  2. Ask as the inbox does:  curl '${pluginUrl}/contacts/?search=ana'
  3. Ctrl-C ends everything; the next start finds the connection again.
`
}

function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if ('code' in error && error.code === 'EADDRINUSE')
    return `Port ${'port' in error ? error.port : ''} is taken. Set PORT or SANDBOX_PORT to a free one.`
  return error.message
}
