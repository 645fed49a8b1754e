/** Reads HubSpot's refusals. @see https://developers.hubspot.com/docs/api-reference/error-handling */
import { BridgeError } from '../../errors.ts'
import { type HttpResponse, SessionExpired } from '../connector.ts'
import { retryAfter } from '../retry-after.ts'

/** There is no such record, or it is in the recycle bin. */
export class RecordNotFound extends Error {
  constructor() {
    super('HubSpot has no such record')
    this.name = 'RecordNotFound'
  }
}

/** The error of an answer that isn't 2xx. Every field of HubSpot's error envelope is optional, and the body may be HTML. */
export function hubSpotError(response: HttpResponse): Error {
  const { category, message, policyName } = readEnvelope(response.body)
  const cause = new Error(`HubSpot answered ${response.status}${category ? ` ${category}` : ''}`)
  switch (response.status) {
    case 401:
      return new SessionExpired()
    case 403:
      return new BridgeError(
        'crm_forbidden',
        'HubSpot refuses this to the connected account: connect again and allow every permission.',
        {
          cause,
        },
      )
    case 404:
      return new RecordNotFound()
    case 423:
    case 429:
    case 477:
      return new BridgeError(
        'crm_rate_limited',
        policyName === 'DAILY'
          ? 'The HubSpot account has used up its API calls for today. They start anew at midnight in the account’s time zone.'
          : 'HubSpot asks to slow down. Ask again in a moment.',
        { cause, retryAfter: retryAfter(response) },
      )
    default:
      if (response.status >= 500) {
        return new BridgeError('crm_unavailable', 'HubSpot isn’t answering properly at the moment. Ask again later.', {
          cause,
          retryAfter: retryAfter(response),
        })
      }
      return new BridgeError('crm_protocol', 'HubSpot refused a request of the bridge. The operator’s log says more.', {
        cause: new Error(`${cause.message}: ${describe(message)}`),
      })
  }
}

/** What is looked at of a message: to look for what may be a person's takes the square of its length. Characters. */
const longestMessage = 1_000

/** HubSpot repeats values of the request, in quotes, in its messages. They may be a person's, so they don't reach the log. */
function describe(message: string): string {
  return message
    .slice(0, longestMessage)
    .replace(quoted, '…')
    .replace(/[\d+][\d\s().-]{5,}/g, '…')
    .replace(/\S+@\S*/g, '…')
    .slice(0, 200)
}

/** Up to where the quote ends, if it does. An apostrophe within a word is none, as in `O'Brien` and `isn't`. */
const quoted = /(["`]).*?(?:\1|$)|(?<!\w)'.*?(?:'(?!\w)|$)/gs

function readEnvelope(body: string): { category: string; message: string; policyName: string } {
  try {
    const { category, message, policyName } = JSON.parse(body) ?? {}
    return { category: text(category), message: text(message), policyName: text(policyName) }
  } catch {
    return { category: '', message: '', policyName: '' }
  }
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '')
