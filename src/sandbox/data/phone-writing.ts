// How people type phone numbers into a CRM, and what can be read back from that.

import { type CountryCode, countryOf } from './countries.ts'
import type { PhoneNumber } from './phones.ts'
import { mix } from './random.ts'

/** The ways in which people type numbers into a CRM. */
export const WRITINGS = [
  'e164',
  'spaced',
  'national',
  'brackets',
  'dotted',
  'plain',
  'zeros',
  'optional-trunk',
  'extension',
  'bare-international',
  'unicode',
] as const
export type Writing = (typeof WRITINGS)[number]

/** Whether a writing says which country the number is in. */
export function namesCountry(writing: Writing): boolean {
  return (
    writing === 'e164' || writing === 'spaced' || writing === 'zeros' || writing === 'optional-trunk' || writing === 'unicode'
  )
}

/** The number as a person typed it. */
export function writePhone(number: PhoneNumber, writing: Writing): string {
  const { callingCode, trunk } = countryOf(number.country)
  const groups = grouped(number.national, groupsOf(number))
  const [area = '', ...rest] = groups
  switch (writing) {
    case 'e164':
      return `+${number.international}`
    case 'spaced':
      return `+${callingCode} ${groups.join(' ')}`
    case 'national':
      return `${trunk}${groups.join(' ')}`
    case 'brackets':
      return `(${trunk}${area}) ${rest.join('-')}`
    case 'dotted':
      return `${trunk}${groups.join('.')}`
    case 'plain':
      return `${trunk}${number.national}`
    case 'zeros':
      return `00${callingCode} ${groups.join(' ')}`
    case 'optional-trunk':
      return trunk === '' ? `+${callingCode} (${area}) ${rest.join(' ')}` : `+${callingCode} (${trunk})${area} ${rest.join(' ')}`
    case 'extension':
      return `${trunk}${area} ${rest.join('-')} ext. ${(mix(Number(number.national) % 2 ** 31) % 900) + 100}`
    case 'bare-international':
      return number.international
    case 'unicode':
      // Pasted from a website: a no-break space and non-breaking hyphens.
      return `+${callingCode}\u00a0${groups.join('\u2011')}`
  }
}

/**
 * Reads a number typed into the sandbox from outside (a created or changed record), as far as a CRM does without asking: `+` or `00`
 * and a calling code, else by the country given, else as North American. Null when it can't be read.
 */
export function readPhone(written: string, code: CountryCode | null): Pick<PhoneNumber, 'national' | 'international'> | null {
  const digits = subscriberDigits(written)
  const named = /^\s*\+/.test(written) || digits.startsWith('00')
  if (named) {
    const international = subscriberDigits(written.replace(/\([08]\)/, '')).replace(/^00/, '')
    const callingCode = CALLING_CODE.exec(international)?.[0]
    if (callingCode === undefined || international.length < 8) return null
    return { national: international.slice(callingCode.length), international }
  }
  if (digits.length < 7) return null
  const { callingCode, trunk } = countryOf(code ?? 'US')
  const dialled = trunk !== '' && digits.startsWith(trunk) ? digits.slice(trunk.length) : digits
  const national = callingCode === '1' && dialled.length === 11 && dialled.startsWith('1') ? dialled.slice(1) : dialled
  return { national, international: `${callingCode}${national}` }
}

// Zones 1 and 7 have one digit, some countries two, and all others three. @see https://www.itu.int/pub/T-SP-E.164D
const CALLING_CODE = /^(?:[17]|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|[2-9]\d\d)/

/** The digits of a typed number, without an extension. */
export function subscriberDigits(written: string): string {
  return written.replace(/(?:ext|x|#).*$/iu, '').replace(/\D/g, '')
}

// The twins' numbers are of no plan; they are written as landlines.
function groupsOf({ national, country }: PhoneNumber): readonly number[] {
  const { landline, mobile } = countryOf(country)
  return (mobile.prefixes.some((prefix) => national.startsWith(prefix)) ? mobile : landline).groups
}

function grouped(digits: string, sizes: readonly number[]): string[] {
  const groups: string[] = []
  let start = 0
  for (const size of sizes) {
    groups.push(digits.slice(start, start + size))
    start += size
  }
  return groups
}
