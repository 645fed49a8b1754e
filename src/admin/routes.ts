/** The operator's pages at /admin: sign in, see every inbox and its connection, and look after them. */
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import type { Connector } from '../connectors/connector.ts'
import { errorBody } from '../error-body.ts'
import { BridgeError } from '../errors.ts'
import type { InboxWithKey, Operator } from './operator.ts'
import { sameSecret } from './secret.ts'
import type { OperatorSession } from './session.ts'

export type AdminPagesOptions = {
  adminToken: string
  connectors: readonly Connector[]
  operator: Operator
  publicUrl: string
  session: OperatorSession
}

/** As it was sent: a field may be there twice, or hold anything. */
type Form = Record<string, unknown> | null | undefined
/** What the page says about the action that led to it. */
type Notice = { readonly problem?: string; readonly done?: string; readonly created?: InboxWithKey }

export const adminPages: FastifyPluginAsync<AdminPagesOptions> = async (app, options) => {
  const { adminToken, connectors, operator, publicUrl, session } = options

  app.setErrorHandler((error, request, reply) => {
    const { status, headers, body } = errorBody(error, request)
    return reply.code(status).headers(headers).view('admin/pages/problem', {
      title: 'That didn’t work',
      message: body.error.message,
    })
  })

  app.get('/admin', (request, reply) => (session.formToken(request) === null ? signInPage(reply) : overview(request, reply)))

  app.post<{ Body: Form }>(
    '/admin/sign-in',
    { config: { rateLimit: { max: 10, timeWindow: '1 minute' } } },
    async (request, reply) => {
      if (!sameSecret(field(request.body, 'token'), adminToken))
        return signInPage(reply.code(401), 'That isn’t the admin token of this server.')
      session.signIn(reply)
      return reply.redirect(`${publicUrl}/admin`, 303)
    },
  )

  app.register(async (forms) => {
    forms.addHook('preHandler', async (request) => {
      const expected = session.formToken(request)
      if (expected === null || !sameSecret(field(request.body as Form, 'form'), expected))
        throw new BridgeError('inbox_unauthorized', 'You have been signed out. Sign in again.')
    })

    forms.post('/admin/sign-out', async (_request, reply) => {
      session.signOut(reply)
      return reply.redirect(`${publicUrl}/admin`, 303)
    })

    forms.post<{ Body: Form }>('/admin/inboxes', async (request, reply) => {
      const form = request.body
      const inbox = { name: field(form, 'name'), crm: field(form, 'crm'), region: field(form, 'region').trim() }
      return act(request, reply, async () => ({ created: await operator.create(inbox) }))
    })

    forms.post<{ Body: Form; Params: { id: string } }>('/admin/inboxes/:id/rotate-key', async (request, reply) =>
      act(request, reply, async () => ({ created: await operator.rotateKey(request.params.id) })),
    )

    forms.post<{ Body: Form; Params: { id: string } }>('/admin/inboxes/:id/disconnect', async (request, reply) =>
      act(request, reply, async () => ({
        done: `“${(await operator.disconnect(request.params.id)).name}” is no longer connected.`,
      })),
    )

    forms.post<{ Body: Form; Params: { id: string } }>('/admin/inboxes/:id/remove', async (request, reply) =>
      act(request, reply, async () => ({ done: `“${(await operator.remove(request.params.id)).name}” is removed.` })),
    )
  })

  function signInPage(reply: FastifyReply, problem = '') {
    return reply.view('admin/pages/sign-in', { title: 'Sign in', problem })
  }

  /** Does it, and shows the overview with what came of it: a new plugin URL stands there once and nowhere else. */
  async function act(request: FastifyRequest, reply: FastifyReply, action: () => Promise<Notice>) {
    try {
      return await overview(request, reply, await action())
    } catch (error) {
      if (!(error instanceof BridgeError) || error.code !== 'request_invalid') throw error
      return overview(request, reply.code(400), { problem: error.message })
    }
  }

  async function overview(request: FastifyRequest, reply: FastifyReply, notice: Notice = {}) {
    return reply.view('admin/pages/overview', {
      title: 'Inboxes',
      wide: true,
      inboxes: await operator.list(),
      connectors,
      form: session.formToken(request),
      ...notice,
    })
  }
}

function field(form: Form, name: string): string {
  const value = form?.[name]
  return typeof value === 'string' ? value : ''
}
