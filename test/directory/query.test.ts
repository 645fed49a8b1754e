import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ContactQuery } from '../../src/connectors/connector.ts'
import { nameOf, readQuery } from '../../src/directory/query.ts'
import { hostileText, steady } from '../support/properties.ts'

describe('what is typed into the search box', () => {
  it.each(['', ' ', '\t\r\n', '\u00a0\u2003', '\u200b\ufeff', '\u0000'])('%j asks for the whole list', (search) => {
    expect(readQuery(search, 'US')).toBeNull()
  })

  it.each([
    ['(415) 555-2671', 'US', ['+14155552671']],
    ['\u202a+1\u00a0415\u00a0555\u20112671\u202c', 'US', ['+14155552671']],
    ['0171 2345678', 'DE', ['+491712345678']],
    ['(+49) 30 901820', 'US', ['+4930901820']],
    ['491712345678', 'US', ['+491712345678']],
    ['13812345678', 'CN', ['+8613812345678', '+13812345678']],
  ])('%j in %s asks for the number %j', (search, region, numbers) => {
    const query = readQuery(search, region)
    expect(query?.kind === 'phone' && query.numbers.map(({ e164 }) => e164)).toEqual(numbers)
  })

  it.each<[search: string, query: ContactQuery]>([
    ['415 55', { kind: 'digits', digits: '41555', typed: '415 55' }],
    [' 0049 171 ', { kind: 'digits', digits: '171', typed: '0049 171' }],
    ['jane@example.com', { kind: 'email', email: 'jane@example.com' }],
    [' Jane.Doe+crm@Example.COM\n', { kind: 'email', email: 'jane.doe+crm@example.com' }],
    ['jürgen@müller.example', { kind: 'email', email: 'jürgen@müller.example' }],
    ['Jane', { kind: 'text', text: 'Jane' }],
    ['  Jane   Doe ', { kind: 'text', text: 'Jane Doe' }],
    ['Jane\u00a0Doe', { kind: 'text', text: 'Jane Doe' }],
    ['Zoe\u0308', { kind: 'text', text: 'Zoë' }],
    ['12', { kind: 'text', text: '12' }],
    ['3M', { kind: 'text', text: '3M' }],
    ['jane@', { kind: 'text', text: 'jane@' }],
    ['@example.com', { kind: 'text', text: '@example.com' }],
    ['jane@example', { kind: 'text', text: 'jane@example' }],
    ['jane@example.c', { kind: 'text', text: 'jane@example.c' }],
    ['jane doe@example.com', { kind: 'text', text: 'jane doe@example.com' }],
    ['Flat 4, 415 555 2671', { kind: 'text', text: 'Flat 4, 415 555 2671' }],
    ['half \ud83d a character', { kind: 'text', text: 'half a character' }],
    ['a\u0000b\u0007c', { kind: 'text', text: 'a b c' }],
    ['李小龙', { kind: 'text', text: '李小龙' }],
    ['O’Brien "x" OR 1=1', { kind: 'text', text: 'O’Brien "x" OR 1=1' }],
    ['*', { kind: 'text', text: '*' }],
  ])('%j asks for %j', (search, query) => {
    expect(readQuery(search, 'US')).toEqual(query)
  })

  it('is read whatever it is, and holds nothing that breaks a CRM’s parser by itself', () => {
    fc.assert(
      fc.property(hostileText(500), fc.constantFrom('US', 'DE', 'BR', 'ZZ', ''), (search, region) => {
        const query = readQuery(search, region)
        if (query === null) return
        const told = query.kind === 'phone' ? query.numbers.flatMap(Object.values).join() : Object.values(query).join()
        expect(told.isWellFormed()).toBe(true)
        expect(told).not.toMatch(/[\p{Cc}\p{Cf}]/u)
        if (query.kind === 'phone') {
          for (const { e164, national } of query.numbers) {
            expect(e164).toMatch(/^\+[1-9]\d{3,17}$/)
            expect(national).toMatch(/^\d+$/)
            expect(e164.endsWith(national)).toBe(true)
          }
        }
        if (query.kind === 'digits') expect(query.digits).toMatch(/^\d{1,20}$/)
      }),
      steady(2_000),
    )
  })
})

describe('the name of a question', () => {
  const name = (search: string, region = 'US') => nameOf(readQuery(search, region))

  it.each([
    ['', '  '],
    ['Jane Doe', '  jane   DOE '],
    ['Zoë', 'Zoe\u0308'],
    ['jane@example.com', ' Jane@Example.com'],
    ['(415) 555-2671', '+1 415.555.2671'],
    ['415-555-2671 x12', '+14155552671'],
  ])('is the same for %j and %j, which mean the same', (one, other) => {
    expect(name(one)).toBe(name(other))
  })

  it('is another for whatever means something else', () => {
    const searches = [
      '',
      'all',
      'Jane',
      'Janet',
      'text jane',
      '415',
      '+1415',
      '4155',
      '0415',
      '4155552671',
      '+491712345678',
      'jane@example.com',
      'email jane@example.com',
    ]
    expect(new Set(searches.map((search) => name(search))).size).toBe(searches.length)
    expect(name('0301234567', 'DE')).not.toBe(name('0301234567', 'NL'))
  })
})
