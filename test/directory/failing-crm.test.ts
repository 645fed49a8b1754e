/** What an agent sees while the CRM fails: the start-up goes on, what was asked for on purpose fails honestly. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Inbox } from '../../src/connections/inbox-store.ts'
import { DeadlineExceeded } from '../../src/connections/upstream.ts'
import { BridgeError, type ErrorCode, errorCodes } from '../../src/errors.ts'
import { stopClock } from '../support/clock.ts'
import { type FakeCrm, fakeContact, fakeCrm, fakeInbox, people } from '../support/fake-crm.ts'
import { type FakeDirectory, fakeDirectory } from '../support/fake-directory.ts'
import { errorOf, stateOf } from '../support/promises.ts'

const crmFailures = (Object.keys(errorCodes) as ErrorCode[]).filter((code) => code.startsWith('crm_'))

let crm: FakeCrm
let asker: FakeDirectory
let inbox: Inbox
beforeEach(() => {
  crm = fakeCrm([...people(250), fakeContact('fake-jane', '+14155552671')])
  asker = fakeDirectory(crm)
  inbox = fakeInbox()
})
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

const fail = (code: ErrorCode) => {
  crm.before = () => Promise.reject(new BridgeError(code, 'The CRM failed.'))
}
const recover = () => {
  crm.before = () => {}
}
const empty = (problem: ErrorCode) => ({ contacts: [], count: 0, next: '', age: 0, problem, missing: [] })

describe.each([...crmFailures, 'reconnect_required' as const])('with %s', (code) => {
  it('the first page of the list and a look-up by number are empty, and say why', async () => {
    fail(code)
    expect(await asker.list(inbox)).toMatchObject(empty(code))
    expect(await asker.lookUp(inbox, '14155552671')).toMatchObject(empty(code))
  })

  it('the emptiness isn’t kept', async () => {
    fail(code)
    await asker.list(inbox)
    await asker.lookUp(inbox, '14155552671')
    recover()
    expect(await asker.list(inbox)).toMatchObject({ count: 251, problem: null })
    expect(await asker.lookUp(inbox, '14155552671')).toMatchObject({ count: 1, problem: null })
  })

  it('later pages, searches and look-ups by contact_id fail honestly', async () => {
    const { next } = await asker.list(inbox)
    fail(code)
    for (const asked of [
      asker.list(inbox, { token: next }),
      asker.list(inbox, { search: 'Person' }),
      asker.list(inbox, { search: '+14155552671' }),
      asker.lookUp(inbox, 'fake-jane'),
    ])
      expect(await errorOf(asked)).toMatchObject({ code })
  })
})

describe('old answers', () => {
  it.each(crmFailures)('stand in for %s, with their age', async (code) => {
    const clock = stopClock()
    const { next } = await asker.list(inbox)
    await asker.list(inbox, { token: next })
    await asker.list(inbox, { search: 'Person' })
    await asker.lookUp(inbox, '14155552671')
    await asker.lookUp(inbox, 'fake-jane')
    await clock.pass(600_000)
    fail(code)
    const stale = { age: 600, problem: code }
    expect(await asker.list(inbox)).toMatchObject({ count: 251, ...stale })
    expect(await asker.list(inbox, { token: next })).toMatchObject({ count: 251, ...stale })
    expect(await asker.list(inbox, { search: 'Person' })).toMatchObject({ count: 251, ...stale })
    expect(await asker.lookUp(inbox, '14155552671')).toMatchObject({ count: 1, ...stale })
    expect(await asker.lookUp(inbox, 'fake-jane')).toMatchObject({ count: 1, ...stale })
  })

  it.each<[whose: string, other: () => Inbox]>([
    ['another account after a reconnect', () => fakeInbox({ id: inbox.id }, { accountId: 'account-2' })],
    ['the same account after a reconnect', () => fakeInbox({ id: inbox.id })],
    ['another inbox at the same account', () => fakeInbox()],
    ['another region', () => ({ ...inbox, region: 'DE' })],
  ])('never stand in for those of %s', async (_whose, other) => {
    await asker.list(inbox)
    await asker.list(inbox, { search: 'Person' })
    await asker.lookUp(inbox, '14155552671')
    await asker.lookUp(inbox, 'fake-jane')
    fail('crm_unavailable')
    expect(await asker.list(other())).toMatchObject(empty('crm_unavailable'))
    expect(await asker.lookUp(other(), '14155552671')).toMatchObject(empty('crm_unavailable'))
    for (const asked of [asker.list(other(), { search: 'Person' }), asker.lookUp(other(), 'fake-jane')])
      expect(await errorOf(asked)).toMatchObject({ code: 'crm_unavailable' })
  })

  it('are given on as they were, but for their age, source and why', async () => {
    const clock = stopClock()
    const fresh = await asker.list(inbox, { search: 'Person' })
    await clock.pass(11_000)
    fail('crm_timeout')
    const stale = await asker.list(inbox, { search: 'Person' })
    expect(stale.written).toBe(fresh.written)
    expect(stale).toMatchObject({ age: 11, source: 'old', problem: 'crm_timeout' })
    expect({ ...stale, age: 0, source: 'crm', problem: null }).toEqual({ ...fresh })
  })

  it('never stand in for a grant that ended', async () => {
    await asker.list(inbox)
    const ended = { ...inbox, connection: inbox.connection && { ...inbox.connection, status: 'reconnect_required' } }
    expect(await asker.list(ended)).toMatchObject(empty('reconnect_required'))
  })
})

describe('without a connection that works', () => {
  it.each<[what: string, inbox: Inbox, code: ErrorCode]>([
    ['that ended', fakeInbox({}, { status: 'reconnect_required' }), 'reconnect_required'],
    ['to a CRM that the operator took out', fakeInbox({}, { crm: 'gone' }), 'crm_unavailable'],
  ])('one %s: the start-up goes on, the rest fails honestly', async (_what, broken, code) => {
    expect(await asker.list(broken)).toMatchObject(empty(code))
    expect(await asker.lookUp(broken, '14155552671')).toMatchObject(empty(code))
    expect(await errorOf(asker.list(broken, { search: 'Person' }))).toMatchObject({ code })
    expect(await errorOf(asker.lookUp(broken, 'fake-jane'))).toMatchObject({ code })
    expect(crm.questions).toEqual([])
  })

  it('none at all: every question says so', async () => {
    const unconnected = fakeInbox({}, null)
    for (const asked of [
      asker.list(unconnected),
      asker.list(unconnected, { search: 'Person' }),
      asker.lookUp(unconnected, '14155552671'),
      asker.lookUp(unconnected, 'fake-jane'),
      asker.directory.check(unconnected),
    ])
      expect(await errorOf(asked)).toMatchObject({ code: 'not_connected' })
  })
})

describe('a failure that isn’t the CRM’s', () => {
  it.each([new TypeError('a bug'), new BridgeError('internal', 'x'), new BridgeError('bridge_unavailable', 'x')])(
    'is hidden nowhere: %s',
    async (failure) => {
      crm.before = () => Promise.reject(failure)
      expect(await errorOf(asker.list(inbox))).toBe(failure)
      expect(await errorOf(asker.lookUp(inbox, '14155552671'))).toBe(failure)
    },
  )
})

describe('the deadline', () => {
  it('ends every question after eight seconds, whatever the CRM does', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const signals: AbortSignal[] = []
    asker = fakeDirectory(crm, ({ signal }) => {
      signals.push(signal)
      return () =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(new BridgeError('crm_timeout', 'too long')))
        })
    })
    crm.before = ({ http }) => http({ method: 'GET', url: 'https://api.fake.example', kind: 'api' })
    const asked = [
      asker.list(inbox),
      asker.lookUp(inbox, '14155552671'),
      errorOf(asker.list(inbox, { search: 'x' })),
      errorOf(asker.directory.check(inbox)),
    ]
    expect(await stateOf(Promise.all(asked))).toBe('pending')
    expect(signals).toHaveLength(4)
    vi.advanceTimersByTime(7_990)
    expect(signals.map(({ aborted }) => aborted)).toEqual([false, false, false, false])
    vi.advanceTimersByTime(20)
    for (const signal of signals) expect(signal.reason).toBeInstanceOf(DeadlineExceeded)
    const timeout = { code: 'crm_timeout' }
    expect(await Promise.all(asked)).toMatchObject([empty('crm_timeout'), empty('crm_timeout'), timeout, timeout])
  })
})

describe('the check of a grant', () => {
  it('asks the CRM, once in half a minute', async () => {
    const clock = stopClock()
    await asker.directory.check(inbox)
    await clock.pass(29_000)
    await asker.directory.check(inbox)
    expect(crm.questions).toHaveLength(1)
    await clock.pass(2_000)
    await asker.directory.check(inbox)
    expect(crm.questions).toHaveLength(2)
  })

  it.each([...crmFailures, 'reconnect_required' as const])(
    'fails with %s, for some seconds without asking again',
    async (code) => {
      const clock = stopClock()
      fail(code)
      for (let nth = 0; nth < 5; nth += 1) expect(await errorOf(asker.directory.check(inbox))).toMatchObject({ code })
      expect(crm.questions).toHaveLength(1)
      recover()
      await clock.pass(3_100)
      await asker.directory.check(inbox)
      expect(crm.questions).toHaveLength(2)
    },
  )

  it('never lets an old success stand in for a failure', async () => {
    const clock = stopClock()
    await asker.directory.check(inbox)
    await clock.pass(31_000)
    fail('crm_unavailable')
    expect(await errorOf(asker.directory.check(inbox))).toMatchObject({ code: 'crm_unavailable' })
  })

  it('of one grant says nothing of another', async () => {
    await asker.directory.check(inbox)
    fail('crm_forbidden')
    expect(await errorOf(asker.directory.check(fakeInbox({ id: inbox.id })))).toMatchObject({ code: 'crm_forbidden' })
  })
})
