/** What a connector says when its CRM fails, whatever it was asked. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Connector, type Session, SessionExpired } from '../../src/connectors/connector.ts'
import { BridgeError } from '../../src/errors.ts'
import type { FaultOrder } from '../../src/sandbox/faults.ts'
import { steady } from '../support/properties.ts'
import type { ContractSandbox, ContractSubject, Failure } from './subject.ts'

const failures: readonly Failure[] = [
  { name: '429', fault: { kind: 'status', status: 429 }, code: 'crm_rate_limited' },
  { name: '500', fault: { kind: 'status', status: 500 }, code: 'crm_unavailable' },
  { name: '502 as HTML', fault: { kind: 'html', status: 502 }, code: 'crm_unavailable' },
  { name: '503', fault: { kind: 'status', status: 503 }, code: 'crm_unavailable' },
  { name: '504 with an empty body', fault: { kind: 'status', status: 504, body: '' }, code: 'crm_unavailable' },
  { name: '200 as HTML', fault: { kind: 'html', status: 200 }, code: 'crm_protocol' },
  { name: '200 with half a JSON text', fault: { kind: 'garbage' }, code: 'crm_protocol' },
  { name: '200 with JSON null', fault: { kind: 'garbage', body: 'null' }, code: 'crm_protocol' },
  { name: '200 with JSON of another shape', fault: { kind: 'garbage', body: '"ok"' }, code: 'crm_protocol' },
  { name: 'a redirect', fault: { kind: 'redirect' }, code: 'crm_protocol' },
  { name: '400', fault: { kind: 'status', status: 400 }, code: 'crm_protocol' },
  { name: 'a connection reset', fault: { kind: 'reset' }, code: 'crm_unavailable' },
  { name: 'an answer that breaks off', fault: { kind: 'half' }, code: 'crm_unavailable' },
  { name: 'no answer', fault: { kind: 'hang' }, code: 'crm_timeout' },
  { name: 'an answer that drips', fault: { kind: 'drip', delayMs: 300 }, code: 'crm_timeout' },
]

/** Failures after which the same call may succeed. */
const passing: readonly FaultOrder[] = [
  { kind: 'status', status: 429, headers: { 'retry-after': '0' } },
  { kind: 'status', status: 502 },
  { kind: 'status', status: 503 },
  { kind: 'status', status: 504 },
  { kind: 'reset' },
  { kind: 'half' },
]

/** What the suite has started, when it is looked at within a test. */
export interface Started {
  readonly sandbox: ContractSandbox
  readonly connector: Connector
  readonly session: Session
}

export function describeFailures(subject: ContractSubject, suite: Started): void {
  describe('when the CRM fails', () => {
    /** All that can be asked, so that each failure is seen by each. */
    const questions: Readonly<Record<string, (session: Session) => Promise<unknown>>> = {
      list: (asking) => suite.connector.list(asking, { limit: 10, after: null }),
      phone: (asking) =>
        suite.connector.search(
          asking,
          { kind: 'phone', numbers: [{ e164: '+14155550123', national: '4155550123', spellings: ['+14155550123'] }] },
          all,
        ),
      email: (asking) => suite.connector.search(asking, { kind: 'email', email: 'a@b.example' }, all),
      digits: (asking) => suite.connector.search(asking, { kind: 'digits', digits: '4155', typed: '4155' }, all),
      text: (asking) => suite.connector.search(asking, { kind: 'text', text: 'zelda' }, all),
      get: (asking) => suite.connector.get(asking, suite.sandbox.contactIds()[0] ?? ''),
      identify: (asking) => suite.connector.identify(asking),
    }
    const all = { limit: 100, after: null }

    const outcomes = async (asked: Readonly<Record<string, (session: Session) => Promise<unknown>>>, deadlineAfter: number) =>
      Object.fromEntries(
        await Promise.all(
          Object.entries(asked).map(async ([name, ask]) => [
            name,
            await ask(suite.sandbox.harness.session({ deadlineAfter })).then(
              () => 'an answer',
              (error: unknown) => (error instanceof BridgeError ? error.code : error),
            ),
          ]),
        ),
      )

    const forbidden: Failure = { name: 'a lack of rights', fault: subject.forbidden, code: 'crm_forbidden' }
    it.each([...failures, forbidden, ...(subject.refusals ?? [])])('calls $name $code', async ({ fault, code }) => {
      const asked = { ...questions }
      // What a user may not read is no obstacle to knowing whose account it is.
      if (code === 'crm_forbidden') delete asked.identify
      suite.sandbox.faults.add(fault)
      const expected = Object.fromEntries(Object.keys(asked).map((name) => [name, code]))
      expect(await outcomes(asked, code === 'crm_timeout' ? 400 : 8_000)).toEqual(expected)
    })

    it('reads any JSON as an answer or as crm_protocol', async () => {
      await fc.assert(
        fc.asyncProperty(fc.jsonValue({ maxDepth: 3 }), async (body) => {
          suite.sandbox.faults.clear()
          suite.sandbox.faults.add({ kind: 'garbage', body: JSON.stringify(body) })
          const answers = await Promise.allSettled(
            [questions.list, questions.text, questions.get].map((ask) => ask?.(suite.sandbox.harness.session())),
          )
          for (const answer of answers)
            if (answer.status === 'rejected') expect(answer.reason).toMatchObject({ code: 'crm_protocol' })
        }),
        steady(60),
      )
    })

    it.each(passing)('asks again after %o, and has the answer', async (fault) => {
      const id = suite.sandbox.contactIds()[0] ?? ''
      suite.sandbox.faults.add({ ...fault, times: 1 })
      expect(await suite.connector.get(suite.session, id)).toMatchObject({ contact_id: id })
    })

    it('passes on how long the CRM asks to wait, instead of waiting', async () => {
      suite.sandbox.faults.add({ kind: 'status', status: 429, headers: { 'retry-after': '90' } })
      const refusal = suite.connector.get(suite.session, suite.sandbox.contactIds()[0] ?? '')
      await expect(refusal).rejects.toMatchObject({ code: 'crm_rate_limited', retryAfter: 90 })
      expect(suite.sandbox.calls()).toBe(1)
    })

    it('stops when nobody waits any more', async () => {
      suite.sandbox.faults.add({ kind: 'hang' })
      const waiting = new AbortController()
      const answer = suite.connector.list(suite.sandbox.harness.session({ signal: waiting.signal }), all)
      waiting.abort()
      await expect(answer).rejects.toMatchObject({ code: 'crm_timeout' })
    })

    it('tells an access token that has ended from a grant that has', async () => {
      suite.sandbox.expireTokens()
      const answers = Object.values(questions).map((ask) => ask(suite.sandbox.harness.session()))
      for (const settled of await Promise.allSettled(answers)) {
        expect(settled).toMatchObject({ status: 'rejected', reason: expect.any(SessionExpired) })
      }
      await suite.sandbox.renew()
      expect(await suite.connector.identify(suite.sandbox.harness.session())).toMatchObject(suite.sandbox.account)
    })
  })
}
