// The made-up people: the same for the same seed, as messy as promised, findable by arithmetic, and with numbers that really parse.

import fc from 'fast-check'
import { parsePhoneNumberFromString } from 'libphonenumber-js/max'
import { describe, expect, it } from 'vitest'
import { companyAt, companyCountFor } from '../../src/sandbox/data/companies.ts'
import { COUNTRIES } from '../../src/sandbox/data/countries.ts'
import { createPeople, MAX_PEOPLE } from '../../src/sandbox/data/people.ts'
import type { Person, TypedPhone } from '../../src/sandbox/data/person.ts'
import { readPhone, WRITINGS, writePhone } from '../../src/sandbox/data/phone-writing.ts'
import { phoneNumber } from '../../src/sandbox/data/phones.ts'

const COUNT = 2000
const people = createPeople(1, COUNT, companyCountFor(COUNT))
const everyone = Array.from({ length: COUNT }, (_, position) => people.at(position))
const some = (test: (person: Person) => boolean) => expect(everyone.filter(test).length).toBeGreaterThan(0)
const phonesOf = ({ phone, mobile, whatsapp }: Person): readonly TypedPhone[] =>
  [phone, mobile, whatsapp].filter((typed) => typed !== null)

describe('people', () => {
  it('are the same for the same seed and others for another', () => {
    expect(createPeople(1, COUNT, companyCountFor(COUNT)).at(77)).toEqual(people.at(77))
    const others = createPeople(2, COUNT, companyCountFor(COUNT))
    expect(Array.from({ length: 50 }, (_, i) => others.at(i).email)).not.toEqual(everyone.slice(0, 50).map(({ email }) => email))
  })

  it('stay the same when there are more of them, but for their companies', () => {
    const { companies: _few, employer: _employer, ...inSmall } = people.at(5)
    const { companies: _many, employer: _other, ...inLarge } = createPeople(1, MAX_PEOPLE, companyCountFor(COUNT)).at(5)
    expect(inLarge).toEqual(inSmall)
  })

  it('refuses more than it has numbers for', () => {
    expect(() => createPeople(1, MAX_PEOPLE + 1, 5)).toThrow(RangeError)
    expect(() => createPeople(1, -1, 5)).toThrow(RangeError)
  })

  it('has every kind of mess within two thousand', () => {
    some(({ firstName, lastName, email }) => firstName === null && lastName === null && email !== null)
    some(({ firstName, email, phone, mobile }) => firstName === null && email !== null && phone === null && mobile === null)
    some(({ firstName, lastName, email, phone, mobile }) =>
      [firstName, lastName, email, phone, mobile].every((value) => value === null),
    )
    some(({ firstName, lastName }) => firstName !== null && lastName === null)
    some(({ firstName }) => firstName?.includes('<script>') === true)
    some(({ firstName }) => (firstName?.length ?? 0) > 250)
    some(({ firstName }) => firstName !== null && firstName !== firstName.trim())
    for (const script of [
      /\p{Script=Cyrillic}/u,
      /\p{Script=Han}/u,
      /\p{Script=Arabic}/u,
      /\p{Script=Devanagari}/u,
      /\p{Emoji_Presentation}/u,
      /[äöüé]/,
    ]) {
      some(({ firstName }) => firstName !== null && script.test(firstName))
    }
    some(({ otherEmails }) => otherEmails.length > 1)
    some(({ phone }) => phone !== null && phone.number === null)
    some(
      ({ phone, countryCode, countryName }) =>
        phone?.number != null && !phone.namesCountry && countryCode === null && countryName === null,
    )
    some(({ phone, countryCode }) => phone?.number != null && !phone.namesCountry && countryCode !== null)
    some(({ fax }) => fax !== null)
    some(({ whatsapp }) => whatsapp !== null)
    some(({ companies }) => companies.length === 0)
    some(({ companies }) => companies.length === 3 && companies[0]?.primary === true)
    some(({ companies }) => companies.length === 3 && companies[0]?.primary === false)
    some(({ companies, employer }) => companies.length === 0 && employer !== null)
    some(({ companies, employer, jobTitle }) => companies.length === 0 && employer === null && jobTitle !== null)
    some(({ website }) => website?.startsWith('javascript:') === true)
    some(({ website }) => website !== null && !website.includes(':'))
    some(({ linkedIn }) => linkedIn !== null)
    for (const country of COUNTRIES) some(({ phone }) => phone?.number?.country === country.code)
    for (const mark of ['(', '.', '-', '00', '+', 'ext.', '\u00a0', '(0)'])
      some(({ phone }) => phone?.written.includes(mark) === true)
  })

  it('has numbers that several people share, and national numbers that exist in two countries', () => {
    const owners = new Map<string, Set<number>>()
    const countries = new Map<string, Set<string>>()
    for (const person of everyone) {
      for (const { number } of phonesOf(person)) {
        if (number === null) continue
        owners.set(number.international, (owners.get(number.international) ?? new Set()).add(person.position))
        countries.set(number.national, (countries.get(number.national) ?? new Set()).add(number.country))
      }
    }
    expect([...owners.values()].some((positions) => positions.size >= 3)).toBe(true)
    expect([...countries.values()].some((codes) => codes.size === 2)).toBe(true)
  })

  it('gives each address to one person only', () => {
    const addresses = everyone.flatMap(({ email, otherEmails }) => [email, ...otherEmails]).filter((address) => address !== null)
    expect(new Set(addresses).size).toBe(addresses.length)
    expect(addresses.every((address) => /@([a-z]+\.)?example\.(com|org|net)$/i.test(address))).toBe(true)
  })
})

describe('numbers', () => {
  const plan = fc.record({
    country: fc.constantFrom(...COUNTRIES.map(({ code }) => code)),
    kind: fc.constantFrom('landline' as const, 'mobile' as const),
    serial: fc.integer({ min: 0, max: MAX_PEOPLE - 1 }),
  })

  it('are valid for a phone library, in their own country', () => {
    fc.assert(
      fc.property(plan, ({ country, kind, serial }) => {
        const parsed = parsePhoneNumberFromString(`+${phoneNumber(country, kind, serial).international}`)
        expect(parsed?.isValid()).toBe(true)
        expect(parsed?.country).toBe(country)
      }),
      { numRuns: 2000 },
    )
  })

  it('read back as the number that was meant, in every writing', () => {
    fc.assert(
      fc.property(plan, fc.constantFrom(...WRITINGS), ({ country, kind, serial }, writing) => {
        const number = phoneNumber(country, kind, serial)
        const written = writePhone(number, writing)
        // An international number without `+` or `00` can't be told from a national one by rule alone.
        if (writing === 'bare-international') return
        expect(readPhone(written, country)).toEqual({ national: number.national, international: number.international })
      }),
      { numRuns: 2000 },
    )
  })

  it('lead back to everyone who has them, at any size', () => {
    const all = createPeople(7, MAX_PEOPLE, companyCountFor(MAX_PEOPLE))
    fc.assert(
      fc.property(fc.integer({ min: 0, max: MAX_PEOPLE - 1 }), (position) => {
        const person = all.at(position)
        for (const { written, number } of phonesOf(person)) {
          if (number === null) {
            expect(all.withPhone(written)).toBeNull()
            continue
          }
          for (const asked of [written, number.national, number.international, `+${number.international}`]) {
            expect(all.withPhone(asked)).toContain(position)
            expect(all.withPhone(asked)?.length).toBeLessThan(200)
          }
        }
        for (const address of [person.email, ...person.otherEmails]) {
          if (address !== null) expect(all.withEmail(address)).toEqual([position])
        }
      }),
      { numRuns: 1000 },
    )
  })
})

describe('companies', () => {
  it('are the same for the same seed, and some have markup in their names or no domain', () => {
    const companies = Array.from({ length: 200 }, (_, position) => companyAt(1, position))
    expect(companyAt(1, 17)).toEqual(companies[17])
    expect(companies.some(({ name }) => name.includes('<b>'))).toBe(true)
    expect(companies.some(({ domain }) => domain === null)).toBe(true)
  })
})
