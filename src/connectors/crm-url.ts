/** Which hosts the bridge hands secrets to. */

/** Whether a URL is https under one of a CRM's own domains, or on this machine, where stand-ins run. */
export function isCrmUrl(value: string, ...domains: string[]): boolean {
  const url = URL.parse(value)
  if (url === null || url.username !== '' || url.password !== '') return false
  if (isLoopback(url.hostname)) return url.protocol === 'http:' || url.protocol === 'https:'
  return url.protocol === 'https:' && domains.some((domain) => url.hostname === domain || url.hostname.endsWith(`.${domain}`))
}

/** The same, but on this machine only where the settings are, too. */
export function isCrmUrlBeside(settingsUrl: string, value: string, ...domains: string[]): boolean {
  return isCrmUrl(value, ...domains) && (isLoopback(new URL(settingsUrl).hostname) || !isLoopback(new URL(value).hostname))
}

/** Whether a text is an origin as URLs have it: nothing beyond it, and written in the one way. */
export function isOrigin(text: string): boolean {
  return URL.parse(text)?.origin === text
}

/** Whether a URL's host name is this machine's own. @see https://www.rfc-editor.org/rfc/rfc6761#section-6.3 */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || hostname === '::1' || /^127(\.\d{1,3}){3}$/.test(hostname)
}
