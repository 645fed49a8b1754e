/** The worker, between the queue and a CRM in a test's hands: what it does with each answer. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Connector, Session, TimelineEntry } from '../../src/connectors/connector.ts'
import type { Contact } from '../../src/contact.ts'
import { BridgeError, type ErrorCode } from '../../src/errors.ts'
import { createLogging } from '../../src/messages/logging.ts'
import { fakeContact, fakeCrm, silent } from '../support/fake-crm.ts'
import { gathering, openQueue, type Queue } from '../support/messages.ts'
import { defer } from '../support/promises.ts'

let queue: Queue
let inboxId: string
beforeAll(async () => {
  queue = await openQueue()
})
beforeEach(async () => {
  inboxId = await queue.inbox()
})
afterEach(() => queue.clear())
afterAll(() => queue.close())

const from = '14155552671'
const day = 86_400_000

/** A CRM with contacts, and a timeline of what was written. */
function crm(contacts: Contact[] = [fakeContact('c-1', `+${from}`)]) {
  const written: TimelineEntry[] = []
  const state = {
    written,
    looks: 0,
    checks: 0,
    /** What the next writes do, before or after the entry is on the timeline. */
    before: async (_entry: TimelineEntry) => {},
    after: async (_entry: TimelineEntry) => {},
    whoHas: async (): Promise<Contact[]> => contacts,
  }
  const timeline: Connector['timeline'] = {
    scopes: ['write'],
    async log(_session, entry) {
      await state.before(entry)
      written.push(entry)
      await state.after(entry)
    },
    async isLogged(_session, { reference }) {
      state.checks += 1
      return written.some((entry) => entry.reference === reference)
    },
  }
  const connector: Connector = { ...fakeCrm().connector, timeline }
  const worker = () =>
    createLogging({
      connectors: [connector],
      directory: {
        async whoHas() {
          state.looks += 1
          return state.whoHas()
        },
        inBackground: async (_inbox, work) => work({} as Session, connector),
      },
      gathering,
      inboxes: queue.inboxes,
      store: queue.store,
      vault: queue.vault,
      log: silent,
    })
  return Object.assign(state, { worker, run: () => worker().run() })
}

const fail = (code: ErrorCode, retryAfter?: number) => async () => {
  throw new BridgeError(code, 'It failed.', { retryAfter })
}
const fine = async () => {}
const linesOf = ({ text }: TimelineEntry) => [...text.matchAll(/^\d\d:\d\d (.*)$/gm)].map(([, line]) => line)
const at = (seconds: number) => new Date(Date.now() - 3_600_000 + seconds * 1000)
const states = () => queue.states(inboxId)

describe('what is due', () => {
  it('is written for everybody who has the number, with one entry for what was sent together', async () => {
    const { written, run } = crm([fakeContact('c-1', `+${from}`), fakeContact('c-2', `+${from}`)])
    for (const [text, seconds] of [
      ['one', 0],
      ['two', 60],
      ['later', 600],
    ] as const)
      await queue.add(inboxId, { id: text, from, text, sentAt: at(seconds) })
    await run()
    expect(written).toEqual([])
    await queue.pass(gathering.most)
    await run()
    expect(written.map(linesOf)).toEqual([['one', 'two'], ['later']])
    expect(written.map(({ contactIds }) => contactIds)).toEqual([
      ['c-1', 'c-2'],
      ['c-1', 'c-2'],
    ])
    expect(await states()).toEqual(['logged', 'logged', 'logged'])
    expect(await queue.prisma.conversation.count()).toBe(0)
  })

  it('is written once by many workers', async () => {
    const { written, worker } = crm()
    for (let nth = 0; nth < 30; nth += 1) await queue.add(inboxId, { id: `${nth}`, from: `${from.slice(0, -2)}${10 + nth}` })
    await queue.pass(gathering.quiet)
    await Promise.all(Array.from({ length: 4 }, () => worker().run()))
    expect(written).toHaveLength(30)
    expect(new Set(written.map(({ title }) => title)).size).toBe(30)
  })

  it('for one inbox is written though another one’s customers, or one customer’s many entries, are more than the workers', async () => {
    const fake = crm()
    const numbers = Array.from({ length: 30 }, (_, nth) => `${from.slice(0, -2)}${10 + nth}`)
    for (const [nth, number] of numbers.entries()) await queue.add(inboxId, { id: `${nth}`, from: number })
    for (const number of numbers.slice(0, 8))
      for (let nth = 0; nth < 10; nth += 1)
        await queue.add(inboxId, { id: `${number} ${nth}`, from: number, sentAt: at(nth * 600) })
    const other = await queue.inbox()
    await queue.add(other, { id: 'other', from, text: 'other' })
    await queue.pass(gathering.most)
    await fake.run()
    const place = fake.written.findIndex((entry) => linesOf(entry).includes('other'))
    expect(fake.written.length).toBeGreaterThan(100)
    expect(place).toBeGreaterThanOrEqual(0)
    expect(place).toBeLessThan(5)
    expect(new Set(await states())).toEqual(new Set(['logged']))
  })
})

describe('a CRM that fails', () => {
  it.each<[ErrorCode, boolean]>([
    ['crm_unavailable', true],
    ['crm_timeout', true],
    ['crm_protocol', true],
    ['crm_rate_limited', false],
    ['reconnect_required', false],
  ])('with %s is asked again later; whether it may have written it: %j', async (code, isUnclear) => {
    const fake = crm()
    fake.before = fail(code)
    await queue.add(inboxId, { id: '1', from })
    await queue.pass(gathering.quiet)
    await fake.run()
    await fake.run()
    expect(fake.looks).toBe(1)
    fake.before = fine
    await queue.pass(60_000)
    await fake.run()
    expect([fake.written.length, fake.checks]).toEqual([1, isUnclear ? 1 : 0])
    expect(await states()).toEqual(['logged'])
  })

  it('after it has written isn’t made to write again', async () => {
    const fake = crm()
    fake.after = fail('crm_timeout')
    await queue.add(inboxId, { id: '1', from, text: 'one', sentAt: at(0) })
    await queue.pass(gathering.quiet)
    await fake.run()
    // The customer goes on writing: what was begun stays what it is.
    await queue.add(inboxId, { id: '2', from, text: 'two', sentAt: at(30) })
    fake.after = fine
    await queue.pass(gathering.quiet)
    await fake.run()
    expect(fake.written.map(linesOf)).toEqual([['one'], ['two']])
    expect(await states()).toEqual(['logged', 'logged'])
  })

  it('keeps a customer’s later messages waiting, and nobody else’s', async () => {
    const fake = crm()
    fake.before = async ({ text }) => (text.includes('one') ? fail('crm_unavailable')() : undefined)
    await queue.add(inboxId, { id: '1', from, text: 'one', sentAt: at(0) })
    await queue.add(inboxId, { id: '2', from, text: 'two', sentAt: at(600) })
    await queue.add(inboxId, { id: '3', from: '14155550000', text: 'other', sentAt: at(700) })
    await queue.pass(gathering.most)
    await fake.run()
    expect(fake.written.map(linesOf)).toEqual([['other']])
    fake.before = fine
    await queue.pass(60_000)
    await fake.run()
    expect(fake.written.map(linesOf)).toEqual([['other'], ['one'], ['two']])
  })

  it('is asked less and less often, no sooner than it says, and for a week', async () => {
    const fake = crm()
    fake.before = fail('crm_unavailable')
    await queue.add(inboxId, { id: '1', from })
    await queue.pass(gathering.quiet)
    let looks = 0
    for (const pause of [0, 30_000, 60_000, 120_000, 240_000]) {
      await queue.pass(pause)
      await fake.run()
      looks += 1
      expect(fake.looks).toBe(looks)
    }
    await queue.pass(30 * 60_000)
    fake.before = fail('crm_rate_limited', 7_200)
    await fake.run()
    await queue.pass(6_000_000)
    await fake.run()
    expect(fake.looks).toBe(looks + 1)
    await queue.pass(6 * day)
    await fake.run()
    expect(await states()).toEqual(['waiting'])
    await queue.pass(day)
    await fake.run()
    expect(await states()).toEqual(['failed crm_rate_limited'])
  })

  it('that answers nonsense to one message is given up for it sooner, and gets the next', async () => {
    const fake = crm()
    fake.before = async ({ text }) => (text.includes('poison') ? fail('crm_protocol')() : undefined)
    await queue.add(inboxId, { id: '1', from, text: 'poison', sentAt: at(0) })
    await queue.add(inboxId, { id: '2', from, text: 'next', sentAt: at(600) })
    for (let nth = 0; nth < 8; nth += 1) {
      await queue.pass(3_600_000)
      await fake.run()
    }
    expect(await states()).toEqual(['failed crm_protocol', 'logged'])
  })
})

describe('nonsense', () => {
  it.each<[string, (fake: ReturnType<typeof crm>) => void]>([
    ['the CRM was away for long', (fake) => Object.assign(fake, { before: fail('crm_unavailable') })],
    ['nobody had the number for long', (fake) => Object.assign(fake, { whoHas: async () => [] })],
  ])('is a passing answer also after %s', async (_what, fails) => {
    const fake = crm()
    const { whoHas } = fake
    fails(fake)
    await queue.add(inboxId, { id: '1', from })
    for (let nth = 0; nth < 10; nth += 1) {
      await queue.pass(3_600_000)
      await fake.run()
    }
    Object.assign(fake, { whoHas, before: fail('crm_protocol') })
    await queue.pass(8 * 3_600_000)
    await fake.run()
    expect(await states()).toEqual(['waiting'])
    Object.assign(fake, { before: fine })
    await queue.pass(3_600_000)
    await fake.run()
    expect(await states()).toEqual(['logged'])
  })
})

describe('messages that can’t be logged', () => {
  it('since nobody has the number are looked up for a day, and found when somebody gets it', async () => {
    const fake = crm([])
    await queue.add(inboxId, { id: '1', from })
    for (let hour = 0; hour < 23; hour += 1) {
      await queue.pass(3_600_000)
      await fake.run()
    }
    expect(fake.looks).toBeGreaterThan(3)
    expect(fake.looks).toBeLessThan(15)
    expect(await states()).toEqual(['waiting'])
    fake.whoHas = async () => [fakeContact('c-9', `+${from}`)]
    await queue.pass(8 * 3_600_000)
    await fake.run()
    expect(fake.written.map(({ contactIds }) => contactIds)).toEqual([['c-9']])
  })

  it('in a day and a half end, and are logged when somebody asks for it after all', async () => {
    const fake = crm([])
    await queue.add(inboxId, { id: '1', from })
    for (let hour = 0; hour < 36; hour += 1) {
      await queue.pass(3_600_000)
      await fake.run()
    }
    expect(await states()).toEqual(['failed no_contact'])
    fake.whoHas = async () => [fakeContact('c-9', `+${from}`)]
    expect(await queue.store.retry(inboxId)).toBe(1)
    await fake.run()
    expect(await states()).toEqual(['logged'])
  })

  it('to a contact that was deleted meanwhile wait for another one', async () => {
    const fake = crm()
    fake.before = fail('contact_not_found')
    await queue.add(inboxId, { id: '1', from })
    await queue.pass(gathering.quiet)
    await fake.run()
    expect(await states()).toEqual(['waiting'])
    fake.before = fine
    await queue.pass(3_600_000)
    await fake.run()
    expect([fake.written.length, fake.checks]).toEqual([1, 0])
  })

  it.each<[string, (fake: ReturnType<typeof crm>) => unknown, string, number]>([
    ['the CRM doesn’t allow it', (fake) => Object.assign(fake, { before: fail('crm_forbidden') }), 'crm_forbidden', 2],
    [
      'the connection doesn’t allow it any more',
      () => queue.prisma.connection.update({ where: { inboxId }, data: { scopes: ['read'] } }),
      'crm_forbidden',
      2,
    ],
    ['the inbox logs none any more', () => queue.inboxes.logMessages(inboxId, false), 'turned_off', 0],
    ['the inbox was disconnected', () => queue.disconnect(inboxId), 'disconnected', 0],
    [
      'their key is gone',
      () => queue.prisma.message.updateMany({ data: { sealedBody: Buffer.from([1, 2, 0x6b, 0x39, 0]) } }),
      'unreadable',
      2,
    ],
  ])('since %s end at once, with the reason', async (_why, change, reason, kept) => {
    const fake = crm()
    await queue.add(inboxId, { id: '1', from, sentAt: at(0) })
    await queue.add(inboxId, { id: '2', from, sentAt: at(600) })
    await change(fake)
    await queue.pass(gathering.most)
    await fake.run()
    expect(await states()).toEqual([`failed ${reason}`, `failed ${reason}`])
    expect(fake.written).toEqual([])
    expect(await queue.prisma.message.count({ where: { sealedBody: { not: null } } })).toBe(kept)
    expect(await queue.prisma.conversation.count()).toBe(0)
  })
})

describe('a worker', () => {
  const isWriting = async () => expect(await queue.prisma.conversation.count({ where: { sendingSince: { not: null } } })).toBe(1)

  it('that is killed while it writes leaves it to the next to look whether it was written', async () => {
    const [lost, taken] = [crm(), crm()]
    lost.before = () => defer<void>().promise
    taken.after = () => defer<void>().promise
    for (const [fake, id] of [
      [lost, '1'],
      [taken, '2'],
    ] as const) {
      await queue.add(inboxId, { id, from })
      await queue.pass(gathering.quiet)
      fake.run().catch(() => {})
      await vi.waitFor(isWriting)
      if (fake === taken) await vi.waitFor(() => expect(taken.written).toHaveLength(1))
      fake.before = fine
      fake.after = fine
      await queue.pass(60_000)
      await fake.worker().run()
      expect([fake.written.length, fake.checks]).toEqual([1, 1])
    }
    expect(await states()).toEqual(['logged', 'logged'])
  })

  it('that is told to stop finishes what it writes, and leaves the rest', async () => {
    const fake = crm()
    const written = defer<void>()
    fake.before = () => written.promise
    await queue.add(inboxId, { id: '1', from, sentAt: at(0) })
    await queue.add(inboxId, { id: '2', from, sentAt: at(600) })
    await queue.pass(gathering.most)
    const worker = fake.worker()
    const running = worker.run()
    await vi.waitFor(isWriting)
    const stopped = worker.stop()
    written.resolve()
    await stopped
    await running
    expect(await states()).toEqual(['logged', 'waiting'])
    await fake.run()
    expect(await states()).toEqual(['logged', 'logged'])
  })
})
