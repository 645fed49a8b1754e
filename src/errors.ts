/** Everything that can go wrong for a caller, by one code each. */

/** Each code with its HTTP status, whether the same question can succeed later without anybody's doing, and what it means. */
export const errorCodes = {
  inbox_unauthorized: { status: 401, retryable: false, meaning: 'There is no key, or not a valid one.' },
  too_many_attempts: {
    status: 429,
    retryable: true,
    meaning: 'There were too many wrong keys from this address. A right one works.',
  },
  request_invalid: { status: 400, retryable: false, meaning: 'A parameter can’t be read.' },
  cursor_invalid: {
    status: 400,
    retryable: false,
    meaning: 'The page token belongs to another inbox, search or connection, or was altered.',
  },
  contact_not_found: { status: 404, retryable: false, meaning: 'No contact has this contact_id.' },
  not_connected: {
    status: 409,
    retryable: false,
    meaning: 'No CRM is connected to the inbox: an administrator has to connect one.',
  },
  reconnect_required: {
    status: 409,
    retryable: false,
    meaning: 'The CRM ended the connection: an administrator has to connect again.',
  },
  consent_denied: { status: 400, retryable: false, meaning: 'The administrator, or the CRM, didn’t allow access.' },
  consent_expired: { status: 400, retryable: false, meaning: 'The consent took too long, or was used before.' },
  crm_rate_limited: { status: 429, retryable: true, meaning: 'The CRM account’s calls are used up for the moment.' },
  crm_forbidden: { status: 403, retryable: false, meaning: 'The connected user may not read this.' },
  crm_unavailable: { status: 503, retryable: true, meaning: 'The CRM doesn’t answer, or says that it is down.' },
  crm_timeout: { status: 504, retryable: true, meaning: 'The CRM takes too long to answer.' },
  crm_protocol: { status: 502, retryable: true, meaning: 'The CRM’s answer can’t be read.' },
  sending_not_set_up: {
    status: 409,
    retryable: false,
    meaning: 'The inbox gave the bridge no access to its API.',
  },
  sending_limited: { status: 429, retryable: true, meaning: 'Too many messages were sent through this inbox within a minute.' },
  idempotency_mismatch: { status: 422, retryable: false, meaning: 'The idempotency key was used for another message.' },
  window_closed: {
    status: 409,
    retryable: false,
    meaning: 'The customer wrote more than 24 hours ago, or never: only a template may be sent.',
  },
  message_refused: { status: 422, retryable: false, meaning: 'The inbox refused the message. Nothing was sent.' },
  message_unclear: {
    status: 504,
    retryable: false,
    meaning: 'Nobody knows whether the message was sent. It isn’t sent again by this key.',
  },
  inbox_api_refused: { status: 502, retryable: false, meaning: 'The inbox’s API doesn’t let the bridge in. Nothing was sent.' },
  inbox_api_unavailable: {
    status: 503,
    retryable: true,
    meaning: 'The inbox’s API doesn’t answer, or not so that it can be read. Nothing was sent.',
  },
  bridge_unavailable: { status: 503, retryable: true, meaning: 'The bridge has too much to do, or can’t reach its database.' },
  internal: { status: 500, retryable: false, meaning: 'Something went wrong in the bridge.' },
} as const satisfies Record<string, { status: number; retryable: boolean; meaning: string }>

export type ErrorCode = keyof typeof errorCodes

/**
 * A failure that the caller is told about. `message` says what happened and what to do about it, and is safe to show and to log:
 * it holds no token, code, phone number or address. What it came from is in `cause`, which never leaves the process.
 */
export class BridgeError extends Error {
  readonly code: ErrorCode
  readonly status: number
  readonly retryable: boolean
  /** Seconds until another try makes sense, where that is known. */
  readonly retryAfter: number | undefined
  /** What the CRM calls the request that it refused: for the log, and for whoever asks its support. */
  crmRequestId: string | undefined

  constructor(code: ErrorCode, message: string, options: { cause?: unknown; retryAfter?: number | undefined } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'BridgeError'
    this.code = code
    this.status = errorCodes[code].status
    this.retryable = errorCodes[code].retryable
    this.retryAfter = options.retryAfter
  }
}

/** Nobody waits for the answer any more: it says nothing about the CRM. */
export class QuestionWithdrawn extends BridgeError {
  constructor() {
    super('crm_timeout', 'The question was withdrawn.')
  }
}

/** Whether the CRM, not the caller or the connection, is what failed. */
export function isCrmFailure(error: unknown): error is BridgeError {
  return error instanceof BridgeError && error.code.startsWith('crm_')
}
