/** Reads phone numbers: as people type them into a CRM, into a search box, and as WhatsApp writes them. */
import { AsYouType, type CountryCode, type PhoneNumber, parsePhoneNumberFromString } from 'libphonenumber-js/min'
import { LRUCache } from 'lru-cache'
import type { PhoneReading, ReadPhone } from '../connectors/connector.ts'
import { readCountry } from './country.ts'

/** Reading costs some ten microseconds a number, so numbers once read are kept: a few MB at most. */
const known = new LRUCache<string, string>({ max: 50_000 })

/** Reads with the contact's country, else with `region`. */
export function phoneReader(region: string): ReadPhone {
  const home = readCountry(region) ?? undefined
  return (typed, country) => {
    const text = typed.trim()
    if (text === '') return null
    const where = (country && readCountry(country)) || home
    const name = `${where} ${text}`
    const answer = known.get(name) ?? toE164(text, where) ?? text
    known.set(name, answer)
    return answer
  }
}

/** E.164 of a number typed by a person; null when it can't be read without guessing. @see https://www.itu.int/rec/T-REC-E.164 */
export function toE164(typed: string, region: CountryCode | undefined): string | null {
  return read(typed, region)?.number ?? null
}

/**
 * The readings of a search text that is a whole number: none when it isn't one. Digits alone are ambiguous: `491712345678` can be
 * national or, as WhatsApp writes it, international without a plus.
 */
export function readPhoneQuery(typed: string, region: string): PhoneReading[] {
  if (!looksLikePhone(typed)) return []
  const home = readCountry(region) ?? undefined
  const digits = toDigits(typed)
  const readings = [read(typed, home)]
  if (!isInternational(typed) && digits.length >= 8 && !digits.startsWith('0')) readings.push(read(`+${digits}`, undefined))
  return distinct(readings.filter((number) => number !== undefined))
}

/**
 * The readings of a WhatsApp id: international digits. WhatsApp keeps the old way of writing mobile numbers of some countries, so those
 * also have the way that people and CRMs write them today.
 * @see https://faq.whatsapp.com/1294841057948784 (Mexico and Argentina), ANATEL's ninth digit for Brazil
 */
export function readWhatsAppId(id: string): PhoneReading[] {
  const digits = id.replace(/^\+/, '')
  const spellings = [digits]
  if (/^521\d{10}$/.test(digits)) spellings.push(`52${digits.slice(3)}`)
  if (/^549\d{10}$/.test(digits)) spellings.push(`54${digits.slice(3)}`)
  if (/^55\d{2}[6-9]\d{7}$/.test(digits)) spellings.push(`${digits.slice(0, 4)}9${digits.slice(4)}`)
  return distinct(spellings.map((spelling) => read(`+${spelling}`, undefined)).filter((number) => number !== undefined))
}

/** A part of a number: its digits without country code and trunk prefix as far as those can be told; null when it isn't one. */
export function readPartialPhone(typed: string, region: string): string | null {
  if (!looksLikePhone(typed)) return null
  const digits = toDigits(typed)
  if (digits.length < 3 || digits.length > longestNumber) return null
  const typing = new AsYouType(readCountry(region) ?? undefined)
  typing.input(isInternational(typed) ? `+${digits.replace(/^00/, '')}` : digits)
  const national = typing.getNumber()?.nationalNumber ?? ''
  return national.length >= 3 ? national : digits.replace(/^0+/, '') || null
}

/** E.164's fifteen digits and what is dialled before them. Longer is no number, and no search for one. */
const longestNumber = 20

const looksLikePhone = (typed: string): boolean =>
  /^(tel:)?[\s(]{0,3}\+?[\d\s().\-/]*((x|ext\.?)\s?\d*)?$/i.test(typed) && toDigits(typed) !== ''
const isInternational = (typed: string): boolean => /^(tel:)?[\s(]*(\+|00)/i.test(typed)
const toDigits = (typed: string): string => typed.replace(/(x|ext).*$/i, '').replace(/\D/g, '')

/**
 * A number counts as read when the numbering plan has it, or when it says its country itself and has a possible length: CRMs hold
 * numbers of ranges newer than any metadata. A national number beyond the plan would only be a guess.
 */
function read(typed: string, region: CountryCode | undefined): PhoneNumber | undefined {
  const text = typed.replace(/^tel:/i, '')
  const number = parsePhoneNumberFromString(text, region)
  if (number?.isValid()) return number
  // A `00` is dialled for `+` nearly everywhere, also by people whose own country has another prefix.
  const international = /^\s*\(?00/.test(text) ? parsePhoneNumberFromString(text.replace('00', '+')) : undefined
  if (international?.isPossible()) return international
  return /^[\s(]*\+/.test(text) && number?.isPossible() ? number : undefined
}

function distinct(numbers: PhoneNumber[]): PhoneReading[] {
  const byNumber = new Map(numbers.map((number) => [number.number as string, number.nationalNumber as string]))
  return [...byNumber].map(([e164, national]) => ({ e164, national }))
}
