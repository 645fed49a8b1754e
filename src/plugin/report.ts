/** Reports what inboxes ask and how it went. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Inbox } from '../connections/inbox-store.ts'
import type { Answer } from '../directory/directory.ts'
import type { ErrorCode } from '../errors.ts'
import type { QuestionEnded, QuestionKind, Telemetry } from '../telemetry.ts'

type Asked = Pick<QuestionEnded, 'inboxId' | 'crm' | 'kind'>
type Outcome = Pick<QuestionEnded, 'source' | 'problem'>

declare module 'fastify' {
  interface FastifyRequest {
    /** What an inbox asks, from when it is known until it is reported; null for what isn't an inbox's question. */
    question: (Asked & Outcome) | null
  }
}

/** From here on every question that was noted is reported, once its answer was sent. */
export function reportQuestions(app: FastifyInstance, telemetry: Telemetry): void {
  app.decorateRequest('question', null)
  app.addHook('onResponse', (request, reply, done) => {
    report(request, reply, telemetry, reply.statusCode)
    done()
  })
}

/** The same of one whose caller has left: Fastify's hook for an answer leaves those out. */
export function reportWithdrawal(request: FastifyRequest, reply: FastifyReply, telemetry: Telemetry): void {
  report(request, reply, telemetry, null)
}

function report(request: FastifyRequest, reply: FastifyReply, telemetry: Telemetry, status: number | null): void {
  if (request.question !== null) telemetry.emit('question', { ...request.question, status, milliseconds: reply.elapsedTime })
}

export function noteQuestion(request: FastifyRequest, { id, connection }: Inbox, kind: QuestionKind): void {
  request.question = { inboxId: id, crm: connection?.crm ?? null, kind, source: null, problem: null }
}

export function noteAnswer(request: FastifyRequest, { source, problem }: Answer): void {
  if (request.question !== null) request.question = { ...request.question, source, problem }
}

export function noteFailure(request: FastifyRequest, problem: ErrorCode): void {
  if (request.question !== null) request.question = { ...request.question, problem }
}
