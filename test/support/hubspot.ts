/** A HubSpot sandbox with the connector that speaks to it, and a grant at hand: for tests below the bridge. */
import type { Connector } from '../../src/connectors/connector.ts'
import { hubspot } from '../../src/connectors/hubspot/index.ts'
import { type HubSpotSandbox, type HubSpotSandboxOptions, startHubSpotSandbox } from '../../src/sandbox/hubspot/server.ts'
import { createHarness, type Harness, type TestGrant } from './session.ts'
import { defaultsOf } from './settings.ts'

export const hubSpotApp = { clientId: 'test-client', clientSecret: 'test-secret' }
const redirectUri = 'http://localhost:3000/oauth/hubspot/callback'

export interface HubSpotAtHand extends Harness {
  readonly sandbox: HubSpotSandbox
  readonly connector: Connector
  /** Lets this much time pass at HubSpot. Milliseconds. */
  pass(milliseconds: number): void
  /** Consents anew: a token of its own. */
  renew(): Promise<void>
}

/** The connector as the registry makes it. */
export function hubSpotConnector(settings: Record<string, unknown>): Connector {
  const connector = hubspot.create({
    ...defaultsOf(hubspot),
    HUBSPOT_CLIENT_ID: hubSpotApp.clientId,
    HUBSPOT_CLIENT_SECRET: hubSpotApp.clientSecret,
    ...settings,
  })
  if (connector === null) throw new Error('HubSpot is left out')
  return connector
}

export async function startHubSpot(
  options: Partial<HubSpotSandboxOptions> & { readonly version?: string; readonly scopes?: readonly string[] } = {},
): Promise<HubSpotAtHand> {
  const { version = '2026-03', scopes = [], ...sandboxOptions } = options
  let ahead = 0
  const sandbox = await startHubSpotSandbox({
    ...hubSpotApp,
    rateLimits: false,
    secret: 'sandbox',
    now: () => Date.now() + ahead,
    ...sandboxOptions,
  })
  const connector = hubSpotConnector({
    HUBSPOT_APP_URL: sandbox.url,
    HUBSPOT_API_URL: sandbox.url,
    HUBSPOT_API_VERSION: version,
  })
  let grant = await consentTo(sandbox, connector, scopes)
  const harness = createHarness(connector, () => grant)
  sandbox.clearCalls()
  return {
    ...harness,
    sandbox,
    connector,
    pass(milliseconds) {
      ahead += milliseconds
    },
    async renew() {
      grant = await consentTo(sandbox, connector, scopes)
      sandbox.clearCalls()
    },
    async close() {
      await harness.close()
      await sandbox.close()
    },
  }
}

/** Allows the app by the sandbox's consent page, and exchanges the code. */
async function consentTo(sandbox: HubSpotSandbox, { oauth }: Connector, more: readonly string[]): Promise<TestGrant> {
  const scope = [...oauth.scopes, ...more].join(' ')
  const consent = { client_id: oauth.clientId, redirect_uri: redirectUri, scope, decision: 'allow' }
  const decided = await fetch(oauth.authorizeUrl, {
    method: 'POST',
    redirect: 'manual',
    body: new URLSearchParams(consent),
  })
  const code = new URL(decided.headers.get('location') ?? '').searchParams.get('code') ?? ''
  const exchange = { grant_type: 'authorization_code', code, redirect_uri: redirectUri }
  const answer = await fetch(oauth.tokenUrl, {
    method: 'POST',
    body: new URLSearchParams({ ...exchange, client_id: oauth.clientId, client_secret: oauth.clientSecret }),
  })
  const { access_token: accessToken } = (await answer.json()) as { access_token: string }
  return { accessToken, apiUrl: null, recordsUrl: `${sandbox.url}/contacts/${sandbox.account.portalId}/record/0-1` }
}
