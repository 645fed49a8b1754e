/** Salesforce's timelines keep what every connector's promise, in orgs with statuses of their own. */
import { describe, expect, it } from 'vitest'
import type { SalesforceSandboxOptions } from '../../../src/sandbox/salesforce/server.ts'
import { describeTimeline } from '../../contracts/timeline-contract.ts'
import { errorOf } from '../../support/promises.ts'
import { startSalesforce } from '../../support/salesforce.ts'
import { newMemory } from '../../support/session.ts'

describeTimeline({
  label: 'Salesforce',
  write: { method: 'POST', path: 'composite/sobjects' },
  forbidden: { kind: 'status', status: 403, body: [{ message: 'No.', errorCode: 'INSUFFICIENT_ACCESS' }] },
  // The org's picklists, which are remembered.
  calls: 3,
  async start() {
    const {
      sandbox,
      connector,
      renew,
      close,
      ids: _ids,
      statements: _statements,
      ...harness
    } = await startSalesforce({ contacts: 3 })
    return {
      connector,
      harness: { ...harness, close },
      faults: sandbox.faults,
      add: () => sandbox.addRecord('Contact', { LastName: 'Ana' }).id,
      remove: (contactId) => void sandbox.removeRecord(contactId),
      timeline: (contactId) =>
        [...sandbox.tasks]
          .filter(({ fields }) => fields.WhoId === contactId)
          .map(({ fields }) => `${fields.Subject}\n${fields.Description}`),
      writes: () => sandbox.calls().filter(({ path }) => path.endsWith('/composite/sobjects')).length,
      clearCalls: () => sandbox.clearCalls(),
      expireTokens: () => sandbox.endSessions(),
      renew,
      close,
    }
  },
})

describe('a task', () => {
  const entry = { reference: 'ABC', title: 'From Ana', text: 'Hi ABC', sentAt: new Date('2026-03-01T23:00:00Z') }

  async function logged(features: SalesforceSandboxOptions['features'], times = 1) {
    const { sandbox, connector, session, close } = await startSalesforce({ contacts: 1, features: features ?? {} })
    const who = sandbox.addRecord('Lead', { LastName: 'Ana', Company: 'Acme' }).id
    const memory = newMemory()
    const log = () => connector.timeline?.log(session({ memory }), { ...entry, contactIds: [who] }) as Promise<void>
    const outcome = await (times === 1 ? log() : log().then(log)).then(
      () => [...sandbox.tasks].map(({ fields }) => fields),
      (error) => error,
    )
    const calls = sandbox.calls().length
    await close()
    return { outcome, calls }
  }

  it('is closed by the first status of the org that means so, with the org’s usual priority, on the day it was sent', async () => {
    const taskStatuses = [
      { name: 'Not Started', closed: false, default: true },
      { name: 'Abgehakt', closed: true },
      { name: 'Completed', closed: true },
    ]
    const { outcome } = await logged({ taskStatuses })
    expect(outcome).toMatchObject([{ Status: 'Abgehakt', IsClosed: true, Priority: 'Usual', ActivityDate: '2026-03-01' }])
  })

  it('is left to the org’s defaults where it has no such status', async () => {
    const { outcome } = await logged({ taskStatuses: [{ name: 'Open', closed: false, default: true }] })
    expect(outcome).toMatchObject([{ Status: 'Open', IsClosed: false }])
  })

  it('costs one call when the org’s picklists are known', async () => {
    const { outcome, calls } = await logged({}, 2)
    expect([outcome.length, calls]).toEqual([2, 4])
  })

  it('that the user may not make is refused as such', async () => {
    const { sandbox, connector, session, close } = await startSalesforce({ contacts: 1 })
    const body = [
      { success: false, errors: [{ statusCode: 'INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY', message: 'no', fields: [] }] },
    ]
    sandbox.faults.add({ kind: 'status', status: 200, body, match: { path: '/services/data/v64.0/composite/sobjects' } })
    const contactIds = [...sandbox.contacts].map(({ id }) => id).slice(0, 1)
    const error = await errorOf(connector.timeline?.log(session(), { ...entry, contactIds }) as Promise<void>)
    expect(error.code).toBe('crm_forbidden')
    await close()
  })
})
