import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SessionExpired } from '../../../src/connectors/connector.ts'
import { errorCodeOf, SalesforceError, toBridgeError, tooManyRequests } from '../../../src/connectors/salesforce/errors.ts'
import { BridgeError } from '../../../src/errors.ts'
import { httpResponse } from '../../support/http-response.ts'
import { steady } from '../../support/properties.ts'

const refusal = (errorCode: string, message = 'No.') => new SalesforceError(errorCode, message)

/** Everything of an error that anybody reads: what the caller is told, and what the log keeps of its causes. */
function told(error: unknown): string {
  return error instanceof Error ? `${error.message}\n${told(error.cause)}` : ''
}

describe('Salesforce’s refusals', () => {
  it.each([
    ['REQUEST_LIMIT_EXCEEDED', 'crm_rate_limited'],
    ['ERROR_HTTP_429', 'crm_rate_limited'],
    ['API_DISABLED_FOR_ORG', 'crm_forbidden'],
    ['API_CURRENTLY_DISABLED', 'crm_forbidden'],
    ['INSUFFICIENT_ACCESS', 'crm_forbidden'],
    ['INSUFFICIENT_ACCESS_OR_READONLY', 'crm_forbidden'],
    ['INVALID_TYPE', 'crm_forbidden'],
    ['ERROR_HTTP_403', 'crm_forbidden'],
    ['QUERY_TIMEOUT', 'crm_timeout'],
    ['SERVER_UNAVAILABLE', 'crm_unavailable'],
    ['UNKNOWN_EXCEPTION', 'crm_unavailable'],
    ['ERROR_HTTP_500', 'crm_unavailable'],
    ['ERROR_HTTP_503', 'crm_unavailable'],
    ['ERROR_HTTP_404', 'crm_protocol'],
    ['MALFORMED_QUERY', 'crm_protocol'],
    ['MALFORMED_SEARCH', 'crm_protocol'],
    ['INVALID_FIELD', 'crm_protocol'],
    ['NEVER_SEEN_BEFORE', 'crm_protocol'],
    ['', 'crm_protocol'],
  ])('%s is %s', (errorCode, code) => {
    expect(toBridgeError(refusal(errorCode))).toMatchObject({ name: 'BridgeError', code })
  })

  it.each(['INVALID_SESSION_ID', 'ERROR_HTTP_401'])('%s asks for another token', (errorCode) => {
    expect(toBridgeError(refusal(errorCode))).toBeInstanceOf(SessionExpired)
  })

  it.each([new TypeError('x is not iterable'), 'text', null, undefined, { errorCode: 'INVALID_TYPE' }])(
    '%o is crm_protocol',
    (error) => {
      expect(toBridgeError(error)).toMatchObject({ code: 'crm_protocol' })
    },
  )

  it.each([new BridgeError('crm_timeout', 'Late.'), new SessionExpired()])('%o stays what it is', (error) => {
    expect(toBridgeError(error)).toBe(error)
  })

  it.each<[string | undefined, number | undefined]>([
    ['90', 90],
    ['0.2', 1],
    ['0', undefined],
    ['-1', undefined],
    ['soon', undefined],
    [undefined, undefined],
  ])('a bare 429 with Retry-After %j asks to wait %j seconds', (value, retryAfter) => {
    const headers: Record<string, string> = value === undefined ? {} : { 'retry-after': value }
    expect(tooManyRequests(httpResponse('', 429, headers))).toMatchObject({ code: 'crm_rate_limited', retryAfter })
  })
})

describe('what Salesforce repeats of a statement', () => {
  it('reaches neither caller nor log', () => {
    const text = fc.string({ minLength: 6, maxLength: 40 }).filter((value) => /\w{6}/.test(value))
    const codes = fc.constantFrom('MALFORMED_QUERY', 'MALFORMED_SEARCH', 'INVALID_FIELD', 'UNKNOWN_EXCEPTION', 'INVALID_TYPE')
    fc.assert(
      fc.property(codes, text, (errorCode, typed) => {
        const message = `\nWHERE Email = '${typed}'\n ^\nERROR at Row:1:Column:9\nunexpected token: ${typed}`
        expect(told(toBridgeError(refusal(errorCode, message)))).not.toContain(typed)
      }),
      steady(200),
    )
  })

  it('leaves the code, which helps the operator, and no more than a code', () => {
    expect(told(toBridgeError(refusal('MALFORMED_QUERY')))).toContain('Salesforce answered MALFORMED_QUERY')
    expect(errorCodeOf(refusal('X'.repeat(500)))).toBe('')
  })

  it('also where a code isn’t one', () => {
    for (const odd of ["ana.garcia@example.com isn't", '+49 30 901820', 'Ana García'])
      expect(told(toBridgeError(refusal(odd)))).not.toContain(odd)
  })
})
