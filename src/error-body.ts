/** What a caller is told when something fails, and what the log keeps of it. */
import type { FastifyError, FastifyRequest } from 'fastify'
import { BridgeError, type ErrorCode, errorCodes } from './errors.ts'

const error = {
  type: 'object',
  properties: {
    code: { type: 'string', enum: Object.keys(errorCodes) },
    message: { type: 'string' },
    request_id: { type: 'string', description: 'names this request in the operator’s log' },
  },
  required: ['code', 'message', 'request_id'],
  additionalProperties: false,
} as const

/** JSON Schema of what goes with every status from 400 on. */
export const ErrorBody = {
  $id: 'Error',
  type: 'object',
  properties: { error },
  required: ['error'],
  additionalProperties: false,
} as const

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The codes of the errors that a route answers with, for its documentation. */
    errors?: readonly ErrorCode[]
  }
}

/** Of the schemas of a route's answers those for failures. */
export const failures = { '4xx': ErrorBody, '5xx': ErrorBody } as const

/** Codes for routes to name in their documentation: what any that knows its caller may answer, and what asking a CRM may lead to. */
export const anywhere: readonly ErrorCode[] = ['inbox_unauthorized', 'too_many_attempts', 'bridge_unavailable', 'internal']
export const ofACrm: readonly ErrorCode[] = [
  'not_connected',
  'reconnect_required',
  'crm_rate_limited',
  'crm_forbidden',
  'crm_unavailable',
  'crm_timeout',
  'crm_protocol',
]

export type ErrorAnswer = {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: { readonly error: { readonly code: ErrorCode; readonly message: string; readonly request_id: string } }
}

/** The answer for anything thrown. What the bridge doesn't know gets no words of its own: they may hold what nobody should read. */
export function errorBody(error: unknown, request: FastifyRequest): ErrorAnswer {
  const known = toBridgeError(error)
  const status = isFastifyRefusal(error) ? error.statusCode : known.status
  const log = { err: error, code: known.code }
  if (request.raw.socket.destroyed) request.log.info(log, 'caller hung up')
  else if (status >= 500) request.log.error(log, 'question failed')
  else request.log.info(log, 'question refused')
  return {
    status,
    headers: {
      'cache-control': 'no-store',
      ...(known.retryAfter === undefined ? {} : { 'retry-after': String(known.retryAfter) }),
    },
    body: { error: { code: known.code, message: known.message, request_id: request.id } },
  }
}

function toBridgeError(error: unknown): BridgeError {
  if (error instanceof BridgeError) return error
  if (isFastifyRefusal(error))
    return new BridgeError('request_invalid', 'The request can’t be read: see the API table for what is accepted.')
  if (isDatabaseTrouble(error)) {
    return new BridgeError('bridge_unavailable', 'The bridge can’t reach its database at the moment. Ask again later.', {
      cause: error,
      retryAfter: 5,
    })
  }
  return new BridgeError('internal', 'Something went wrong in the bridge. The operator finds it in the log by the request id.', {
    cause: error,
  })
}

/** Fastify's own refusals: bodies too large, of the wrong type, malformed. */
function isFastifyRefusal(error: unknown): error is FastifyError & { statusCode: number } {
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined
  return typeof status === 'number' && status >= 400 && status < 500
}

/** The driver has no name for these. */
const driverTroubles = [
  'timeout exceeded when trying to connect',
  'Connection terminated due to connection timeout',
  'Connection terminated unexpectedly',
  'Query read timeout',
]

/** Prisma's and the driver's errors for a server that is away, overloaded or starting. @see https://www.prisma.io/docs/orm/reference/error-reference */
function isDatabaseTrouble(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  return (
    error.name.startsWith('PrismaClient') ||
    error.name === 'DriverAdapterError' ||
    driverTroubles.includes(error.message) ||
    isDatabaseTrouble(error.cause)
  )
}

/**
 * An error for the log: which, and where. Not its own message unless it is the bridge's: other libraries' messages repeat values of
 * requests, queries and tokens.
 */
export function serializeError(error: unknown): { type: string; message: string; stack: string; [detail: string]: unknown } {
  if (!(error instanceof Error)) return { type: typeof error, message: '', stack: '' }
  const stack = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line))
  return {
    type: error.name,
    message: error instanceof BridgeError ? error.message : '',
    stack: error instanceof BridgeError ? '' : stack.slice(0, 8).join('\n'),
    ...('code' in error ? { code: error.code } : {}),
    ...(error instanceof BridgeError && error.crmRequestId !== undefined ? { crmRequestId: error.crmRequestId } : {}),
    ...(error.cause === undefined ? {} : { cause: serializeCause(error.cause) }),
  }
}

/** A connector puts what it may tell about a CRM's answer in a plain Error. */
function serializeCause(cause: unknown): unknown {
  const serialized = serializeError(cause)
  return cause instanceof Error && cause.constructor === Error ? { ...serialized, message: cause.message } : serialized
}
