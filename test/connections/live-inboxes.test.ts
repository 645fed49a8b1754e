import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Inbox, InboxStore } from '../../src/connections/inbox-store.ts'
import { createLiveInboxes, type LiveInboxes } from '../../src/connections/live-inboxes.ts'
import { type Clock, stopClock } from '../support/clock.ts'
import { fakeInbox } from '../support/fake-crm.ts'
import { type Deferred, defer, stateOf } from '../support/promises.ts'

const inbox = fakeInbox()
const away = new Error('the database is away')

let clock: Clock
/** What the database says to each question; a test changes it. */
let answer: () => Promise<Inbox | null>
let byKey: ReturnType<typeof vi.fn<(key: string) => Promise<Inbox | null>>>
let first: ReturnType<typeof vi.fn<InboxStore['first']>>
let live: LiveInboxes
beforeEach(() => {
  clock = stopClock()
  answer = async () => inbox
  byKey = vi.fn(() => answer())
  first = vi.fn(() => answer() as Promise<Inbox>)
  live = createLiveInboxes({ byKey, first } as Partial<InboxStore> as InboxStore)
})
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

describe('an inbox that is asked for', () => {
  it('is read once a second at most, however often', async () => {
    for (let question = 0; question < 10; question += 1) expect(await live.byKey('key')).toBe(inbox)
    expect(byKey).toHaveBeenCalledTimes(1)
    await clock.pass(999)
    await live.byKey('key')
    expect(byKey).toHaveBeenCalledTimes(1)
    await clock.pass(1)
    await live.byKey('key')
    expect(byKey).toHaveBeenCalledTimes(2)
  })

  it('is read once for questions at the same time', async () => {
    const reading = defer<Inbox>()
    answer = () => reading.promise
    const questions = Array.from({ length: 50 }, () => live.byKey('key'))
    reading.resolve(inbox)
    expect(new Set(await Promise.all(questions))).toEqual(new Set([inbox]))
    expect(byKey).toHaveBeenCalledTimes(1)
  })

  it('is another for another key', async () => {
    const other = fakeInbox()
    byKey.mockImplementation(async (key) => (key === 'other' ? other : inbox))
    expect(await live.byKey('key')).toBe(inbox)
    expect(await live.byKey('other')).toBe(other)
    expect(await live.byKey('key')).toBe(inbox)
  })

  it('shows another replica’s disconnect after a second', async () => {
    await live.byKey('key')
    const disconnected = { ...inbox, connection: null }
    answer = async () => disconnected
    await clock.pass(2_000)
    expect(await live.byKey('key')).toBe(disconnected)
  })

  it('is gone where its key was ended, and doesn’t stand in later', async () => {
    await live.byKey('key')
    answer = async () => null
    await clock.pass(2_000)
    expect(await live.byKey('key')).toBeNull()
    answer = () => Promise.reject(away)
    await expect(live.byKey('key')).rejects.toBe(away)
  })

  it('nobody’s key is looked up every time', async () => {
    answer = async () => null
    await live.byKey('guess')
    await live.byKey('guess')
    expect(byKey).toHaveBeenCalledTimes(2)
  })

  it('can be the first one, kept in the same way', async () => {
    expect(await live.first()).toBe(inbox)
    expect(await live.first()).toBe(inbox)
    expect(first).toHaveBeenCalledTimes(1)
  })
})

describe('while the database is away', () => {
  beforeEach(async () => {
    await live.byKey('key')
    await live.first()
    answer = () => Promise.reject(away)
    await clock.pass(2_000)
  })

  it('what was read stands in, for a quarter of an hour', async () => {
    expect(await live.byKey('key')).toBe(inbox)
    expect(await live.first()).toBe(inbox)
    await clock.pass(14 * 60_000)
    expect(await live.byKey('key')).toBe(inbox)
    await clock.pass(60_000)
    await expect(live.byKey('key')).rejects.toBe(away)
  })

  it('what was never read can’t be answered', async () => {
    await expect(live.byKey('unknown')).rejects.toBe(away)
  })

  it('it is asked again once a second, and its return is noticed then', async () => {
    for (let question = 0; question < 10; question += 1) await live.byKey('key')
    expect(byKey).toHaveBeenCalledTimes(2)
    const changed = fakeInbox()
    answer = async () => changed
    await clock.pass(2_000)
    expect(await live.byKey('key')).toBe(changed)
  })
})

describe('a database that hangs', () => {
  it('delays a question for an inbox that is known by a second, and is heard when it answers at last', async () => {
    await live.byKey('key')
    await clock.pass(2_000)
    const reading = defer<Inbox>()
    answer = () => reading.promise
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const asked = live.byKey('key')
    vi.advanceTimersByTime(990)
    expect(await stateOf(Promise.resolve(asked))).toBe('pending')
    vi.advanceTimersByTime(20)
    expect(await asked).toBe(inbox)
    vi.useRealTimers()
    const changed = fakeInbox()
    reading.resolve(changed)
    await stateOf(reading.promise)
    expect(await live.byKey('key')).toBe(changed)
  })
})

describe('after a change in this process', () => {
  it('the inbox is read anew', async () => {
    await live.byKey('key')
    live.forget(inbox.id)
    const changed = fakeInbox()
    answer = async () => changed
    expect(await live.byKey('key')).toBe(changed)
  })

  it('of another one nothing is lost: it stands in when the database is away', async () => {
    const other = fakeInbox()
    byKey.mockImplementation(async (key) => (key === 'other' ? other : inbox))
    await Promise.all([live.byKey('key'), live.byKey('other')])
    live.forget(inbox.id)
    byKey.mockRejectedValue(away)
    await clock.pass(2_000)
    expect(await live.byKey('other')).toBe(other)
    await expect(live.byKey('key')).rejects.toBe(away)
  })

  it('that concerns all, all are read anew', async () => {
    await Promise.all([live.byKey('key'), live.byKey('other')])
    live.forgetAll()
    byKey.mockRejectedValue(away)
    await expect(live.byKey('key')).rejects.toBe(away)
    await expect(live.byKey('other')).rejects.toBe(away)
  })

  it('what was being read before it is not kept', async () => {
    const readings: Deferred<Inbox>[] = []
    answer = () => {
      const reading = defer<Inbox>()
      readings.push(reading)
      return reading.promise
    }
    const before = live.byKey('key')
    live.forget(inbox.id)
    const after = live.byKey('key')
    expect(readings).toHaveLength(2)
    const changed = fakeInbox()
    readings[1]?.resolve(changed)
    expect(await after).toBe(changed)
    readings[0]?.resolve(inbox)
    expect(await before).toBe(inbox)
    expect(await live.byKey('key')).toBe(changed)
    expect(byKey).toHaveBeenCalledTimes(2)
  })

  it('what was read before it doesn’t stand in when the reading then fails', async () => {
    await live.byKey('key')
    await clock.pass(2_000)
    const reading = defer<Inbox>()
    answer = () => reading.promise
    const before = live.byKey('key')
    live.forget(inbox.id)
    reading.reject(away)
    expect(await before).toBe(inbox)
    const changed = fakeInbox()
    answer = async () => changed
    expect(await live.byKey('key')).toBe(changed)
  })
})

describe('an inbox that is to be read anew', () => {
  it('is, by its next question, and no other is', async () => {
    const [changed, other] = [{ ...inbox, name: 'Changed' }, fakeInbox()]
    byKey.mockImplementation(async (key) => (key === 'other' ? other : inbox))
    await Promise.all([live.byKey('key'), live.byKey('other')])
    byKey.mockImplementation(async (key) => (key === 'other' ? other : changed))
    live.renew([inbox.id])
    expect(await live.byKey('key')).toBe(changed)
    expect(await live.byKey('other')).toBe(other)
    expect(byKey).toHaveBeenCalledTimes(3)
  })

  it('isn’t given as it was read before, though that was still under way', async () => {
    await live.byKey('key')
    await clock.pass(1_000)
    const reading = defer<Inbox>()
    answer = () => reading.promise
    await live.byKey('key')
    live.renew([inbox.id])
    const changed = { ...inbox, name: 'Changed' }
    answer = async () => changed
    expect(await live.byKey('key')).toBe(changed)
    reading.resolve(inbox)
    await stateOf(reading.promise)
    expect(await live.byKey('key')).toBe(changed)
  })

  it('stands in as it was while the database is away', async () => {
    await live.byKey('key')
    live.renew([inbox.id])
    answer = () => Promise.reject(away)
    expect(await live.byKey('key')).toBe(inbox)
  })
})
