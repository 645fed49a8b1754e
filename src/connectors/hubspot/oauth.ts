/** HubSpot's OAuth as data. @see https://developers.hubspot.com/docs/api-reference/auth-oauth-v3/guide */
import type { OAuthProvider } from '../connector.ts'
import { isCrmUrlBeside, isOrigin } from '../crm-url.ts'
import type { HubSpotPaths } from './paths.ts'

/** Where HubSpot's API and its tokens are. */
export const apiDomain = 'hubapi.com'

export type HubSpotApp = {
  readonly clientId: string
  readonly clientSecret: string
  readonly appUrl: string
  readonly apiUrl: string
}

export function hubSpotOAuth(app: HubSpotApp, paths: HubSpotPaths): OAuthProvider {
  return {
    clientId: app.clientId,
    clientSecret: app.clientSecret,
    authorizeUrl: `${app.appUrl}/oauth/authorize`,
    tokenUrl: app.apiUrl + paths.token,
    revokeUrl: app.apiUrl + paths.revoke,
    scopes: ['oauth', 'crm.objects.contacts.read', 'crm.objects.companies.read'],
    requiredScopes: ['crm.objects.contacts.read', 'crm.objects.companies.read'],
    permissions: [
      {
        en: 'Contacts: names, phone numbers, email addresses, job titles',
        de: 'Kontakte: Namen, Telefonnummern, E-Mail-Adressen, Positionen',
      },
      { en: 'Companies: the names of your contacts’ companies', de: 'Unternehmen: die Namen der Firmen Ihrer Kontakte' },
    ],
    fallbackLifetime: 1800,
    idleLimit: null,
    logins: null,
    explain: () => null,
    readGrant: (answer) => ({
      apiUrl: null,
      scopes: Array.isArray(answer.scopes) ? answer.scopes.filter((scope) => typeof scope === 'string') : [],
    }),
    // Every account is at the settings' own host: where a grant names one, the settings' rule has to do.
    isOwnHost: (_use, origin) => isOrigin(origin) && isCrmUrlBeside(app.apiUrl, origin, apiDomain),
  }
}
