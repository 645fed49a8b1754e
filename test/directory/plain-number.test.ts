/** What is read here is what the library reads, in any country and writing. */
import fc from 'fast-check'
import examples from 'libphonenumber-js/examples.mobile.json' with { type: 'json' }
import {
  type CountryCode,
  getCountries,
  getCountryCallingCode,
  getExampleNumber,
  parsePhoneNumberFromString,
} from 'libphonenumber-js/min'
import { describe, expect, it } from 'vitest'
import { readPlainNumber } from '../../src/directory/plain-number.ts'
import { steady } from '../support/properties.ts'

const countries = getCountries()
const exampleOf = (country: CountryCode): string => getExampleNumber(country, examples)?.nationalNumber ?? ''

/** Ways of writing a country's number, from its national digits. */
const writings: readonly ((digits: string, country: CountryCode) => string)[] = [
  (digits, country) => `+${getCountryCallingCode(country)}${digits}`,
  (digits, country) => `+${getCountryCallingCode(country)} ${digits.slice(0, 3)}-${digits.slice(3)}`,
  (digits, country) => `+${getCountryCallingCode(country)} (0)${digits.slice(0, 2)} ${digits.slice(2)}`,
  (digits, country) => `+${getCountryCallingCode(country)}\u00a0${digits.slice(0, 4)}\u2010${digits.slice(4)}`,
  (digits, country) => `00${getCountryCallingCode(country)} ${digits}`,
  (digits, country) => `${getCountryCallingCode(country)}${digits}`,
  (digits) => digits,
  (digits) => `0${digits}`,
  (digits) => `(${digits.slice(0, 3)}) ${digits.slice(3)}`,
  (digits) => `${digits.slice(0, 4)}.${digits.slice(4)} ext. 12`,
]

type Told = string | undefined
type Number = { readonly number: string; isPossible(): boolean; isValid(): boolean }
const told = (number: Number | undefined): Told =>
  number && `${number.number} possible ${number.isPossible()} valid ${number.isValid()}`
const here = (text: string, region?: CountryCode): Told => told(readPlainNumber(text, region))
const byLibrary = (text: string, region?: CountryCode): Told => told(parsePhoneNumberFromString(text, region))

describe('a number is read as the library reads it', () => {
  it.each(countries)('from %s: every writing, at home and abroad', (country) => {
    const digits = exampleOf(country)
    const regions = [country, 'US', 'DE', 'IT', 'BR', 'KZ', 'GG', 'MX', undefined] as const
    for (const writing of writings)
      for (const region of regions) {
        const text = writing(digits, country)
        const answer = here(text, region)
        if (answer !== undefined) expect(answer, `${text} in ${region}`).toBe(byLibrary(text, region))
      }
  })

  it('with any digits', () => {
    const number = fc
      .record({
        country: fc.constantFrom(...countries),
        changes: fc.array(fc.tuple(fc.nat(14), fc.nat(9)), { maxLength: 8 }),
        cut: fc.integer({ min: -3, max: 0 }),
        more: fc.constantFrom('', '', '0', '77', '123'),
        writing: fc.constantFrom(...writings),
      })
      .map(({ country, changes, cut, more, writing }) => {
        const digits = [...exampleOf(country)]
        for (const [at, digit] of changes) if (at < digits.length) digits[at] = String(digit)
        return writing(digits.slice(0, digits.length + cut).join('') + more, country)
      })
    fc.assert(
      fc.property(number, fc.option(fc.constantFrom(...countries), { nil: undefined }), (text, region) => {
        const answer = here(text, region)
        if (answer !== undefined) expect(answer).toBe(byLibrary(text, region))
      }),
      steady(5_000),
    )
  })

  it.each([
    '',
    '+',
    '0',
    'n/a',
    'ask at the desk',
    '+999 123 456',
    '+0447781123456',
    '+ (0)918123456789',
    '++49 30 901820',
    '1'.repeat(40),
    '+49 30 90,1820',
    '٠٣٠٩٠١٨٢٠',
  ])('which alone can tell what %j is', (text) => expect(here(text, 'DE')).toBeUndefined())
})

it('the library is asked for next to none', () => {
  const asked = countries.flatMap((country) =>
    writings.flatMap((writing) => (here(writing(exampleOf(country), country), country) === undefined ? [country] : [])),
  )
  expect(asked.length).toBeLessThan((countries.length * writings.length) / 50)
})
