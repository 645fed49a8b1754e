/** The OAuth flow at one CRM: from the administrator's press on Connect to the CRM's consent page, and back with its answer. */
import type { FastifyOAuth2Options, OAuth2Namespace } from '@fastify/oauth2'
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify'
import type { ConnectTickets } from '../connections/connect-ticket.ts'
import type { Connections, TokenAnswer } from '../connections/connections.ts'
import type { AccountAtCrm, Grants } from '../connections/grants.ts'
import type { Inbox } from '../connections/inbox-store.ts'
import { scopesFor } from '../connections/message-logging.ts'
import { consentPatience, exchangeCode, oauthCredentials, TokenError, toTokenError } from '../connections/token-endpoint.ts'
import type { Connector } from '../connectors/connector.ts'
import { lazily } from '../connectors/lazily.ts'
import type { Directory } from '../directory/directory.ts'
import { BridgeError } from '../errors.ts'
import type { Words } from '../language.ts'
import { callbackUri } from './callback-uri.ts'
import type { ConsentStates, Flow } from './consent-state-store.ts'
import type { ConsentCookies } from './cookies.ts'
import { type Outcome, outcomes } from './outcomes.ts'
import type { createPressGuard } from './presses.ts'

export type FlowOptions = {
  connector: Connector
  publicUrl: string
  connections: Connections
  cookies: ConsentCookies
  directory: Directory
  grants: Grants
  states: ConsentStates
  tickets: ConnectTickets
  /** The inbox of a ticket; null when the ticket isn't good any more. */
  inboxOf(ticket: string): Promise<Inbox | null>
  /** Remembers in this browser that it connected the inbox to the account. */
  remember(reply: FastifyReply, inboxId: string, account: Pick<AccountAtCrm, 'crm' | 'id'>): Promise<void>
  pressGuard: ReturnType<typeof createPressGuard>
  /** The link by which this browser came to the inbox; null when it has ended. */
  linkAgain(request: FastifyRequest, inboxId: string): string | null
  show(reply: FastifyReply, outcome: Outcome, again?: string | null): FastifyReply
}

type LoginForm = { login?: unknown; domain?: unknown }
type StartRequest = { Params: { ticket: string }; Body: LoginForm | undefined }
type CallbackRequest = { Querystring: Record<string, string | string[] | undefined> }

export async function consentFlow(scope: FastifyInstance, options: FlowOptions): Promise<void> {
  const {
    connector,
    publicUrl,
    connections,
    cookies,
    directory,
    grants,
    states,
    tickets,
    inboxOf,
    linkAgain,
    remember,
    pressGuard,
    show,
  } = options
  const { oauth, label } = connector
  const callback = callbackUri(publicUrl, connector.id)
  /** What a request that is being answered is about: @fastify/oauth2 hands its functions nothing but the request. */
  const flowOf = new WeakMap<FastifyRequest, Flow>()

  const plugin = lazily(() =>
    openOAuth({
      name: 'consent',
      credentials: oauthCredentials(oauth, null, consentPatience),
      scope: [...oauth.scopes],
      callbackUri: callback,
      pkce: 'S256',
      ...cookies.flow(connector.id),
      generateStateFunction: (request: FastifyRequest) => states.begin(flowOf.get(request) as Flow),
      // The callback's handler compares the cookie and uses up the database's state, before anything else happens.
      checkStateFunction: (request: FastifyRequest) => flowOf.has(request),
    }),
  )

  // A CRM that knows the app may answer without asking: whoever has a link could else connect a visitor's account to their own inbox.
  const pressed = { onRequest: pressGuard, exposeHeadRoute: false }
  scope.get<StartRequest>(`/connect/:ticket/${connector.id}`, pressed, (request, reply) => start(request, reply, {}))
  // Where there is a choice of logins; guarded as every form is. In the body, not the query: no link can pick a host for somebody.
  scope.post<StartRequest>(`/connect/:ticket/${connector.id}`, (request, reply) => start(request, reply, request.body ?? {}))

  async function start(request: FastifyRequest<StartRequest>, reply: FastifyReply, choice: LoginForm) {
    const { ticket } = request.params
    const inbox = await inboxOf(ticket)
    if (inbox === null) return show(reply, outcomes.linkExpired())
    const login = readLogin(connector, choice)
    if ('refusal' in login) return show(reply, outcomes.wrongLogin(login.refusal), tickets.again(ticket, inbox.id))
    cookies.rememberTicket(reply, ticket)
    flowOf.set(request, { inboxId: inbox.id, crm: connector.id, loginUrl: login.url })
    const authorizationUrl = await (await plugin()).generateAuthorizationUri(request, reply)
    return reply.redirect(at(login.url, asking(scopesFor(inbox, connector), authorizationUrl)), 303)
  }

  scope.get<CallbackRequest>(`/oauth/${connector.id}/callback`, { exposeHeadRoute: false }, async (request, reply) => {
    const { state, code, error, error_description: description } = request.query
    if (typeof state !== 'string' || !cookies.beganFlow(request, connector.id, state)) {
      // The cookie is gone after the first answer: whoever reloads or goes back isn't in another browser.
      const wasFinished = typeof state === 'string' && (await states.wasFinished(state))
      return show(reply, wasFinished ? outcomes.expired(label) : outcomes.otherBrowser())
    }
    const flow = await states.finish(state)
    if (flow === null || flow.crm !== connector.id) return show(reply, outcomes.expired(label))
    // Where there is a choice of logins it is offered again: it may be what went wrong.
    const link = linkAgain(request, flow.inboxId)
    const again = link && link + (oauth.logins === null ? `/${connector.id}` : '')
    if (error !== undefined || typeof code !== 'string' || code === '') {
      return show(reply, refusalOf(connector, String(error ?? ''), String(description ?? '')), again)
    }
    flowOf.set(request, flow)
    try {
      const answer = await tokenAnswer(request, reply, code, flow)
      if (lacksScopes(connector, answer)) return show(reply, outcomes.missingPermission(label), again)
      const asking = directory.asking(connector, { accountId: flow.inboxId, epoch: flow.inboxId })
      const grant = await connections.inspect(flow.inboxId, connector, answer, asking)
      const { offerId } = await grants.connect(flow.inboxId, connector, grant, flow.loginUrl)
      if (offerId !== null) {
        cookies.rememberOffer(reply, offerId)
        return reply.redirect(`${publicUrl}/connected/replace`, 303)
      }
      await remember(reply, flow.inboxId, { crm: connector.id, id: grant.account.id })
    } catch (failure) {
      const outcome = outcomeOf(connector, failure)
      request.log.warn({ err: failure, crm: connector.id }, 'consent failed')
      return show(reply, outcome, again)
    }
    return reply.redirect(`${publicUrl}/connected`, 303)
  })

  /** @throws {TokenError} */
  async function tokenAnswer(
    request: FastifyRequest,
    reply: FastifyReply,
    code: string,
    { loginUrl }: Flow,
  ): Promise<TokenAnswer> {
    if (loginUrl === null) {
      const { getAccessTokenFromAuthorizationCodeFlow } = await plugin()
      const { token } = await getAccessTokenFromAuthorizationCodeFlow(request, reply).catch((failure) => {
        throw toTokenError(failure)
      })
      return { ...token }
    }
    // The plugin knows one host; the code is redeemed where it was given, by the library beneath the plugin.
    const verifier = cookies.takeVerifier(request, reply, connector.id)
    return exchangeCode(oauth, loginUrl, { code, redirect_uri: callback, code_verifier: verifier })
  }
}

/**
 * The plugin, loaded when somebody connects: with the library beneath it it takes 7 MB and a tenth of the start. On an instance that serves
 * nothing, since a server that has started takes no plugins.
 */
async function openOAuth(options: FastifyOAuth2Options & { readonly name: 'consent' }): Promise<OAuth2Namespace> {
  const { default: oauth2 } = await import('@fastify/oauth2')
  const scope = await fastify().register(oauth2, options)
  return Object.getOwnPropertyDescriptor(scope, options.name)?.value
}

/** The login host that was picked, null where there is no choice; or why it can't be used. */
function readLogin(
  { oauth: { logins } }: Connector,
  { login, domain }: LoginForm,
): { readonly url: string | null } | { readonly refusal: Words } {
  if (logins === null) return { url: null }
  const { hosts, own } = logins
  // Whoever typed a domain means it, whichever button is on.
  const isOwn = login === 'own' || Boolean(domain)
  const typed = typeof domain === 'string' ? own.read(domain) : null
  const url = isOwn ? typed : hosts.find(({ id }) => id === (login ?? hosts[0]?.id))?.url
  return url == null ? { refusal: own.refusal } : { url }
}

/** The same authorization URL for other scopes than the plugin's, which are the same for all. */
function asking(scopes: readonly string[], authorizationUrl: string): string {
  const url = new URL(authorizationUrl)
  url.searchParams.set('scope', scopes.join(' '))
  return url.href
}

/** The same authorization URL at the login host that was picked. */
function at(loginUrl: string | null, authorizationUrl: string): string {
  if (loginUrl === null) return authorizationUrl
  const { pathname, search } = new URL(authorizationUrl)
  return loginUrl + pathname + search
}

/** Whether scopes are missing that contacts can't be read without. A CRM that lists none has granted what was asked (RFC 6749, 5.1). */
function lacksScopes({ oauth }: Connector, answer: TokenAnswer): boolean {
  const { scopes } = oauth.readGrant(answer)
  return scopes.length > 0 && oauth.requiredScopes.some((scope) => !scopes.includes(scope))
}

function refusalOf({ oauth, label }: Connector, error: string, description: string): Outcome {
  const explained = oauth.explain({ error, description })
  if (explained !== null) return outcomes.explained(400, explained)
  if (error.startsWith('invalid_client')) return outcomes.misconfigured(label)
  return error === 'access_denied' ? outcomes.denied(label) : outcomes.refused(label)
}

/** @throws what isn't about consent */
function outcomeOf({ oauth, label }: Connector, failure: unknown): Outcome {
  if (failure instanceof TokenError) {
    const explained = failure.refusal && oauth.explain(failure.refusal)
    if (explained) return outcomes.explained(403, explained)
    if (failure.kind === 'ended') return outcomes.expired(label)
    return failure.kind === 'misconfigured' ? outcomes.misconfigured(label) : outcomes.crmDown(label)
  }
  if (!(failure instanceof BridgeError)) throw failure
  if (failure.code !== 'crm_forbidden') return outcomes.crmDown(label)
  const said = failure.cause instanceof Error ? failure.cause.message : ''
  const explained = oauth.explain({ error: said, description: '' })
  return explained === null ? outcomes.forbidden(label) : outcomes.explained(403, explained)
}
