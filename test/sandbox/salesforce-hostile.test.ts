// Hostile input: whatever comes in, the sandbox answers with a result or a refusal in Salesforce's form, never with a crash.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ASKED, BASE, callWith, connectOrg, getPage, postForm } from './connected-org.ts'

const text = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.constantFrom('__proto__', 'constructor', '*', '%', '\u0000', "'", '\\'),
)
const word = fc.oneof(
  fc.constantFrom(
    ...[
      'SELECT',
      'FROM',
      'WHERE',
      'AND',
      'OR',
      'NOT',
      'IN',
      'LIKE',
      'ORDER BY',
      'LIMIT',
      'OFFSET',
      'NULLS LAST',
      'DESC',
      'COUNT()',
    ],
    ...['FIND', 'RETURNING', 'FIELDS', 'PHONE', 'Contact', 'Lead', 'Account.Name', 'Id', 'Phone', 'IsConverted', 'CreatedDate'],
    ...[
      '=',
      '!=',
      '<>',
      '<',
      '(',
      ')',
      ',',
      '{',
      '}',
      "'a%'",
      "'003000000000000'",
      'null',
      'true',
      '5',
      'TODAY',
      '2020-01-01',
      '\\',
      '"',
      '*',
    ],
  ),
  text,
)
const statement = fc.array(word, { maxLength: 14 }).map((words) => words.join(' '))
const value = fc.oneof(text, fc.jsonValue({ maxDepth: 2 }))
const isWellFormed = (string: string) => string.isWellFormed()

describe('any statement', () => {
  it('is answered or refused', async () => {
    const { query, search } = await connectOrg({ contacts: 30, apiQuota: 1_000_000 })
    const ask = async (soql: string, sosl: string) => {
      for (const { status, json, text: body } of [await query(soql), await search(sosl)]) {
        expect([200, 400, 404], body).toContain(status)
        if (status === 200) expect(json.records ?? json.searchRecords).toBeInstanceOf(Array)
        else expect(json[0]).toEqual({ message: expect.any(String), errorCode: expect.any(String) })
      }
    }
    await fc.assert(
      fc.asyncProperty(statement.filter(isWellFormed), async (words) => {
        await ask(`SELECT Id FROM Contact ${words}`, `FIND {${words}} RETURNING Contact`)
        await ask(words, `FIND {ana} ${words}`)
      }),
      { numRuns: 300 },
    )
  })
})

describe('any batch, form or address', () => {
  it('is answered or refused', async () => {
    const { sandbox, tokens, get } = await connectOrg({ contacts: 30, apiQuota: 1_000_000 })
    const entry = fc.oneof(
      value,
      fc.record(
        {
          method: value,
          url: fc.oneof(
            value,
            text.map((path) => `v66.0/${path}`),
          ),
        },
        { requiredKeys: [] },
      ),
    )
    const body = fc.oneof(
      value,
      fc.record({ batchRequests: fc.oneof(value, fc.array(entry)), haltOnError: value }, { requiredKeys: [] }),
    )
    const form = fc.dictionary(
      fc.constantFrom(
        'client_id',
        'client_secret',
        'grant_type',
        'code',
        'refresh_token',
        'redirect_uri',
        'token',
        'state',
        'scope',
        'decision',
      ),
      text.filter(isWellFormed),
    )
    await fc.assert(
      fc.asyncProperty(body, form, text.filter(isWellFormed), async (batch, fields, path) => {
        const answers = [
          await callWith(sandbox, tokens.access_token, 'POST', `${BASE}/composite/batch`, batch),
          await get(encodeURIComponent(path)),
          await get(`sobjects/Contact/${encodeURIComponent(path)}?fields=${encodeURIComponent(path)}`),
          await getPage(sandbox, '/services/oauth2/authorize', { ...ASKED, ...fields }),
          await getPage(sandbox, `/lightning/r/Contact/${encodeURIComponent(path)}/view`),
          await postForm(sandbox, '/services/oauth2/authorize', { ...ASKED, ...fields }),
          await postForm(sandbox, '/services/oauth2/token', fields),
          await postForm(sandbox, '/services/oauth2/revoke', fields),
          await postForm(sandbox, '/sandbox', fields),
        ]
        for (const { status, text: shown } of answers) expect(status, shown).toBeLessThan(500)
      }),
      { numRuns: 200 },
    )
  })
})
