/** What the administrator's browser visits: the connect page, the CRM's consent and back, and how it ended. */
import oauth2, { type OAuth2Namespace } from '@fastify/oauth2'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { ConnectTickets } from '../connections/connect-ticket.ts'
import type { Connections } from '../connections/connections.ts'
import type { Inbox, InboxStore } from '../connections/inbox-store.ts'
import { oauthCredentials, TokenError, toTokenError } from '../connections/token-endpoint.ts'
import type { Connector } from '../connectors/connector.ts'
import type { Directory } from '../directory/directory.ts'
import { errorBody } from '../error-body.ts'
import { BridgeError } from '../errors.ts'
import type { ConsentStates } from './consent-state-store.ts'
import type { ConsentCookies } from './cookies.ts'
import { type Outcome, outcomes } from './outcomes.ts'

export type ConsentOptions = {
  publicUrl: string
  connectors: readonly Connector[]
  connections: Connections
  cookies: ConsentCookies
  directory: Directory
  inboxes: InboxStore
  states: ConsentStates
  tickets: ConnectTickets
}

type TicketParams = { Params: { ticket: string } }
type CallbackQuery = { Querystring: Record<string, string | string[] | undefined> }

export const consentRoutes: FastifyPluginAsyncTypebox<ConsentOptions> = async (app, options) => {
  const { publicUrl, connectors, connections, cookies, directory, inboxes, states, tickets } = options

  app.get<TicketParams>('/connect/:ticket', async (request, reply) => {
    const inbox = await inboxOf(request.params.ticket)
    if (inbox === null) return show(reply, outcomes.linkExpired())
    if (connectors.length === 0) return show(reply, outcomes.nothingOffered())
    return reply.view('consent/pages/connect', {
      title: `Connect “${inbox.name}”`,
      inbox,
      ticket: request.params.ticket,
      permissions: [...new Set(connectors.flatMap(({ oauth }) => oauth.permissions))],
      connectors: connectors.toSorted((a, b) => Number(b.id === inbox.crm) - Number(a.id === inbox.crm)),
      connected: connectors.find(({ id }) => inbox.connection?.status === 'active' && inbox.connection.crm === id),
    })
  })

  app.get('/connected', async (request, reply) => {
    const inboxId = cookies.remembered(request)
    const inbox = inboxId === null ? null : await inboxes.byId(inboxId)
    const connector = connectors.find(({ id }) => id === inbox?.connection?.crm)
    if (inbox?.connection == null || connector === undefined) return show(reply, outcomes.notConnectedHere())
    const preview = await previewOf(inbox)
    return reply.view('consent/pages/connected', {
      title: `${connector.label} is connected`,
      crm: connector.label,
      inbox,
      account: inbox.connection.accountName,
      ...preview,
    })
  })

  app.get('/connect/:ticket/:crm', async (_request, reply) => show(reply, outcomes.crmNotOffered()))
  app.get('/oauth/:crm/callback', async (_request, reply) => show(reply, outcomes.crmNotOffered()))

  // A person looks at these pages, so what fails here is told as one, too.
  app.setErrorHandler((error, request, reply) => {
    const { status, headers } = errorBody(error, request)
    return show(reply.headers(headers), outcomes.failed(status, request.id))
  })

  for (const connector of connectors) await app.register(consentAt, connector)

  /** The flow at one CRM: to its consent page and back. */
  async function consentAt(scope: typeof app, connector: Connector) {
    const name = `${connector.id}Consent`
    const inboxOfFlow = new WeakMap<FastifyRequest, string>()
    await scope.register(oauth2, {
      name,
      credentials: oauthCredentials(connector.oauth),
      scope: [...connector.oauth.scopes],
      callbackUri: `${publicUrl}/oauth/${connector.id}/callback`,
      pkce: 'S256',
      ...cookies.flow(connector.id),
      generateStateFunction: (request: FastifyRequest) =>
        states.begin({ inboxId: inboxOfFlow.get(request) ?? '', crm: connector.id }),
      // The callback's handler has compared the cookie and used up the database's state before it asks for tokens.
      checkStateFunction: (request: FastifyRequest) => inboxOfFlow.has(request),
    })
    const flow: OAuth2Namespace = Object.getOwnPropertyDescriptor(scope, name)?.value

    scope.get<TicketParams>(`/connect/:ticket/${connector.id}`, async (request, reply) => {
      const inbox = await inboxOf(request.params.ticket)
      if (inbox === null) return show(reply, outcomes.linkExpired())
      inboxOfFlow.set(request, inbox.id)
      return reply.redirect(await flow.generateAuthorizationUri(request, reply))
    })

    scope.get<CallbackQuery>(`/oauth/${connector.id}/callback`, async (request, reply) => {
      const { state, code, error } = request.query
      if (typeof state !== 'string' || !cookies.beganFlow(request, connector.id, state))
        return show(reply, outcomes.otherBrowser())
      const begun = await states.finish(state)
      if (begun === null || begun.crm !== connector.id) return show(reply, outcomes.expired(connector.label))
      const again = `${tickets.url(begun.inboxId)}/${connector.id}`
      if (error !== undefined) {
        return show(
          reply,
          error === 'access_denied' ? outcomes.denied(connector.label) : outcomes.refused(connector.label),
          again,
        )
      }
      if (typeof code !== 'string' || code === '') return show(reply, outcomes.refused(connector.label), again)
      inboxOfFlow.set(request, begun.inboxId)
      try {
        const { token } = await flow.getAccessTokenFromAuthorizationCodeFlow(request, reply).catch((failure) => {
          throw toTokenError(failure)
        })
        const missing = missingScopes(connector, token)
        if (missing) return show(reply, outcomes.missingPermission(connector.label), again)
        const asking = directory.asking(
          connector,
          { accountId: begun.inboxId, epoch: begun.inboxId },
          null,
          new AbortController().signal,
        )
        await connections.connect(begun.inboxId, connector, await connections.inspect(connector, { ...token }, asking))
      } catch (failure) {
        request.log.warn({ err: failure, crm: connector.id }, 'consent failed')
        return show(reply, outcomeOf(failure, connector.label), again)
      }
      cookies.remember(reply, begun.inboxId)
      return reply.redirect(`${publicUrl}/connected`, 303)
    })
  }

  async function inboxOf(ticket: string): Promise<Inbox | null> {
    const inboxId = tickets.read(ticket)
    return inboxId === null ? null : inboxes.byId(inboxId)
  }

  /** A few contacts as the inbox will show them: the proof that it works. A CRM that stumbles now doesn't undo the connection. */
  async function previewOf(inbox: Inbox) {
    const { contacts, count, problem } = await directory.list(
      inbox,
      { search: '', limit: 100, token: '' },
      new AbortController().signal,
    )
    const named = contacts.filter(({ name, phone_numbers }) => name !== null && phone_numbers.length > 0)
    return { contacts: (named.length > 0 ? named : contacts).slice(0, 3), count: count.toLocaleString('en'), problem }
  }
}

function show(reply: FastifyReply, outcome: Outcome, again?: string) {
  return reply.code(outcome.status).view('consent/pages/outcome', { ...outcome, again })
}

/** Scopes that were asked for and not granted; a CRM that doesn't list what it granted has granted what was asked (RFC 6749, 5.1). */
function missingScopes(connector: Connector, token: object): boolean {
  const { scopes } = connector.oauth.readGrant({ ...token })
  return scopes.length > 0 && connector.oauth.scopes.some((scope) => !scopes.includes(scope))
}

function outcomeOf(failure: unknown, crm: string): Outcome {
  if (failure instanceof TokenError) {
    if (failure.kind === 'ended') return outcomes.expired(crm)
    return failure.kind === 'misconfigured' ? outcomes.misconfigured(crm) : outcomes.crmDown(crm)
  }
  if (failure instanceof BridgeError)
    return failure.code === 'crm_forbidden' ? outcomes.missingPermission(crm) : outcomes.crmDown(crm)
  throw failure
}
