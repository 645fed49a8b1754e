/** While an inbox walks over all contacts, the page that it will ask for next is read already: one page, and no further. */
import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { Inbox } from '../../src/connections/inbox-store.ts'
import { createReadAhead } from '../../src/directory/read-ahead.ts'
import { BridgeError } from '../../src/errors.ts'
import { type FakeCrm, fakeCrm, fakeInbox, people } from '../support/fake-crm.ts'
import { type FakeDirectory, fakeDirectory, idsOf } from '../support/fake-directory.ts'
import { httpResponse } from '../support/http-response.ts'
import { defer, errorOf, nobody, stateOf } from '../support/promises.ts'

describe('reading ahead', () => {
  it('begins when a walker is on a page and its end is known, whichever is first', () => {
    const read = vi.fn()
    const readAhead = createReadAhead()
    readAhead.walks('page 2', read)
    expect(read).not.toHaveBeenCalled()
    readAhead.continues('page 2', 'cursor 3')
    expect(read.mock.calls).toEqual([['cursor 3']])
    readAhead.continues('page 3', 'cursor 4')
    expect(read).toHaveBeenCalledTimes(1)
    readAhead.walks('page 3', read)
    expect(read.mock.calls).toEqual([['cursor 3'], ['cursor 4']])
  })

  it('begins once, however often the end becomes known', () => {
    const read = vi.fn()
    const readAhead = createReadAhead()
    readAhead.walks('page 2', read)
    for (let times = 0; times < 3; times += 1) readAhead.continues('page 2', 'cursor 3')
    expect(read).toHaveBeenCalledTimes(1)
  })

  it('ends with the last page', () => {
    const read = vi.fn()
    const readAhead = createReadAhead()
    readAhead.walks('page 2', read)
    readAhead.continues('page 2', null)
    expect(read).not.toHaveBeenCalled()
  })

  it('of one page says nothing of another', () => {
    const read = vi.fn()
    const readAhead = createReadAhead()
    readAhead.walks('page 2', read)
    readAhead.continues('another page 2', 'cursor 3')
    expect(read).not.toHaveBeenCalled()
  })
})

describe('a walk', () => {
  let crm: FakeCrm
  let asker: FakeDirectory
  let inbox: Inbox
  beforeEach(() => {
    crm = fakeCrm(people(250))
    asker = fakeDirectory(crm)
    inbox = fakeInbox()
  })
  const limit = 50
  const begins = () => crm.questions.map((question) => (question.kind === 'list' ? Number(question.page.after) : question.kind))
  /** What happens before the page that begins after so many contacts is given. */
  const atPage = (begin: number, happens: (onNext: (next: string) => void) => unknown) => {
    crm.before = (_session, question) =>
      question.kind === 'list' && Number(question.page.after) === begin ? happens((next) => question.page.onNext?.(next)) : null
  }
  const first = () => asker.list(inbox, { limit })
  const second = async () => asker.list(inbox, { limit, token: (await first()).next })
  async function walk(pages = 99, walker = inbox): Promise<string[]> {
    const ids: string[] = []
    let token = ''
    for (let page = 0; page < pages && (page === 0 || token !== ''); page += 1) {
      const answer = await asker.list(walker, { limit, token })
      ids.push(...idsOf(answer))
      token = answer.next
    }
    await settled()
    return ids
  }
  const settled = () => stateOf(Promise.resolve())

  it('doesn’t begin with the first page: everybody asks for that', async () => {
    await first()
    await first()
    await settled()
    expect(begins()).toEqual([0])
  })

  it('has the third page read with the second, and not the fourth', async () => {
    await second()
    await settled()
    expect(begins()).toEqual([0, 50, 100])
  })

  it('has the third page read before the rest of the second is there', async () => {
    const companies = defer<void>()
    atPage(50, (onNext) => {
      onNext('100')
      return companies.promise
    })
    const page = second()
    expect(await stateOf(page)).toBe('pending')
    expect(begins()).toEqual([0, 50, 100])
    companies.resolve()
    expect(idsOf(await page)[0]).toBe('fake-51')
    expect(begins()).toEqual([0, 50, 100])
  })

  it('has the fourth page read when the inbox gets to the third, at once, though that isn’t there yet', async () => {
    const third = defer<void>()
    atPage(100, (onNext) => {
      onNext('150')
      return third.promise
    })
    const { next } = await second()
    await settled()
    expect(begins()).toEqual([0, 50, 100])
    const page = asker.list(inbox, { limit, token: next })
    expect(await stateOf(page)).toBe('pending')
    expect(begins()).toEqual([0, 50, 100, 150])
    third.resolve()
    expect(idsOf(await page)[0]).toBe('fake-101')
  })

  it('costs as many calls as there are pages, and meets each contact once', async () => {
    expect(await walk()).toEqual(crm.contacts.map(({ contact_id }) => contact_id))
    expect(begins()).toEqual([0, 50, 100, 150, 200])
  })

  it.each([1, 2, 3, 4])('that is given up after page %i costs one call more at most', async (pages) => {
    await walk(pages)
    expect(begins().length).toBeLessThanOrEqual(pages + 1)
  })

  it('costs nothing more for a second walker on the same pages, at once or soon after', async () => {
    await Promise.all([walk(), walk()])
    await walk()
    expect(begins()).toHaveLength(5)
  })

  it('of another inbox reads for itself', async () => {
    await walk()
    await walk(99, fakeInbox())
    expect(begins()).toHaveLength(10)
  })

  it('over what a search found isn’t read ahead', async () => {
    const { next } = await asker.list(inbox, { search: 'Person', limit })
    await asker.list(inbox, { search: 'Person', limit, token: next })
    await settled()
    expect(begins()).toEqual(['search', 'search'])
  })

  it('waits behind the agents for its calls, but for the first page', async () => {
    const taken: unknown[] = []
    const wire: Parameters<typeof fakeDirectory>[1] =
      ({ spend, signal }) =>
      async ({ kind }) => {
        await spend(kind, signal)
        return httpResponse()
      }
    const take = async (...call: unknown[]) => void taken.push(call[4])
    asker = fakeDirectory(crm, wire, take as () => Promise<void>)
    crm.before = ({ http }) => http({ method: 'GET', url: 'https://api.fake.example', kind: 'api' })
    await walk(2)
    expect(taken).toEqual(['agent', 'walk', 'walk'])
  })

  describe('whose page read ahead fails', () => {
    const down = new BridgeError('crm_unavailable', 'Down.')

    it('has the page before it all the same, and asks again', async () => {
      atPage(100, () => Promise.reject(down))
      const page = await second()
      expect(page).toMatchObject({ problem: null, missing: [] })
      await settled()
      crm.before = () => {}
      expect(idsOf(await asker.list(inbox, { limit, token: page.next }))[0]).toBe('fake-101')
      expect(begins()).toEqual([0, 50, 100, 100, 150])
    })

    it('hears of it when it asks for that page itself', async () => {
      atPage(100, () => Promise.reject(down))
      const { next } = await second()
      await settled()
      expect(await errorOf(asker.list(inbox, { limit, token: next }))).toMatchObject({ code: 'crm_unavailable' })
    })

    it('is held up by nothing that the page read ahead waits for', async () => {
      atPage(100, () => new Promise(() => {}))
      expect(await second()).toMatchObject({ problem: null })
    })
  })

  it('whose page fails reads nothing ahead', async () => {
    atPage(50, () => Promise.reject(new BridgeError('crm_unavailable', 'Down.')))
    await errorOf(second())
    await settled()
    expect(begins()).toEqual([0, 50])
  })

  it('goes on reading ahead for others when one walker hangs up', async () => {
    const third = defer<void>()
    const { next } = await second()
    crm.questions.length = 0
    asker = fakeDirectory(crm)
    atPage(100, () => third.promise)
    const controller = new AbortController()
    const gone = asker.directory.list(inbox, { search: '', limit, token: next }, controller.signal)
    const left = asker.directory.list(inbox, { search: '', limit, token: next }, nobody())
    controller.abort()
    third.resolve()
    expect(idsOf(await left)[0]).toBe('fake-101')
    await gone
    expect(begins()).toEqual([100, 150])
  })
})
