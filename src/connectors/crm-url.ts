/** Which hosts the bridge hands secrets to. */

/** Whether a URL is https under one of a CRM's own domains, or on this machine, where stand-ins run. */
export function isCrmUrl(value: string, ...domains: string[]): boolean {
  const url = URL.parse(value)
  if (url === null || url.username !== '' || url.password !== '') return false
  if (isLoopback(url.hostname)) return url.protocol === 'http:' || url.protocol === 'https:'
  return url.protocol === 'https:' && domains.some((domain) => url.hostname === domain || url.hostname.endsWith(`.${domain}`))
}

/** Whether a URL's host name is this machine's own. @see https://www.rfc-editor.org/rfc/rfc6761#section-6.3 */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || hostname === '::1' || /^127(\.\d{1,3}){3}$/.test(hostname)
}
