/** The plugin's routes over a real connector and real HTTP, to a CRM in a test's hands: without a database, without consent. */
import { randomUUID } from 'node:crypto'
import fastify from 'fastify'
import type { App } from '../../src/app.ts'
import { createConnectTickets } from '../../src/connections/connect-ticket.ts'
import type { Inbox } from '../../src/connections/inbox-store.ts'
import { createUpstream } from '../../src/connections/upstream.ts'
import type { Connector } from '../../src/connectors/connector.ts'
import { BridgeError } from '../../src/errors.ts'
import { readKey } from '../../src/plugin/caller.ts'
import { pluginRoutes } from '../../src/plugin/routes.ts'
import { createTelemetry, type Telemetry } from '../../src/telemetry.ts'
import { fakeCrm, fakeGrant, fakeInbox, fakeKeys } from './fake-crm.ts'
import { fakeDirectory } from './fake-directory.ts'
import { type Injected, inject } from './inject.ts'

export interface Plugin {
  readonly app: App
  readonly telemetry: Telemetry
  /** The key of a new inbox, with a grant at an account: one of its own unless said. */
  inbox(accountId?: string): string
  /** The inbox is connected anew: another grant, at another account. */
  reconnect(key: string): void
  ask(key: string, path: string): Promise<Injected>
  close(): Promise<void>
}

/** @param apiUrl where the CRM is */
export async function startPlugin(connector: Connector, apiUrl: string): Promise<Plugin> {
  const inboxes = new Map<string, Inbox>()
  const upstream = createUpstream()
  const telemetry = createTelemetry()
  const { directory } = fakeDirectory({ ...fakeCrm(), connector }, upstream.client, undefined, telemetry)
  const connect = (key: string, accountId: string) => {
    const id = randomUUID()
    inboxes.set(key, fakeInbox({ id }, fakeGrant(id, { crm: connector.id, accountId, apiUrl, recordsUrl: '' })))
  }
  const known = async (request: Parameters<typeof readKey>[0]) => {
    const inbox = inboxes.get(readKey(request) ?? '')
    if (inbox === undefined) throw new BridgeError('inbox_unauthorized', 'There is no such inbox.')
    return inbox
  }

  const app: App = fastify({ genReqId: () => randomUUID() })
  await app.register(pluginRoutes, {
    prefix: '/inboxes/:key',
    callers: { identify: known, require: known },
    connectors: [connector],
    directory,
    telemetry,
    tickets: createConnectTickets(fakeKeys, 'http://localhost:3000'),
  })
  await app.ready()
  return {
    app,
    telemetry,
    inbox(accountId = randomUUID()) {
      const key = randomUUID()
      connect(key, accountId)
      return key
    },
    reconnect: (key) => connect(key, randomUUID()),
    ask: (key, path) => inject(app, `/inboxes/${key}${path}`),
    async close() {
      await app.close()
      await upstream.close()
    },
  }
}
