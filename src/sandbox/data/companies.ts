// The companies of the sandbox, each a pure function of the seed and its position.

import { COUNTRIES, type CountryCode } from './countries.ts'
import { writePhone } from './phone-writing.ts'
import { phoneNumber } from './phones.ts'
import { mix, Random } from './random.ts'

/** A company, before a CRM gives it ids and property names. Times are epoch milliseconds. */
export interface Company {
  readonly position: number
  readonly name: string
  readonly domain: string | null
  readonly phone: string | null
  readonly country: CountryCode
  readonly city: string
  readonly industry: string
  readonly createdAt: number
  readonly updatedAt: number
}

const FIRST_WORDS =
  'Nordwind Acme Blue Harbour Café Montaña Sol Kaiser Lotus Granite Fjord Pampa Atlas Juniper Zephyr Rivière Kobalt Mango Ростов 东方'.split(
    ' ',
  )
const SECOND_WORDS = [
  'Logistics',
  'Foods',
  'Software',
  'Textiles',
  'Robotics',
  'Travel',
  'Energy',
  'Dental',
  'Publishing',
  'Studio',
  '& Söhne',
  'Farms',
  'Optics',
  'Insurance',
]
const LEGAL_FORMS = ['', '', '', ' GmbH', ' Ltd', ' Inc.', ' S.A.', ' Ltda.', ' Pvt. Ltd.', ' AG', ' SARL']
const INDUSTRIES = [
  'COMPUTER_SOFTWARE',
  'LOGISTICS_AND_SUPPLY_CHAIN',
  'FOOD_PRODUCTION',
  'TEXTILES',
  'RENEWABLES_ENVIRONMENT',
  'PUBLISHING',
]
const EPOCH = Date.UTC(2014, 0, 6)
const HOUR = 3_600_000

/** How many companies go with so many people. */
export function companyCountFor(people: number): number {
  return people === 0 ? 0 : Math.max(5, Math.ceil(people / 6))
}

/** The company at a position; the same seed and position always give the same one. */
export function companyAt(seed: number, position: number): Company {
  const random = new Random(mix(seed, position, 0xc0))
  const country = random.pick(COUNTRIES)
  const words = `${random.pick(FIRST_WORDS)} ${random.pick(SECOND_WORDS)}`
  // A few names that have broken screens before: markup, quotes, a name that is only a number.
  const name =
    position % 50 === 17 ? `${words} <b>"Best"</b> & Co.` : position % 50 === 33 ? '1904' : `${words}${random.pick(LEGAL_FORMS)}`
  const slug =
    words
      .toLowerCase()
      .normalize('NFKD')
      .replace(/[^a-z]+/g, '') || 'company'
  const number = random.chance(0.7) ? phoneNumber(country.code, 'landline', 999_999 - (position % 200_000)) : null
  const createdAt = EPOCH + position * HOUR * 0.4
  return {
    position,
    name,
    domain: random.chance(0.85) ? `${slug}${position + 1}.example.com` : null,
    phone: number === null ? null : writePhone(number, 'spaced'),
    country: country.code,
    city: random.pick(country.cities),
    industry: random.pick(INDUSTRIES),
    createdAt: Math.floor(createdAt),
    updatedAt: Math.floor(createdAt) + random.int(400 * 24) * HOUR,
  }
}
