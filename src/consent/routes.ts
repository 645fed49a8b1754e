/** What the administrator's browser visits: the connect page, the flows at the CRMs, and the page of what was connected. */
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import type { ConnectTickets } from '../connections/connect-ticket.ts'
import type { Connections } from '../connections/connections.ts'
import type { AccountAtCrm, Grants } from '../connections/grants.ts'
import type { Inbox, InboxStore } from '../connections/inbox-store.ts'
import { messageLogging } from '../connections/message-logging.ts'
import type { Connector } from '../connectors/connector.ts'
import { within } from '../connectors/patience.ts'
import type { Directory } from '../directory/directory.ts'
import { errorBody } from '../error-body.ts'
import { BridgeError } from '../errors.ts'
import { type Texts, textsFor } from '../texts/texts.ts'
import type { ConsentStates } from './consent-state-store.ts'
import type { ConsentCookies } from './cookies.ts'
import { consentFlow } from './flow.ts'
import { type Outcome, outcomes } from './outcomes.ts'
import { createPressGuard } from './presses.ts'

export type ConsentOptions = {
  publicUrl: string
  connectors: readonly Connector[]
  connections: Connections
  cookies: ConsentCookies
  directory: Directory
  grants: Grants
  inboxes: InboxStore
  states: ConsentStates
  tickets: ConnectTickets
}

/** How long a page waits to say how a connection is doing. Milliseconds. */
const checkPatience = 3_000

type TicketParams = { Params: { ticket: string } }

export const consentRoutes: FastifyPluginAsync<ConsentOptions> = async (app, options) => {
  const { publicUrl, connectors, cookies, directory, grants, inboxes, tickets } = options

  const pressGuard = createPressGuard(publicUrl, tickets)
  // Every form, whatever it does. SameSite keeps cookies from other sites' forms, but not from a neighbour's on another port or subdomain.
  app.addHook('onRequest', async (request, reply) => (request.method === 'POST' ? pressGuard(request, reply) : undefined))

  app.get<TicketParams>('/connect/:ticket', async (request, reply) => {
    const inbox = await inboxOf(request.params.ticket)
    if (inbox === null) return show(reply, outcomes.linkExpired())
    if (connectors.length === 0) return show(reply, outcomes.nothingOffered())
    const { connect } = textsFor(request)
    const crm = inbox.connection?.crm ?? inbox.crm
    return reply.view('consent/pages/connect', {
      title: connect.title(inbox.name),
      inbox,
      ticket: request.params.ticket,
      // The CRM that the inbox has, or is meant for, comes first.
      connectors: connectors.toSorted((a, b) => Number(b.id === crm) - Number(a.id === crm)),
      state: await stateOf(inbox, connect),
      isTheirs: isMadeHere(request, inbox),
    })
  })

  app.get('/connected', async (request, reply) => {
    const made = cookies.remembered(request)
    const inbox = made && (await inboxes.byId(made.inboxId))
    const connector = connectors.find(({ id }) => id === inbox?.connection?.crm)
    if (inbox?.connection == null || connector === undefined || !isMadeHere(request, inbox))
      return show(reply, outcomes.notConnectedHere())
    const preview = await previewOf(inbox)
    return reply.view('consent/pages/connected', {
      title: textsFor(request).connected.title(connector.label),
      crm: connector.label,
      inbox,
      account: inbox.connection.accountName,
      ...preview,
    })
  })

  app.post('/connected/disconnect', async (request, reply) => {
    const made = cookies.remembered(request)
    const inbox = made && (await inboxes.byId(made.inboxId))
    // Where there is no connection any more, what was asked for is done already.
    if (inbox === null || (inbox.connection !== null && !isMadeHere(request, inbox)))
      return show(reply, outcomes.notConnectedHere())
    if (inbox.connection !== null) await grants.disconnect(inbox.id)
    return show(reply, outcomes.disconnected(), linkAgain(request, inbox.id))
  })

  // Consent went to another account than the inbox has: the browser that consented says which it shall be.
  app.get('/connected/replace', async (request, reply) => {
    const offer = await offerOf(request)
    if (offer === null) return show(reply, outcomes.offerGone())
    return reply.view('consent/pages/replace', { title: textsFor(request).replace.title, ...offer, labelOf })
  })

  app.post('/connected/replace/accept', async (request, reply) => {
    const offer = await offerOf(request)
    if (offer === null || !(await grants.accept(offer.offerId))) return show(reply, outcomes.offerGone())
    await remember(reply, offer.inbox.id, offer.offered)
    return reply.redirect(`${publicUrl}/connected`, 303)
  })

  app.post('/connected/replace/decline', async (request, reply) => {
    const offer = await offerOf(request)
    if (offer === null) return show(reply, outcomes.offerGone())
    await grants.decline(offer.offerId)
    return show(reply, outcomes.kept(offer.current?.name ?? null))
  })

  app.get('/connect/:ticket/:crm', async (_request, reply) => show(reply, outcomes.crmNotOffered()))
  app.get('/oauth/:crm/callback', async (_request, reply) => show(reply, outcomes.crmNotOffered()))

  // A person looks at these pages, so what fails here is told as one, too.
  app.setErrorHandler((error, request, reply) => {
    const { status, headers } = errorBody(error, request)
    return show(reply.headers(headers), outcomes.failed(status, request.id))
  })

  const flow = { ...options, inboxOf, linkAgain, remember, pressGuard, show }
  for (const connector of connectors) await app.register(consentFlow, { ...flow, connector })

  async function offerOf(request: FastifyRequest) {
    const offerId = cookies.rememberedOffer(request)
    const replacement = offerId === null ? null : await grants.offered(offerId)
    const inbox = replacement && (await inboxes.byId(replacement.inboxId))
    return offerId && replacement && inbox ? { ...replacement, offerId, inbox } : null
  }

  function isMadeHere(request: FastifyRequest, { connection }: Inbox): boolean {
    return connection !== null && cookies.remembered(request)?.epoch === connection.epoch
  }

  /** Where somebody else was faster, and has connected another account by now, this browser has nothing to look at. */
  async function remember(reply: FastifyReply, inboxId: string, account: Pick<AccountAtCrm, 'crm' | 'id'>) {
    const { connection = null } = (await inboxes.byId(inboxId)) ?? {}
    if (connection?.crm === account.crm && connection.accountId === account.id) cookies.remember(reply, connection)
  }

  function labelOf(crm: string): string {
    return connectors.find(({ id }) => id === crm)?.label ?? crm
  }

  async function inboxOf(ticket: string): Promise<Inbox | null> {
    const inboxId = tickets.read(ticket)
    return inboxId === null ? null : inboxes.byId(inboxId)
  }

  /**
   * Nobody gets a new link here, not even the browser that consented: that proves an account at a CRM, which anybody can have, and no
   * more right to the inbox than the link gave.
   */
  function linkAgain(request: FastifyRequest, inboxId: string): string | null {
    return tickets.again(cookies.rememberedTicket(request), inboxId)
  }

  /** How an inbox that was connected is doing, in a sentence; null for one that wasn't. */
  async function stateOf(inbox: Inbox, { connected, trouble }: Texts['connect']) {
    const { connection } = inbox
    if (connection === null) return null
    const label = labelOf(connection.crm)
    if (connection.status !== 'active') return { isTrouble: true, text: trouble.ended(label, connection.statusSince) }
    const problem = await within(checkPatience, directory.check(inbox)).then(
      () => null,
      (error) => error,
    )
    if (problem === null && messageLogging(inbox, connectors) === 'permission_needed')
      return { isTrouble: true, text: trouble.unwritten(label) }
    if (problem === null) return { isTrouble: false, text: connected(label, connection.accountName) }
    const isForbidden = problem instanceof BridgeError && problem.code === 'crm_forbidden'
    return { isTrouble: true, text: isForbidden ? trouble.forbidden(label) : trouble.passing(label) }
  }

  /** A few contacts as the inbox will show them: the proof that it works. A CRM that stumbles now doesn't undo the connection. */
  async function previewOf(inbox: Inbox) {
    const { contacts, count, missing, problem } = await directory.list(
      inbox,
      { search: '', limit: 100, token: '' },
      new AbortController().signal,
    )
    const named = contacts.filter(({ name, phone_numbers }) => name !== null && phone_numbers.length > 0)
    return {
      contacts: (named.length > 0 ? named : contacts).slice(0, 3),
      count: missing.includes('count') ? null : count,
      problem,
    }
  }
}

/** @param again the link to start again, where that helps; null = it would, but the link has ended */
function show(reply: FastifyReply, { status, words }: Outcome, again?: string | null) {
  return reply.code(status).view('consent/pages/outcome', { status, ...words(textsFor(reply.request)), again })
}
