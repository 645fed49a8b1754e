/** Salesforce's OAuth as data. @see https://help.salesforce.com/s/articleView?id=xcloud.remoteaccess_oauth_web_server_flow.htm */
import { BridgeError } from '../../errors.ts'
import type { Explanation, HostUse, LoginChoice, OAuthProvider, OAuthRefusal } from '../connector.ts'
import { isCrmUrlBeside, isLoopback, isOrigin } from '../crm-url.ts'
import { notMyDomain, permissions, refusals } from './texts.ts'

export type SalesforceApp = {
  readonly clientId: string
  readonly clientSecret: string
  readonly loginUrl: string
  readonly testUrl: string
}

/** Where an org's API may be: what else a token answer names is no place to send a token to. */
const apiDomains = ['salesforce.com', 'force.com', 'salesforce.mil']
/** Where administrators may sign in: an origin that was picked by settings which have changed since is still Salesforce's. */
export const loginDomain = 'salesforce.com'
const ownDomain = '.my.salesforce.com'

export function salesforceOAuth(app: SalesforceApp): OAuthProvider {
  const standIn = isLoopback(new URL(app.loginUrl).hostname)
  return {
    clientId: app.clientId,
    clientSecret: app.clientSecret,
    authorizeUrl: `${app.loginUrl}/services/oauth2/authorize`,
    tokenUrl: `${app.loginUrl}/services/oauth2/token`,
    revokeUrl: `${app.loginUrl}/services/oauth2/revoke`,
    scopes: ['api', 'refresh_token', 'id'],
    requiredScopes: ['api'],
    permissions,
    // Sessions end when the org says so, and a token answer doesn't tell.
    fallbackLifetime: null,
    // A refresh token lives on by being used.
    idleLimit: 30 * 86_400,
    logins: logins(app, standIn),
    explain,
    readGrant(answer) {
      const { instance_url: apiUrl, scope } = answer
      if (typeof apiUrl !== 'string' || !isCrmUrlBeside(app.loginUrl, apiUrl, ...apiDomains)) {
        throw new BridgeError('crm_protocol', 'Salesforce’s answer names no org of Salesforce. Start again.')
      }
      const scopes = typeof scope === 'string' ? scope.split(/\s+/).filter(Boolean) : []
      return { apiUrl: new URL(apiUrl).origin, scopes: scopes.includes('full') ? [...scopes, 'api'] : scopes }
    },
    isOwnHost: (use, origin) => isOwnHost(app, use, origin),
  }
}

function isOwnHost({ loginUrl, testUrl }: SalesforceApp, use: HostUse, origin: string): boolean {
  if (use === 'login' && (origin === loginUrl || origin === testUrl)) return true
  return isOrigin(origin) && isCrmUrlBeside(loginUrl, origin, ...(use === 'api' ? apiDomains : [loginDomain]))
}

function logins({ loginUrl, testUrl }: SalesforceApp, standIn: boolean): LoginChoice {
  return {
    hosts: [
      { id: 'production', label: { en: 'Production', de: 'Produktion' }, url: loginUrl },
      { id: 'sandbox', label: { en: 'Sandbox', de: 'Sandbox' }, url: testUrl },
    ],
    own: {
      label: 'My Domain',
      example: `acme${ownDomain}`,
      read: (typed) => readOwnDomain(typed, standIn),
      refusal: notMyDomain,
    },
    origins: [loginUrl, testUrl, `https://*${ownDomain}`, ...(standIn ? ['http://127.0.0.1:*', 'http://localhost:*'] : [])],
  }
}

/** The origin of a typed My Domain: a host name under Salesforce's own domain, and nothing that only looks like one. */
export function readOwnDomain(typed: string, standIn: boolean): string | null {
  const text = typed.trim()
  if (!/^[\x21-\x7e]+$/.test(text)) return null
  const url = URL.parse(
    /^https?:\/\//i.test(text) ? text : `${standIn && isLoopback(text.split(/[:/]/)[0] ?? '') ? 'http' : 'https'}://${text}`,
  )
  if (url === null || url.username || url.password) return null
  if (standIn && isLoopback(url.hostname)) return url.origin
  // What stands in the browser of somebody who is signed in.
  const host = url.hostname.replace(/\.(lightning\.force|my\.salesforce-setup)\.com$/, ownDomain)
  const labels = host.endsWith(ownDomain) ? host.slice(0, -ownDomain.length).split('.') : []
  const isName = labels.length > 0 && labels.every((label) => /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(label))
  return url.protocol === 'https:' && url.port === '' && isName ? `https://${host}` : null
}

/** What Salesforce says when it refuses, at consent, at its token endpoint, or at the first call. */
const said: readonly (readonly [explanation: Explanation, ...parts: string[]])[] = [
  [refusals.blocked, 'oauth_app_blocked', 'app blocked', 'is blocked'],
  [
    refusals.notInstalled,
    'must be installed',
    'not installed',
    'app_not_found',
    'not approved',
    'app_access_denied',
    "hasn't approved",
    'not admin approved',
  ],
  [refusals.address, 'ip restricted', 'ip_restricted', 'ip range', 'ip address'],
  [refusals.noApi, 'api_disabled', 'api is not enabled', 'api not enabled', 'api disabled', 'api_currently_disabled'],
  [refusals.noAccess, 'insufficient_access', 'invalid_type', 'http_403'],
  [refusals.inactive, 'inactive user', 'inactive_user', 'user is inactive'],
  [refusals.otherOrg, 'unknown_org', 'inactive_org', 'org doesn', 'cross_org'],
]

/** @see https://help.salesforce.com/s/articleView?id=xcloud.remoteaccess_oauth_flow_errors.htm */
function explain({ error, description }: OAuthRefusal): Explanation | null {
  const words = `${error} ${description}`.toLowerCase()
  const [explanation] = said.find(([, ...parts]) => parts.some((part) => words.includes(part))) ?? []
  return explanation ?? null
}
