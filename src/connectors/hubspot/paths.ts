/** Where HubSpot's API has what: by date-versioned paths, or the older v3 ones. @see https://developers.hubspot.com/docs/api-reference/overview */

export type HubSpotPaths = {
  readonly token: string
  readonly introspect: string
  readonly revoke: string
  readonly accountDetails: string
  /** Moves a path of the SDK, which knows only v3 (`/crm/v3/objects/contacts`), to this version. */
  fromSdk(path: string): string
}

/** @param version `2026-03`, any later date, or `v3` */
export function hubSpotPaths(version: string): HubSpotPaths {
  const token = `/oauth/${version}/token`
  return {
    token,
    introspect: `${token}/introspect`,
    revoke: `${token}/revoke`,
    accountDetails: `/account-info/${version}/details`,
    fromSdk: (path) => (version === 'v3' ? path : path.replace(/^\/crm\/v3\/objects\//, `/crm/objects/${version}/`)),
  }
}
