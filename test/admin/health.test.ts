/** How a connection's row and the last hours' figures read to an operator. */
import { describe, expect, it } from 'vitest'
import { healthOf } from '../../src/admin/health.ts'
import type { Connection } from '../../src/connections/inbox-store.ts'
import { de } from '../../src/texts/de.ts'
import { en } from '../../src/texts/en.ts'
import { fakeCrm, fakeInbox } from '../support/fake-crm.ts'

const { connector } = fakeCrm()
const since = new Date('2026-11-20T10:00:00Z')
const inbox = (changed: Partial<Connection> = {}) => fakeInbox({}, { crm: connector.id, statusSince: since, ...changed })
const quiet = { questions: 0, failed: 0, problem: null }
const asked = (questions: number, failed = 0, problem: string | null = null) => ({ questions, failed, problem })

describe('a connection', () => {
  it.each([
    ['that is used', inbox(), connector, asked(50), 'good', en.health.works],
    ['that nobody uses', inbox(), connector, quiet, 'good', en.health.works],
    ['with a failure that hardly anybody noticed', inbox(), connector, asked(50, 4), 'good', en.health.works],
    ['with failures that agents notice', inbox(), connector, asked(50, 5, 'crm_timeout'), 'trouble', en.health.trouble],
    ['that fails always', inbox(), connector, asked(1, 1, 'crm_unavailable'), 'trouble', en.health.trouble],
    ['that can’t be renewed', inbox({ failures: 3 }), connector, quiet, 'trouble', en.health.unrenewed],
    ['that the CRM ended', inbox({ status: 'reconnect_required' }), connector, quiet, 'bad', en.health.reconnect],
    ['to a CRM without settings', inbox({ crm: 'gone' }), undefined, quiet, 'bad', en.health.notSetUp],
  ] as const)('%s', (_what, inbox, connector, recent, state, label) => {
    const health = healthOf(inbox, connector, recent, recent, en)
    expect(health).toMatchObject({ state, label })
    expect(health.explanation).toMatch(/\.$/)
    expect(healthOf(inbox, connector, recent, recent, de).explanation).not.toBe(health.explanation)
  })

  it('says which failure, how many, and since when', () => {
    const health = healthOf(inbox(), connector, asked(40, 12, 'crm_timeout'), asked(100), en)
    expect(health.explanation).toContain('12 of 40')
    expect(health.explanation).toContain(en.problems.crm_timeout)
    expect(healthOf(inbox({ status: 'reconnect_required' }), connector, quiet, quiet, en).since).toEqual(since)
  })

  it('that was never made is no fault', () => {
    expect(healthOf({ ...fakeInbox(), connection: null }, undefined, quiet, quiet, en)).toMatchObject({ state: 'off' })
  })
})
