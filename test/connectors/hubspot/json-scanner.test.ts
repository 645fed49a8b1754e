/** What is read by places is what parsing would give, and what isn't JSON is refused. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { end, JsonScanner, Members } from '../../../src/connectors/hubspot/json-scanner.ts'
import { hostileText, steady } from '../../support/properties.ts'

/** An object's members that are looked for, as the scanner goes over them. */
function read(text: string, members = new Members(['a', 'b', 'c'])): Record<string, unknown> {
  const found: Record<string, unknown> = {}
  const scanner = new JsonScanner(Buffer.from(text))
  scanner.begin(members)
  for (let member = scanner.next(members); member !== end; member = scanner.next(members)) {
    if (member < 0) scanner.skip()
    else found[members.names[member] ?? ''] = scanner.value()
  }
  scanner.finish()
  return found
}

const name = fc.oneof(fc.constantFrom('a', 'b', 'c', 'd', 'x"', '\\', 'ä', ''), hostileText(5))
const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { maxDepth: 3 },
    fc.constant(null),
    fc.boolean(),
    fc.double({ noNaN: true }),
    hostileText(20),
    tie('list'),
    tie('object'),
  ),
  list: fc.array(tie('any'), { maxLength: 4 }),
  object: fc.dictionary(name, tie('any'), { maxKeys: 4 }),
})).any
const object = fc.array(fc.tuple(name, value), { maxLength: 8 }).map((entries) => Object.fromEntries(entries))
const space = fc.constantFrom(undefined, 1, '\t', '\r\n ')

describe('the members of an object', () => {
  it('are those that parsing gives, however it is written', () => {
    // One kind of object for all of them: what was learned of one must not be taken for what stands in another.
    const members = new Members(['a', 'b', 'c'])
    fc.assert(
      fc.property(object, space, (written, indent) => {
        const { a, b, c } = JSON.parse(JSON.stringify(written))
        const expected = JSON.parse(JSON.stringify({ a, b, c }))
        expect(read(JSON.stringify(written, null, indent), members)).toEqual(expected)
      }),
      steady(2_000),
    )
  })

  it('are found again where some are left out, in another order, or written by names that are escaped', () => {
    const members = new Members(['a', 'b', 'c'])
    const written = [
      '{"a":1,"b":2,"c":3}',
      '{"a":1,"c":3}',
      '{"c":3,"a":1}',
      '{}',
      '{"b":2}',
      '{"\\u0061":1,"b" : 2}',
      '{"a":1,"b":2,"c":3}',
    ]
    for (const text of [...written, ...written]) expect(read(text, members)).toEqual(JSON.parse(text))
  })

  it('come as the last of their name, where they come twice', () => {
    expect(read('{"a":1,"a":2}')).toEqual({ a: 2 })
  })

  it('are bounded in what is remembered of them, not in how many there are', () => {
    const members = new Members(['a'])
    const many = Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [`other ${index}`, index]))
    expect(read(JSON.stringify({ ...many, a: 1 }), members)).toEqual({ a: 1 })
    expect(members.gaps.length).toBeLessThanOrEqual(100)
  })
})

describe('what isn’t JSON', () => {
  const broken = [
    '',
    ' ',
    '{',
    '{"a"',
    '{"a":',
    '{"a":1',
    '{"a":1,',
    '{"a":1,}',
    '{,"a":1}',
    '{"a":1 "b":2}',
    '{"a":1,,"b":2}',
    '{"a" 1}',
    "{'a':1}",
    '{a:1}',
    '{"a":1}}',
    '{"a":1} x',
    '{"a":tru}',
    '{"a":nul}',
    '{"a":01}',
    '{"a":1.}',
    '{"a":+1}',
    '{"a":NaN}',
    '{"a":-}',
    '{"x":01}',
    '{"x":tru}',
    '{"x":[1,]}',
    '{"x":[1 2]}',
    '{"x":{"y":1,}}',
    '{"x":{"y"}}',
    '{"x":"a\nb"}',
    '{"x":"\\q"}',
    '{"x":"\\u12"}',
    '{"x":"abc}',
    '{"x":"abc\\',
    '{"x\ny":1}',
    '{"x":{"y\\q":1}}',
    '[1]',
    '"a"',
    'null',
    '<html>',
  ]

  it.each(broken)('%j is refused', (text) => {
    expect(() => read(text)).toThrow(SyntaxError)
  })

  it('is refused wherever something is lost, doubled or changed', () => {
    const members = new Members(['a', 'b', 'c'])
    const change = fc.record({
      at: fc.nat(200),
      lost: fc.nat(2),
      more: fc.constantFrom('', ',', '"', '}', ']', '{', '\\', 'n', '0', '\u0001'),
    })
    fc.assert(
      fc.property(object, change, (written, { at, lost, more }) => {
        const text = JSON.stringify(written)
        const place = at % (text.length + 1)
        const changed = text.slice(0, place) + more + text.slice(place + lost)
        let isJson = true
        try {
          isJson = typeof JSON.parse(changed) === 'object' && JSON.parse(changed) !== null && !Array.isArray(JSON.parse(changed))
        } catch {
          isJson = false
        }
        if (isJson) read(changed, members)
        else expect(() => read(changed, members), changed).toThrow(SyntaxError)
      }),
      steady(3_000),
    )
  })

  it('of any depth ends in an error, not in the process’s end', () => {
    expect(() => read(`{"x":${'['.repeat(500_000)}`)).toThrow()
  })
})
