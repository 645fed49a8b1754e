/** A number that nobody has may be the beginning of a longer one: which can go on, who is found by them, and at what cost. */
import { beforeEach, describe, expect, it } from 'vitest'
import type { Inbox } from '../../src/connections/inbox-store.ts'
import { goesOn, mayGoOn, readPhoneQuery } from '../../src/directory/phone.ts'
import { readBeginning } from '../../src/directory/query.ts'
import { BridgeError } from '../../src/errors.ts'
import { type FakeCrm, fakeContact, fakeCrm, fakeInbox } from '../support/fake-crm.ts'
import { type FakeDirectory, fakeDirectory, idsOf } from '../support/fake-directory.ts'
import { errorOf } from '../support/promises.ts'

describe('a number that can go on', () => {
  it.each<[string, string, string]>([
    ['015112345', 'DE', '15112345'],
    ['0151 123-45', 'DE', '15112345'],
    ['+49151123456', 'DE', '151123456'],
    ['+49151123456', 'US', '151123456'],
    ['0049 151 123456', 'DE', '151123456'],
    ['tel:+49151123456', 'US', '151123456'],
    ['12345678', 'DE', '12345678'],
    ['030901820', 'DE', '30901820'],
  ])('%s in %s', (typed, region, digits) => {
    expect(mayGoOn(readPhoneQuery(typed, region))).toBe(true)
    expect(readBeginning(typed, region)).toEqual({ kind: 'digits', digits, typed })
  })

  it('is searched in one writing, without what can’t be seen', () => {
    expect(readBeginning(' 0151\u00a0\u200b123–45 ', 'DE')).toEqual({ kind: 'digits', digits: '15112345', typed: '0151 123-45' })
  })
})

describe('no number goes on', () => {
  it.each<[string, string]>([
    ['4155552671', 'US'],
    ['(415) 555-2671', 'US'],
    ['+14155552671', 'US'],
    ['+1 415 555 2671', 'DE'],
    ['0612345678', 'FR'],
    ['+33612345678', 'DE'],
    // A part of a number is searched as one anyway.
    ['415555', 'US'],
    ['0151', 'DE'],
    // No numbers.
    ['', 'DE'],
    ['ana', 'DE'],
    ['ana@example.com', 'DE'],
    ['1'.repeat(25), 'DE'],
  ])('%j in %s', (typed, region) => {
    expect(mayGoOn(readPhoneQuery(typed, region))).toBe(false)
    expect(readBeginning(typed, region)).toBeNull()
  })
})

describe('a longer number', () => {
  const isLonger = (typed: string, region: string, phone: string): boolean => {
    const beginning = readBeginning(typed, region)
    if (beginning === null) throw new Error(`${typed} can’t go on`)
    return goesOn(phone, readPhoneQuery(typed, region), beginning)
  }

  it.each<[string, string, string]>([
    ['015112345', 'DE', '+4915112345678'],
    ['015112345', 'DE', '+491511234567'],
    ['12345678', 'DE', '+49123456789'],
    ['+49151123456', 'DE', '+4915112345678'],
    ['+49151123456', 'US', '+491511234567'],
    ['0049151123456', 'DE', '+4915112345678'],
    ['(+49) 151 123456', 'US', '+4915112345678'],
    ['tel:+49151123456', 'US', '+4915112345678'],
    ['＋49151123456', 'US', '+4915112345678'],
  ])('of %s in %s is %s', (typed, region, phone) => {
    expect(isLonger(typed, region, phone)).toBe(true)
  })

  it.each<[string, string, string]>([
    // The same national number in another country, by writing.
    ['015112345', 'DE', '+4315112345'],
    ['015112345', 'DE', '+3615112345'],
    ['015112345', 'DE', '+39015112345'],
    ['12345678', 'DE', '+3612345678'],
    ['12345678', 'DE', '+6512345678'],
    ['+49151123456', 'US', '+43151123456'],
    ['0049151123456', 'DE', '+43151123456'],
    // Whoever writes the country means it, also where the number goes on in another.
    ['+49151123456', 'US', '+4315112345678'],
    ['0049151123456', 'DE', '+4315112345678'],
    ['tel:+49151123456', 'US', '+4315112345678'],
    ['＋49151123456', 'US', '+4315112345678'],
    // Others.
    ['015112345', 'DE', '+4915112354678'],
    ['+49151123456', 'DE', '+4915112345'],
    ['015112345', 'DE', 'ask at the desk'],
    ['015112345', 'DE', ''],
  ])('of %s in %s isn’t %s', (typed, region, phone) => {
    expect(isLonger(typed, region, phone)).toBe(false)
  })
})

describe('a search', () => {
  let crm: FakeCrm
  let asker: FakeDirectory
  let inbox: Inbox
  beforeEach(() => {
    crm = fakeCrm([
      fakeContact('fake-vienna', '+4315112345'),
      fakeContact('fake-long', '+4915112345678'),
      fakeContact('fake-other', '+4930901820'),
      fakeContact('fake-longer', '+14155550100', '+491511234567'),
      fakeContact('fake-none'),
      fakeContact('fake-third', '+4915112345999'),
    ])
    asker = fakeDirectory(crm)
    inbox = fakeInbox({ region: 'DE' })
  })
  const kinds = () => crm.questions.map((question) => (question.kind === 'search' ? question.query.kind : question.kind))
  const longer = ['fake-long', 'fake-longer', 'fake-third']

  it.each(['015112345', '+49 151 12345', '0049 151 12345'])(
    'for %s, which nobody has, asks once more and finds whose number goes on',
    async (search) => {
      const answer = await asker.list(inbox, { search })
      expect(idsOf(answer)).toEqual(longer)
      expect(answer).toMatchObject({ count: 3, next: '', problem: null, missing: [] })
      expect(crm.questions).toMatchObject([
        { kind: 'search', query: { kind: 'phone', numbers: [{ e164: '+4915112345' }] }, page: { limit: 200, after: null } },
        { kind: 'search', query: { kind: 'digits', digits: '15112345', typed: '' }, page: { limit: 200, after: null } },
      ])
    },
  )

  it('asks once when somebody has the number, and leaves the longer ones out', async () => {
    crm.contacts.push(fakeContact('fake-exact', '+4915112345'))
    expect(idsOf(await asker.list(inbox, { search: '015112345' }))).toEqual(['fake-exact'])
    expect(kinds()).toEqual(['phone'])
  })

  it('asks once for a number that can’t go on', async () => {
    expect(await asker.list(fakeInbox(), { search: '415 555 9999' })).toMatchObject({ contacts: [], count: 0, next: '' })
    expect(kinds()).toEqual(['phone'])
  })

  it('that finds nobody either way is an answer, remembered as one', async () => {
    crm.contacts.length = 0
    for (let times = 1; times <= 2; times += 1)
      expect(await asker.list(inbox, { search: '015112345' })).toMatchObject({ contacts: [], count: 0, problem: null })
    expect(kinds()).toEqual(['phone', 'digits'])
  })

  it('comes in pages by token, of one answer', async () => {
    const ask = (token: string) => asker.list(inbox, { search: '015112345', limit: 2, token })
    const first = await ask('')
    const second = await ask(first.next)
    expect([idsOf(first), idsOf(second)]).toEqual([longer.slice(0, 2), longer.slice(2)])
    expect([first.count, second.count]).toEqual([3, 3])
    expect([first.next === '', second.next]).toEqual([false, ''])
    expect(kinds()).toEqual(['phone', 'digits'])
  })

  it('counts who is shown, not the candidates, and says what is missing', async () => {
    crm.change = (page) => ({ ...page, total: 9_999, next: '200', missing: ['companies'] })
    expect(await asker.list(inbox, { search: '015112345' })).toMatchObject({ count: 3, next: '', missing: ['companies'] })
  })

  it('fails honestly when the second question does, and asks both again', async () => {
    crm.before = (_session, question) => {
      if (question.kind === 'search' && question.query.kind === 'digits') throw new BridgeError('crm_unavailable', 'Down.')
    }
    expect(await errorOf(asker.list(inbox, { search: '015112345' }))).toMatchObject({ code: 'crm_unavailable' })
    crm.before = () => {}
    expect(idsOf(await asker.list(inbox, { search: '015112345' }))).toEqual(longer)
    expect(kinds()).toEqual(['phone', 'digits', 'phone', 'digits'])
  })

  it('by WhatsApp id never asks twice: the number is whole', async () => {
    for (const id of ['4915112345', '+4915112345'])
      expect(await asker.lookUp(inbox, id)).toMatchObject({ contacts: [], count: 0, problem: null })
    expect(kinds()).toEqual(['phone'])
  })

  it('isn’t answered by what a look-up of the same number found, nor the other way round', async () => {
    expect(idsOf(await asker.lookUp(inbox, '4915112345'))).toEqual([])
    expect(idsOf(await asker.list(inbox, { search: '+4915112345' }))).toEqual(longer)
    expect(idsOf(await asker.lookUp(inbox, '4915112345'))).toEqual([])
  })
})
