/** HubSpot's webhooks, by which it says that contacts have changed: whether one is HubSpot's own, and whose contacts it is about. */
import { createHmac, timingSafeEqual } from 'node:crypto'
import type { CrmEvents, SentEvents } from '../connector.ts'

/** A webhook that was signed longer ago, or further ahead, isn't taken: whoever recorded one can't send it again. Milliseconds. */
const goodFor = 5 * 60_000

/**
 * @param clientSecret the app's, by which HubSpot signs
 * @see https://developers.hubspot.com/docs/apps/developer-platform/build-apps/authentication/request-validation (signature v3)
 */
export function hubSpotEvents(clientSecret: string): CrmEvents {
  return {
    isGenuine({ method, url, headers, body }: SentEvents, now = Date.now()) {
      const { 'x-hubspot-signature-v3': signature, 'x-hubspot-request-timestamp': timestamp } = headers
      if (typeof signature !== 'string' || typeof timestamp !== 'string' || !/^\d{1,15}$/.test(timestamp)) return false
      if (Math.abs(now - Number(timestamp)) > goodFor) return false
      const expected = sign(clientSecret, `${method}${decoded(url)}${body}${timestamp}`)
      const given = Buffer.from(signature, 'base64')
      // Base64 has several spellings of the same bytes: HubSpot's is the canonical one.
      return given.length === expected.length && timingSafeEqual(given, expected) && given.toString('base64') === signature
    },

    accountsIn(body) {
      const events: unknown = JSON.parse(body)
      if (!Array.isArray(events)) throw new TypeError('what was sent is no list of events')
      return [...new Set(events.flatMap(accountOf))]
    },
  }
}

/** HubSpot's number for contacts, in the newer of its two generations of events. */
const contactType = '0-1'

/** @see https://developers.hubspot.com/docs/api-reference/webhooks-webhooks-v3/guide#webhook-payloads */
function accountOf(event: unknown): string[] {
  if (typeof event !== 'object' || event === null) return []
  const { portalId, subscriptionType, objectTypeId } = event as Readonly<Record<string, unknown>>
  if (!Number.isSafeInteger(portalId) || typeof subscriptionType !== 'string') return []
  const isOfContacts =
    subscriptionType.startsWith('contact.') ||
    (subscriptionType.startsWith('object.') && (objectTypeId ?? contactType) === contactType)
  return isOfContacts ? [String(portalId)] : []
}

const sign = (clientSecret: string, text: string): Buffer => createHmac('sha256', clientSecret).update(text, 'utf8').digest()

/** What HubSpot leaves unencoded where it signs a URL. */
const unencoded = /%(3A|2F|3F|40|21|24|27|28|29|2A|2C|3B)/gi

const decoded = (url: string): string => url.replace(unencoded, decodeURIComponent)
