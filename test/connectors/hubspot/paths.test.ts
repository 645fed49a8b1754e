import { describe, expect, it } from 'vitest'
import { hubSpotPaths } from '../../../src/connectors/hubspot/paths.ts'
import { startHubSpot } from '../../support/hubspot.ts'

describe('HubSpot’s paths', () => {
  it.each([
    ['2026-03', '/crm/objects/2026-03/contacts/search', '/oauth/2026-03/token', '/account-info/2026-03/details'],
    ['2027-09', '/crm/objects/2027-09/contacts/search', '/oauth/2027-09/token', '/account-info/2027-09/details'],
    ['v3', '/crm/v3/objects/contacts/search', '/oauth/v3/token', '/account-info/v3/details'],
  ])('of %s', (version, search, token, accountDetails) => {
    const paths = hubSpotPaths(version)
    expect(paths.fromSdk('/crm/v3/objects/contacts/search')).toBe(search)
    expect(paths).toMatchObject({ token, introspect: `${token}/introspect`, revoke: `${token}/revoke`, accountDetails })
  })

  it('that the SDK knows otherwise stay as they are', () => {
    expect(hubSpotPaths('2026-03').fromSdk('/crm/v3/properties/contacts')).toBe('/crm/v3/properties/contacts')
    expect(hubSpotPaths('2026-03').fromSdk('/x/crm/v3/objects/contacts')).toBe('/x/crm/v3/objects/contacts')
  })

  it.each(['2026-03', 'v3'])('of %s are the only ones that are called', async (version) => {
    const { sandbox, connector, session, close } = await startHubSpot({ contacts: 20, version })
    await connector.identify(session())
    const { items } = await connector.list(session(), { limit: 5, after: null })
    await connector.get(session(), items[0]?.contact_id ?? '')
    await connector.search(session(), { kind: 'text', text: 'example' }, { limit: 5, after: null })
    const paths = sandbox.calls().map(({ path }) => path)
    await close()
    expect(paths.length).toBeGreaterThan(5)
    expect(paths.filter((path) => !path.includes(`/${version}/`))).toEqual([])
  })
})
