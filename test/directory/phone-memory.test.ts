/** Numbers once read are remembered as they were typed: what is remembered is what reading anew would give. */
import * as library from 'libphonenumber-js/min'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { readCountry } from '../../src/directory/country.ts'
import { phoneReader, toE164 } from '../../src/directory/phone.ts'

vi.mock('libphonenumber-js/min', async (original) => {
  const real = await original<typeof library>()
  return { ...real, parsePhoneNumberFromString: vi.fn(real.parsePhoneNumberFromString) }
})
const parse = vi.mocked(library.parsePhoneNumberFromString)
beforeEach(() => void parse.mockClear())

const read = (typed: string, region: string, country?: string | null) => phoneReader(region)(typed, country)

/** What a number is without any memory. */
function anew(typed: string, region: string, country?: string | null): string | null {
  const where = (country && readCountry(country)) || readCountry(region) || undefined
  return toE164(typed, where) ?? (typed.trim() || null)
}

describe('a number that was read before', () => {
  const regions = ['US', 'DE', 'AT', 'GB', 'FR', 'IT', 'BR', 'ZZ']
  const countries = [undefined, null, '', ' ', 'DE', 'de', 'Germany', 'Austria', 'US', 'United States', 'United', 'Atlantis']
  const numbers = ['030 901820', '(415) 555-2671', '+49 30 901820', '0049 30 901820', '06 12 34 56 78', '12345', 'n/a', ' ', '\t']
  const all = regions.flatMap((region) =>
    countries.flatMap((country) => numbers.map((typed) => [typed, region, country] as const)),
  )

  it('is what it would be without memory, whatever was read before it, in whatever country', () => {
    for (const order of [all, all.toReversed(), all])
      for (const [typed, region, country] of order)
        expect(read(typed, region, country), JSON.stringify([typed, region, country])).toBe(anew(typed, region, country))
  })

  it.each<[what: string, first: [string, string, string], then: [string, string, string]]>([
    ['a country that ends as a number begins', ['901821', 'US', 'DE 030'], ['030 901821', 'US', 'DE']],
    ['a number that begins as a country ends', ['030 901822', 'US', 'DE'], ['901822', 'US', 'DE 030']],
    ['half the name of a country', ['States 415 555 2672', 'DE', 'United'], ['415 555 2672', 'DE', 'United States']],
    ['a country in the number', ['DE 030 901823', 'US', ''], ['030 901823', 'US', ' DE']],
  ])('isn’t taken for another: %s', (_what, first, then) => {
    expect(read(...first)).toBe(anew(...first))
    expect(read(...then)).toBe(anew(...then))
  })

  it('isn’t read again', () => {
    for (const typed of ['030 905551', 'ask at the desk']) {
      parse.mockClear()
      const first = read(typed, 'DE')
      expect(parse).toHaveBeenCalled()
      parse.mockClear()
      expect(read(typed, 'DE')).toBe(first)
      expect(parse).not.toHaveBeenCalled()
    }
  })

  it.each(['', ' ', '\t\n', '\u00a0'])('is nothing, again and again, where only blanks were typed: %j', (typed) => {
    for (let times = 0; times < 3; times += 1) expect(read(typed, 'DE')).toBeNull()
  })

  it.each<[what: string, typed: string, country: string]>([
    ['number', `030 905552 ${'or ask at the desk '.repeat(50)}`, 'DE'],
    ['country', '030 905553', `Germany${' '.repeat(5_000)}`],
  ])('isn’t kept where the %s is long: a CRM’s fields hold anything', (_what, typed, country) => {
    const first = read(typed, 'US', country)
    parse.mockClear()
    expect(read(typed, 'US', country)).toBe(first)
    expect(parse).toHaveBeenCalled()
  })
})
