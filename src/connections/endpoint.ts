/** What of a CRM's URL may be told to others: host, and path without what names a record or a question. */
import { LRUCache } from 'lru-cache'

/** Words, versions and dates of APIs; everything else in a path may be an id, or what somebody searched for. */
const plain = /^([a-z][a-z_-]{0,30}|v\d{1,3}(\.\d)?|20\d\d-\d\d)$/i

/** Of the addresses that calls went to last: most go to the same few. */
const known = new LRUCache<string, string>({ max: 100, memoMethod: withoutNames })

/** Such as `api.hubapi.com/crm/objects/2026-03/contacts/{id}`. */
export function endpointOf(url: string): string {
  const [address = ''] = url.split('?', 1)
  return known.memo(address)
}

function withoutNames(address: string): string {
  const parsed = URL.parse(address)
  if (parsed === null) return ''
  const parts = parsed.pathname.split('/').map((part) => (part === '' || plain.test(part) ? part : '{id}'))
  return parsed.host + parts.join('/')
}
