import { describe, expect, it } from 'vitest'
import { SettingError } from '../../../src/connectors/connector.ts'
import { hubspot } from '../../../src/connectors/hubspot/index.ts'
import { hubSpotConnector } from '../../support/hubspot.ts'
import { defaultsOf } from '../../support/settings.ts'

const id = { HUBSPOT_CLIENT_ID: 'id', HUBSPOT_CLIENT_SECRET: 'secret-value' }

describe('HubSpot’s settings', () => {
  it('leave HubSpot out when there is no app', () => {
    expect(hubspot.create(defaultsOf(hubspot))).toBeNull()
    expect(hubspot.create({ ...defaultsOf(hubspot), HUBSPOT_CLIENT_ID: '', HUBSPOT_CLIENT_SECRET: '' })).toBeNull()
  })

  it.each<[string, Record<string, unknown>]>([
    ['HUBSPOT_CLIENT_SECRET', { HUBSPOT_CLIENT_SECRET: undefined }],
    ['HUBSPOT_CLIENT_ID', { HUBSPOT_CLIENT_ID: undefined }],
    ['HUBSPOT_APP_URL', { HUBSPOT_APP_URL: 'http://app.hubspot.com' }],
    ['HUBSPOT_APP_URL', { HUBSPOT_APP_URL: 'https://app.hubspot.com.evil.example' }],
    ['HUBSPOT_APP_URL', { HUBSPOT_APP_URL: 'https://evilhubspot.com' }],
    ['HUBSPOT_APP_URL', { HUBSPOT_APP_URL: 'nonsense' }],
    ['HUBSPOT_API_URL', { HUBSPOT_API_URL: 'http://api.hubapi.com' }],
    ['HUBSPOT_API_URL', { HUBSPOT_API_URL: 'https://api.hubspot.com' }],
    ['HUBSPOT_API_URL', { HUBSPOT_API_URL: 'https://user:pass@api.hubapi.com' }],
    ['HUBSPOT_API_URL', { HUBSPOT_API_URL: 'http://10.0.0.1' }],
  ])('refuse by the name of %s: %o', (variable, wrong) => {
    const create = () => hubSpotConnector({ ...id, ...wrong })
    expect(create).toThrow(SettingError)
    expect(create).toThrow(variable)
    // The value may be a secret, or hold one.
    for (const value of [...Object.values(wrong), 'secret-value'])
      if (value !== undefined) expect(create).not.toThrow(String(value))
  })

  it.each([
    ['https://app.hubspot.com', 'https://api.hubapi.com'],
    ['https://app-eu1.hubspot.com/', 'https://api-eu1.hubapi.com/'],
    ['http://127.0.0.1:4000', 'http://localhost:4000'],
  ])('accept %s and %s', (HUBSPOT_APP_URL, HUBSPOT_API_URL) => {
    const { oauth, apiUrl } = hubSpotConnector({ ...id, HUBSPOT_APP_URL, HUBSPOT_API_URL })
    expect(oauth.authorizeUrl).toBe(`${HUBSPOT_APP_URL.replace(/\/$/, '')}/oauth/authorize`)
    expect(apiUrl).toBe(HUBSPOT_API_URL.replace(/\/$/, ''))
    expect(oauth.tokenUrl).toBe(`${apiUrl}/oauth/2026-03/token`)
  })

  it('stay below HubSpot’s limits unless told otherwise, and 0 switches them off', () => {
    expect(hubSpotConnector(id).limits).toEqual({ api: { calls: 100, seconds: 10 }, search: { calls: 4, seconds: 1 } })
    const off = hubSpotConnector({ ...id, HUBSPOT_SEARCHES_PER_SECOND: 0, HUBSPOT_CALLS_PER_10_SECONDS: 0 })
    expect(off.limits).toEqual({ api: null, search: null })
  })

  it('ask for no more permission than reading', () => {
    const { scopes } = hubSpotConnector(id).oauth
    expect(scopes).toEqual(['oauth', 'crm.objects.contacts.read', 'crm.objects.companies.read'])
  })
})

describe('a host that a stored grant names', () => {
  it.each([
    ['https://api.hubapi.com', true],
    ['https://api-eu1.hubapi.com', true],
    ['https://api.hubapi.com/', false],
    ['https://app.hubspot.com', false],
    ['https://api.hubapi.com.evil.example', false],
    ['http://127.0.0.1:4000', false],
    ['', false],
  ])('is HubSpot’s own: %j, %s', (origin, isOwn) => {
    const { oauth } = hubSpotConnector(id)
    expect([oauth.isOwnHost('api', origin), oauth.isOwnHost('login', origin)]).toEqual([isOwn, isOwn])
  })

  it('may be on this machine where the API is', () => {
    const { oauth } = hubSpotConnector({ ...id, HUBSPOT_API_URL: 'http://localhost:4000' })
    expect([oauth.isOwnHost('api', 'http://127.0.0.1:4001'), oauth.isOwnHost('api', 'http://10.0.0.1')]).toEqual([true, false])
  })
})
