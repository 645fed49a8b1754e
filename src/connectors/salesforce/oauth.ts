/** Salesforce's OAuth as data. @see https://help.salesforce.com/s/articleView?id=xcloud.remoteaccess_oauth_web_server_flow.htm */
import { BridgeError } from '../../errors.ts'
import type { Explanation, LoginChoice, OAuthProvider, OAuthRefusal } from '../connector.ts'
import { isCrmUrl, isLoopback } from '../crm-url.ts'

export type SalesforceApp = {
  readonly clientId: string
  readonly clientSecret: string
  readonly loginUrl: string
  readonly testUrl: string
}

/** Where an org's API may be: what else a token answer names is no place to send a token to. */
const apiDomains = ['salesforce.com', 'force.com', 'salesforce.mil']
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
    permissions: [
      'Contacts and leads: names, phone numbers, email addresses, job titles',
      'Accounts: the names and websites of your contacts’ companies',
    ],
    // Sessions end when the org says so, and a token answer doesn't tell.
    fallbackLifetime: null,
    // A refresh token lives on by being used.
    idleLimit: 30 * 86_400,
    logins: logins(app, standIn),
    explain,
    readGrant(answer) {
      const { instance_url: apiUrl, scope } = answer
      if (typeof apiUrl !== 'string' || !isCrmUrl(apiUrl, ...apiDomains) || (isLoopback(new URL(apiUrl).hostname) && !standIn)) {
        throw new BridgeError('crm_protocol', 'Salesforce’s answer names no org of Salesforce. Start again.')
      }
      const scopes = typeof scope === 'string' ? scope.split(/\s+/).filter(Boolean) : []
      return { apiUrl: new URL(apiUrl).origin, scopes: scopes.includes('full') ? [...scopes, 'api'] : scopes }
    },
  }
}

function logins({ loginUrl, testUrl }: SalesforceApp, standIn: boolean): LoginChoice {
  return {
    hosts: [
      { id: 'production', label: 'Production', url: loginUrl },
      { id: 'sandbox', label: 'Sandbox', url: testUrl },
    ],
    own: {
      label: 'My Domain',
      example: `acme${ownDomain}`,
      read: (typed) => readOwnDomain(typed, standIn),
      refusal: `That isn’t a Salesforce My Domain. It looks like acme${ownDomain}, or acme--dev.sandbox${ownDomain}: you find it in Setup under My Domain.`,
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
  const labels = url.hostname.endsWith(ownDomain) ? url.hostname.slice(0, -ownDomain.length).split('.') : []
  const isName = labels.length > 0 && labels.every((label) => /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(label))
  return url.protocol === 'https:' && url.port === '' && isName ? url.origin : null
}

/** @see https://help.salesforce.com/s/articleView?id=xcloud.remoteaccess_oauth_flow_errors.htm */
function explain({ error, description }: OAuthRefusal): Explanation | null {
  const said = `${error} ${description}`.toLowerCase()
  const matches = (...parts: string[]) => parts.some((part) => said.includes(part))
  if (matches('oauth_app_blocked', 'app blocked', 'is blocked')) {
    return {
      title: 'Your Salesforce org blocks this app',
      explanation: 'An administrator of the org has blocked the app by which this server connects.',
      advice: 'Ask them to unblock it in Setup under Connected Apps OAuth Usage, then start again.',
    }
  }
  if (
    matches(
      'must be installed',
      'not installed',
      'app_not_found',
      'not approved',
      'app_access_denied',
      "hasn't approved",
      'not admin approved',
    )
  ) {
    return {
      title: 'The app isn’t installed in your Salesforce org',
      explanation: 'Salesforce lets an app in only after an administrator of the org has installed it and allowed your user.',
      advice:
        'Ask the administrator to install it in Setup under Connected Apps OAuth Usage and to permit your profile, then start again.',
    }
  }
  if (matches('ip restricted', 'ip_restricted', 'ip range', 'ip address')) {
    return {
      title: 'Salesforce refuses this server’s address',
      explanation: 'Your org or your profile accepts logins from certain IP addresses only, and this server’s is not among them.',
      advice: 'Ask the administrator to relax IP restrictions for this app, or to add the server’s address, then start again.',
    }
  }
  if (matches('api_disabled', 'api is not enabled', 'api not enabled', 'api disabled', 'api_currently_disabled')) {
    return {
      title: 'Your Salesforce user or edition has no API access',
      explanation: 'Some editions come without the API, and some profiles without the permission “API Enabled”.',
      advice: 'Ask the administrator to give your user “API Enabled”, or sign in with another user, then start again.',
    }
  }
  if (matches('inactive user', 'inactive_user', 'user is inactive')) {
    return {
      title: 'This Salesforce user is inactive',
      explanation: 'Salesforce doesn’t let an inactive user connect an app.',
      advice: 'Start again and sign in with an active user.',
    }
  }
  if (matches('unknown_org', 'inactive_org', 'org doesn', 'cross_org')) {
    return {
      title: 'Salesforce doesn’t know this org here',
      explanation: 'The user belongs to an org of another kind: production and sandboxes have different login addresses.',
      advice: 'Start again and pick the other one, or enter your My Domain.',
    }
  }
  return null
}
