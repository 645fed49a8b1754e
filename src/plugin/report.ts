/** Reports what inboxes ask and how it went. */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Inbox } from '../connections/inbox-store.ts'
import type { Answer } from '../directory/directory.ts'
import { type ErrorCode, QuestionWithdrawn } from '../errors.ts'
import type { QuestionAnswered, QuestionKind, Telemetry } from '../telemetry.ts'

type Asked = Pick<QuestionAnswered, 'inboxId' | 'crm' | 'kind'>
type Outcome = Pick<QuestionAnswered, 'source' | 'problem'>

declare module 'fastify' {
  interface FastifyRequest {
    /** What an inbox asks, from when it is known until it is reported; null for what isn't an inbox's question. */
    question: (Asked & Outcome) | null
  }
}

/** From here on every answer to a question that was noted is reported, once it was sent. */
export function reportQuestions(app: FastifyInstance, telemetry: Telemetry): void {
  app.decorateRequest('question', null)
  app.addHook('onResponse', (request, reply, done) => {
    if (request.question !== null)
      telemetry.emit('question', { ...request.question, status: reply.statusCode, milliseconds: reply.elapsedTime })
    done()
  })
}

export function noteQuestion(request: FastifyRequest, { id, connection }: Inbox, kind: QuestionKind): void {
  request.question = { inboxId: id, crm: connection?.crm ?? null, kind, source: null, problem: null }
}

export function noteAnswer(request: FastifyRequest, { source, problem }: Answer): void {
  if (request.question !== null) request.question = { ...request.question, source, problem }
}

/** Whoever hung up is not answered, and says nothing about anybody. */
export function noteFailure(request: FastifyRequest, error: unknown, problem: ErrorCode): void {
  if (request.question === null) return
  request.question = error instanceof QuestionWithdrawn ? null : { ...request.question, problem }
}
