// Salesforce's way of saying no: a list of errors, each with a code that a program can read.

import type { FastifyInstance } from 'fastify'

/** One error as Salesforce sends it. */
export interface ErrorBody {
  readonly message: string
  readonly errorCode: string
  readonly fields?: readonly string[]
}

/** Thrown wherever a request can't be answered; the error handler turns it into the list. */
export class SalesforceError extends Error {
  readonly status: number
  readonly errorCode: string

  constructor(status: number, errorCode: string, message: string) {
    super(message)
    this.status = status
    this.errorCode = errorCode
  }

  /** The body that goes out. */
  get body(): readonly ErrorBody[] {
    return [{ message: this.message, errorCode: this.errorCode }]
  }
}

/** There is nothing at this address: 404 NOT_FOUND. */
export function notFound(message = 'The requested resource does not exist'): SalesforceError {
  return new SalesforceError(404, 'NOT_FOUND', message)
}

/** Says where in a statement it went wrong, the way Salesforce draws it: the text around, a caret, row and column. */
export function errorAt(statement: string, offset: number, errorCode: string, message: string): SalesforceError {
  const row = statement.slice(0, offset).split('\n').length
  const lineStart = statement.lastIndexOf('\n', offset - 1) + 1
  const column = offset - lineStart
  const from = Math.max(lineStart, offset - 40)
  const shown = statement.slice(from, offset + 30).split('\n', 1)[0] ?? ''
  const caret = `${' '.repeat(offset - from)}^`
  return new SalesforceError(400, errorCode, `\n${shown}\n${caret}\nERROR at Row:${row}:Column:${column + 1}\n${message}`)
}

/** What Salesforce's servers say for a status that has no cause in the request: faults use it. */
export function bodyForStatus(status: number): readonly ErrorBody[] {
  switch (status) {
    case 401:
      return [{ message: 'Session expired or invalid', errorCode: 'INVALID_SESSION_ID' }]
    case 403:
      return [{ message: 'TotalRequests Limit exceeded.', errorCode: 'REQUEST_LIMIT_EXCEEDED' }]
    case 404:
      return [{ message: 'The requested resource does not exist', errorCode: 'NOT_FOUND' }]
    case 503:
      return [{ message: 'The server is currently unavailable. Please try again later.', errorCode: 'SERVER_UNAVAILABLE' }]
    case 400:
    case 429:
      return [{ message: 'The request could not be processed', errorCode: 'INVALID_REQUEST' }]
    default:
      return [
        {
          message: 'An unexpected error occurred. Please include this ErrorId if you contact support.',
          errorCode: 'UNKNOWN_EXCEPTION',
        },
      ]
  }
}

/** @see https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/errorcodes.htm */
export function speakSalesforce(app: FastifyInstance): void {
  app.setErrorHandler((error, _request, reply) => {
    if (error instanceof SalesforceError) return reply.code(error.status).send(error.body)
    const status = (error as { statusCode?: number }).statusCode ?? 500
    if (status >= 500 || !(error instanceof Error)) return reply.code(500).send(bodyForStatus(500))
    return reply
      .code(status)
      .send([{ message: error.message, errorCode: status === 415 ? 'UNSUPPORTED_MEDIA_TYPE' : 'INVALID_REQUEST' }])
  })
  app.setNotFoundHandler((_request, reply) => reply.code(404).send(bodyForStatus(404)))
}
