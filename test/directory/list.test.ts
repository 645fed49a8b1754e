/** Pages of contacts: what is counted, how a walk goes on, and what is asked of the CRM. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Inbox } from '../../src/connections/inbox-store.ts'
import type { Answer } from '../../src/directory/directory.ts'
import { stopClock } from '../support/clock.ts'
import { type FakeCrm, fakeContact, fakeCrm, fakeInbox, people } from '../support/fake-crm.ts'
import { type FakeDirectory, fakeDirectory, idsOf } from '../support/fake-directory.ts'
import { httpResponse } from '../support/http-response.ts'
import { errorOf, nobody } from '../support/promises.ts'

let crm: FakeCrm
let asker: FakeDirectory
let inbox: Inbox
beforeEach(() => {
  crm = fakeCrm(people(250))
  asker = fakeDirectory(crm)
  inbox = fakeInbox()
})
afterEach(() => {
  vi.restoreAllMocks()
})

/** Every page, as the inbox walks: until there is no token, or until it has as many as `count` says. */
async function walk(search = '', limit = 100) {
  const pages = []
  let token = ''
  do {
    const page = await asker.list(inbox, { search, limit, token })
    pages.push(page)
    token = page.next
  } while (token !== '' && pages.length < 50)
  return pages
}

describe('a walk over the pages', () => {
  it.each([1, 7, 50, 100, 250, 1_000])('by %i meets every contact once', async (limit) => {
    crm = fakeCrm(people(30))
    asker = fakeDirectory(crm)
    const pages = await walk('', limit)
    expect(pages.flatMap(idsOf)).toEqual(crm.contacts.map(({ contact_id }) => contact_id))
    expect(pages.map(({ count }) => count)).toEqual(pages.map(() => 30))
    expect(pages.at(-1)?.next).toBe('')
  })

  it('of a search goes through the same pages', async () => {
    const pages = await walk('Person', 100)
    expect(pages.map((page) => page.contacts.length)).toEqual([100, 100, 50])
    expect(pages.map(({ count }) => count)).toEqual([250, 250, 250])
  })

  it('ends where the CRM names the same place again', async () => {
    crm.change = (page) => ({ ...page, next: page.next && '100' })
    expect((await walk()).map((page) => page.contacts.length)).toEqual([100, 100])
  })

  it('over nothing ends at once', async () => {
    crm.contacts.length = 0
    expect(await walk()).toMatchObject([{ contacts: [], count: 0, next: '', problem: null, missing: [] }])
  })
})

describe('the count', () => {
  it.each<[what: string, total: number | null, counts: number[], missing: string[]]>([
    ['is the grand total', 250, [250, 250, 250], []],
    ['grows as long as more remains, where the CRM doesn’t know its total', null, [200, 300, 250], ['count']],
    ['is never so small that the walk would end too early', 120, [120, 201, 250], []],
    ['is never so small that the walk would end too early, nor zero', 0, [101, 201, 250], []],
    ['may be larger than what came: contacts go while one walks', 300, [300, 300, 300], []],
  ])('%s: %s', async (_what, total, counts, missing) => {
    crm.change = (page) => ({ ...page, total })
    const pages = await walk()
    expect(pages.map(({ count }) => count)).toEqual(counts)
    for (const page of pages) expect(page.missing).toEqual(missing)
    // The inbox stops once it has as many: it must not before the last page.
    let had = 0
    for (const page of pages) {
      had += page.contacts.length
      if (page.next !== '') expect(page.count).toBeGreaterThan(had)
    }
  })

  it('comes with what else is missing', async () => {
    crm.change = (page) => ({ ...page, total: null, missing: ['companies'] })
    expect(await asker.list(inbox)).toMatchObject({ missing: ['companies', 'count'] })
  })
})

describe('a page token', () => {
  it.each(['x', '100', 'A'.repeat(60)])('that is none (%s) is refused, before the CRM is asked', async (token) => {
    expect(await errorOf(asker.list(inbox, { token }))).toMatchObject({ code: 'cursor_invalid' })
    expect(crm.questions).toEqual([])
  })

  it('of one question leads nowhere in another', async () => {
    const { next } = await asker.list(inbox)
    for (const search of ['Person', 'jane@example.com', '4155552671', '415'])
      expect(await errorOf(asker.list(inbox, { search, token: next })), search).toMatchObject({ code: 'cursor_invalid' })
    const searched = await asker.list(inbox, { search: 'Person' })
    expect(await errorOf(asker.list(inbox, { token: searched.next }))).toMatchObject({ code: 'cursor_invalid' })
    expect(await asker.list(inbox, { search: '  PERSON ', token: searched.next })).toMatchObject({ count: 250 })
  })

  it('of one inbox leads nowhere in another, nor after a reconnect', async () => {
    const { next } = await asker.list(inbox)
    expect(await errorOf(asker.list(fakeInbox(), { token: next }))).toMatchObject({ code: 'cursor_invalid' })
    const reconnected = fakeInbox({ id: inbox.id })
    expect(await errorOf(asker.list(reconnected, { token: next }))).toMatchObject({ code: 'cursor_invalid' })
  })

  it('leads on with another limit', async () => {
    const { next } = await asker.list(inbox, { limit: 10 })
    const page = await asker.list(inbox, { limit: 25, token: next })
    expect([idsOf(page)[0], page.contacts.length, page.count]).toEqual(['fake-11', 25, 250])
  })
})

describe('what the CRM is asked', () => {
  it('is the connector’s list for no search, its search for one', async () => {
    await walk('', 200)
    await asker.list(inbox, { search: ' Person  1 ', limit: 5 })
    await asker.list(inbox, { search: 'Jane@Example.com', limit: 5 })
    await asker.list(inbox, { search: '415', limit: 5 })
    expect(crm.questions).toMatchObject([
      { kind: 'list', page: { limit: 200, after: null } },
      { kind: 'list', page: { limit: 200, after: '200' } },
      { kind: 'search', query: { kind: 'text', text: 'Person 1' }, page: { limit: 5, after: null } },
      { kind: 'search', query: { kind: 'email', email: 'jane@example.com' }, page: { limit: 5, after: null } },
      { kind: 'search', query: { kind: 'digits', digits: '415', typed: '415' }, page: { limit: 5, after: null } },
    ])
  })

  it('is asked once for equal pages: the list for two minutes, a search for ten seconds', async () => {
    const clock = stopClock()
    const ask = async () => {
      await asker.list(inbox)
      await asker.list(inbox, { search: 'Person' })
      await asker.list(inbox, { search: 'PERSON' })
      return crm.questions.map(({ kind }) => kind)
    }
    expect(await ask()).toEqual(['list', 'search'])
    await clock.pass(9_000)
    expect(await ask()).toHaveLength(2)
    await clock.pass(2_000)
    expect(await ask()).toEqual(['list', 'search', 'search'])
    await clock.pass(108_000)
    expect((await ask()).filter((kind) => kind === 'list')).toHaveLength(1)
    await clock.pass(2_000)
    expect((await ask()).filter((kind) => kind === 'list')).toHaveLength(2)
  })

  it('is asked anew after ten seconds, so that whoever was just created is found', async () => {
    const clock = stopClock()
    const searches = [{ search: 'Zelda' }, { search: '+14155552671' }]
    for (const question of searches) expect(await asker.list(inbox, question)).toMatchObject({ count: 0 })
    expect(await asker.lookUp(inbox, '14155552671')).toMatchObject({ count: 0 })
    crm.contacts.push({ ...fakeContact('fake-new', '+14155552671'), name: 'Zelda' })
    await clock.pass(10_000)
    for (const question of searches) expect(idsOf(await asker.list(inbox, question))).toEqual(['fake-new'])
    expect(idsOf(await asker.lookUp(inbox, '14155552671'))).toEqual(['fake-new'])
  })

  it('is asked once in ten seconds about a number that nobody has, however often it writes', async () => {
    const clock = stopClock()
    for (let second = 0; second < 10; second += 1) {
      await Promise.all(Array.from({ length: 5 }, () => asker.lookUp(inbox, '14155552671')))
      await clock.pass(999)
    }
    expect(crm.questions).toHaveLength(1)
    await clock.pass(10)
    await asker.lookUp(inbox, '14155552671')
    expect(crm.questions).toHaveLength(2)
  })

  it.each([
    ['companies are missing', { missing: ['companies'] }],
    ['the total is missing', { total: null }],
  ])('is asked again soon where %s', async (_what, lack) => {
    const clock = stopClock()
    crm.change = (page) => ({ ...page, ...lack })
    await asker.list(inbox)
    await clock.pass(4_000)
    await asker.list(inbox)
    expect(crm.questions).toHaveLength(1)
    await clock.pass(2_000)
    await asker.list(inbox)
    expect(crm.questions).toHaveLength(2)
  })

  it('is another question with another limit, position or region', async () => {
    const { next } = await asker.list(inbox)
    await asker.list(inbox, { limit: 50 })
    await asker.list(inbox, { token: next })
    await asker.list({ ...inbox, region: 'DE' })
    const asked = crm.questions.map((question) => (question.kind === 'list' ? [question.page.limit, question.page.after] : []))
    expect(asked).toEqual([
      [100, null],
      [50, null],
      [100, '100'],
      // Read ahead.
      [100, '200'],
      [100, null],
    ])
  })

  it('for one inbox is never another’s answer', async () => {
    await asker.list(inbox)
    crm.contacts.splice(0, 250, fakeContact('fake-of-another'))
    expect(idsOf(await asker.list(fakeInbox()))).toEqual(['fake-of-another'])
    expect(idsOf(await asker.list(inbox, { limit: 100 }))[0]).toBe('fake-1')
  })

  it('is for a live session of the inbox’s grant, with its region', async () => {
    crm.before = (session) => {
      expect(session).toMatchObject({ accessToken: 'access-1', apiUrl: 'https://api.fake.example' })
      expect([session.readPhone('030 901820'), session.readPhone('415 555 2671', 'US')]).toEqual(['+4930901820', '+14155552671'])
    }
    await asker.list({ ...inbox, region: 'DE' })
    expect(crm.questions).toHaveLength(1)
  })

  it('finds in its memory what it left there, until a reconnect', async () => {
    const found: unknown[] = []
    crm.before = (session) => {
      found.push(session.memory.get('name'))
      session.memory.set('name', 'Acme', 60_000)
    }
    await asker.list(inbox)
    await asker.list(inbox, { search: 'x' })
    await asker.list(fakeInbox({ id: inbox.id }))
    expect(found).toEqual([undefined, 'Acme', undefined])
  })
})

describe('an answer', () => {
  const envelopeOf = ({ contacts, count, next }: Answer) => ({
    results: contacts,
    count,
    next_page_param: next,
    contact_provider: {},
  })

  it('is written as the envelope that it is, whatever was asked', async () => {
    crm.contacts.push(...['a', 'b', 'c'].map((id) => fakeContact(`fake-${id}`, '+14155552671')))
    const first = await asker.list(inbox)
    const number = await asker.list(inbox, { search: '+14155552671', limit: 2 })
    const answers = [
      first,
      await asker.list(inbox, { token: first.next }),
      await asker.list(inbox, { search: 'Person', limit: 3 }),
      number,
      await asker.list(inbox, { search: '+14155552671', limit: 2, token: number.next }),
      await asker.lookUp(inbox, '14155552671'),
      await asker.lookUp(inbox, '1'),
      await asker.lookUp(inbox, 'fake-a'),
    ]
    expect(answers.map(({ contacts }) => contacts.length)).toEqual([100, 100, 3, 2, 1, 3, 0, 1])
    for (const answer of answers) expect(JSON.parse(answer.written.toString())).toEqual(envelopeOf(answer))
  })

  it('is the same bytes for as long as it is the same answer', async () => {
    const ask = async () => (await asker.list(inbox, { limit: 7 })).written
    expect(await ask()).toBe(await ask())
  })
})

describe('what is remembered', () => {
  const question = (changes: object = {}) => ({ search: '', limit: 7, token: '', ...changes })
  const remembered = (changes: object = {}, of = inbox) => asker.directory.remembered(of, question(changes))

  it.each([{}, { search: 'Person' }, { search: 'person@example.com' }, { search: '1415' }])(
    'is what would be answered to %j, once it was asked, for as long as it is fresh',
    async (asked) => {
      const clock = stopClock()
      expect(remembered(asked)).toBeNull()
      const answer = await asker.list(inbox, question(asked))
      await clock.pass(2_000)
      const again = remembered(asked)
      expect(again).toMatchObject({
        count: answer.count,
        next: answer.next,
        source: 'remembered',
        age: 2,
        calls: 0,
        problem: null,
      })
      expect(again?.written).toBe(answer.written)
      await clock.pass(120_000)
      expect(remembered(asked)).toBeNull()
    },
  )

  it('is nothing for a later page, another size, another search or a number', async () => {
    crm.contacts.push(fakeContact('fake-a', '+14155552671'))
    const { next } = await asker.list(inbox, { limit: 7 })
    await asker.list(inbox, { limit: 7, token: next })
    await asker.list(inbox, { limit: 7, search: '+14155552671' })
    for (const other of [{ token: next }, { limit: 8 }, { search: 'x' }, { search: '+14155552671' }, { token: 'x' }])
      expect(remembered(other)).toBeNull()
  })

  it('is nothing for whoever isn’t connected, is connected anew, or has another country', async () => {
    await asker.list(inbox, { limit: 7 })
    const { connection } = inbox
    const changed = (changes: object) => ({ ...inbox, connection: connection && { ...connection, ...changes } })
    for (const other of [
      { ...inbox, connection: null },
      { ...inbox, region: 'FR' },
      changed({ status: 'reconnect_required' }),
      changed({ epoch: 'other' }),
      changed({ changes: 7 }),
    ])
      expect(remembered({}, other)).toBeNull()
    expect(remembered()).not.toBeNull()
  })

  it('is nothing where something is missing for longer than five seconds', async () => {
    const clock = stopClock()
    crm.change = (page) => ({ ...page, missing: ['companies'] })
    await asker.list(inbox, { limit: 7 })
    expect(remembered()).toMatchObject({ missing: ['companies'] })
    await clock.pass(5_000)
    expect(remembered()).toBeNull()
  })
})

describe('the budget', () => {
  it('is the account’s, whichever inbox asks, and each kind of call has its own', async () => {
    const taken: unknown[][] = []
    const take = async (...call: unknown[]) => void taken.push(call.slice(0, 3))
    const wire: Parameters<typeof fakeDirectory>[1] =
      ({ spend, signal }) =>
      async ({ kind }) => {
        await spend(kind, signal)
        return httpResponse()
      }
    asker = fakeDirectory(crm, wire, take as () => Promise<void>)
    crm.before = async ({ http }) => {
      await http({ method: 'GET', url: 'https://api.fake.example', kind: 'api' })
      await http({ method: 'GET', url: 'https://api.fake.example', kind: 'search' })
    }
    await asker.list(inbox)
    await asker.list(fakeInbox({}, { accountId: 'account-2' }))
    const { api, search } = crm.connector.limits
    expect(taken).toEqual([
      ['fake account-1', 'api', api],
      ['fake account-1', 'search', search],
      ['fake account-2', 'api', api],
      ['fake account-2', 'search', search],
    ])
  })
})

describe('an asker who hangs up', () => {
  it('takes the question to the CRM along', async () => {
    const controller = new AbortController()
    let seen: AbortSignal | undefined
    asker = fakeDirectory(crm, ({ signal }) => {
      seen = signal
      return () => new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    })
    crm.before = ({ http }) => http({ method: 'GET', url: 'https://api.fake.example', kind: 'api' })
    const asked = errorOf(asker.directory.list(inbox, { search: 'x', limit: 10, token: '' }, controller.signal))
    await vi.waitFor(() => expect(seen).toBeDefined())
    expect(seen?.aborted).toBe(false)
    controller.abort(new Error('hung up'))
    expect(await asked).toMatchObject({ message: 'hung up' })
    expect(seen?.aborted).toBe(true)
  })

  it('takes nothing along that somebody else waits for', async () => {
    const controller = new AbortController()
    const gate = Promise.withResolvers<void>()
    crm.before = () => gate.promise
    const gone = asker.directory.list(inbox, { search: 'Person', limit: 10, token: '' }, controller.signal)
    const left = asker.directory.list(inbox, { search: 'Person', limit: 10, token: '' }, nobody())
    controller.abort()
    gate.resolve()
    expect((await left).contacts).toHaveLength(10)
    await gone
    expect(crm.questions).toHaveLength(1)
  })
})
