/** The plugin protocol's routes, as the inbox's server calls them. @see https://docs.get.chat (Connect an external plugin) */
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import type { ConnectTickets } from '../connections/connect-ticket.ts'
import type { Inbox } from '../connections/inbox-store.ts'
import { messageLogging } from '../connections/message-logging.ts'
import { messageSending } from '../connections/message-sending.ts'
import type { Connector } from '../connectors/connector.ts'
import { emptyEnvelope } from '../contact.ts'
import type { Answer, Directory } from '../directory/directory.ts'
import { isWhatsAppId } from '../directory/phone.ts'
import { errorBody } from '../error-body.ts'
import type { Telemetry } from '../telemetry.ts'
import type { Callers } from './caller.ts'
import { initialize } from './initialize.ts'
import { isKnownToCaller, keptBytes, readAcceptEncoding } from './kept-bytes.ts'
import { readListQuestion } from './list-question.ts'
import { createShares } from './overload.ts'
import { noteAnswer, noteFailure, noteQuestion, reportQuestions, reportWithdrawal } from './report.ts'
import { pluginSchemas } from './schemas.ts'

export type PluginOptions = {
  callers: Callers
  connectors: readonly Connector[]
  directory: Directory
  telemetry: Telemetry
  tickets: ConnectTickets
}

export const pluginRoutes: FastifyPluginAsync<PluginOptions> = async (app, options) => {
  const { callers, connectors, directory, telemetry, tickets } = options
  const schemas = pluginSchemas(app.prefix)
  const shares = createShares()
  reportQuestions(app, telemetry)

  app.get('/', schemas.index, async (request) => nameOf(await callers.identify(request), connectors))

  app.get('/features', schemas.features, async (request) => {
    const inbox = await callers.identify(request)
    const logs = inbox !== null && messageLogging(inbox, connectors) === 'on'
    const sends = inbox !== null && messageSending(inbox) === 'on'
    return { is_contact_provider: true, is_message_reciever: logs, is_message_sender: sends }
  })

  app.get('/initialize', schemas.initialize, async (request) => {
    const inbox = await callers.identify(request)
    if (inbox !== null) noteQuestion(request, inbox, 'initialize')
    return initialize(inbox, { connectors, directory, tickets })
  })

  app.register(async (contacts) => {
    // Whatever goes wrong, a reader of `results` finds an empty list beside the error.
    contacts.setErrorHandler((error, request, reply) => {
      const { status, headers, body } = errorBody(error, request)
      noteFailure(request, body.error.code)
      return reply
        .code(status)
        .headers(headers)
        .send({ ...emptyEnvelope, ...body })
    })

    contacts.get('/contacts', schemas.contacts, async (request, reply) => {
      const inbox = await callers.require(request)
      const question = readListQuestion(request.query as Record<string, unknown>)
      noteQuestion(request, inbox, question.search === '' ? 'list' : 'search')
      return send(
        request,
        reply,
        directory.remembered(inbox, question) ?? (await directory.list(inbox, question, untilLeft(request, reply, inbox))),
      )
    })

    contacts.get<{ Params: { id: string } }>('/contacts/:id', schemas.contact, async (request, reply) => {
      const inbox = await callers.require(request)
      noteQuestion(request, inbox, isWhatsAppId(request.params.id) ? 'lookup' : 'contact')
      return send(request, reply, await directory.lookUp(inbox, request.params.id, untilLeft(request, reply, inbox)))
    })
  })

  /** For what takes a while, of which the inbox has its share. Aborts when the caller leaves before there is an answer. @throws {BridgeError} bridge_unavailable */
  function untilLeft(request: FastifyRequest, reply: FastifyReply, { id }: Inbox): AbortSignal {
    shares.take(id)
    const controller = new AbortController()
    reply.raw.on('close', () => {
      shares.giveBack(id)
      if (reply.raw.writableEnded) return
      controller.abort()
      reportWithdrawal(request, reply, telemetry)
    })
    return controller.signal
  }
}

/** The connected CRM, before that the one that the inbox is meant for. */
function nameOf(inbox: Inbox | null, connectors: readonly Connector[]): { name: string; type: string } {
  const crm = inbox?.connection?.crm ?? inbox?.crm
  const connector = connectors.find(({ id }) => id === crm)
  return connector ? { name: connector.label, type: connector.id } : { name: 'CRM', type: 'crm' }
}

function send(request: FastifyRequest, reply: FastifyReply, answer: Answer): FastifyReply | Promise<FastifyReply> {
  const { written, age, problem, missing } = answer
  noteAnswer(request, answer)
  const bytes = keptBytes(written)
  reply.headers({ 'cache-control': 'private, no-cache', etag: bytes.etag, vary: 'accept-encoding' })
  if (age > 0) reply.header('age', age)
  if (problem !== null) reply.header('x-bridge-problem', problem)
  if (missing.length > 0) reply.header('x-bridge-missing', missing.join(', '))
  if (isKnownToCaller(request.headers['if-none-match'], bytes.etag)) return reply.code(304).send()
  reply.type('application/json; charset=utf-8')
  const encoding = readAcceptEncoding(request.headers['accept-encoding'])
  if (encoding === 'identity' || bytes.isSmall) return reply.send(written)
  return bytes.as(encoding).then((body) => reply.header('content-encoding', encoding).send(body))
}
