import { getCountries } from 'libphonenumber-js/min'
import { describe, expect, it } from 'vitest'
import { readCountry } from '../../src/directory/country.ts'

describe('a country', () => {
  it('is known by its code, in any case', () => {
    for (const code of getCountries()) {
      expect(readCountry(code)).toBe(code)
      expect(readCountry(` ${code.toLowerCase()} `)).toBe(code)
    }
  })

  it('is known by its English name, also without accents and signs', () => {
    const names = new Intl.DisplayNames('en', { type: 'region' })
    for (const code of getCountries()) {
      const name = names.of(code) ?? ''
      expect(readCountry(name), name).toBe(code)
      const plain = name.normalize('NFD').replace(/\p{M}/gu, '').replace('&', 'and').replace(/^St\./, 'Saint').replace('’', "'")
      expect(readCountry(plain.toUpperCase()), plain).toBe(code)
    }
  })

  it.each([
    ['Bolivia, Plurinational State of', 'BO'],
    ['Iran, Islamic Republic of', 'IR'],
    ['Korea, Republic of', 'KR'],
    ["Korea, Democratic People's Republic of", 'KP'],
    ['Congo', 'CG'],
    ['Congo, the Democratic Republic of the', 'CD'],
    ["Lao People's Democratic Republic", 'LA'],
    ['Tanzania, United Republic of', 'TZ'],
    ['Holy See (Vatican City State)', 'VA'],
    ['Bahamas, The', 'BS'],
    ['The Gambia', 'GM'],
    ['Myanmar', 'MM'],
    ['Burma (Myanmar)', 'MM'],
    ['U.S. Virgin Islands', 'VI'],
    ['Saint Vincent and the Grenadines', 'VC'],
  ])('is known by a CRM’s name for it: %s', (name, code) => {
    expect(readCountry(name)).toBe(code)
  })

  it.each(['(', 'the ', 'st', ' ', ',', '́', 'a'])(
    'is none, which is known before the test’s time is over: %j again and again',
    (piece) => {
      expect(readCountry(piece.repeat(300_000))).toBeNull()
    },
  )

  it.each([
    '',
    ' ',
    'ZZ',
    'XX',
    'Atlantis',
    'EMEA',
    'n/a',
    '49',
    'constructor',
    '__proto__',
    'hasOwnProperty',
    ',',
    '()',
    'G'.repeat(10_000),
  ])('is none: %j', (text) => {
    expect(readCountry(text)).toBeNull()
  })
})
