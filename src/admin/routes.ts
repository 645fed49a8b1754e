/** The operator's pages at /admin: sign in, see how every inbox is doing, try it, and look after it. */
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import type { ConnectTickets } from '../connections/connect-ticket.ts'
import { messageLogging } from '../connections/message-logging.ts'
import type { Connector } from '../connectors/connector.ts'
import { errorBody } from '../error-body.ts'
import { BridgeError } from '../errors.ts'
import { type Texts, textsFor } from '../texts/texts.ts'
import type { Insight } from './insight.ts'
import type { Inspection } from './inspection.ts'
import type { InboxWithKey, Operator } from './operator.ts'
import { OperatorRefusal } from './refusal.ts'
import { sameSecret } from './secret.ts'
import type { OperatorSession } from './session.ts'

export type AdminPagesOptions = {
  adminToken: string
  connectors: readonly Connector[]
  /** Counts a failure of the request's address. @throws {BridgeError} too_many_attempts when there were too many */
  countFailure: (request: FastifyRequest) => Promise<void>
  insight: Insight
  inspection: Inspection
  operator: Operator
  publicUrl: string
  session: OperatorSession
  tickets: ConnectTickets
}

/** As it was sent: a field may be there twice, or hold anything. */
type Form = Record<string, unknown> | null | undefined
type OnOne = { Body: Form; Params: { id: string } }
/** What the page says about the action that led to it. */
type Notice = { readonly problem?: string; readonly done?: string; readonly created?: InboxWithKey; readonly trial?: object }

const contactsTried = 20

export const adminPages: FastifyPluginAsync<AdminPagesOptions> = async (app, options) => {
  const { adminToken, connectors, countFailure, insight, inspection, operator, publicUrl, session, tickets } = options

  app.setErrorHandler((error, request, reply) => {
    const { status, headers, body } = errorBody(error, request)
    const { admin, problems } = textsFor(request)
    const message = error instanceof SignedOut ? textsFor(request).signIn.signedOut : problems[body.error.code]
    return reply.code(status).headers(headers).view('admin/pages/problem', { title: admin.didntWork, message })
  })

  app.get<{ Querystring: Form }>('/admin', (request, reply) =>
    session.formToken(request) === null ? signInPage(request, reply) : overview(request, reply),
  )
  app.get<OnOne>('/admin/inboxes/:id', (request, reply) =>
    session.formToken(request) === null ? signInPage(request, reply) : inboxPage(request, reply),
  )

  // Only wrong tokens are counted: behind a proxy that isn't in TRUST_PROXY all have one address, and a stranger would lock the operator
  // out. To refuse the right one would slow nobody down who guesses, since the API takes the same token, whatever failed before.
  app.post<{ Body: Form }>('/admin/sign-in', async (request, reply) => {
    if (sameSecret(field(request.body, 'token'), adminToken)) {
      session.signIn(reply)
      return reply.redirect(`${publicUrl}/admin`, 303)
    }
    await countFailure(request)
    return signInPage(request, reply.code(401), textsFor(request).signIn.wrong)
  })

  app.register(async (forms) => {
    forms.addHook('preHandler', async (request) => {
      const expected = session.formToken(request)
      if (expected === null || !sameSecret(field(request.body as Form, 'form'), expected)) throw new SignedOut()
    })

    forms.post('/admin/sign-out', async (_request, reply) => {
      session.signOut(reply)
      return reply.redirect(`${publicUrl}/admin`, 303)
    })

    forms.post<{ Body: Form }>('/admin/inboxes', async (request, reply) => {
      const form = request.body
      const inbox = { name: field(form, 'name'), crm: field(form, 'crm'), region: field(form, 'region') }
      return act(request, reply, overview, async () => ({ created: await operator.create(inbox) }))
    })

    forms.post<OnOne>('/admin/inboxes/:id/change', (request, reply) =>
      act(request, reply, inboxPage, async (texts) => {
        await operator.change(request.params.id, { name: field(request.body, 'name'), region: field(request.body, 'region') })
        return { done: texts.admin.done.saved }
      }),
    )

    forms.post<OnOne>('/admin/inboxes/:id/rotate-key', (request, reply) =>
      act(request, reply, inboxPage, async () => ({ created: await operator.rotateKey(request.params.id) })),
    )

    forms.post<OnOne>('/admin/inboxes/:id/disconnect', (request, reply) =>
      act(request, reply, inboxPage, async (texts) => {
        const { name } = await operator.disconnect(request.params.id)
        return { done: texts.admin.done.disconnected(name) }
      }),
    )

    forms.post<OnOne>('/admin/inboxes/:id/remove', (request, reply) =>
      act(request, reply, overview, async (texts) => {
        const { name } = await operator.remove(request.params.id)
        return { done: texts.admin.done.removed(name) }
      }),
    )

    forms.post<OnOne>('/admin/inboxes/:id/log-messages', (request, reply) =>
      act(request, reply, inboxPage, async (texts) => {
        await operator.logMessages(request.params.id, field(request.body, 'on') === 'yes')
        return { done: texts.admin.done.saved }
      }),
    )

    forms.post<OnOne>('/admin/inboxes/:id/retry-messages', (request, reply) =>
      act(request, reply, inboxPage, async (texts) => {
        const { retried } = await operator.retryMessages(request.params.id)
        return { done: texts.inbox.messages.retried(retried) }
      }),
    )

    forms.post<OnOne>('/admin/inboxes/:id/try', (request, reply) =>
      act(request, reply, inboxPage, async (texts) => {
        const search = field(request.body, 'search').trim().slice(0, 200)
        return { trial: { search, ...(await tryIt(request.params.id, search, texts)) } }
      }),
    )
  })

  function signInPage(request: FastifyRequest, reply: FastifyReply, problem = '') {
    return reply.view('admin/pages/sign-in', { title: textsFor(request).signIn.title, problem })
  }

  /** Does it, and shows a page with what came of it: a new plugin URL stands there once and nowhere else. */
  async function act<R extends FastifyRequest>(
    request: R,
    reply: FastifyReply,
    page: (request: R, reply: FastifyReply, notice: Notice) => Promise<FastifyReply>,
    action: (texts: Texts) => Promise<Notice>,
  ) {
    const texts = textsFor(request)
    try {
      return await page(request, reply, await action(texts))
    } catch (error) {
      if (!(error instanceof OperatorRefusal)) throw error
      return page(request, reply.code(400), { problem: error.words(texts.admin.refusals) })
    }
  }

  async function overview(request: FastifyRequest, reply: FastifyReply, notice: Notice = {}) {
    const texts = textsFor(request)
    const name = field(request.query as Form, 'name')
    const [list, charts] = await Promise.all([insight.list(name, texts), insight.charts(texts)])
    const form = session.formToken(request)
    return reply.view('admin/pages/overview', {
      title: texts.admin.inboxes,
      wide: true,
      name,
      connectors,
      form,
      charts,
      ...list,
      ...notice,
    })
  }

  async function inboxPage(request: FastifyRequest, reply: FastifyReply, notice: Notice = {}) {
    const texts = textsFor(request)
    const { id } = request.params as OnOne['Params']
    const details = await insight.details(id, texts)
    if (details === null) return overview(request, reply.code(404), { problem: texts.admin.refusals.gone() })
    const form = session.formToken(request)
    const link = tickets.url(id)
    const messages = { logging: messageLogging(details.inbox, connectors), ...(await operator.messages(id)) }
    const title = details.inbox.name
    return reply.view('admin/pages/inbox', { title, wide: true, form, link, messages, ...details, ...notice })
  }

  /** What an agent would find, or why nothing. */
  async function tryIt(id: string, search: string, { problems }: Texts) {
    try {
      const { answer, took } = await inspection.contacts(id, { search, limit: contactsTried })
      const { contacts, written, count, calls, age, missing } = answer
      const problem = answer.problem === null ? '' : problems[answer.problem]
      const json = JSON.stringify(JSON.parse(written.toString()), null, 2)
      return { contacts, count, calls, took, age, missing, problem, json }
    } catch (error) {
      if (!(error instanceof BridgeError) || error instanceof OperatorRefusal) throw error
      return { problem: `${problems[error.code]} ${error.message}` }
    }
  }
}

class SignedOut extends BridgeError {
  constructor() {
    super('inbox_unauthorized', 'The form is of another session, or of none.')
  }
}

function field(form: Form, name: string): string {
  const value = form?.[name]
  return typeof value === 'string' ? value : ''
}
