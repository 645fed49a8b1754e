/** Salesforce in the registry: its settings, and a connector that loads the SDK when a connection first needs it. */
import type { FromSchema } from 'json-schema-to-ts'
import type { Headroom } from '../../telemetry.ts'
import { type ConnectorModule, type HttpResponse, SettingError, type SettingsSchema } from '../connector.ts'
import { isCrmUrl } from '../crm-url.ts'
import { lazily } from '../lazily.ts'
import { requestIdIn } from '../request-id.ts'
import { loginDomain, salesforceOAuth } from './oauth.ts'

const settings = {
  SALESFORCE_CLIENT_ID: { type: 'string', description: 'the consumer key of the External Client App' },
  SALESFORCE_CLIENT_SECRET: { type: 'string', description: 'the consumer secret of the External Client App' },
  SALESFORCE_LOGIN_URL: {
    type: 'string',
    default: 'https://login.salesforce.com',
    description: 'an https URL under salesforce.com',
  },
  SALESFORCE_TEST_URL: {
    type: 'string',
    default: 'https://test.salesforce.com',
    description: 'an https URL under salesforce.com',
  },
} as const satisfies SettingsSchema
/** As they are after the check, defaults filled in. */
type Settings = FromSchema<{ type: 'object'; properties: typeof settings; additionalProperties: false }>

export const salesforce: ConnectorModule = {
  id: 'salesforce',
  label: 'Salesforce',
  settings,
  create(values) {
    const checked = values as Settings
    const clientId = checked.SALESFORCE_CLIENT_ID
    const clientSecret = checked.SALESFORCE_CLIENT_SECRET
    const loginUrl = loginHost('SALESFORCE_LOGIN_URL', checked.SALESFORCE_LOGIN_URL)
    const testUrl = loginHost('SALESFORCE_TEST_URL', checked.SALESFORCE_TEST_URL)
    if (!clientId && !clientSecret) return null
    if (!clientId) throw new SettingError('SALESFORCE_CLIENT_ID', 'must be set too, when SALESFORCE_CLIENT_SECRET is')
    if (!clientSecret) throw new SettingError('SALESFORCE_CLIENT_SECRET', 'must be set too, when SALESFORCE_CLIENT_ID is')
    const load = lazily(() => import('./connector.ts'))
    return {
      id: salesforce.id,
      label: salesforce.label,
      oauth: salesforceOAuth({ clientId, clientSecret, loginUrl, testUrl }),
      apiUrl: loginUrl,
      // Salesforce limits calls by the day, and says itself when they are used up.
      limits: { api: null, search: null },
      headroom,
      requestId: (headers) => requestIdIn(headers, 'x-sfdc-request-id', 'x-request-id'),
      identify: async (session) => (await load()).identify(session),
      list: async (session, page) => (await load()).list(session, page),
      search: async (session, query, page) => (await load()).search(session, query, page),
      get: async (session, contactId) => (await load()).get(session, contactId),
      timeline: {
        // The scope `api` allows all that the user may.
        scopes: [],
        log: async (session, entry) => (await load()).log(session, entry),
        isLogged: async (session, entry, since) => (await load()).isLogged(session, entry, since),
      },
    }
  },
}

/** The org's calls of the last day. @see https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/headers_api_usage.htm */
function headroom(headers: HttpResponse['headers']): Headroom | null {
  const [, used, limit] = /\bapi-usage=(\d+)\/(\d+)/.exec(headers['sforce-limit-info'] ?? '') ?? []
  return limit === undefined ? null : { used: Number(used), limit: Number(limit), seconds: 86_400 }
}

function loginHost(variable: string, value: string): string {
  if (!isCrmUrl(value, loginDomain))
    throw new SettingError(variable, 'must be an https URL under salesforce.com (http only on loopback)')
  return new URL(value).origin
}
