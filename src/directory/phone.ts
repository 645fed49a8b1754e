/** Reads phone numbers: as people type them into a CRM, into a search box, and as WhatsApp writes them. */
import { AsYouType, type CountryCode, type PhoneNumber, parsePhoneNumberFromString } from 'libphonenumber-js/min'
import type { PhoneReading, ReadPhone } from '../connectors/connector.ts'
import { readCountry } from './country.ts'
import { PlainNumber, readPlainNumber } from './plain-number.ts'

/** Reads with the contact's country, else with `region`. */
export function phoneReader(region: string): ReadPhone {
  const home = readCountry(region) ?? undefined
  const regionOf = (country: string | null | undefined) => (country && readCountry(country)) || home
  const read = (typed: string, country?: string | null) => (typed && readTyped(typed, regionOf(country))) || null
  const plain = (bytes: Buffer, from: number, end: number, country: string, to: number) =>
    writePlain(bytes, from, end, regionOf(country), to)
  return Object.assign(read, { plain })
}

/** For one number after the other. */
const number = new PlainNumber()
const [space, opening, plus, zero, colon, backslash] = [0x20, 0x28, 0x2b, 0x30, 0x3a, 0x5c]

/** What {@link readTyped} gives, written; -1 where it has to be asked. */
function writePlain(bytes: Buffer, from: number, end: number, region: CountryCode | undefined, to: number): number {
  if (!number.readBytes(bytes, from, end, region)) return -1
  if (number.isValid()) return number.write(bytes, to)
  let first = from
  while (bytes[first] === space || bytes[first] === opening) first += 1
  if (bytes[first] === plus && number.isPossible()) return number.write(bytes, to)
  const isZeros = bytes[first] === zero && bytes[first + 1] === zero
  if (!isZeros) return copyTyped(bytes, from, end, to)
  return first === from && number.readAfterZeros() && number.isPossible() ? number.write(bytes, to) : -1
}

/** The text itself, where nothing of it would be changed. */
function copyTyped(bytes: Buffer, from: number, end: number, to: number): number {
  for (let at = from; at < end; at += 1) {
    const byte = bytes[at] as number
    if (byte < space || byte >= 0x7f || byte === backslash || byte === colon) return -1
    bytes[to + at - from] = byte
  }
  return to + end - from
}

/** E.164, or the text itself where it is no number that can be read. */
function readTyped(typed: string, region: CountryCode | undefined): string {
  return toE164(typed, region) ?? asciiDigits(typed).trim()
}

/** E.164 of a number typed by a person; null when it can't be read without guessing. @see https://www.itu.int/rec/T-REC-E.164 */
export function toE164(typed: string, region: CountryCode | undefined): string | null {
  const isCertain = number.readText(typed, region)
  if (isCertain && number.isValid()) return number.number
  const text = asciiDigits(typed)
  if (isCertain && !isInternational(text)) return null
  // Words, or a single digit, are what the library takes longest for.
  if (!/\d\D*\d/.test(text)) return null
  return choose(text, region, parse)?.number ?? null
}

/** As the library does. */
const parse = (text: string, region: CountryCode | undefined): PlainNumber | PhoneNumber | undefined =>
  readPlainNumber(text, region) ?? parsePhoneNumberFromString(text, region)

/**
 * The readings of a search text that is a whole number: none when it isn't one. Digits alone are ambiguous: `491712345678` can be
 * national or, as WhatsApp writes it, international without a plus.
 */
export function readPhoneQuery(typed: string, region: string): PhoneReading[] {
  const text = asciiDigits(typed)
  if (!looksLikePhone(text)) return []
  const home = readCountry(region) ?? undefined
  const digits = toDigits(text)
  const readings = [read(text, home)]
  if (!isInternational(text) && digits.length >= 8 && !digits.startsWith('0')) readings.push(read(`+${digits}`, undefined))
  return distinct(readings)
}

/**
 * Whether a number that is whole could also be the beginning of a longer one: numbering plans such as Germany's have numbers of many
 * lengths, and an agent's search begins while there are digits to come.
 */
export function mayGoOn(numbers: readonly PhoneReading[]): boolean {
  return numbers.some(({ e164 }) => parsePhoneNumberFromString(`${e164}0`)?.isPossible() ?? false)
}

/**
 * Whether a number is one of these, continued: not one whose national number is the same as typed, which belongs to somebody else in
 * another country.
 */
export function goesOn(
  phone: string,
  numbers: readonly PhoneReading[],
  { typed, digits }: { typed: string; digits: string },
): boolean {
  if (isInternational(asciiDigits(typed))) return numbers.some(({ e164 }) => phone.startsWith(e164))
  // Some countries' national numbers begin with a zero that others only dial.
  const unprefixed = (national?: string) => national?.replace(/^0+/, '')
  return phone.includes(digits) && unprefixed(parsePhoneNumberFromString(phone)?.nationalNumber) !== unprefixed(digits)
}

/** Whether an id is a WhatsApp id, as the inbox writes it: contact_ids are never digits alone. */
export const isWhatsAppId = (id: string): boolean => /^\+?\d+$/.test(id)

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
  const numbers = distinct(spellings.map((spelling) => read(`+${spelling}`, undefined)))
  // Out of the numbering plan by now, but CRMs have it as WhatsApp writes it, too.
  return /^521\d{10}$/.test(digits)
    ? [...numbers, { e164: `+${digits}`, national: digits.slice(2), spellings: [`+${digits}`] }]
    : numbers
}

/** Whether a contact's phone number is one of these. One that couldn't be read stands as typed, so its digits count. */
export function isOneOf(phone: string, numbers: readonly PhoneReading[]): boolean {
  const written = phone.startsWith('+') ? `+${phone.replace(/\D/g, '')}` : phone
  return numbers.some(({ e164 }) => e164 === written)
}

/** A part of a number: its digits without country code and trunk prefix as far as those can be told; null when it isn't one. */
export function readPartialPhone(typed: string, region: string): string | null {
  const text = asciiDigits(typed)
  if (!looksLikePhone(text)) return null
  const digits = toDigits(text)
  if (digits.length < 3 || digits.length > longestNumber) return null
  const typing = new AsYouType(readCountry(region) ?? undefined)
  typing.input(isInternational(text) ? `+${digits.replace(/^00/, '')}` : digits)
  const afterCode = digits.replace(/^00/, '').slice(typing.getCallingCode()?.length ?? 0)
  const national = typing.getNumber()?.nationalNumber ?? afterCode
  if (isInternational(text) && typing.getCallingCode()) return national.length >= 2 ? national : null
  // The first few digits may look like a country code, and a number of another country may be typed with that country's trunk zero.
  const part = digits.length >= 6 && national.length >= 3 ? national : digits
  return part.replace(/^0+/, '') || null
}

/** E.164's fifteen digits and what is dialled before them. Longer is no number, and no search for one. */
const longestNumber = 20

/** Digits of other scripts and widths as the ASCII ones that the inbox compares; without the scheme of a link. */
function asciiDigits(typed: string): string {
  return /^[\d+ ().\-/]*$/.test(typed) ? typed : withAsciiDigits(typed)
}

function withAsciiDigits(typed: string): string {
  return typed
    .normalize('NFKC')
    .replace(/^\s*(tel|sms|callto|whatsapp):/i, '')
    .replace(/[\u0660-\u0669\u06f0-\u06f9\u0966-\u096f]/g, (digit) => {
      const code = digit.charCodeAt(0)
      return String(code - (code >= 0x0966 ? 0x0966 : code >= 0x06f0 ? 0x06f0 : 0x0660))
    })
}

const looksLikePhone = (typed: string): boolean =>
  /^[\s(]{0,3}\+?[\d\s().\-/]*((x|ext\.?)\s?\d*)?$/i.test(typed) && toDigits(typed) !== ''
const isInternational = (typed: string): boolean => /^[\s(]*(\+|00)/.test(typed)
const toDigits = (typed: string): string => typed.replace(/(x|ext).*$/i, '').replace(/\D/g, '')

/** How people write a number is left until somebody asks for it: it is what the library takes longest for, and a remembered answer doesn't need it. */
function read(typed: string, region: CountryCode | undefined): PhoneReading | undefined {
  const text = asciiDigits(typed)
  const number = choose(text, region, parse)
  if (number === undefined) return undefined
  const e164 = number.number
  return {
    e164,
    national: number.nationalNumber,
    get spellings() {
      const written = choose(text, region, parsePhoneNumberFromString)
      const usual = written === undefined ? [] : [written.formatInternational(), written.formatNational()]
      return [...new Set([e164, e164.slice(1), ...usual])]
    },
  }
}

/**
 * A number counts as read when the numbering plan has it, or when it says its country itself and has a possible length: CRMs hold
 * numbers of ranges newer than any metadata. A national number beyond the plan would only be a guess.
 */
function choose<T extends { isPossible(): boolean; isValid(): boolean }>(
  text: string,
  region: CountryCode | undefined,
  parse: (text: string, region?: CountryCode) => T | undefined,
): T | undefined {
  const number = parse(text, region)
  if (number?.isValid()) return number
  // A `00` is dialled for `+` nearly everywhere, also by people whose own country has another prefix.
  const international = /^\s*\(?00/.test(text) ? parse(text.replace('00', '+'), undefined) : undefined
  if (international?.isPossible()) return international
  return /^[\s(]*\+/.test(text) && number?.isPossible() ? number : undefined
}

function distinct(readings: readonly (PhoneReading | undefined)[]): PhoneReading[] {
  return [...new Map(readings.filter((reading) => reading !== undefined).map((reading) => [reading.e164, reading])).values()]
}
