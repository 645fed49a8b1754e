/** What is counted of inboxes' questions and calls, and what is left of it in the database. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { type ActivityLog, createActivityLog } from '../../src/admin/activity.ts'
import { type ActivityStore, createActivityStore } from '../../src/admin/activity-store.ts'
import { type CallMade, createTelemetry, type QuestionEnded, type Telemetry } from '../../src/telemetry.ts'
import { openStores, type Stores } from '../support/stores.ts'

let stores: Stores
let store: ActivityStore
let telemetry: Telemetry
let log: ActivityLog
let inboxId: string
beforeAll(async () => {
  stores = await openStores()
  store = createActivityStore(stores.prisma)
})
beforeEach(async () => {
  telemetry = createTelemetry()
  log = createActivityLog(telemetry, store)
  inboxId = await stores.inbox()
})
afterEach(() => {
  vi.useRealTimers()
  return stores.clear()
})
afterAll(() => stores.close())

it('keeps a bounded number of hours while none can be written', async () => {
  let isAway = true
  const rows: number[] = []
  const add: ActivityStore['add'] = async (figures) => {
    if (isAway) throw new Error('the database is away')
    rows.push(figures.length)
  }
  const { write } = createActivityLog(telemetry, { add, forgetBefore: async () => {} } as Partial<ActivityStore> as ActivityStore)
  await expect(write()).resolves.toBeUndefined()
  vi.useFakeTimers({ toFake: ['Date'] })
  for (let hour = 0; hour < 3; hour += 1) {
    for (let inbox = 0; inbox < 9_000; inbox += 1) ask({ inboxId: `inbox ${inbox}` })
    vi.advanceTimersByTime(3_600_000)
  }
  await expect(write()).rejects.toThrow('away')
  isAway = false
  await write()
  expect(rows).toEqual([20_000])
})

const ask = (question: Partial<QuestionEnded> = {}, to = telemetry) =>
  to.emit('question', {
    inboxId,
    crm: 'fake',
    kind: 'search',
    source: 'crm',
    problem: null,
    status: 200,
    milliseconds: 100,
    ...question,
  })
const call = (made: Partial<CallMade> = {}) =>
  telemetry.emit('call', {
    inboxId,
    crm: 'fake',
    kind: 'api',
    method: 'GET',
    endpoint: 'fake.example/contacts',
    status: 200,
    milliseconds: 50,
    headroom: null,
    ...made,
  })
const yesterday = new Date(Date.now() - 86_400_000)
const kept = () => store.ofInbox(inboxId, yesterday)

describe('an hour', () => {
  it('sums up questions, failures, time and calls', async () => {
    ask()
    ask({ milliseconds: 300, kind: 'list' })
    ask({ milliseconds: 50, problem: 'crm_timeout', kind: 'lookup' })
    call()
    call({ status: null })
    await log.write()
    expect(await kept()).toEqual([
      expect.objectContaining({
        inboxId,
        questions: 3,
        failed: 1,
        problem: 'crm_timeout',
        milliseconds: 450,
        slowest: 300,
        lastMilliseconds: 50,
        lastAt: expect.any(Date),
        calls: 2,
        peakUsed: null,
      }),
    ])
  })

  it('goes on in the same row, also from another replica, and after a restart', async () => {
    ask({ problem: 'crm_timeout' })
    call({ headroom: { used: 50, limit: 100, seconds: 10 } })
    await log.write()
    const elsewhere = createTelemetry()
    const other = createActivityLog(elsewhere, store)
    ask({ milliseconds: 900 }, elsewhere)
    call({ headroom: { used: 20, limit: 100, seconds: 10 } })
    await Promise.all([log.write(), other.write()])
    expect(await kept()).toEqual([
      expect.objectContaining({
        questions: 2,
        failed: 1,
        problem: 'crm_timeout',
        milliseconds: 1000,
        slowest: 900,
        calls: 2,
        peakUsed: 50,
        peakLimit: 100,
        peakSeconds: 10,
      }),
    ])
  })

  it('knows when most of the account’s limit was used, whatever the limit was then', async () => {
    call({ headroom: { used: 60, limit: 200, seconds: 10 } })
    call({ headroom: { used: 40, limit: 100, seconds: 10 } })
    call({ headroom: { used: 10, limit: 100, seconds: 10 } })
    await log.write()
    call({ headroom: { used: 5, limit: 10, seconds: 86_400 } })
    await log.write()
    expect(await kept()).toEqual([expect.objectContaining({ peakUsed: 5, peakLimit: 10, peakSeconds: 86_400 })])
  })

  it('isn’t begun by the inbox asking whether it is initialized, and fails by nobody’s mistake', async () => {
    ask({ kind: 'initialize' })
    for (const problem of [
      'request_invalid',
      'cursor_invalid',
      'contact_not_found',
      'not_connected',
      'reconnect_required',
    ] as const)
      ask({ problem, status: 404 })
    await log.write()
    expect(await kept()).toEqual([expect.objectContaining({ questions: 5, failed: 0, problem: null })])
  })
})

describe('figures', () => {
  it('that can’t be written are written later, each once', async () => {
    let isAway = true
    const away = createActivityLog(telemetry, {
      ...store,
      add: async (figures) => (isAway ? Promise.reject(new Error('away')) : store.add(figures)),
    })
    ask()
    await expect(away.write()).rejects.toThrow('away')
    ask()
    await expect(away.write()).rejects.toThrow('away')
    isAway = false
    await away.write()
    await away.write()
    await away.write()
    expect(await kept()).toEqual([expect.objectContaining({ questions: 2 })])
  })

  it('of an inbox that was removed are left out, and hold up nobody else’s', async () => {
    ask()
    ask({ inboxId: '01900000-0000-7000-8000-000000000009' })
    await log.write()
    expect(await kept()).toHaveLength(1)
    await stores.inboxes.remove(inboxId)
    expect(await kept()).toEqual([])
  })

  it('are summed up by inbox and by hour, and forgotten after a week', async () => {
    const other = await stores.inbox()
    ask()
    ask({ inboxId: other, milliseconds: 500 })
    call()
    await log.write()
    const hour = (await kept())[0]?.hour ?? new Date(0)
    const old = { ...(await kept())[0], hour: new Date(hour.getTime() - 9 * 86_400_000) } as never
    const before = { ...(await kept())[0], hour: new Date(hour.getTime() - 3_600_000) } as never
    await store.add([old, before])
    expect(await store.byInbox(yesterday)).toEqual(
      new Map([
        [inboxId, expect.objectContaining({ questions: 2, failed: 0, milliseconds: 200, slowest: 100, calls: 2 })],
        [other, expect.objectContaining({ questions: 1, failed: 0, milliseconds: 500, slowest: 500, calls: 0 })],
      ]),
    )
    expect((await store.byHour(yesterday)).map(({ questions, slowest }) => ({ questions, slowest }))).toEqual([
      { questions: 1, slowest: 100 },
      { questions: 2, slowest: 500 },
    ])
    const ever = new Date(0)
    expect(await store.ofInbox(inboxId, ever)).toHaveLength(3)
    await createActivityLog(telemetry, store).write()
    expect(await store.ofInbox(inboxId, ever)).toHaveLength(2)
  })
})
