/** Expressions of digits match what regular expressions do. */
import fc from 'fast-check'
import { type CountryCode, getCountries, Metadata } from 'libphonenumber-js/min'
import { describe, expect, it } from 'vitest'
import { DigitPatterns } from '../../src/directory/digit-patterns.ts'
import { DigitPrefix } from '../../src/directory/digit-prefix.ts'
import { steady } from '../support/properties.ts'

type Numbering = {
  nationalNumberPattern(): string
  nationalPrefixForParsing(): string | undefined
  IDDPrefix(): string | undefined
  type(name: string): { pattern(): string } | undefined
}
const numberingOf = (country: CountryCode): Numbering => {
  const metadata = new Metadata()
  metadata.selectNumberingPlan(country)
  return metadata.numberingPlan as unknown as Numbering
}

const matches = (patterns: DigitPatterns, text: string): number => {
  const digits = Buffer.from(`99${text}9`)
  return patterns.match(digits, 2, digits.length - 1)
}

describe('patterns', () => {
  it.each<[string, string[], string[]]>([
    ['12', ['12'], ['', '1', '123', '2']],
    ['1?2', ['2', '12'], ['1', '112']],
    ['\\d{2,3}', ['00', '999'], ['0', '0000']],
    ['[2-57]{2}', ['25', '77'], ['26', '7']],
    ['1(?:2|34)5', ['125', '1345'], ['135', '15']],
    ['(1|2)*3', ['3', '1213'], ['12', '33']],
    ['(?:12)\\d*', ['12', '1299'], ['1', '22']],
    ['', [''], ['1']],
    ['1{0}2', ['2'], ['12']],
    ['(?:1?2?)*3', ['3', '12213'], ['', '4']],
  ])('%s', (pattern, those, others) => {
    const patterns = new DigitPatterns([pattern])
    for (const text of those) expect(matches(patterns, text), text).toBe(1)
    for (const text of others) expect(matches(patterns, text), text).toBe(0)
  })

  it.each(['a', '1+', '1{2,}', '[^1]', '(1', '1)', '(?=1)', '.', '1|*'])('%s is none of these', (pattern) => {
    expect(() => matches(new DigitPatterns([pattern]), '1')).toThrow(SyntaxError)
  })

  it('of every country are told apart at once', () => {
    const types = ['FIXED_LINE', 'MOBILE', 'TOLL_FREE', 'VOIP']
    const digits = fc.array(fc.nat(9), { minLength: 3, maxLength: 13 }).map((all) => all.join(''))
    for (const country of getCountries()) {
      const numbering = numberingOf(country)
      const sources = [numbering.nationalNumberPattern(), ...types.flatMap((type) => numbering.type(type)?.pattern() || [])]
      const patterns = new DigitPatterns(sources)
      const expressions = sources.map((source) => new RegExp(`^(?:${source})$`))
      fc.assert(
        fc.property(digits, (text) => {
          expect(matches(patterns, text)).toBe(
            expressions.reduce((bits, one, index) => bits | (Number(one.test(text)) << index), 0),
          )
        }),
        steady(50),
      )
    }
  })
})

describe('a prefix', () => {
  it.each<[string | undefined, string, number, instead?: string]>([
    [undefined, '049', 0],
    ['', '049', 0],
    ['0', '049', 1],
    ['0', '49', 0],
    ['06', '0', 0],
    ['00|99', '994', 2],
    ['0(?:0|11)', '0114', 3],
    ['(15\\d)|0', '0', 1],
    ['(15\\d)|0', '1514', 3],
    ['(15\\d)|0', '1514', -1, '7$1'],
    ['(15\\d)|0', '0', 1, '7$1'],
  ])('%s takes of %s so many digits: %s', (pattern, text, length, instead) => {
    expect(new DigitPrefix(pattern, instead).lengthIn(Buffer.from(`0${text}0`), 1, 1 + text.length)).toBe(length)
  })

  it.each([
    ['0?(?:(11|341)15)?', '9$1', '011151234', '9111234'],
    ['([2-9]\\d{6})$|1', '242$1', '3591234', '2423591234'],
    ['0', '9', '049', '049'],
    [undefined, '', '049', '049'],
  ])('%s with %s in its place makes of %s %s', (pattern, instead, digits, rewritten) => {
    expect(new DigitPrefix(pattern, instead).rewrite(digits)).toBe(rewritten)
  })

  it('of every country is read', () => {
    for (const country of getCountries())
      for (const pattern of [numberingOf(country).nationalPrefixForParsing(), numberingOf(country).IDDPrefix()])
        expect(new DigitPrefix(pattern).lengthIn(Buffer.from('5'), 0, 1)).toBeLessThanOrEqual(1)
  })
})
