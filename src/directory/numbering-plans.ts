/** Countries' numbering plans: libphonenumber's metadata, compiled once for each country that numbers come from. */
import { type CountryCode, Metadata } from 'libphonenumber-js/min'
import { DigitPatterns } from './digit-patterns.ts'
import { DigitPrefix } from './digit-prefix.ts'

/** What the library's metadata tells, beyond what its types declare. @see https://gitlab.com/catamphetamine/libphonenumber-js/-/blob/master/METADATA.md */
type Numbering = {
  callingCode(): string
  IDDPrefix(): string | undefined
  nationalNumberPattern(): string
  nationalPrefixForParsing(): string | undefined
  nationalPrefixTransformRule(): string | undefined
  possibleLengths(): readonly number[]
  leadingDigits(): string | undefined
  hasTypes(): boolean
  type(name: string): { pattern(): string; possibleLengths(): readonly number[] | undefined } | undefined
}
type Library = { getCountryCodesForCallingCode(code: string): readonly CountryCode[] | undefined }

const typeNames = [
  'FIXED_LINE',
  'MOBILE',
  'PREMIUM_RATE',
  'TOLL_FREE',
  'SHARED_COST',
  'VOIP',
  'PERSONAL_NUMBER',
  'PAGER',
  'UAN',
  'VOICEMAIL',
]

/** One country's plan. */
export type Plan = {
  readonly callingCode: string
  /** The same as a number, and as what may be dialled before one. */
  readonly code: number
  readonly ownCode: DigitPrefix
  /** How many digits its numbers may have, a bit each. */
  readonly lengths: number
  readonly longest: number
  /** What is dialled before numbers of other countries. */
  readonly abroad: DigitPrefix
  /** What may be dialled before a national number, and doesn't belong to it. */
  readonly trunk: DigitPrefix
  /** Its numbers, and then its ranges by their use. */
  readonly patterns: DigitPatterns
  /** By how many digits a number has, the ranges that it may be in: bits of `patterns`. Any number is in one where the plan tells of no ranges. */
  readonly ranges: readonly number[]
  /** Whether its numbers are told from those of others with its calling code by their first digits. */
  readonly isLed: boolean
}

/** The countries that share a calling code. */
export type Sharing = {
  /** The main one first; none where the code is no country's. */
  readonly plans: readonly Plan[]
  /** What begins as numbers do of those that are told by their first digits, a bit for each plan. */
  readonly leading: DigitPatterns
}

const plans = new Map<CountryCode, Plan>()
/** By calling code. */
const sharing: Sharing[] = []

export function sharingWith(callingCode: number): Sharing {
  const known = sharing[callingCode]
  if (known !== undefined) return known
  const library = new Metadata() as unknown as Library
  const countries = library.getCountryCodesForCallingCode(String(callingCode)) ?? []
  // The bits of those that aren't led are never looked at.
  const leading = countries.map((country) => `(?:${numberingOf(country).leadingDigits() ?? ''})\\d*`)
  const made = { plans: countries.map(planOf), leading: new DigitPatterns(leading) }
  sharing[callingCode] = made
  return made
}

export function planOf(country: CountryCode): Plan {
  const plan = plans.get(country) ?? compile(numberingOf(country))
  plans.set(country, plan)
  return plan
}

function numberingOf(country: CountryCode): Numbering {
  const metadata = new Metadata()
  metadata.selectNumberingPlan(country)
  return metadata.numberingPlan as unknown as Numbering
}

function compile(numbering: Numbering): Plan {
  const types = numbering.hasTypes() ? typeNames.map((name) => numbering.type(name)).filter((type) => type?.pattern()) : []
  const possible = numbering.possibleLengths()
  const longest = Math.max(...possible)
  /** The first bit is that of all numbers. */
  const rangesOf = (length: number) =>
    types.reduce((bits, type, index) => (type?.possibleLengths()?.includes(length) === false ? bits : bits | (2 << index)), 0)
  return {
    callingCode: numbering.callingCode(),
    code: Number(numbering.callingCode()),
    ownCode: new DigitPrefix(numbering.callingCode()),
    lengths: possible.reduce((bits, length) => bits | (1 << length), 0),
    longest,
    abroad: new DigitPrefix(numbering.IDDPrefix()),
    trunk: new DigitPrefix(numbering.nationalPrefixForParsing(), numbering.nationalPrefixTransformRule()),
    patterns: new DigitPatterns([numbering.nationalNumberPattern(), ...types.map((type) => type?.pattern() ?? '')]),
    ranges: Array.from({ length: longest + 1 }, (_, length) => (numbering.hasTypes() ? rangesOf(length) : 1)),
    isLed: Boolean(numbering.leadingDigits()),
  }
}
