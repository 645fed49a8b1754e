/**
 * Phone numbers as nearly all of them are written, read at a tenth of the library's own cost: by its metadata, with expressions that are
 * compiled once. What isn't certain here is for the library to read; where there is an answer it is the library's, which a test holds it to.
 */
import { type CountryCode, Metadata } from 'libphonenumber-js/min'

/** What the library's metadata tells, beyond what its types declare. @see https://gitlab.com/catamphetamine/libphonenumber-js/-/blob/master/METADATA.md */
type Numbering = {
  callingCode(): string
  IDDPrefix(): string | undefined
  nationalNumberPattern(): string
  nationalPrefixForParsing(): string | undefined
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
type Plan = {
  readonly callingCode: string
  readonly lengths: ReadonlySet<number>
  readonly longest: number
  /** What is dialled before numbers of other countries; null where there is nothing. */
  readonly abroad: RegExp | null
  /** What may be dialled before a national number, and doesn't belong to it; null where there is nothing. */
  readonly trunk: RegExp | null
  readonly whole: RegExp
  readonly leading: RegExp | null
  /** Its ranges by their use; null where any number of `whole` is one. */
  readonly ranges: readonly { readonly lengths: readonly number[] | undefined; readonly whole: RegExp }[] | null
}

/** The countries that share a calling code. */
type Sharing = {
  /** The main one first; none where the code is no country's. */
  readonly plans: readonly Plan[]
  /** Those that are told by a number's first digits alone. */
  readonly led: readonly Plan[]
  /** What is a number of any of them. */
  readonly whole: RegExp
}

const plans = new Map<CountryCode, Plan>()
/** By calling code. */
const sharing: Sharing[] = []

/** An extension in its commonest writing; the number of a company's switchboard is what's before it. */
const extension = / ext\.? ?\d{1,7}$/
/** What people put between digits. Anything else is left to the library. */
const separators = new Set(' ().-/\u00a0\u2010\u2011\u2012\u2013\u2014\u2015'.split('').map((sign) => sign.charCodeAt(0)))
/** Characters of a text that may be a number. */
const longestText = 40

/** As the library has it: of a length that its country's plan knows, and in one of the plan's ranges. */
export type PlainNumber = { readonly number: string; isPossible(): boolean; isValid(): boolean }

class Read implements PlainNumber {
  readonly #plan: Plan
  readonly #national: string
  /** Whether it was seen already that the plan has it. */
  readonly #isIn: boolean

  constructor(plan: Plan, national: string, isIn: boolean) {
    this.#plan = plan
    this.#national = national
    this.#isIn = isIn
  }

  get number(): string {
    return `+${this.#plan.callingCode}${this.#national}`
  }

  isPossible(): boolean {
    return this.#plan.lengths.has(this.#national.length)
  }

  isValid(): boolean {
    return this.#isIn || isIn(this.#plan, this.#national)
  }
}

/** What the library reads in a text; undefined where only the library itself can tell. */
export function readPlainNumber(text: string, region: CountryCode | undefined): PlainNumber | undefined {
  const digits = digitsOf(text) ?? digitsOf(text.replace(extension, ''))
  if (digits === undefined || digits.length < 3) return undefined
  if (text.charCodeAt(0) === plus) return readInternational(digits)
  return region === undefined ? undefined : readNational(digits, planOf(region))
}

const [plus, zero, nine] = ['+', '0', '9'].map((sign) => sign.charCodeAt(0)) as [number, number, number]

/** Undefined where there is anything but digits, separators, and a plus before them. One pass: this is done for every number of every page. */
function digitsOf(text: string): string | undefined {
  if (text.length > longestText) return undefined
  let digits = ''
  let from = text.charCodeAt(0) === plus ? 1 : 0
  for (let at = from; at < text.length; at += 1) {
    const sign = text.charCodeAt(at)
    if (sign >= zero && sign <= nine) continue
    if (!separators.has(sign)) return undefined
    digits += text.slice(from, at)
    from = at + 1
  }
  return digits + text.slice(from)
}

function readInternational(digits: string): PlainNumber | undefined {
  let code = 0
  for (let end = 1; end <= 3 && end < digits.length; end += 1) {
    code = code * 10 + digits.charCodeAt(end - 1) - zero
    const [main] = sharingOf(code).plans
    if (code > 0 && main !== undefined) return ofPlan(main, digits.slice(end))
  }
  return undefined
}

function readNational(digits: string, plan: Plan): PlainNumber | undefined {
  if (plan.abroad?.test(digits)) {
    const [abroad = ''] = plan.abroad.exec(digits) ?? []
    if (abroad !== '' && digits[abroad.length] !== '0') return readInternational(digits.slice(abroad.length))
  }
  // Its own calling code, without a plus: what can be a national number is one.
  if (digits.startsWith(plan.callingCode)) {
    const shorter = digits.slice(plan.callingCode.length)
    const [whole, rest] = [withoutTrunk(plan, digits), withoutTrunk(plan, shorter)]
    if (whole === undefined || rest === undefined) return undefined
    const isTooLong = whole.length > plan.longest
    if (isTooLong || (!plan.whole.test(whole) && plan.whole.test(rest))) return readInternational(digits)
  }
  return ofPlan(plan, digits)
}

function ofPlan(plan: Plan, digits: string): PlainNumber | undefined {
  const number = withoutTrunk(plan, digits)
  if (number === undefined || number.length < 2 || number.length > 17) return undefined
  const among = sharingOf(Number(plan.callingCode))
  const country = countryOf(among, number)
  const isSeen = among.plans.length > 1 && country?.leading === null
  return new Read(country ?? plan, number, isSeen)
}

/** Without what is dialled before it only in its country; undefined where more than that would have to be changed. */
function withoutTrunk(plan: Plan, digits: string): string | undefined {
  if (!plan.trunk?.test(digits)) return digits
  const [prefix = '', ...groups] = plan.trunk.exec(digits) ?? []
  if (groups.some((group) => group !== undefined)) return undefined
  const number = digits.slice(prefix.length)
  if (prefix === '' || (plan.whole.test(digits) && !plan.whole.test(number))) return digits
  const { lengths, longest } = countryOf(sharingOf(Number(plan.callingCode)), number) ?? plan
  return lengths.has(number.length) || number.length > longest ? number : digits
}

/** Which of the countries with a calling code a number belongs to. */
function countryOf({ plans, led, whole }: Sharing, number: string): Plan | undefined {
  if (plans.length === 1) return plans[0]
  const among = whole.test(number) ? plans : led
  return among.find((plan) => (plan.leading === null ? isIn(plan, number) : plan.leading.test(number)))
}

function isIn({ lengths, whole, ranges }: Plan, number: string): boolean {
  if (!lengths.has(number.length) || !whole.test(number)) return false
  return ranges === null || ranges.some((range) => range.lengths?.includes(number.length) !== false && range.whole.test(number))
}

function sharingOf(callingCode: number): Sharing {
  const known = sharing[callingCode]
  if (known !== undefined) return known
  const library = new Metadata() as unknown as Library
  const plans = (library.getCountryCodesForCallingCode(String(callingCode)) ?? []).map(planOf)
  const made = {
    plans,
    led: plans.filter(({ leading }) => leading !== null),
    whole: new RegExp(plans.map(({ whole }) => whole.source).join('|')),
  }
  sharing[callingCode] = made
  return made
}

function planOf(country: CountryCode): Plan {
  const plan = plans.get(country) ?? compile(country)
  plans.set(country, plan)
  return plan
}

function compile(country: CountryCode): Plan {
  const metadata = new Metadata()
  metadata.selectNumberingPlan(country)
  const numbering = metadata.numberingPlan as unknown as Numbering
  const beginning = (pattern: string | undefined) => (pattern ? new RegExp(`^(?:${pattern})`) : null)
  const whole = (pattern: string) => new RegExp(`^(?:${pattern})$`)
  const types = typeNames.map((name) => numbering.type(name)).filter((type) => type?.pattern())
  return {
    callingCode: numbering.callingCode(),
    lengths: new Set(numbering.possibleLengths()),
    longest: Math.max(...numbering.possibleLengths()),
    abroad: beginning(numbering.IDDPrefix()),
    trunk: beginning(numbering.nationalPrefixForParsing()),
    whole: whole(numbering.nationalNumberPattern()),
    leading: beginning(numbering.leadingDigits()),
    ranges: numbering.hasTypes()
      ? types.flatMap((type) => (type ? { lengths: type.possibleLengths(), whole: whole(type.pattern()) } : []))
      : null,
  }
}
