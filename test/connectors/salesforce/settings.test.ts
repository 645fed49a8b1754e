import { describe, expect, it } from 'vitest'
import { SettingError } from '../../../src/connectors/connector.ts'
import { salesforce } from '../../../src/connectors/salesforce/index.ts'
import { salesforceConnector } from '../../support/salesforce.ts'
import { defaultsOf } from '../../support/settings.ts'

const id = { SALESFORCE_CLIENT_ID: 'id', SALESFORCE_CLIENT_SECRET: 'secret-value' }

describe('Salesforce’s settings', () => {
  it('leave Salesforce out when there is no app', () => {
    expect(salesforce.create(defaultsOf(salesforce))).toBeNull()
    expect(salesforce.create({ ...defaultsOf(salesforce), SALESFORCE_CLIENT_ID: '', SALESFORCE_CLIENT_SECRET: '' })).toBeNull()
  })

  it.each<[string, Record<string, unknown>]>([
    ['SALESFORCE_CLIENT_SECRET', { SALESFORCE_CLIENT_SECRET: undefined }],
    ['SALESFORCE_CLIENT_ID', { SALESFORCE_CLIENT_ID: undefined }],
    ['SALESFORCE_LOGIN_URL', { SALESFORCE_LOGIN_URL: 'http://login.salesforce.com' }],
    ['SALESFORCE_LOGIN_URL', { SALESFORCE_LOGIN_URL: 'https://login.salesforce.com.evil.example' }],
    ['SALESFORCE_LOGIN_URL', { SALESFORCE_LOGIN_URL: 'https://evilsalesforce.com' }],
    ['SALESFORCE_LOGIN_URL', { SALESFORCE_LOGIN_URL: 'nonsense' }],
    ['SALESFORCE_TEST_URL', { SALESFORCE_TEST_URL: 'http://10.0.0.1' }],
    ['SALESFORCE_TEST_URL', { SALESFORCE_TEST_URL: 'https://user:pass@test.salesforce.com' }],
  ])('refuse by the name of %s: %o', (variable, wrong) => {
    const create = () => salesforceConnector({ ...id, ...wrong })
    expect(create).toThrow(SettingError)
    expect(create).toThrow(variable)
    // The value may be a secret, or hold one.
    for (const value of [...Object.values(wrong), 'secret-value'])
      if (value !== undefined) expect(create).not.toThrow(String(value))
  })

  it.each([
    ['https://login.salesforce.com', 'https://test.salesforce.com'],
    ['https://acme.my.salesforce.com/', 'https://acme--dev.sandbox.my.salesforce.com/'],
    ['http://127.0.0.1:4000', 'http://localhost:4000'],
  ])('accept %s and %s', (SALESFORCE_LOGIN_URL, SALESFORCE_TEST_URL) => {
    const { oauth } = salesforceConnector({ ...id, SALESFORCE_LOGIN_URL, SALESFORCE_TEST_URL })
    expect(oauth.logins?.hosts.map(({ url }) => url)).toEqual(
      [SALESFORCE_LOGIN_URL, SALESFORCE_TEST_URL].map((url) => url.replace(/\/$/, '')),
    )
  })

  it('set no limit of the bridge’s own: Salesforce counts by the day, and says so itself', () => {
    expect(salesforceConnector(id).limits).toEqual({ api: null, search: null })
  })
})
