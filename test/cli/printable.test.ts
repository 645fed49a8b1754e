/** What reaches a terminal: never what steers it. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { printable, printableJson } from '../../src/cli/printable.ts'

it('leaves text of any script as it is', () => {
  for (const text of ['Ана Ivanović', '田中', 'فارسی\u200cها', '👩‍👩‍👧', 'a\\b “c”']) expect(printable(text)).toBe(text)
})

it('has no character that steers a terminal, whatever comes in', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 50 }), (text) => {
      expect(printable(text)).not.toMatch(/[\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069]/u)
    }),
  )
})

it('JSON stays the same JSON', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const json = JSON.stringify({ value, steering: '\u001b]0;\u009b\u202e\u007f' })
      expect(JSON.parse(printableJson(json))).toEqual(JSON.parse(json))
      expect(printableJson(json)).not.toMatch(/[\p{Cc}\u202e]/u)
    }),
  )
})
