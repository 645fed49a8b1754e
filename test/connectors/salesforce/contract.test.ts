/** Salesforce keeps what every connector promises. */
import { describeConnector } from '../../contracts/connector-contract.ts'
import { startSalesforce } from '../../support/salesforce.ts'

describeConnector({
  id: 'salesforce',
  label: 'Salesforce',
  contactId: /^00[3Q]\w{15}$/,
  resembling: (contactId) => [
    contactId.slice(0, 14),
    contactId.slice(0, 16),
    `001${contactId.slice(3)}`,
    `salesforce-${contactId}`,
    contactId.toLowerCase(),
  ],
  idWith: (text) =>
    `0035g000${text
      .replace(/[^A-Za-z0-9]/g, '')
      .padEnd(10, 'A')
      .slice(0, 10)}`,
  // The statements of a phone or email search are one round trip.
  calls: { identify: 1, list: 1, total: 1, phone: 1, email: 1, text: 1, get: 1 },
  totalFails: { kind: 'status', status: 500, match: { method: 'POST', path: 'composite/batch' } },
  forbidden: {
    kind: 'status',
    status: 403,
    body: [{ message: 'You do not have access to the API.', errorCode: 'INSUFFICIENT_ACCESS' }],
  },
  refusals: [
    {
      name: 'a quota used up',
      fault: {
        kind: 'status',
        status: 403,
        body: [{ message: 'TotalRequests Limit exceeded.', errorCode: 'REQUEST_LIMIT_EXCEEDED' }],
      },
      code: 'crm_rate_limited',
    },
    {
      name: 'an instance that is moving',
      fault: { kind: 'status', status: 503, body: [{ message: 'Try again later.', errorCode: 'SERVER_UNAVAILABLE' }] },
      code: 'crm_unavailable',
    },
  ],
  async start({ contacts }) {
    const { sandbox, connector, ids, renew, close, ...harness } = await startSalesforce({ contacts })
    // The sandbox counts converted leads, too.
    while (ids().length < contacts) sandbox.addRecord('Contact', { LastName: 'More' })
    const add = sandbox.addRecord
    return {
      connector,
      harness: { ...harness, close },
      faults: sandbox.faults,
      account: { id: sandbox.org.orgId, name: sandbox.org.name },
      contactIds: ids,
      add: ({ firstName, lastName, email, phone, mobile, country, company, jobTitle }) => {
        const account = company === undefined ? {} : { AccountId: add('Account', { Name: company }).id }
        return add('Contact', {
          FirstName: firstName ?? null,
          LastName: lastName ?? null,
          Email: email ?? null,
          Phone: phone ?? null,
          MobilePhone: mobile ?? null,
          MailingCountry: country ?? null,
          Title: jobTitle ?? null,
          ...account,
        }).id
      },
      remove: (contactId) => {
        sandbox.removeRecord(contactId)
      },
      expireTokens: () => sandbox.endSessions(),
      renew,
      calls: () => sandbox.calls().length,
      clearCalls: () => sandbox.clearCalls(),
      close,
    }
  },
})
