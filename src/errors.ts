/** Everything that can go wrong for a caller, by one code each. */

/** Each code with its HTTP status and whether the same question can succeed later without anybody's doing. */
export const errorCodes = {
  inbox_unauthorized: { status: 401, retryable: false },
  too_many_attempts: { status: 429, retryable: true },
  request_invalid: { status: 400, retryable: false },
  cursor_invalid: { status: 400, retryable: false },
  contact_not_found: { status: 404, retryable: false },
  not_connected: { status: 409, retryable: false },
  reconnect_required: { status: 409, retryable: false },
  consent_denied: { status: 400, retryable: false },
  consent_expired: { status: 400, retryable: false },
  crm_rate_limited: { status: 429, retryable: true },
  crm_forbidden: { status: 403, retryable: false },
  crm_unavailable: { status: 503, retryable: true },
  crm_timeout: { status: 504, retryable: true },
  crm_protocol: { status: 502, retryable: true },
  bridge_unavailable: { status: 503, retryable: true },
  internal: { status: 500, retryable: false },
} as const satisfies Record<string, { status: number; retryable: boolean }>

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
