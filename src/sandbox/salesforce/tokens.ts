// How Salesforce's codes and tokens look on the outside: an app that trims, splits or forgets to encode them should fail here first.

const CODE_START = 'aPrx'
const CODE_END = '=='
const REFRESH_START = '5Aep861'

/** A code as it goes to the app: it ends in signs that a URL has to encode. */
export function writeCode(code: string): string {
  return `${CODE_START}${code}${CODE_END}`
}

/** What {@link writeCode} wrote; empty when the text is no code. */
export function readCode(text: string): string {
  return text.startsWith(CODE_START) && text.endsWith(CODE_END) ? text.slice(CODE_START.length, -CODE_END.length) : ''
}

/** A refresh token as it goes to the app. */
export function writeRefreshToken(token: string): string {
  return `${REFRESH_START}${token}`
}

/** What {@link writeRefreshToken} wrote; empty when the text is no refresh token. */
export function readRefreshToken(text: string): string {
  return text.startsWith(REFRESH_START) ? text.slice(REFRESH_START.length) : ''
}

/** An access token as it goes to the app: the org's id in 15 characters, a `!`, and what nobody reads. */
export function writeAccessToken(orgId: string, token: string): string {
  return `${orgId.slice(0, 15)}!${token}`
}

/** What {@link writeAccessToken} wrote; empty when the text is no access token of this org. */
export function readAccessToken(orgId: string, text: string): string {
  const start = `${orgId.slice(0, 15)}!`
  return text.startsWith(start) ? text.slice(start.length) : ''
}
