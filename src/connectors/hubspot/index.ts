/** HubSpot in the registry: its settings, and a connector that loads the SDK when a connection first needs it. */
import type { FromSchema } from 'json-schema-to-ts'
import type { Headroom } from '../../telemetry.ts'
import { type Connector, type ConnectorModule, type HttpResponse, SettingError, type SettingsSchema } from '../connector.ts'
import { isCrmUrl } from '../crm-url.ts'
import { lazily } from '../lazily.ts'
import { requestIdIn } from '../request-id.ts'
import { hubSpotEvents } from './events.ts'
import { apiDomain, hubSpotOAuth } from './oauth.ts'
import { hubSpotPaths } from './paths.ts'

const settings = {
  HUBSPOT_CLIENT_ID: { type: 'string', description: 'the client id of the HubSpot app' },
  HUBSPOT_CLIENT_SECRET: { type: 'string', description: 'the client secret of the HubSpot app' },
  HUBSPOT_APP_URL: { type: 'string', default: 'https://app.hubspot.com', description: 'an https URL under hubspot.com' },
  HUBSPOT_API_URL: { type: 'string', default: 'https://api.hubapi.com', description: 'an https URL under hubapi.com' },
  HUBSPOT_API_VERSION: {
    type: 'string',
    default: '2026-03',
    pattern: '^(\\d{4}-\\d{2}|v3)$',
    description: 'a dated API version such as 2026-03, or v3',
  },
  HUBSPOT_SEARCHES_PER_SECOND: { type: 'integer', default: 4, minimum: 0, description: 'a whole number, 0 = no limit' },
  HUBSPOT_CALLS_PER_10_SECONDS: { type: 'integer', default: 100, minimum: 0, description: 'a whole number, 0 = no limit' },
} as const satisfies SettingsSchema
/** As they are after the check, defaults filled in. */
type Settings = FromSchema<{ type: 'object'; properties: typeof settings; additionalProperties: false }>

export const hubspot: ConnectorModule = {
  id: 'hubspot',
  label: 'HubSpot',
  settings,
  create(values) {
    const checked = values as Settings
    const clientId = checked.HUBSPOT_CLIENT_ID
    const clientSecret = checked.HUBSPOT_CLIENT_SECRET
    const appUrl = crmUrl('HUBSPOT_APP_URL', checked.HUBSPOT_APP_URL, 'hubspot.com')
    const apiUrl = crmUrl('HUBSPOT_API_URL', checked.HUBSPOT_API_URL, apiDomain)
    if (!clientId && !clientSecret) return null
    if (!clientId) throw new SettingError('HUBSPOT_CLIENT_ID', 'must be set too, when HUBSPOT_CLIENT_SECRET is')
    if (!clientSecret) throw new SettingError('HUBSPOT_CLIENT_SECRET', 'must be set too, when HUBSPOT_CLIENT_ID is')
    const app = {
      clientId,
      clientSecret,
      appUrl,
      apiUrl,
    }
    return connector(app, checked)
  },
}

function connector(app: Parameters<typeof hubSpotOAuth>[0], values: Settings): Connector {
  const paths = hubSpotPaths(values.HUBSPOT_API_VERSION)
  const load = lazily(() => import('./connector.ts'))
  const loadTimeline = lazily(() => import('./timeline.ts'))
  return {
    id: hubspot.id,
    label: hubspot.label,
    oauth: hubSpotOAuth(app, paths),
    apiUrl: app.apiUrl,
    limits: {
      api: values.HUBSPOT_CALLS_PER_10_SECONDS > 0 ? { calls: values.HUBSPOT_CALLS_PER_10_SECONDS, seconds: 10 } : null,
      search: values.HUBSPOT_SEARCHES_PER_SECOND > 0 ? { calls: values.HUBSPOT_SEARCHES_PER_SECOND, seconds: 1 } : null,
    },
    headroom,
    requestId: (headers) => requestIdIn(headers, 'x-hubspot-correlation-id'),
    identify: async (session) => (await load()).identify(session, app, paths),
    list: async (session, page) => (await load()).list(session, page, paths),
    search: async (session, query, page) => (await load()).search(session, query, page, paths),
    get: async (session, contactId) => (await load()).get(session, contactId, paths),
    events: hubSpotEvents(app.clientSecret),
    timeline: {
      scopes: ['crm.objects.contacts.write'],
      log: async (session, entry) => (await loadTimeline()).log(session, entry, paths),
      isLogged: async (session, entry) => (await loadTimeline()).isLogged(session, entry, paths),
    },
  }
}

/** The limit of an app's calls to one account. @see https://developers.hubspot.com/docs/developer-tooling/platform/usage-guidelines */
function headroom(headers: HttpResponse['headers']): Headroom | null {
  const [limit, remaining, interval] = ['max', 'remaining', 'interval-milliseconds'].map((name) =>
    Number(headers[`x-hubspot-ratelimit-${name}`] ?? Number.NaN),
  )
  const isTold = limit !== undefined && remaining !== undefined && limit >= remaining && remaining >= 0
  return isTold ? { used: limit - remaining, limit, seconds: (interval || 10_000) / 1000 } : null
}

function crmUrl(variable: string, value: string, domain: string): string {
  if (!isCrmUrl(value, domain)) throw new SettingError(variable, `must be an https URL under ${domain} (http only on loopback)`)
  return new URL(value).origin
}
