import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { HttpResponse } from '../../../src/connectors/connector.ts'
import { SessionExpired } from '../../../src/connectors/connector.ts'
import { hubSpotError, RecordNotFound } from '../../../src/connectors/hubspot/errors.ts'
import { BridgeError } from '../../../src/errors.ts'
import { httpResponse } from '../../support/http-response.ts'
import { steady } from '../../support/properties.ts'

const response = (status: number, body: unknown = {}, headers: Record<string, string> = {}): HttpResponse =>
  httpResponse(typeof body === 'string' ? body : JSON.stringify(body), status, headers)
const envelope = (message: string, more: object = {}) => ({ status: 'error', message, correlationId: 'c-1', ...more })

/** Everything of an error that anybody reads: what the caller is told, and what the log keeps of its causes. */
function told(error: unknown): string {
  return error instanceof Error ? `${error.message}\n${told(error.cause)}` : ''
}

describe('HubSpot’s refusals', () => {
  it.each<[number, unknown, string]>([
    [400, envelope('bad', { category: 'VALIDATION_ERROR' }), 'crm_protocol'],
    [402, {}, 'crm_protocol'],
    [403, envelope('no', { category: 'MISSING_SCOPES' }), 'crm_forbidden'],
    [405, {}, 'crm_protocol'],
    [409, {}, 'crm_protocol'],
    [414, '<html>', 'crm_protocol'],
    [415, {}, 'crm_protocol'],
    [423, envelope('locked', { category: 'LOCKED' }), 'crm_rate_limited'],
    [429, envelope('slow', { errorType: 'RATE_LIMIT', policyName: 'SECONDLY' }), 'crm_rate_limited'],
    [429, '', 'crm_rate_limited'],
    [477, envelope('moving'), 'crm_rate_limited'],
    [500, envelope('internal error'), 'crm_unavailable'],
    [502, '<html><body>Bad Gateway</body></html>', 'crm_unavailable'],
    [503, '', 'crm_unavailable'],
    [504, 'null', 'crm_unavailable'],
    [521, '<html>', 'crm_unavailable'],
    [526, '[]', 'crm_unavailable'],
    [302, '', 'crm_protocol'],
    [304, '', 'crm_protocol'],
  ])('%i %o is %s', (status, body, code) => {
    expect(hubSpotError(response(status, body))).toMatchObject({ name: 'BridgeError', code })
  })

  it.each(['EXPIRED_AUTHENTICATION', 'INVALID_AUTHENTICATION', ''])('401 %s asks for another token', (category) => {
    expect(hubSpotError(response(401, envelope('no', { category })))).toBeInstanceOf(SessionExpired)
  })

  it('404 is a record that isn’t there', () => {
    expect(hubSpotError(response(404))).toBeInstanceOf(RecordNotFound)
  })

  it('a day’s quota used up is told from a moment’s', () => {
    const daily = hubSpotError(response(429, envelope('no', { policyName: 'DAILY' })))
    expect(daily.message).toContain('today')
    expect(hubSpotError(response(429, envelope('no'))).message).not.toContain('today')
  })

  it.each<[string | undefined, number | undefined]>([
    ['10', 10],
    ['0.2', 1],
    ['86400', 86_400],
    ['100000000000000000000', 86_400],
    ['9'.repeat(400), 86_400],
    ['Fri, 31 Dec 9999 23:59:59 GMT', 86_400],
    ['0', undefined],
    ['-1', undefined],
    ['soon', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('Retry-After %j is %j seconds', (value, retryAfter) => {
    const headers: Record<string, string> = value === undefined ? {} : { 'retry-after': value }
    expect(hubSpotError(response(429, {}, headers))).toMatchObject({ retryAfter })
  })

  it('every body is read without a crash, and the caller’s message never repeats it', () => {
    const status = fc.integer({ min: 300, max: 599 })
    const body = fc.oneof(
      fc.string(),
      fc.jsonValue().map((value) => JSON.stringify(value)),
    )
    fc.assert(
      fc.property(status, body, (code, text) => {
        const error = hubSpotError(response(code, text))
        if (error instanceof BridgeError && text.trim().length > 12) expect(error.message).not.toContain(text)
      }),
      steady(500),
    )
  })
})

describe('what HubSpot repeats of a request reaches neither caller nor log', () => {
  const secrets = ['ana.garcia@example.com', '+49 30 901820', '4930901820', '(415) 555-0123', 'Ana García', 'Brien']

  it.each([
    `There was a problem with the value "Ana García" of ana.garcia@example.com`,
    `Property values were not valid: [{"isValid":false,"message":"+49 30 901820 is not valid","name":"phone"}]`,
    `Contact 'Ana García' with number 4930901820 exists`,
    `ana.garcia@example.com, (415) 555-0123: no`,
    `no operator for \`Ana García\``,
    `it isn't 'Peter O'Brien', is it`,
    `breaks off within "Ana García`,
    `isn't read to its end: "${'x'.repeat(980)} Ana García"`,
  ])('%s', (message) => {
    for (const status of [400, 403, 409, 429, 500]) {
      const text = told(hubSpotError(response(status, envelope(message, { category: 'VALIDATION_ERROR' }))))
      for (const secret of secrets) expect(text).not.toContain(secret)
    }
  })

  it.each(['a', '"', "'", '1 ', '(', '@', 'a@', '" '])(
    'however often it has %j, it is read before the test’s time is over',
    (piece) => {
      const text = told(hubSpotError(response(400, envelope(piece.repeat(200_000)))))
      expect(text.length).toBeLessThan(500)
    },
  )

  it('what helps the operator stays', () => {
    const error = hubSpotError(response(400, envelope('limit must be at most 200.', { category: 'VALIDATION_ERROR' })))
    expect(told(error)).toContain('400 VALIDATION_ERROR: limit must be at most 200.')
  })
})
