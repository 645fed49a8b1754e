/** A Salesforce sandbox with the connector that speaks to it, and a grant at hand: for tests below the bridge. */
import { createHash } from 'node:crypto'
import type { Connector } from '../../src/connectors/connector.ts'
import { salesforce } from '../../src/connectors/salesforce/index.ts'
import {
  type SalesforceSandbox,
  type SalesforceSandboxOptions,
  startSalesforceSandbox,
} from '../../src/sandbox/salesforce/server.ts'
import { createHarness, type Harness, type TestGrant } from './session.ts'
import { defaultsOf } from './settings.ts'

const salesforceApp = { clientId: 'test-client', clientSecret: 'test-secret' }
const redirectUri = 'http://localhost:3000/oauth/salesforce/callback'
const verifier = 'a-verifier-of-forty-three-characters-or-more'

export interface SalesforceAtHand extends Harness {
  readonly sandbox: SalesforceSandbox
  readonly connector: Connector
  /** The contact_ids of all contacts and unconverted leads, in the list's order. */
  ids(): string[]
  /** Paths of the API calls so far, a query's or search's statement instead of its path; a batch's statements one by one, after it. */
  statements(): string[]
  /** Consents anew: a token of its own. */
  renew(): Promise<void>
}

/** The connector as the registry makes it. */
export function salesforceConnector(settings: Record<string, unknown>): Connector {
  const connector = salesforce.create({
    ...defaultsOf(salesforce),
    SALESFORCE_CLIENT_ID: salesforceApp.clientId,
    SALESFORCE_CLIENT_SECRET: salesforceApp.clientSecret,
    ...settings,
  })
  if (connector === null) throw new Error('Salesforce is left out')
  return connector
}

export async function startSalesforce(options: Partial<SalesforceSandboxOptions> = {}): Promise<SalesforceAtHand> {
  const sandbox = await startSalesforceSandbox({ ...salesforceApp, secret: 'sandbox', ...options })
  const connector = salesforceConnector({ SALESFORCE_LOGIN_URL: sandbox.url, SALESFORCE_TEST_URL: sandbox.url })
  let grant = await consentTo(connector)
  const harness = createHarness(connector, () => grant)
  sandbox.clearCalls()
  return {
    ...harness,
    sandbox,
    connector,
    ids: () => [...sandbox.contacts, ...sandbox.leads].filter(({ fields }) => fields.IsConverted !== true).map(({ id }) => id),
    statements: () => sandbox.calls().flatMap(({ path, query, body }) => [statementOf(query.q, path), ...partsOf(body)]),
    async renew() {
      grant = await consentTo(connector)
      sandbox.clearCalls()
    },
    async close() {
      await harness.close()
      await sandbox.close()
    },
  }
}

const statementOf = (statement: unknown, path: string): string =>
  typeof statement === 'string' ? statement : path.replace(/^\/services\/data\/v[\d.]+/, '')

function partsOf(body: unknown): string[] {
  const { batchRequests = [] } = (body ?? {}) as { batchRequests?: readonly { url: string }[] }
  return batchRequests.map(({ url }) => new URL(url, 'http://localhost').searchParams.get('q') ?? url)
}

/** Allows the app by the sandbox's consent page, and exchanges the code. */
async function consentTo({ oauth }: Connector): Promise<TestGrant> {
  const consent = {
    response_type: 'code',
    client_id: oauth.clientId,
    redirect_uri: redirectUri,
    scope: oauth.scopes.join(' '),
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    decision: 'allow',
  }
  const decided = await fetch(oauth.authorizeUrl, { method: 'POST', redirect: 'manual', body: new URLSearchParams(consent) })
  const code = new URL(decided.headers.get('location') ?? '').searchParams.get('code') ?? ''
  const exchange = { grant_type: 'authorization_code', code, redirect_uri: redirectUri, code_verifier: verifier }
  const answer = await fetch(oauth.tokenUrl, {
    method: 'POST',
    body: new URLSearchParams({ ...exchange, client_id: oauth.clientId, client_secret: oauth.clientSecret }),
  })
  const { access_token: accessToken, instance_url: apiUrl } = (await answer.json()) as Record<string, string>
  return { accessToken: accessToken ?? '', apiUrl: apiUrl ?? null, recordsUrl: `${apiUrl}/lightning/r` }
}
