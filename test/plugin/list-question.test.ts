import { describe, expect, it } from 'vitest'
import { BridgeError } from '../../src/errors.ts'
import { readListQuestion } from '../../src/plugin/list-question.ts'

const token = 'A'.repeat(40)

function refusal(query: Record<string, unknown>): unknown {
  try {
    return readListQuestion(query)
  } catch (error) {
    return error instanceof BridgeError ? error.code : error
  }
}

describe('the question in a query string', () => {
  it('is, without anything, the first hundred of all', () => {
    expect(readListQuestion({})).toEqual({ search: '', limit: 100, token: '' })
  })

  it.each<[string, number]>([
    ['', 100],
    ['1', 1],
    ['99', 99],
    ['100', 100],
    ['101', 100],
    ['5000', 100],
    ['007', 7],
    ['9'.repeat(400), 100],
  ])('limit=%s means %i', (limit, expected) => {
    expect(readListQuestion({ limit })).toMatchObject({ limit: expected })
  })

  it.each(['0', '00', '-1', '+1', '1.5', '1e2', '0x10', 'ten', ' 5', '5 ', 'NaN', 'Infinity', 'null', '٣', '1,2', '1\n'])(
    'limit=%j is refused',
    (limit) => {
      expect(refusal({ limit })).toBe('request_invalid')
    },
  )

  it.each(['next_page_param', 'next_page', 'page', 'pages', 'cursor', 'after', 'offset'])(
    'takes the page token as %s',
    (name) => {
      expect(readListQuestion({ [name]: token, limit: '5', search: 'ana' })).toEqual({ search: 'ana', limit: 5, token })
      expect(readListQuestion({ [name]: '' })).toMatchObject({ token: '' })
    },
  )

  it('takes the page token pasted as the query string', () => {
    expect(readListQuestion({ [token]: '' })).toMatchObject({ token })
    expect(readListQuestion({ [token]: '', limit: '5' })).toMatchObject({ token, limit: 5 })
  })

  it.each<[string, Record<string, string>]>([
    ['a short name', { flag: '' }],
    ['a name with a value', { [token]: 'x' }],
    ['a name that can’t be a token', { [`${'A'.repeat(40)}!`]: '' }],
  ])('takes %s for no token', (_what, query) => {
    expect(readListQuestion(query)).toMatchObject({ token: '' })
  })

  it('takes one token given twice, but not two', () => {
    expect(readListQuestion({ page: token, cursor: token })).toMatchObject({ token })
    expect(readListQuestion({ page: token, cursor: '' })).toMatchObject({ token })
    expect(refusal({ page: token, cursor: 'B'.repeat(40) })).toBe('request_invalid')
    expect(refusal({ page: token, ['B'.repeat(40)]: '' })).toBe('request_invalid')
  })

  it.each(['search', 'limit', 'next_page_param', 'page', 'offset'])('refuses %s given more than once', (name) => {
    expect(refusal({ [name]: ['1', '2'] })).toBe('request_invalid')
    expect(refusal({ [name]: [] })).toBe('request_invalid')
  })

  it('refuses a search longer than any name', () => {
    expect(readListQuestion({ search: 'a'.repeat(500) }).search).toHaveLength(500)
    expect(refusal({ search: 'a'.repeat(501) })).toBe('request_invalid')
  })

  it('isn’t led astray by names that objects have', () => {
    expect(readListQuestion({ constructor: 'x', toString: 'y', __proto__: { search: 'z' } })).toMatchObject({
      search: '',
      token: '',
    })
  })
})
