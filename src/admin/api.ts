/** The operator's API: what the command line speaks, over HTTP to a running server or within its own process. */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { isSupportedCountry } from 'libphonenumber-js/min'
import { type Static, Type } from 'typebox'
import type { ConnectTickets } from '../connections/connect-ticket.ts'
import type { Connections } from '../connections/connections.ts'
import type { Inbox, InboxStore } from '../connections/inbox-store.ts'
import type { LiveInboxes } from '../connections/live-inboxes.ts'
import type { Connector } from '../connectors/connector.ts'
import { ErrorBody } from '../error-body.ts'
import { BridgeError } from '../errors.ts'

export type AdminOptions = {
  adminToken: string
  publicUrl: string
  connections: Connections
  connectors: readonly Connector[]
  inboxes: InboxStore
  live: LiveInboxes
  tickets: ConnectTickets
}

export const InboxSummary = Type.Object({
  id: Type.String(),
  name: Type.String(),
  crm: Type.Union([Type.String(), Type.Null()]),
  region: Type.Union([Type.String(), Type.Null()]),
  status: Type.String({ description: 'not_connected, active or reconnect_required' }),
  account: Type.Union([Type.String(), Type.Null()]),
  created_at: Type.String(),
  connect_url: Type.String({ description: 'for the administrator; valid for an hour' }),
})
export type InboxSummary = Static<typeof InboxSummary>

export const InboxWithKey = Type.Interface([InboxSummary], {
  plugin_url: Type.String({ description: 'holds the key, which is shown this once' }),
})
export type InboxWithKey = Static<typeof InboxWithKey>

const NewInbox = Type.Object({
  name: Type.String({ minLength: 1, maxLength: 200 }),
  crm: Type.Optional(Type.String()),
  region: Type.Optional(Type.String()),
})
const Named = Type.Object({ id: Type.String({ description: 'an inbox’s id, or its name if no other has it' }) })

export const adminApi: FastifyPluginAsyncTypebox<AdminOptions> = async (app, options) => {
  const { adminToken, publicUrl, connections, connectors, inboxes, live, tickets } = options
  const failures = { '4xx': ErrorBody, '5xx': ErrorBody }

  app.addHook('onRequest', async (request) => {
    const [, token] = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '') ?? []
    if (!sameSecret(token ?? '', adminToken))
      throw new BridgeError('inbox_unauthorized', 'The admin token is missing or wrong (ADMIN_TOKEN).')
  })

  app.get('/inboxes', { schema: { response: { 200: Type.Array(InboxSummary), ...failures } } }, async () =>
    (await inboxes.list()).map(summary),
  )

  app.post('/inboxes', { schema: { body: NewInbox, response: { 201: InboxWithKey, ...failures } } }, async (request, reply) => {
    const { name, crm = null, region = null } = request.body
    if (name.trim() === '') throw new BridgeError('request_invalid', 'An inbox needs a name.')
    if (crm !== null && !connectors.some(({ id }) => id === crm)) {
      throw new BridgeError(
        'request_invalid',
        `There is no CRM ${crm} on this server; set up are: ${connectors.map(({ id }) => id).join(', ') || 'none'}.`,
      )
    }
    if (region !== null && !isSupportedCountry(region.toUpperCase())) {
      throw new BridgeError('request_invalid', 'The region is not an ISO 3166 country code such as US or DE.')
    }
    const { inbox, key } = await inboxes.create({ name: name.trim(), crm, region: region?.toUpperCase() ?? null })
    reply.code(201)
    return { ...summary(inbox), plugin_url: pluginUrl(key) }
  })

  app.post(
    '/inboxes/:id/rotate-key',
    { schema: { params: Named, response: { 200: InboxWithKey, ...failures } } },
    async (request) => {
      const inbox = await find(request.params.id)
      const key = await inboxes.rotateKey(inbox.id)
      if (key === null) throw noSuchInbox()
      live.forget()
      return { ...summary(inbox), plugin_url: pluginUrl(key) }
    },
  )

  app.post(
    '/inboxes/:id/disconnect',
    { schema: { params: Named, response: { 200: InboxSummary, ...failures } } },
    async (request) => {
      const inbox = await find(request.params.id)
      await connections.disconnect(inbox.id)
      return summary({ ...inbox, connection: null })
    },
  )

  app.delete('/inboxes/:id', { schema: { params: Named, response: { 200: InboxSummary, ...failures } } }, async (request) => {
    const inbox = await find(request.params.id)
    await connections.disconnect(inbox.id)
    await inboxes.remove(inbox.id)
    live.forget()
    return summary({ ...inbox, connection: null })
  })

  async function find(idOrName: string): Promise<Inbox> {
    const byId = await inboxes.byId(idOrName)
    if (byId !== null) return byId
    const named = (await inboxes.list()).filter(({ name }) => name === idOrName)
    if (named.length > 1) throw new BridgeError('request_invalid', 'Several inboxes have this name: give the id.')
    if (named[0] === undefined) throw noSuchInbox()
    return named[0]
  }

  function summary({ id, name, crm, region, createdAt, connection }: Inbox): InboxSummary {
    return {
      id,
      name,
      crm: connection?.crm ?? crm,
      region,
      status: connection?.status ?? 'not_connected',
      account: connection?.accountName ?? null,
      created_at: createdAt.toISOString(),
      connect_url: tickets.url(id),
    }
  }

  const pluginUrl = (key: string) => `${publicUrl}/inboxes/${key}`
}

const noSuchInbox = () => new BridgeError('request_invalid', 'There is no such inbox: see the list.')

/** Compared as hashes, so that neither the length nor the position of the first difference shows in the time. */
function sameSecret(given: string, expected: string): boolean {
  const hash = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(hash(given), hash(expected))
}
