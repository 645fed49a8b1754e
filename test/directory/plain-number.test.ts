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
import { hostileText, steady } from '../support/properties.ts'

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
  (digits) => `(${digits.slice(0, 3)}) ${digits.slice(3)} x123`,
  (digits) => `${digits.slice(0, 3)}-${digits.slice(3)} x 45`,
  (digits) => `${digits}x123`,
  (digits) => `${digits}, Ext: 12`,
  (digits) => `0${digits} extension 12`,
  (digits) => `${digits} extn 12 (office)`,
  (digits) => `${digits} #12`,
  (digits, country) => `+${getCountryCallingCode(country)}-${digits};ext=123`,
  (digits, country) => `(+${getCountryCallingCode(country)} ${digits.slice(0, 3)}) ${digits.slice(3)}`,
  (digits, country) => `(+${getCountryCallingCode(country)}) ${digits.slice(0, 2)} ${digits.slice(2)}`,
  (digits, country) => `(+${getCountryCallingCode(country)} ${digits})`,
  (digits, country) => `'+${getCountryCallingCode(country)} ${digits}`,
  (digits, country) => `Mob: +${getCountryCallingCode(country)} ${digits}`,
  (digits, country) => `tel:+${getCountryCallingCode(country)}${digits}`,
  (digits) => `Tel. 0${digits.slice(0, 2)}/${digits.slice(2)}`,
  (digits, country) => `+${getCountryCallingCode(country)} ${digits} (mobile)`,
  (digits, country) => `+${getCountryCallingCode(country)} ${digits} / 0${digits}`,
  (digits, country) => `+${getCountryCallingCode(country)} ${digits} / +${getCountryCallingCode(country)} ${digits}`,
  (digits, country) => `+${getCountryCallingCode(country)}${digits}, +${getCountryCallingCode(country)}${digits}`,
  (digits) => `0${digits} or 0${digits.slice(0, 2)} ${digits.slice(2)}`,
  // What is dialled at home in place of something else, or with a carrier.
  (digits) => `${digits.slice(-10, -8)} 15-${digits.slice(-8)}`,
  (digits) => `0${digits.slice(-10, -8)} 15-${digits.slice(-8)}`,
  (digits, country) => `+${getCountryCallingCode(country)} ${digits.slice(1, -8)}15${digits.slice(-8)}`,
  (digits) => `0 21 ${digits}`,
  (digits) => digits.slice(-7),
  (digits) => digits.slice(-6),
]

type Told = string | undefined
type Number = { readonly number: string; readonly nationalNumber: string; isPossible(): boolean; isValid(): boolean }
const none = 'none'
const told = (number: Number): Told =>
  `${number.number} national ${number.nationalNumber} possible ${number.isPossible()} valid ${number.isValid()}`
/** Undefined where only the library can tell. */
const here = (text: string, region?: CountryCode): Told => {
  const number = readPlainNumber(text, region)
  return number?.number === '' && !number.isPossible() && !number.isValid() ? none : number && told(number)
}
const byLibrary = (text: string, region?: CountryCode): Told => {
  const number = parsePhoneNumberFromString(text, region)
  return number === undefined ? none : told(number)
}
const anywhere = fc.option(fc.constantFrom(...countries), { nil: undefined })
/** What people put around a number, and what looks like it. */
const around = fc
  .array(
    fc.oneof(
      fc.constantFrom(...'0123456789+()[]-./,;:#~x"\'\\ \t\u00a0\u2011\u00e9\uff12\u00b2\u0663'),
      fc.constantFrom(
        'ext',
        'ext. ',
        'extn',
        'extension',
        'xt',
        'int',
        'Tel. ',
        'tel:',
        ';ext=',
        ';isub=',
        '00',
        '12',
        '123456789',
      ),
      hostileText(6),
    ),
    { maxLength: 4 },
  )
  .map((signs) => signs.join(''))

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
      fc.property(number, anywhere, (text, region) => {
        const answer = here(text, region)
        if (answer !== undefined) expect(answer).toBe(byLibrary(text, region))
      }),
      steady(10_000),
    )
  })

  it('with anything around it', () => {
    const text = fc
      .tuple(
        around,
        fc.constantFrom(...countries),
        fc.constantFrom(...writings),
        around,
        fc.constantFrom('', '', ' +49 30 1', ' 2'),
      )
      .map(([before, country, writing, behind, last]) => before + writing(exampleOf(country), country) + behind + last)
    fc.assert(
      fc.property(text, anywhere, (text, region) => {
        const answer = here(text, region)
        if (answer !== undefined) expect(answer, `${text} in ${region}`).toBe(byLibrary(text, region))
      }),
      steady(20_000),
    )
  })

  it.each([
    '',
    '+',
    '0',
    'n/a',
    'ask at the desk',
    'call after 5',
    '1'.repeat(64),
    '030 1234567 / 0171 1234567',
    '+1 415 555 2671, +1 415 555 2672',
    '415 555 2671 x12 x13',
  ])('nor is there any in %j', (text) => {
    expect(here(text, 'DE')).toBe(none)
    expect(byLibrary(text, 'DE')).toBe(none)
  })

  it.each([
    '12',
    '+999 123 456',
    '+0447781123456',
    '+ (0)918123456789',
    '++49 30 901820',
    '1'.repeat(65),
    '+49 30 90,1820',
    '415 555-2671#',
    '415 555 2671; 415 555 2672',
    '415 555 2671;phone-context=+1',
    ';phone-context=+1415 555 2671',
    '\\u0030 301 820',
    '415 555 2671 [2]',
    'Büro: 030 901820',
    '030 901820 (Büro)',
    '٠٣٠٩٠١٨٢٠',
  ])('which alone can tell what %j is', (text) => expect(here(text, 'DE')).toBeUndefined())
})

it('the library is asked for next to none', () => {
  const asked = countries.flatMap((country) =>
    writings.flatMap((writing) => (here(writing(exampleOf(country), country), country) === undefined ? [country] : [])),
  )
  expect(asked.length).toBeLessThan((countries.length * writings.length) / 50)
})
