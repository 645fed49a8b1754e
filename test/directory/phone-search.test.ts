/** Contacts by number: the CRM finds candidates by its index, and equal is only what is equal in E.164. */
import { beforeEach, describe, expect, it } from 'vitest'
import type { Inbox } from '../../src/connections/inbox-store.ts'
import { type FakeCrm, fakeContact, fakeCrm, fakeInbox } from '../support/fake-crm.ts'
import { type FakeDirectory, fakeDirectory, idsOf } from '../support/fake-directory.ts'
import { errorOf } from '../support/promises.ts'

const jane = fakeContact('fake-jane', '+14155552671', '+14155550100')
const family = fakeContact('fake-family', '+14155552671')
/** The same national number in another country: to a CRM's index it is the same. */
const stranger = fakeContact('fake-stranger', '+494155552671')
const unread = fakeContact('fake-unread', '415 555 2671 or 2672')
const none = fakeContact('fake-none')

let crm: FakeCrm
let asker: FakeDirectory
let inbox: Inbox
beforeEach(() => {
  crm = fakeCrm([stranger, jane, unread, none, family])
  asker = fakeDirectory(crm)
  inbox = fakeInbox()
})

describe('a search for a whole number', () => {
  it.each(['+1 415 555 2671', '(415) 555-2671', '14155552671', '00 1 415 555 2671'])(
    '%s finds who has it, and nobody else',
    async (search) => {
      const answer = await asker.list(inbox, { search })
      expect(idsOf(answer)).toEqual(['fake-jane', 'fake-family'])
      expect(answer).toMatchObject({ count: 2, next: '', problem: null, missing: [] })
    },
  )

  it('finds any of a contact’s numbers', async () => {
    expect(idsOf(await asker.list(inbox, { search: '+14155550100' }))).toEqual(['fake-jane'])
  })

  it('is read where the inbox is at home', async () => {
    const german = { ...inbox, region: 'DE' }
    crm.contacts.push(fakeContact('fake-berlin', '+4930901820'))
    expect(idsOf(await asker.list(german, { search: '030 901820' }))).toEqual(['fake-berlin'])
    expect(idsOf(await asker.list(german, { search: '+1 415 555 2671' }))).toEqual(['fake-jane', 'fake-family'])
  })

  it('asks the CRM once, for all candidates, whatever the page', async () => {
    await asker.list(inbox, { search: '+14155552671', limit: 1 })
    const { next } = await asker.list(inbox, { search: '(415) 555-2671', limit: 1 })
    await asker.list(inbox, { search: '4155552671', limit: 1, token: next })
    const numbers = [{ e164: '+14155552671', national: '4155552671' }]
    expect(crm.questions).toMatchObject([
      { kind: 'search', query: { kind: 'phone', numbers }, page: { limit: 200, after: null } },
    ])
  })

  it('comes in pages, too', async () => {
    crm.contacts.push(fakeContact('fake-third', '+14155552671'))
    const ask = (token: string) => asker.list(inbox, { search: '+14155552671', limit: 2, token })
    const first = await ask('')
    const second = await ask(first.next)
    expect([idsOf(first), idsOf(second)]).toEqual([['fake-jane', 'fake-family'], ['fake-third']])
    expect([first.count, second.count]).toEqual([3, 3])
    expect([first.next === '', second.next]).toEqual([false, ''])
    expect(await asker.list(inbox, { search: '+14155552671', limit: 3 })).toMatchObject({ count: 3, next: '' })
  })

  it('counts who has the number, not the candidates, whatever total the CRM says', async () => {
    crm.change = (page) => ({ ...page, total: 9_999, next: '200' })
    expect(await asker.list(inbox, { search: '+14155552671' })).toMatchObject({ count: 2, next: '' })
    crm.change = (page) => ({ ...page, total: null })
    expect(await asker.list(inbox, { search: '+14155550100' })).toMatchObject({ count: 1, missing: [] })
  })

  it('that nobody has is an answer, too', async () => {
    expect(await asker.list(inbox, { search: '+14155559999' })).toMatchObject({ contacts: [], count: 0, next: '', problem: null })
  })

  it('fails honestly', async () => {
    crm.before = () => Promise.reject(Object.assign(new Error('a bug'), {}))
    expect(await errorOf(asker.list(inbox, { search: '+14155552671' }))).toMatchObject({ message: 'a bug' })
  })
})

describe('a look-up by WhatsApp id', () => {
  it.each(['14155552671', '+14155552671'])('%s finds all who share the number', async (id) => {
    const answer = await asker.lookUp(inbox, id)
    expect(idsOf(answer)).toEqual(['fake-jane', 'fake-family'])
    expect(answer).toMatchObject({ count: 2, next: '', problem: null })
  })

  it('is the same question as the search for the number, asked once', async () => {
    await asker.lookUp(inbox, '14155552671')
    await asker.list(inbox, { search: '+1 415 555 2671' })
    expect(crm.questions).toHaveLength(1)
  })

  it('finds the number in the spelling of today', async () => {
    crm.contacts.push(
      fakeContact('fake-mx', '+525512345678'),
      fakeContact('fake-ar', '+541123456789'),
      fakeContact('fake-br', '+5531987654321'),
    )
    expect(idsOf(await asker.lookUp(inbox, '5215512345678'))).toEqual(['fake-mx'])
    expect(idsOf(await asker.lookUp(inbox, '5491123456789'))).toEqual(['fake-ar'])
    expect(idsOf(await asker.lookUp(inbox, '553187654321'))).toEqual(['fake-br'])
  })

  it('that nobody has is an empty answer, no error', async () => {
    expect(await asker.lookUp(inbox, '14155559999')).toMatchObject({ contacts: [], count: 0, problem: null })
  })

  it.each(['1', '999999', '120363025246125486', '0'.repeat(40)])(
    'that is no number (%s) is nobody’s, and the CRM isn’t asked',
    async (id) => {
      expect(await asker.lookUp(inbox, id)).toMatchObject({ contacts: [], count: 0, problem: null })
      expect(crm.questions).toEqual([])
    },
  )

  it('isn’t a national number: digits are international there', async () => {
    expect(idsOf(await asker.lookUp(inbox, '4155552671'))).toEqual([])
  })
})

describe('a look-up by contact_id', () => {
  it('finds the contact', async () => {
    const answer = await asker.lookUp(inbox, 'fake-jane')
    expect(answer).toMatchObject({ contacts: [jane], count: 1, next: '', problem: null })
    expect(crm.questions).toEqual([{ kind: 'get', id: 'fake-jane' }])
  })

  it('that isn’t there is not found, and that is remembered as briefly', async () => {
    expect(await errorOf(asker.lookUp(inbox, 'fake-gone'))).toMatchObject({ code: 'contact_not_found', status: 404 })
    expect(await errorOf(asker.lookUp(inbox, 'fake-gone'))).toMatchObject({ code: 'contact_not_found' })
    expect(crm.questions).toHaveLength(1)
  })

  it.each(['fake-jane ', '14155552671x', '../fake-jane', '', '+', '１４１５５５５２６７１'])(
    '%j is whatever the connector says',
    async (id) => {
      expect(await errorOf(asker.lookUp(inbox, id))).toMatchObject({ code: 'contact_not_found' })
      expect(crm.questions).toEqual([{ kind: 'get', id }])
    },
  )
})
