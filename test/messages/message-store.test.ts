/** The queue in the database: nothing twice, nothing lost, one worker at a time, in order. */
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { newKey, readKeys } from '../../src/keys.ts'
import type { Conversation } from '../../src/messages/message-store.ts'
import { createMessageVault } from '../../src/messages/message-vault.ts'
import { stopClock } from '../support/clock.ts'
import { account, gathering, newMessage, openQueue, type Queue } from '../support/messages.ts'

let queue: Queue
beforeAll(async () => {
  queue = await openQueue()
})
afterEach(() => {
  vi.restoreAllMocks()
  return queue.clear()
})
afterAll(() => queue.close())

const lease = 60_000
const from = '14155552671'
const claim = (owner = 'one') => queue.store.claim(owner, lease)
/** As soon as it is due. */
async function claimed(owner = 'one'): Promise<Conversation> {
  await queue.pass(gathering.most)
  const conversation = await claim(owner)
  if (conversation === null) throw new Error('nothing is due')
  return conversation
}
const waitingIn = async (of: Conversation) =>
  (await queue.store.waiting(of)).map(
    (message) => queue.vault.open({ ...message, sealedBody: message.sealedBody ?? new Uint8Array() })?.text,
  )

describe('a message', () => {
  it('that comes again is kept once: in one webhook, in another, and when it was logged long ago', async () => {
    const inbox = await queue.inbox()
    const one = newMessage(queue.vault, inbox, { id: 'A', from })
    await queue.store.add(inbox, account, [one, one], gathering)
    await queue.add(inbox, { id: 'A', from })
    const conversation = await claimed()
    const [message] = await queue.store.waiting(conversation)
    await queue.store.end(conversation, 'one', [message?.id ?? ''], { state: 'logged' })
    await queue.store.release(conversation, 'one')
    await queue.add(inbox, { id: 'A', from })
    expect(await queue.states(inbox)).toEqual(['logged'])
    expect(await queue.prisma.conversation.count()).toBe(0)
  })

  it('is kept once when many replicas are sent it at once', async () => {
    const inbox = await queue.inbox()
    await Promise.all(Array.from({ length: 10 }, () => queue.add(inbox, { id: 'A', from })))
    expect(await queue.states(inbox)).toEqual(['waiting'])
  })

  it('is another one in another inbox', async () => {
    const [one, other] = [await queue.inbox(), await queue.inbox()]
    for (const inbox of [one, other]) await queue.add(inbox, { id: 'A', from })
    expect([await queue.states(one), await queue.states(other)]).toEqual([['waiting'], ['waiting']])
  })

  it('that was logged leaves no body behind', async () => {
    const inbox = await queue.inbox()
    await queue.add(inbox, { id: 'A', from })
    const conversation = await claimed()
    const ids = (await queue.store.waiting(conversation)).map(({ id }) => id)
    await queue.store.end(conversation, 'one', ids, { state: 'logged' })
    expect(await queue.prisma.message.findMany({ where: { sealedBody: { not: null } } })).toEqual([])
  })

  it('goes with its inbox', async () => {
    const inbox = await queue.inbox()
    await queue.add(inbox, { id: 'A', from })
    await queue.inboxes.remove(inbox)
    expect([await queue.prisma.message.count(), await queue.prisma.conversation.count()]).toEqual([0, 0])
  })
})

describe('an inbox with twenty thousand messages waiting', () => {
  const fill = (inbox: string, messages: number) =>
    queue.prisma.$executeRaw`
      INSERT INTO "Message" ("inboxId", "hash", "account", "customer", "sentAt")
      SELECT ${inbox}::uuid, "nth", ${account}, "nth", now() FROM generate_series(1, ${messages}::int) AS "nth"`
  const offer = (inbox: string, ...ids: string[]) =>
    queue.store.add(
      inbox,
      account,
      ids.map((id) => newMessage(queue.vault, inbox, { id, from })),
      gathering,
    )

  it('takes all of what it has room for, nothing of what it hasn’t, and more when some have gone', async () => {
    const clock = stopClock()
    const inbox = await queue.inbox()
    await fill(inbox, 19_998)
    expect(await offer(inbox, 'A', 'B', 'C')).toBe(false)
    expect(await queue.store.counts(inbox)).toMatchObject({ waiting: 19_998 })
    expect(await queue.prisma.conversation.count()).toBe(0)
    expect(await offer(inbox, 'A', 'B')).toBe(true)
    expect(await offer(inbox, 'C')).toBe(false)
    await queue.prisma.message.updateMany({ where: { inboxId: inbox, customer: '1' }, data: { state: 'logged' } })
    await clock.pass(10_000)
    expect(await offer(inbox, 'C')).toBe(true)
    expect(await queue.store.counts(inbox)).toEqual({ waiting: 20_000, logged: 1, failed: 0 })
  })

  it('takes none of another one’s room, and what can’t be logged needs none', async () => {
    const [full, other] = [await queue.inbox(), await queue.inbox()]
    await fill(full, 20_000)
    expect([await offer(full, 'A'), await offer(other, 'A')]).toEqual([false, true])
    const numberless = { hash: 'A', customers: [''], sentAt: new Date(), sealedBody: null, reason: 'no_number' }
    expect(await queue.store.add(full, account, [numberless], gathering)).toBe(true)
  })
})

describe('a customer’s messages', () => {
  it('wait for one another, though not for ever', async () => {
    const inbox = await queue.inbox()
    for (const nth of [1, 2, 3]) {
      await queue.add(inbox, { id: `${nth}`, from })
      await queue.pass(90_000)
      expect(await claim()).toBeNull()
    }
    await queue.add(inbox, { id: '4', from })
    // Five minutes after the first.
    await queue.pass(30_000)
    expect(await claim()).toMatchObject({ inboxId: inbox, arrivals: 4 })
  })

  it('come in the order in which they were sent, those of one second in the order of arrival', async () => {
    const inbox = await queue.inbox()
    const at = (seconds: number) => new Date(1_770_000_000_000 + seconds * 1000)
    for (const [id, seconds] of [
      ['c', 5],
      ['a', 1],
      ['d', 5],
      ['b', 1],
    ] as const)
      await queue.add(inbox, { id, from, text: id, sentAt: at(seconds) })
    expect(await waitingIn(await claimed())).toEqual(['a', 'b', 'c', 'd'])
  })

  it('of one second stay in order however many there are', async () => {
    const inbox = await queue.inbox()
    const texts = Array.from({ length: 120 }, (_, nth) => `${nth}`)
    const sentAt = new Date()
    const messages = texts.map((text) => newMessage(queue.vault, inbox, { id: text, from, text, sentAt }))
    await queue.store.add(inbox, account, messages, gathering)
    expect(await waitingIn(await claimed())).toEqual(texts)
  })

  it('are one worker’s, until its claim is over', async () => {
    const inbox = await queue.inbox()
    for (const nth of [1, 2, 3]) await queue.add(inbox, { id: `${nth}`, from: `${from}${nth}` })
    await queue.pass(gathering.quiet)
    const claims = await Promise.all(['one', 'two', 'three', 'four'].map((owner) => claim(owner)))
    const customers = claims.flatMap((one) => one?.customer ?? [])
    expect(new Set(customers).size).toBe(3)
    expect(customers).toHaveLength(3)
    await queue.pass(lease + 1)
    expect(await claim('five')).not.toBeNull()
  })

  it('that come while their customer is worked on are not forgotten', async () => {
    const inbox = await queue.inbox()
    await queue.add(inbox, { id: '1', from })
    const conversation = await claimed()
    const ids = (await queue.store.waiting(conversation)).map(({ id }) => id)
    await queue.add(inbox, { id: '2', from, text: 'late' })
    await queue.store.end(conversation, 'one', ids, { state: 'logged' })
    await queue.store.release(conversation, 'one')
    expect(await waitingIn(await claimed('two'))).toEqual(['late'])
  })

  it('stay one customer’s when the keys change while some wait', async () => {
    const inbox = await queue.inbox()
    const old = newKey('old')
    const [before, after] = [readKeys(old), readKeys(`${newKey('new')},${old}`)].map(createMessageVault) as [
      typeof queue.vault,
      typeof queue.vault,
    ]
    for (const [vault, id] of [
      [before, '1'],
      [after, '2'],
      [after, '3'],
    ] as const)
      await queue.store.add(inbox, account, [newMessage(vault, inbox, { id, from })], gathering)
    expect(await queue.prisma.conversation.count()).toBe(1)
    expect(await queue.store.waiting(await claimed())).toHaveLength(3)
  })
})

describe('inboxes', () => {
  const flood = async (inbox: string, customers: number) => {
    const messages = Array.from({ length: customers }, (_, nth) =>
      newMessage(queue.vault, inbox, { id: `${nth}`, from: `${from.slice(0, -3)}${100 + nth}` }),
    )
    await queue.store.add(inbox, account, messages, gathering)
    await queue.pass(gathering.quiet)
  }
  const inboxOf = async () => (await claim())?.inboxId

  it('take turns: the one with the fewest customers under way comes next, then the one who is due for longest', async () => {
    const [busy, quiet, late] = [await queue.inbox(), await queue.inbox(), await queue.inbox()]
    await flood(busy, 50)
    await flood(quiet, 2)
    await flood(late, 1)
    const inboxes = [busy, quiet, late, busy, quiet, busy, busy]
    for (const inbox of inboxes) expect(await inboxOf()).toBe(inbox)
  })

  it('have their turns from many workers at once, and every customer is claimed once', async () => {
    const [busy, quiet] = [await queue.inbox(), await queue.inbox()]
    await flood(busy, 40)
    await flood(quiet, 10)
    const customers: string[] = []
    const work = async (owner: string) => {
      for (let one = await claim(owner); one !== null; one = await claim(owner)) customers.push(`${one.inboxId} ${one.customer}`)
    }
    await Promise.all(['one', 'two', 'three', 'four'].map(work))
    expect(customers).toHaveLength(50)
    expect(new Set(customers).size).toBe(50)
    const lastQuiet = customers.findLastIndex((customer) => customer.startsWith(quiet))
    expect(lastQuiet).toBeLessThan(30)
  })

  it('don’t wait for claims of workers that have gone', async () => {
    const [busy, quiet] = [await queue.inbox(), await queue.inbox()]
    await flood(busy, 3)
    for (const inbox of [busy, busy, busy]) expect(await inboxOf()).toBe(inbox)
    await queue.pass(lease + 1)
    await flood(quiet, 1)
    expect(await inboxOf()).toBe(busy)
  })

  it('leave each one’s customers in the order in which they are due', async () => {
    const [busy, quiet] = [await queue.inbox(), await queue.inbox()]
    for (const customer of ['1', '2', '3'])
      for (const inbox of [busy, quiet]) await queue.add(inbox, { id: customer, from: `${from}${customer}` })
    await queue.pass(gathering.quiet)
    const claimedOf: Record<string, string[]> = { [busy]: [], [quiet]: [] }
    for (let one = await claim(); one !== null; one = await claim()) claimedOf[one.inboxId]?.push(one.customer)
    for (const inbox of [busy, quiet])
      expect(claimedOf[inbox]).toEqual(['1', '2', '3'].map((customer) => queue.vault.customers(inbox, `${from}${customer}`)[0]))
  })
})

describe('an attempt', () => {
  it('is noted before it is made, and known to the next worker when its own was killed', async () => {
    const inbox = await queue.inbox()
    await queue.add(inbox, { id: '1', from })
    const conversation = await claimed()
    expect(conversation).toMatchObject({ entry: [], sendingSince: null })
    const ids = (await queue.store.waiting(conversation)).map(({ id }) => id)
    expect(await queue.store.begin(conversation, 'one', ids, lease)).toBe(true)
    expect(await claim('two')).toBeNull()
    await queue.pass(lease + 1)
    expect(await claim('two')).toMatchObject({ entry: ids, sendingSince: expect.any(Date) })
    expect(await queue.store.begin(conversation, 'one', ids, lease)).toBe(false)
  })

  it.each([true, false])('that failed waits its time; whether it is unclear what came of it: %j', async (isUnclear) => {
    const inbox = await queue.inbox()
    await queue.add(inbox, { id: '1', from })
    const conversation = await claimed()
    await queue.store.begin(conversation, 'one', ['1'], lease)
    await queue.store.postpone(conversation, 'one', { problem: 'crm_unavailable', pause: 400_000, isUnclear })
    // Another message doesn't hurry it.
    await queue.add(inbox, { id: '2', from })
    await queue.pass(gathering.most)
    expect(await claim()).toBeNull()
    await queue.pass(100_000)
    const again = await claim()
    expect(again).toMatchObject({ attempts: 1, entry: isUnclear ? ['1'] : [] })
    expect(again?.sendingSince === null).toBe(!isUnclear)
  })

  it('that found no contact is made sooner when the customer writes again', async () => {
    const inbox = await queue.inbox()
    await queue.add(inbox, { id: '1', from })
    const pause = 6 * 3_600_000
    await queue.store.postpone(await claimed(), 'one', { problem: 'no_contact', pause, isUnclear: false })
    await queue.pass(gathering.most)
    expect(await claim()).toBeNull()
    await queue.add(inbox, { id: '2', from })
    await queue.pass(gathering.quiet)
    expect(await claim()).not.toBeNull()
  })
})

it('the backlog is what waits in all inboxes, and for how long', async () => {
  expect(await queue.store.backlog()).toEqual({ waiting: 0, oldest: 0 })
  for (const inbox of [await queue.inbox(), await queue.inbox()]) await queue.add(inbox, { id: 'A', from })
  await queue.prisma.message.updateMany({ data: { receivedAt: new Date(Date.now() - 3_600_000) } })
  const { waiting, oldest } = await queue.store.backlog()
  expect(waiting).toBe(2)
  expect(oldest / 3600).toBeCloseTo(1, 1)
  // A number that no contact has waits for one to be made: that is nobody's trouble.
  await queue.prisma.conversation.updateMany({ data: { problem: 'no_contact' } })
  expect(await queue.store.backlog()).toEqual({ waiting: 2, oldest: 0 })
})

describe('messages that failed', () => {
  async function failed(isFinal = false): Promise<string> {
    const inbox = await queue.inbox()
    await queue.add(inbox, { id: '1', from })
    const conversation = await claimed()
    const ids = (await queue.store.waiting(conversation)).map(({ id }) => id)
    await queue.store.end(conversation, 'one', ids, { state: 'failed', reason: 'no_contact', isFinal })
    await queue.store.release(conversation, 'one')
    return inbox
  }

  it('are counted, with the reason', async () => {
    const inbox = await failed()
    expect(await queue.store.counts(inbox)).toEqual({ waiting: 0, logged: 0, failed: 1 })
    expect(await queue.store.failed(inbox, 10)).toMatchObject([{ reason: 'no_contact' }])
  })

  it('are tried again when somebody says so, as far as they are kept', async () => {
    const [inbox, hopeless] = [await failed(), await failed(true)]
    expect([await queue.store.retry(inbox), await queue.store.retry(hopeless)]).toEqual([1, 0])
    expect([await queue.states(inbox), await queue.states(hopeless)]).toEqual([['waiting'], ['failed no_contact']])
    expect(await claim()).toMatchObject({ inboxId: inbox })
  })
})

describe('sweeping', () => {
  it.each<[string, (inbox: string) => Promise<unknown>, string]>([
    ['was disconnected', (inbox) => queue.disconnect(inbox), 'failed disconnected'],
    ['logs no messages any more', (inbox) => queue.inboxes.logMessages(inbox, false), 'failed turned_off'],
    [
      'is connected to another account',
      (inboxId) => queue.prisma.connection.update({ where: { inboxId }, data: { accountId: 'account-2' } }),
      'failed disconnected',
    ],
  ])('drops what waited for an inbox that %s', async (_what, change, state) => {
    const [inbox, other] = [await queue.inbox(), await queue.inbox()]
    for (const one of [inbox, other]) await queue.add(one, { id: '1', from })
    await change(inbox)
    await queue.store.sweep(30)
    expect([await queue.states(inbox), await queue.states(other)]).toEqual([[state], ['waiting']])
    expect(await queue.prisma.message.count({ where: { inboxId: inbox, sealedBody: { not: null } } })).toBe(0)
    expect(await queue.store.retry(inbox)).toBe(0)
  })

  it('forgets everything after thirty days, and nothing before', async () => {
    const inbox = await queue.inbox()
    await queue.add(inbox, { id: '1', from })
    for (const days of [10, 10, 9]) await queue.pass(days * 86_400_000)
    await queue.store.sweep(30)
    expect(await queue.states(inbox)).toHaveLength(1)
    await queue.pass(86_400_001)
    await queue.store.sweep(30)
    expect(await queue.states(inbox)).toHaveLength(0)
  })
})
