// Hostile input: whatever comes in, the sandbox answers with a result or a refusal in HubSpot's envelope, never with a crash.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { connectApp, postForm } from './connected-app.ts'

const text = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.constantFrom('__proto__', 'constructor', '*', '%', '\u0000'))
const value = fc.oneof(text, fc.jsonValue({ maxDepth: 2 }), fc.constant({ toString: 1, id: { toString: null } }))
const filter = fc.record(
  {
    propertyName: fc.oneof(fc.constantFrom('email', 'phone', 'createdate', 'hs_object_id'), value),
    operator: fc.oneof(fc.constantFrom('EQ', 'IN', 'CONTAINS_TOKEN', 'BETWEEN', 'LT', 'NOT_IN'), value),
    value,
    values: fc.array(value, { maxLength: 3 }),
    highValue: value,
  },
  { requiredKeys: [] },
)
const search = fc.record(
  {
    query: value,
    filterGroups: fc.oneof(value, fc.array(fc.record({ filters: fc.array(filter, { maxLength: 3 }) }), { maxLength: 3 })),
    sorts: value,
    properties: value,
    limit: value,
    after: value,
  },
  { requiredKeys: [] },
)
const create = fc.record(
  {
    properties: fc.oneof(value, fc.record({ firstname: value, email: value })),
    associations: fc.oneof(value, fc.array(fc.record({ to: value, types: value }))),
    inputs: fc.oneof(value, fc.array(value)),
    idProperty: value,
  },
  { requiredKeys: [] },
)

describe('any body', () => {
  it.each([
    ['/crm/objects/2026-03/contacts/search', fc.oneof(search, fc.jsonValue()), [200, 400]],
    ['/crm/objects/2026-03/contacts', fc.oneof(create, fc.jsonValue()), [201, 400, 409]],
    ['/crm/objects/2026-03/contacts/batch/read', fc.oneof(create, fc.jsonValue()), [200, 207, 400]],
    ['/crm/associations/2026-03/contacts/companies/batch/read', fc.oneof(create, fc.jsonValue()), [200, 207, 400]],
    ['/sandbox/faults', fc.jsonValue(), [400]],
  ] as const)('to %s is answered or refused', async (path, bodies, allowed) => {
    const { call } = await connectApp({ contacts: 30 })
    await fc.assert(
      fc.asyncProperty(bodies as fc.Arbitrary<unknown>, async (body) => {
        const { status, json } = await call('POST', path, body)
        expect(allowed).toContain(status)
        if (status >= 400) expect(json.status).toBe('error')
      }),
      { numRuns: 300 },
    )
  })
})

describe('any query', () => {
  it('to a list or a record is answered or refused', async () => {
    const { call } = await connectApp({ contacts: 30 })
    const query = fc.record(
      { limit: text, after: text, properties: text, associations: text, archived: text, idProperty: text },
      { requiredKeys: [] },
    )
    await fc.assert(
      fc.asyncProperty(query, text, async (parameters, id) => {
        const asked = new URLSearchParams(parameters as Record<string, string>)
        expect([200, 400]).toContain((await call('GET', `/crm/objects/2026-03/contacts?${asked}`)).status)
        expect([200, 400, 404]).toContain(
          (await call('GET', `/crm/objects/2026-03/contacts/${encodeURIComponent(id)}?${asked}`)).status,
        )
      }),
      { numRuns: 200 },
    )
  })
})

describe('any form', () => {
  it('to OAuth is answered or refused, and never leads elsewhere', async () => {
    const { sandbox } = await connectApp({ contacts: 1 })
    const form = fc.dictionary(
      fc.constantFrom('client_id', 'redirect_uri', 'scope', 'state', 'code', 'grant_type', 'token', 'decision'),
      text,
    )
    await fc.assert(
      fc.asyncProperty(form, async (fields) => {
        expect((await postForm(sandbox, '/oauth/authorize', fields)).status).toBe(400)
        expect((await postForm(sandbox, '/oauth/2026-03/token', fields)).status).toBe(401)
        const known = { ...fields, client_id: 'app-1', client_secret: 'app-secret-1' }
        expect((await postForm(sandbox, '/oauth/2026-03/token', known)).status).toBe(400)
        expect((await postForm(sandbox, '/oauth/2026-03/token/introspect', known)).text).toBe('{"active":false}')
      }),
      { numRuns: 200 },
    )
  })
})
