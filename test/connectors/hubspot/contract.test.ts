/** HubSpot keeps what every connector promises. */
import { describeConnector } from '../../contracts/connector-contract.ts'
import { startHubSpot } from '../../support/hubspot.ts'

const idOf = (record: { id: string }) => `hubspot-${record.id}`
const recordIdOf = (contactId: string) => contactId.replace('hubspot-', '')

describeConnector({
  id: 'hubspot',
  label: 'HubSpot',
  contactId: /^hubspot-[\w-]+$/,
  resembling: (contactId) => [contactId.toUpperCase(), contactId.replace('-', '')],
  idWith: (text) => `hubspot-${text}`,
  calls: { identify: 2, list: 2, total: 1, phone: 1, email: 2, text: 2, get: 2 },
  totalFails: { kind: 'status', status: 500, match: { method: 'POST', path: 'contacts/search' } },
  forbidden: { kind: 'status', status: 403 },
  refusals: [
    { name: '423', fault: { kind: 'status', status: 423 }, code: 'crm_rate_limited' },
    { name: '477', fault: { kind: 'status', status: 477 }, code: 'crm_rate_limited' },
    { name: '521 of a proxy', fault: { kind: 'html', status: 521 }, code: 'crm_unavailable' },
  ],
  async start(options) {
    const { sandbox, connector, pass, renew, close, ...harness } = await startHubSpot(options)
    return {
      connector,
      harness: { ...harness, close },
      faults: sandbox.faults,
      account: { id: String(sandbox.account.portalId), name: sandbox.account.hubDomain },
      contactIds: () => [...sandbox.contacts].map(idOf),
      add: ({ firstName, lastName, email, phone, mobile, country, company, jobTitle }) =>
        idOf(
          sandbox.addContact({
            firstname: firstName ?? null,
            lastname: lastName ?? null,
            email: email ?? null,
            phone: phone ?? null,
            mobilephone: mobile ?? null,
            hs_country_region_code: country ?? null,
            company: company ?? null,
            jobtitle: jobTitle ?? null,
          }),
        ),
      remove: (contactId) => {
        sandbox.removeContact(recordIdOf(contactId))
      },
      expireTokens: () => pass(2 * 3_600_000),
      renew,
      calls: () => sandbox.calls().length,
      clearCalls: () => sandbox.clearCalls(),
      close,
    }
  },
})
