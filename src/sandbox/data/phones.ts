// Phone numbers by arithmetic: serial number n of a country is a formula, and so is the way back, which is how the sandbox finds
// the owner of a number among a million people without an index.

import { COUNTRIES, type Country, type CountryCode, countryOf, type NumberPlan } from './countries.ts'
import { mix } from './random.ts'

export type LineKind = 'landline' | 'mobile'

/** A number as a phone library would read it; `international` is digits with the calling code and without `+`. */
export interface PhoneNumber {
  readonly country: CountryCode
  readonly national: string
  readonly international: string
}

/** How many different numbers each country has per kind of line; serials run from 0 to one less. */
export const NUMBERS_PER_PLAN = 1_000_000

// Neighbouring serials must not look like neighbours, so they are shuffled by multiplication; the inverse undoes it.
const SHUFFLE = 618_033
const SHIFT = 271_828
const UNSHUFFLE = inverseOf(SHUFFLE, NUMBERS_PER_PLAN)

/** The number with this serial; different serials of one plan never give the same number. */
export function phoneNumber(code: CountryCode, kind: LineKind, serial: number): PhoneNumber {
  const country = countryOf(code)
  const plan = country[kind]
  const shuffled = (serial * SHUFFLE + SHIFT) % NUMBERS_PER_PLAN
  const stride = strideOf(plan)
  const tail = Math.floor(shuffled / plan.prefixes.length) * stride + (mix(shuffled) % stride)
  return numberOf(country, `${plan.prefixes[shuffled % plan.prefixes.length]}${String(tail).padStart(plan.tail, '0')}`)
}

const TWIN_PREFIX = '415555'

/**
 * A national number that exists in two countries: +1 415 555 0123 and +52 415 555 0123 are different lines with the same national
 * digits. Serials run from 0 to 9,999.
 */
export function twinNumber(code: 'US' | 'MX', serial: number): PhoneNumber {
  return numberOf(countryOf(code), `${TWIN_PREFIX}${String((serial * 6_173) % 10_000).padStart(4, '0')}`)
}
const UNTWIN = inverseOf(6_173, 10_000)

/** Where a number may come from: a serial of a plan, or the serial of a twin. */
export interface NumberOrigin {
  readonly kind: LineKind | 'twin'
  readonly serial: number
}

/** Every origin whose number could be what these digits write, in whatever way (`+`, `00`, trunk zero, national). */
export function originsOf(digits: string): readonly NumberOrigin[] {
  const origins: NumberOrigin[] = []
  for (const country of COUNTRIES) {
    for (const national of nationalReadings(digits, country)) {
      for (const kind of ['landline', 'mobile'] as const) {
        const serial = serialOf(country[kind], national)
        if (serial !== null) origins.push({ kind, serial })
      }
      if (national.length === 10 && national.startsWith(TWIN_PREFIX)) {
        origins.push({ kind: 'twin', serial: (Number(national.slice(6)) * UNTWIN) % 10_000 })
      }
    }
  }
  return origins
}

function numberOf(country: Country, national: string): PhoneNumber {
  return { country: country.code, national, international: `${country.callingCode}${national}` }
}

function serialOf(plan: NumberPlan, national: string): number | null {
  const prefixLength = plan.prefixes[0]?.length ?? 0
  if (national.length !== prefixLength + plan.tail) return null
  const prefix = prefixIndex(plan).get(national.slice(0, prefixLength))
  if (prefix === undefined) return null
  const tail = Number(national.slice(prefixLength))
  const shuffled = Math.floor(tail / strideOf(plan)) * plan.prefixes.length + prefix
  return shuffled < NUMBERS_PER_PLAN ? ((shuffled + NUMBERS_PER_PLAN - SHIFT) * UNSHUFFLE) % NUMBERS_PER_PLAN : null
}

const prefixIndexes = new WeakMap<NumberPlan, ReadonlyMap<string, number>>()

function prefixIndex(plan: NumberPlan): ReadonlyMap<string, number> {
  let index = prefixIndexes.get(plan)
  if (index === undefined) {
    index = new Map(plan.prefixes.map((prefix, i) => [prefix, i]))
    prefixIndexes.set(plan, index)
  }
  return index
}

// Plans with more room than numbers leave gaps, which the jitter in phoneNumber() fills, so that tails look random.
function strideOf(plan: NumberPlan): number {
  return Math.floor(10 ** plan.tail / Math.ceil(NUMBERS_PER_PLAN / plan.prefixes.length))
}

function* nationalReadings(digits: string, { callingCode, trunk }: Country): Generator<string> {
  yield digits
  if (trunk !== '' && digits.startsWith(trunk)) yield digits.slice(trunk.length)
  const withCode = digits.startsWith('00') ? digits.slice(2) : digits
  if (!withCode.startsWith(callingCode)) return
  const national = withCode.slice(callingCode.length)
  yield national
  if (trunk !== '' && national.startsWith(trunk)) yield national.slice(trunk.length)
}

function inverseOf(factor: number, modulus: number): number {
  let [r, nextR, t, nextT] = [modulus, factor, 0, 1]
  while (nextR !== 0) {
    const quotient = Math.floor(r / nextR)
    ;[r, nextR, t, nextT] = [nextR, r - quotient * nextR, nextT, t - quotient * nextT]
  }
  return t < 0 ? t + modulus : t
}
