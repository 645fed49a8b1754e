/** Reads Salesforce's refusals. @see https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/errorcodes.htm */
import { BridgeError } from '../../errors.ts'
import { type HttpResponse, SessionExpired } from '../connector.ts'
import { retryAfter } from '../retry-after.ts'

/** A refusal of one statement, with Salesforce's own code and words: for the connector to learn from, not for the log. */
export class SalesforceError extends Error {
  readonly errorCode: string
  constructor(errorCode: string, message: string) {
    super(message)
    this.name = 'SalesforceError'
    this.errorCode = errorCode
  }
}

/** The error that the bridge speaks of, for one that Salesforce or its SDK came with. */
export function toBridgeError(error: unknown): Error {
  if (error instanceof BridgeError || error instanceof SessionExpired) return error
  const code = errorCodeOf(error)
  const cause = new Error(`Salesforce answered ${code || 'something that could not be read'}`)
  switch (code) {
    case 'INVALID_SESSION_ID':
    case 'ERROR_HTTP_401':
      return new SessionExpired()
    case 'REQUEST_LIMIT_EXCEEDED':
    case 'TXN_SECURITY_METERING_ERROR':
    case 'ERROR_HTTP_429':
      return new BridgeError(
        'crm_rate_limited',
        'The Salesforce org has used up its API calls for now. They come back over the next 24 hours.',
        {
          cause,
        },
      )
    case 'API_DISABLED_FOR_ORG':
      return new BridgeError(
        'crm_forbidden',
        'This edition of Salesforce has no API access. Its administrator can add it, or pick another org.',
        {
          cause,
        },
      )
    case 'API_CURRENTLY_DISABLED':
    case 'INSUFFICIENT_ACCESS':
    case 'INSUFFICIENT_ACCESS_OR_READONLY':
    case 'INVALID_TYPE':
    case 'FORBIDDEN':
    case 'ERROR_HTTP_403':
      return new BridgeError(
        'crm_forbidden',
        'The Salesforce user who connected may not use the API or read contacts: give it “API Enabled” and read access, then connect again.',
        { cause },
      )
    case 'QUERY_TIMEOUT':
      return new BridgeError('crm_timeout', 'Salesforce takes too long to answer. Ask again in a moment.', { cause })
    default:
      if (code === 'SERVER_UNAVAILABLE' || code === 'UNKNOWN_EXCEPTION' || /^ERROR_HTTP_5\d\d$/.test(code)) {
        return new BridgeError('crm_unavailable', 'Salesforce isn’t answering properly at the moment. Ask again later.', {
          cause,
        })
      }
      return new BridgeError('crm_protocol', 'Salesforce’s answer could not be read. Ask again later.', { cause })
  }
}

/** What servers before Salesforce's own say, without a code: the status counts, and how long they ask to wait. */
export function tooManyRequests(response: HttpResponse): BridgeError {
  return new BridgeError('crm_rate_limited', 'Salesforce takes no more calls at the moment. Ask again later.', {
    cause: new Error('Salesforce answered 429'),
    retryAfter: retryAfter(response),
  })
}

export function unavailable(response: HttpResponse): BridgeError {
  return new BridgeError('crm_unavailable', 'Salesforce isn’t answering properly at the moment. Ask again later.', {
    cause: new Error('Salesforce answered 503'),
    retryAfter: retryAfter(response),
  })
}

/** @returns '' where there is none, or something else in its place: it goes to the log */
export function errorCodeOf(error: unknown): string {
  const code = error instanceof Error && 'errorCode' in error ? error.errorCode : ''
  return typeof code === 'string' && /^\w{1,80}$/.test(code) ? code : ''
}
