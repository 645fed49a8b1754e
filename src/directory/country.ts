/** Countries as CRMs hold them: a code, or an English name in one of its spellings. */
import { type CountryCode, getCountries, isSupportedCountry } from 'libphonenumber-js/min'

/** What was read before: a page of contacts holds the same few countries over and over. */
const known = new Map<string, CountryCode | null>()
/** Enough for every country in a few spellings. What people type instead of one begins anew with nothing known. */
const mostKnown = 1_000
/** Characters. */
const longestName = 80

/** Null = none that is known. */
export function readCountry(text: string): CountryCode | null {
  const read = known.get(text)
  if (read !== undefined) return read
  // Not looked at: the field takes whatever a form let somebody type.
  if (text.length > longestName) return null
  const code = find(text)
  if (known.size >= mostKnown) known.clear()
  known.set(text, code)
  return code
}

function find(text: string): CountryCode | null {
  const code = text.trim().toUpperCase()
  if (isSupportedCountry(code)) return code
  const names = countryByName()
  // As ISO 3166 writes them: `Bolivia, Plurinational State of`.
  return names.get(spell(text)) ?? names.get(spell(text.split(',', 1)[0] ?? '')) ?? null
}

/** Beside the names that Intl has: earlier and official ones, those of CRMs' own lists, and a few that people type. */
const otherNames: Partial<Record<CountryCode, readonly string[]>> = {
  AE: ['UAE'],
  AT: ['Österreich'],
  BR: ['Brasil'],
  CD: ['Democratic Republic of the Congo', 'Congo, the Democratic Republic of the', 'DR Congo'],
  CG: ['Congo', 'Republic of the Congo'],
  CH: ['Schweiz', 'Suisse', 'Svizzera'],
  CI: ['Ivory Coast'],
  CV: ['Cabo Verde'],
  CZ: ['Czech Republic'],
  DE: ['Deutschland'],
  ES: ['España'],
  GB: ['UK', 'Great Britain', 'England', 'Scotland', 'Wales', 'Northern Ireland'],
  HK: ['Hong Kong'],
  IE: ['Republic of Ireland'],
  IT: ['Italia'],
  KP: ['Korea, Democratic People’s Republic of'],
  KR: ['Korea', 'Republic of Korea'],
  LA: ['Lao People’s Democratic Republic'],
  MK: ['Macedonia'],
  MM: ['Burma'],
  MO: ['Macau', 'Macao'],
  NL: ['Holland', 'Nederland'],
  PL: ['Polska'],
  PS: ['Palestine', 'State of Palestine'],
  RU: ['Russian Federation'],
  SK: ['Slovak Republic'],
  SY: ['Syrian Arab Republic'],
  SZ: ['Swaziland'],
  TL: ['East Timor'],
  TR: ['Turkey'],
  US: ['USA', 'United States of America'],
  VA: ['Holy See'],
  VN: ['Viet Nam'],
}

let byName: ReadonlyMap<string, CountryCode> | undefined

function countryByName(): ReadonlyMap<string, CountryCode> {
  if (byName === undefined) {
    const names = new Intl.DisplayNames('en', { type: 'region' })
    const all = getCountries().flatMap((code) =>
      [names.of(code) ?? code, ...(otherNames[code] ?? [])].map((name) => [spell(name), code] as const),
    )
    byName = new Map(all)
  }
  return byName
}

/** One spelling of a name: without accents, points, articles and what is in brackets; `&` is and, `St.` is saint. */
function spell(name: string): string {
  return name
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/\(.*\)/, '')
    .replace(/[.'’]/g, '')
    .replace(/&/g, ' and ')
    .replace(/\bst\b/g, 'saint')
    .replace(/\bthe\b/g, '')
    .replace(/[^\p{L}]+/gu, ' ')
    .trim()
}
