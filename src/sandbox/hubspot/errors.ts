// HubSpot's way of saying no: one envelope, a category a program can read, and a correlation id that also goes out as a header.

import { randomUUID } from 'node:crypto'
import type { FastifyInstance, FastifyReply } from 'fastify'

/** What the envelope of an error holds beside `status` and `correlationId`. */
export interface ErrorDetails {
  readonly message: string
  readonly category?: string
  readonly subCategory?: string
  readonly errorType?: string
  readonly policyName?: string
  readonly context?: Readonly<Record<string, readonly string[]>>
  readonly errors?: readonly { readonly message: string; readonly context?: Readonly<Record<string, readonly string[]>> }[]
  readonly links?: Readonly<Record<string, string>>
}

/** Thrown wherever a request can't be answered; the error handler turns it into the envelope. */
export class HubSpotError extends Error {
  readonly status: number
  readonly details: ErrorDetails

  constructor(status: number, details: ErrorDetails) {
    super(details.message)
    this.status = status
    this.details = details
  }
}

/** The request makes no sense: 400 VALIDATION_ERROR. */
export function invalid(message: string, context?: Readonly<Record<string, readonly string[]>>): HubSpotError {
  return new HubSpotError(400, { message, category: 'VALIDATION_ERROR', ...(context && { context }) })
}

/** No such record: 404 OBJECT_NOT_FOUND. */
export function notFound(message = 'Object not found.  objectId are usually numeric.'): HubSpotError {
  return new HubSpotError(404, { message, category: 'OBJECT_NOT_FOUND' })
}

const CORRELATION_HEADER = 'x-hubspot-correlation-id'

/** The body of an error, with the correlation id of the answer it goes out in. */
export function envelope(reply: FastifyReply, details: ErrorDetails): object {
  const { message, ...rest } = details
  return { status: 'error', message, correlationId: String(reply.getHeader(CORRELATION_HEADER)), ...rest }
}

/** What HubSpot's servers say for a status that has no cause in the request: faults use it. */
export function bodyForStatus(status: number, reply: FastifyReply): object {
  switch (status) {
    case 401:
      return envelope(reply, {
        message: 'The OAuth token used to make this call expired 1 second(s) ago.',
        category: 'EXPIRED_AUTHENTICATION',
      })
    case 403:
      return envelope(reply, {
        message: "This app hasn't been granted all required scopes to make this call.",
        category: 'MISSING_SCOPES',
      })
    case 404:
      return envelope(reply, { message: 'resource not found', category: 'OBJECT_NOT_FOUND' })
    case 423:
      return envelope(reply, { message: 'The resource is locked, try again in 2 seconds.', category: 'LOCKED' })
    case 429:
      return envelope(reply, {
        message: 'You have reached your ten_secondly_rolling limit.',
        errorType: 'RATE_LIMIT',
        category: 'RATE_LIMITS',
        policyName: 'TEN_SECONDLY_ROLLING',
      })
    default:
      return envelope(reply, { message: 'internal error' })
  }
}

/**
 * Correlation ids on every answer, JSON bodies read HubSpot's way, and errors as envelopes.
 * @see https://developers.hubspot.com/docs/api-reference/error-handling
 */
export function speakHubSpot(app: FastifyInstance): void {
  app.addHook('onRequest', async (_request, reply) => {
    reply.header(CORRELATION_HEADER, randomUUID())
  })

  app.setErrorHandler((error, request, reply) => {
    if (error instanceof HubSpotError) return reply.code(error.status).send(envelope(reply, error.details))
    const status = (error as { statusCode?: number }).statusCode ?? 500
    if (status === 415) {
      return reply
        .code(415)
        .send(envelope(reply, { message: `Content type ${request.headers['content-type'] ?? 'missing'} is not supported` }))
    }
    const message = status < 500 && error instanceof Error ? error.message : 'internal error'
    return reply.code(status).send(envelope(reply, { message, ...(status < 500 && { category: 'VALIDATION_ERROR' }) }))
  })

  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?', 1)[0]
    return reply
      .code(404)
      .send(envelope(reply, { message: `No handler for ${request.method} ${path}`, category: 'OBJECT_NOT_FOUND' }))
  })
}
