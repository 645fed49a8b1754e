import { describe, expect, it } from 'vitest'
import { readKey } from '../../src/plugin/caller.ts'

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
