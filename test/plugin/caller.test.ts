/** Who is calling, and what it costs to call with no key or a wrong one. */
import type { FastifyRequest } from 'fastify'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { createLiveInboxes } from '../../src/connections/live-inboxes.ts'
import { BridgeError } from '../../src/errors.ts'
import { type Callers, createCallers, readKey } from '../../src/plugin/caller.ts'
import { fakeInbox } from '../support/fake-crm.ts'
import { errorOf } from '../support/promises.ts'

const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`
const read = (headers: Record<string, string>, params = {}) => readKey({ headers, params })

describe('the key of a request', () => {
  it.each<[string, Record<string, string>, string | null]>([
    ['Bearer', { authorization: 'Bearer k1' }, 'k1'],
    ['in whatever case', { authorization: 'bearer k1' }, 'k1'],
    ['with spaces', { authorization: 'BEARER   k1  ' }, 'k1'],
    ['Token', { authorization: 'Token k1' }, 'k1'],
    ['Basic, as user name', { authorization: basic('k1:') }, 'k1'],
    ['Basic, whatever the password', { authorization: basic('k1:x:y') }, 'k1'],
    ['Basic without a colon', { authorization: basic('k1') }, 'k1'],
    ['Basic without a user name', { authorization: basic(':k1') }, null],
    ['Basic of nothing', { authorization: 'Basic ' }, null],
    ['X-Inbox-Key', { 'x-inbox-key': 'k1' }, 'k1'],
    ['X-Inbox-Key before Authorization, which a proxy may add', { 'x-inbox-key': 'k1', authorization: 'Bearer other' }, 'k1'],
    ['an empty X-Inbox-Key', { 'x-inbox-key': '', authorization: 'Bearer k1' }, 'k1'],
    ['another scheme', { authorization: 'Digest k1' }, null],
    ['no scheme', { authorization: 'k1' }, null],
    ['a scheme alone', { authorization: 'Bearer' }, null],
    ['two words', { authorization: 'Bearer k1 k2' }, null],
    ['nothing', {}, null],
  ])('from %s', (_where, headers, key) => {
    expect(read(headers)).toBe(key)
  })

  it('from the path before all others', () => {
    expect(read({ authorization: 'Bearer other', 'x-inbox-key': 'another' }, { key: 'k1' })).toBe('k1')
  })
})

describe('a caller', () => {
  const inbox = fakeInbox()
  const byKey = vi.fn(async (key: string) => (key === 'right' ? inbox : null))
  const countFailure = vi.fn(async () => {})
  let callers: Callers
  beforeEach(() => {
    byKey.mockClear()
    countFailure.mockReset()
    callers = createCallers(createLiveInboxes({ byKey } as never), false, countFailure)
  })
  const request = (key?: string) => ({ params: {}, headers: key === undefined ? {} : { 'x-inbox-key': key } }) as FastifyRequest

  it('with the right key is known, and no failure', async () => {
    expect(await callers.require(request('right'))).toBe(inbox)
    expect(await callers.identify(request('right'))).toBe(inbox)
    expect(countFailure).not.toHaveBeenCalled()
  })

  it.each([
    ['a wrong key', 'wrong'],
    ['no key', undefined],
  ])('with %s is refused after one look into the database, and counted once: its time tells nothing', async (_what, key) => {
    for (const times of [1, 2, 3]) {
      const asked = request(key)
      expect(await errorOf(Promise.resolve(callers.require(asked)))).toMatchObject({ code: 'inbox_unauthorized' })
      expect([byKey.mock.calls.length, countFailure.mock.calls.length]).toEqual([times, times])
      expect(countFailure).toHaveBeenLastCalledWith(asked)
    }
  })

  it('without a key where none is needed is nobody, and no failure', async () => {
    expect(await callers.identify(request())).toBeNull()
    expect([byKey.mock.calls.length, countFailure.mock.calls.length]).toEqual([0, 0])
  })

  it('with a wrong key where none is needed is refused all the same', async () => {
    expect(await errorOf(Promise.resolve(callers.identify(request('wrong'))))).toMatchObject({ code: 'inbox_unauthorized' })
    expect(countFailure).toHaveBeenCalledTimes(1)
  })

  it.each(['wrong', undefined])('with %s once too often hears that', async (key) => {
    countFailure.mockRejectedValue(new BridgeError('too_many_attempts', 'x'))
    expect(await errorOf(Promise.resolve(callers.require(request(key))))).toMatchObject({ code: 'too_many_attempts' })
  })
})
