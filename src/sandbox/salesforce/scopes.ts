// The scopes that the sandbox's org knows, in words for the consent page.

/** What each scope lets an app do. @see https://help.salesforce.com/s/articleView?id=xcloud.remoteaccess_oauth_tokens_scopes.htm */
export const SCOPES: ReadonlyMap<string, string> = new Map([
  ['api', 'Manage user data via APIs'],
  ['full', 'Full access'],
  ['id', 'Access the identity URL service'],
  ['profile', 'Access the profile URL service'],
  ['email', 'Access the email URL service'],
  ['openid', 'Access unique user identifiers'],
  ['refresh_token', 'Perform requests at any time'],
  ['offline_access', 'Perform requests at any time'],
  ['web', 'Manage user data via web browsers'],
  ['custom_permissions', 'Access custom permissions'],
])
