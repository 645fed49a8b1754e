// One made-up person, as messy as those of real CRMs: a pure function of the seed and a position.

import { companyAt } from './companies.ts'
import { COUNTRIES, type Country, type CountryCode, countryOf } from './countries.ts'
import { namesCountry, WRITINGS, type Writing, writePhone } from './phone-writing.ts'
import { NUMBERS_PER_PLAN, type PhoneNumber, phoneNumber, twinNumber } from './phones.ts'
import { mix, Random } from './random.ts'

/** A phone as typed, with the number that was meant; `number` is null when it isn't a number at all. */
export interface TypedPhone {
  readonly written: string
  readonly number: PhoneNumber | null
  /** Whether the writing itself says which country it is in. */
  readonly namesCountry: boolean
}

/** A person, before a CRM gives them ids and property names. Times are epoch milliseconds. */
export interface Person {
  readonly position: number
  readonly firstName: string | null
  readonly lastName: string | null
  readonly email: string | null
  readonly otherEmails: readonly string[]
  readonly phone: TypedPhone | null
  readonly mobile: TypedPhone | null
  readonly whatsapp: TypedPhone | null
  readonly fax: TypedPhone | null
  /** Where the record says the person lives; most records don't say it twice, many not at all. */
  readonly countryName: string | null
  readonly countryCode: CountryCode | null
  readonly city: string | null
  readonly jobTitle: string | null
  /** The employer as free text, beside or instead of the linked companies. */
  readonly employer: string | null
  /** Positions of the linked companies; at most one is primary, and not always the first. */
  readonly companies: readonly { readonly position: number; readonly primary: boolean }[]
  readonly website: string | null
  readonly linkedIn: string | null
  readonly createdAt: number
  readonly updatedAt: number
}

/** Numbers are shared among neighbours only: so many people in a row. */
export const NEIGHBOURS = 10
/** Oddities come round every so many people. */
export const QUARTER = 100
/** Where in a quarter the two live whose national number is the same in two countries. */
export const TWIN = 40

const EPOCH = Date.UTC(2015, 0, 5)
const MINUTE = 60_000

const JOB_TITLES = [
  'Head of Purchasing',
  'Geschäftsführer',
  'CEO',
  'Sales Manager',
  'Ingénieure',
  'Gerente de compras',
  'Nurse',
  'Бухгалтер',
  '工程师',
  'Owner & founder',
]
const UNREADABLE_PHONES = ['ask Ana', 'n/a', '-', '555', 'see notes', '+', 'unknown', '0']
const COUNTRY_WEIGHTS = [30, 14, 12, 8, 8, 8, 7, 6, 4, 3]
const COUNTRY_WHEEL = COUNTRIES.flatMap((country, i) => Array.from({ length: COUNTRY_WEIGHTS[i] ?? 1 }, () => country))
const MARKUP_FIRST_NAME = '<script>alert("first")</script>'
const MARKUP_LAST_NAME = '"><img src=x onerror=alert(1)>'
const LONG_NAME = `Wolfeschlegelsteinhausenbergerdorff ${'de la Santísima Trinidad '.repeat(14)}y Fuentes`

/** The person at a position; the same seed, position and number of companies always give the same one. */
export function personAt(seed: number, position: number, companyCount: number): Person {
  const random = new Random(mix(seed, position, 0x9e))
  const oddity = position % QUARTER
  const country = homeOf(seed, position)
  const firstName = random.pick(country.firstNames)
  const lastName = random.pick(country.lastNames)
  const person = {
    position,
    ...nameOf(oddity, firstName, lastName),
    ...emailsOf(random, oddity, position, firstName, lastName),
    ...phonesOf(random, seed, position, country),
    ...workOf(random, seed, oddity, companyCount),
    ...linksOf(random, oddity, firstName, lastName, position),
    ...placeOf(random, country),
    ...timesOf(random, position),
  }
  // A record that only has an address, and one that has nothing at all: both exist in every CRM.
  if (oddity === 23) return { ...person, ...NOTHING, email: person.email ?? `info${position + 1}@example.org` }
  if (position % 500 === 333) return { ...person, ...NOTHING }
  return person
}

const NOTHING = {
  firstName: null,
  lastName: null,
  email: null,
  otherEmails: [],
  phone: null,
  mobile: null,
  whatsapp: null,
  fax: null,
  countryName: null,
  countryCode: null,
  city: null,
  jobTitle: null,
  employer: null,
  companies: [],
  website: null,
  linkedIn: null,
} as const satisfies Partial<Person>

// The country of whoever owns the number decides what it looks like, so it has to follow from the position alone.
function homeOf(seed: number, position: number): Country {
  const oddity = position % QUARTER
  if (oddity === TWIN) return countryOf('US')
  if (oddity === TWIN + 1) return countryOf('MX')
  return COUNTRY_WHEEL[mix(seed, position, 0x40) % COUNTRY_WHEEL.length] as Country
}

function nameOf(oddity: number, firstName: string, lastName: string): Pick<Person, 'firstName' | 'lastName'> {
  switch (oddity) {
    case 9:
    case 34:
    case 84:
      return { firstName, lastName: null }
    case 11:
    case 51:
      return { firstName: null, lastName: null }
    case 66:
      return { firstName: null, lastName }
    case 19:
      return { firstName: `  ${firstName} `, lastName: ` ${lastName}  ` }
    case 31:
      return { firstName: MARKUP_FIRST_NAME, lastName: MARKUP_LAST_NAME }
    case 37:
      return { firstName: `🌟 ${firstName} 👩‍🚀`, lastName: '🇧🇷' }
    case 58:
      return { firstName: 'ليلى', lastName: 'العلي' }
    case 77:
      return { firstName: LONG_NAME, lastName }
    case 92:
      return { firstName: firstName.toUpperCase(), lastName: lastName.toUpperCase() }
    case 95:
      return { firstName: "Robert'); DROP TABLE contacts;--", lastName: '%_\\' }
    default:
      return { firstName, lastName }
  }
}

// Each address ends in the person's number before the `@`, which is also the way back from an address to its owner.
function emailsOf(random: Random, oddity: number, position: number, firstName: string, lastName: string) {
  const number = position + 1
  const name = [asciiSlug(firstName), asciiSlug(lastName)].filter((part) => part !== '').join('.') || 'contact'
  const domain = random.pick(['example.com', 'example.org', 'example.net', 'mail.example.com'])
  const address = `${name}${number}@${domain}`
  const email = random.chance(0.82) ? (oddity === 92 ? address.toUpperCase() : address) : null
  const otherEmails = email !== null && random.chance(0.12) ? [`${name}.private${number}@example.net`] : []
  if (otherEmails.length > 0 && random.chance(0.3)) otherEmails.push(`${name}.old${number}@example.org`)
  return { email, otherEmails }
}

function phonesOf(
  random: Random,
  seed: number,
  position: number,
  country: Country,
): Pick<Person, 'phone' | 'mobile' | 'whatsapp' | 'fax'> {
  const neighbourhood = Math.floor(position / NEIGHBOURS)
  const first = neighbourhood * NEIGHBOURS
  const slot = position - first
  const oddity = position % QUARTER
  const typed = (number: PhoneNumber, writing: Writing): TypedPhone => ({
    written: writePhone(number, writing),
    number,
    namesCountry: namesCountry(writing),
  })
  if (oddity === TWIN || oddity === TWIN + 1) {
    const number = twinNumber(oddity === TWIN ? 'US' : 'MX', Math.floor(position / QUARTER))
    return { phone: typed(number, oddity === TWIN ? 'brackets' : 'spaced'), mobile: null, whatsapp: null, fax: null }
  }

  // Three colleagues behind one front desk, two people with one mobile: each writes the number in their own way.
  const desk = neighbourhood % 5 === 1 && slot >= 3 && slot <= 5 ? first + 3 : position
  const couple = neighbourhood % 7 === 3 && (slot === 6 || slot === 7) ? first + 6 : position
  const landline = phoneNumber(homeOf(seed, desk).code, 'landline', desk)
  const mobile = phoneNumber(homeOf(seed, couple).code, 'mobile', couple)
  const unreadable: TypedPhone = { written: random.pick(UNREADABLE_PHONES), number: null, namesCountry: false }

  const hasLandline = desk !== position || random.chance(0.6)
  const hasMobile = couple !== position || random.chance(0.65)
  const phone = oddity % 30 === 14 ? unreadable : hasLandline ? typed(landline, random.pick(WRITINGS)) : null
  const mobilePhone = oddity === 45 ? unreadable : hasMobile ? typed(mobile, random.pick(WRITINGS)) : null
  const whatsapp = hasMobile && random.chance(0.3) ? typed(mobile, 'e164') : null
  const fax = random.chance(0.06)
    ? typed(phoneNumber(country.code, 'landline', NUMBERS_PER_PLAN - 1 - position), 'national')
    : null
  return { phone, mobile: mobilePhone, whatsapp, fax }
}

function workOf(
  random: Random,
  seed: number,
  oddity: number,
  companyCount: number,
): Pick<Person, 'jobTitle' | 'employer' | 'companies'> {
  const jobTitle = random.chance(0.55) ? random.pick(JOB_TITLES) : null
  const home = companyCount === 0 ? 0 : random.int(companyCount)
  if (oddity === 27) return { jobTitle: jobTitle ?? 'CEO', employer: null, companies: [] }
  if (companyCount === 0 || oddity === 12) return { jobTitle, employer: 'Self-employed (Ana’s bakery)', companies: [] }
  if (oddity === 5 || oddity === 55 || oddity === 73) {
    const positions = [home, (home + 1) % companyCount, (home + 2) % companyCount]
    const primary = oddity === 55 ? 1 : 0
    return { jobTitle, employer: null, companies: positions.map((position, i) => ({ position, primary: i === primary })) }
  }
  // Linked, but nobody said which company is the primary one.
  if (oddity === 88) return { jobTitle, employer: null, companies: [{ position: home, primary: false }] }
  if (random.chance(0.6)) {
    const employer = random.chance(0.5) ? companyAt(seed, home).name : null
    return { jobTitle, employer, companies: [{ position: home, primary: true }] }
  }
  return { jobTitle, employer: random.chance(0.35) ? companyAt(seed, home).name : null, companies: [] }
}

function linksOf(
  random: Random,
  oddity: number,
  firstName: string,
  lastName: string,
  position: number,
): Pick<Person, 'website' | 'linkedIn'> {
  const slug = asciiSlug(`${firstName}${lastName}`) || 'contact'
  const linkedIn = random.chance(0.15) ? `https://www.linkedin.com/in/${slug}-${position + 1}` : null
  if (oddity === 29) return { website: 'javascript:alert(document.domain)', linkedIn }
  if (oddity === 62) return { website: 'not a website', linkedIn }
  if (!random.chance(0.2)) return { website: null, linkedIn }
  const host = `${slug}.example.com`
  return { website: random.pick([`https://${host}/`, host, `www.${host}/about?x=1&y=2`, `http://${host}`]), linkedIn }
}

function placeOf(random: Random, country: Country): Pick<Person, 'countryName' | 'countryCode' | 'city'> {
  const says = random.pick(['both', 'name', 'code', 'nothing', 'nothing'])
  return {
    countryName: says === 'both' || says === 'name' ? country.name : null,
    countryCode: says === 'both' || says === 'code' ? country.code : null,
    city: random.chance(0.4) ? random.pick(country.cities) : null,
  }
}

// Newer records have higher positions, as in a CRM that numbers its records.
function timesOf(random: Random, position: number): Pick<Person, 'createdAt' | 'updatedAt'> {
  const createdAt = EPOCH + position * 5 * MINUTE + random.int(5 * MINUTE)
  return { createdAt, updatedAt: createdAt + random.int(400 * 24 * 60) * MINUTE }
}

function asciiSlug(name: string): string {
  return name
    .toLowerCase()
    .replace(/ß/g, 'ss')
    .normalize('NFKD')
    .replace(/[^a-z]+/g, '')
}
