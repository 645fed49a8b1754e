/** HubSpot's answers with contacts, read for the places of what they say: a value that can be shown as it stands there is never made a string. */
import { isUtf8 } from 'node:buffer'
import { betweenQuotes, type JsonWriter } from '../json-writer.ts'
import { end, JsonScanner, Members } from './json-scanner.ts'

/** The properties that the mapping reads; the bridge asks for no other. */
export const contactProperties = [
  'firstname',
  'lastname',
  'email',
  'hs_additional_emails',
  'phone',
  'mobilephone',
  'hs_whatsapp_phone_number',
  'jobtitle',
  'company',
  'associatedcompanyid',
  'website',
  'hs_linkedin_url',
  'country',
  'hs_country_region_code',
] as const

/** The properties by their names, for {@link ContactPage}. */
export const property = Object.fromEntries(contactProperties.map((name, index) => [name, index])) as Readonly<
  Record<(typeof contactProperties)[number], number>
>

const answerMembers = new Members(['results', 'paging', 'total'])
const recordMembers = new Members(['id', 'properties', 'associations'])
const propertyMembers = new Members(contactProperties)
const associationMembers = new Members(['companies'])
const companiesMembers = new Members(['results'])
const companyMembers = new Members(['id', 'type'])

/** A page of a list or of a search. @throws {SyntaxError|TypeError} for an answer of another make */
export function readContactPage(answer: Buffer): ContactPage {
  const scanner = new JsonScanner(asText(answer))
  const page = new ContactPage(scanner.bytes)
  let isComplete = false
  scanner.begin(answerMembers)
  for (let member = scanner.next(answerMembers); member !== end; member = scanner.next(answerMembers)) {
    if (member === 0) {
      isComplete = true
      for (let more = scanner.beginArray(); more; more = scanner.nextElement()) page.read(scanner)
    } else if (member === 1) page.paging = scanner.value()
    else if (member === 2) page.total = scanner.value()
    else scanner.skip()
  }
  scanner.finish()
  if (!isComplete) throw new TypeError('the answer holds no results')
  return page
}

/** A page of a single contact. @throws {SyntaxError|TypeError} for an answer of another make */
export function readContactRecord(answer: Buffer): ContactPage {
  const scanner = new JsonScanner(asText(answer))
  const page = new ContactPage(scanner.bytes)
  page.read(scanner)
  scanner.finish()
  return page
}

/** Bytes that are no text would go out as they came. */
const asText = (bytes: Buffer): Buffer => (isUtf8(bytes) ? bytes : Buffer.from(bytes.toString()))

/** Where a contact's own id stands, behind its properties. */
const idPlace = contactProperties.length
/** Two numbers for each property and the id. */
const width = 2 * (idPlace + 1)

/** The contacts of an answer. Their properties are texts, trimmed; what is missing, null, or no text is empty. */
export class ContactPage {
  length = 0
  /** What the answer has beside the contacts: not to be trusted. */
  paging: unknown
  total: unknown
  /** For each contact the ids of its companies, each once, the primary one first. */
  readonly companyIds: (readonly string[])[] = []
  readonly #bytes: Buffer
  readonly #companies = new CompanyReader()
  /** Of each contact, where each of its properties begins and ends among the bytes; nowhere = it is empty. */
  #places = new Int32Array(100 * width)
  /** By their place among the places, the properties that don't stand in the answer as they are to be shown: as JSON without its quotes. */
  readonly #unusual = new Map<number, Buffer>()

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  has(contact: number, property: number): boolean {
    const at = contact * width + 2 * property
    return this.#places[at] !== this.#places[at + 1]
  }

  /** '' where it is empty. */
  text(contact: number, property: number): string {
    return this.#textAt(contact * width + 2 * property)
  }

  #textAt(at: number): string {
    const [from, to] = [this.#places[at] ?? 0, this.#places[at + 1] ?? 0]
    if (from === to) return ''
    const unusual = this.#unusual.size === 0 ? undefined : this.#unusual.get(at)
    return unusual === undefined ? this.#bytes.toString('utf8', from, to) : JSON.parse(`"${unusual}"`)
  }

  /** Writes it as it stands in JSON between quotes. */
  write(contact: number, property: number, to: JsonWriter): void {
    const at = contact * width + 2 * property
    const unusual = this.#unusual.size === 0 ? undefined : this.#unusual.get(at)
    if (unusual !== undefined) to.bytes(unusual)
    else to.part(this.#bytes, this.#places[at] ?? 0, this.#places[at + 1] ?? 0)
  }

  /** Writes HubSpot's own id of it: digits. */
  writeId(contact: number, to: JsonWriter): void {
    this.write(contact, idPlace, to)
  }

  /** Reads a contact, and goes past it. @throws {SyntaxError|TypeError} where there is none */
  read(scanner: JsonScanner): void {
    const base = this.length * width
    if (base + width > this.#places.length) {
      const larger = new Int32Array(this.#places.length * 2)
      larger.set(this.#places)
      this.#places = larger
    }
    let [hasId, hasProperties] = [false, false]
    let companies: string[] = []
    scanner.begin(recordMembers)
    for (let member = scanner.next(recordMembers); member !== end; member = scanner.next(recordMembers)) {
      if (member === 0) hasId = this.#readId(scanner, base + 2 * idPlace)
      else if (member === 1) hasProperties = this.#readProperties(scanner, base)
      else if (member === 2) companies = this.#companies.read(scanner)
      else scanner.skip()
    }
    if (!hasId || !hasProperties) throw new TypeError('what is listed is no record')
    this.companyIds.push(withFirst(companies, this.#primaryCompany(base + 2 * property.associatedcompanyid)))
    this.length += 1
  }

  #primaryCompany(at: number): string {
    const [from, to] = [this.#places[at] ?? 0, this.#places[at + 1] ?? 0]
    if (from === to) return ''
    return this.#unusual.has(at) ? this.#textAt(at) : this.#companies.idAt(this.#bytes, from, to)
  }

  #readId(scanner: JsonScanner, at: number): boolean {
    if (!scanner.isString) return false
    scanner.string()
    const { bytes, start, end } = scanner
    this.#places[at] = start
    this.#places[at + 1] = end
    for (let index = start; index < end; index += 1) {
      const byte = bytes[index] ?? 0
      if (byte < zero || byte > nine) return false
    }
    return start < end
  }

  #readProperties(scanner: JsonScanner, base: number): boolean {
    if (!scanner.isObject) return false
    const places = this.#places
    scanner.begin(propertyMembers)
    for (let member = scanner.next(propertyMembers); member !== end; member = scanner.next(propertyMembers)) {
      if (member < 0) {
        scanner.skip()
        continue
      }
      const at = base + 2 * member
      if (!scanner.isString) {
        scanner.skip()
        places[at] = places[at + 1] = 0
        continue
      }
      scanner.string()
      places[at] = scanner.start
      places[at + 1] = scanner.end
      if (!scanner.isPlain || mayBeTrimmed(scanner)) this.#readUnusual(scanner, at)
      else if (this.#unusual.size > 0) this.#unusual.delete(at)
    }
    return true
  }

  #readUnusual({ bytes, start, end }: JsonScanner, at: number): void {
    const text = String(JSON.parse(bytes.toString('utf8', start - 1, end + 1))).trim()
    if (text === '') this.#places[at] = this.#places[at + 1] = 0
    this.#unusual.set(at, Buffer.from(betweenQuotes(text)))
  }
}

const zero = 0x30
const nine = 0x39

/** Whether a text may begin or end with space, of any of the kinds that Unicode has. */
function mayBeTrimmed({ bytes, start, end }: JsonScanner): boolean {
  if (start === end) return false
  const first = bytes[start] ?? 0
  const last = bytes[end - 1] ?? 0
  if (first <= 0x20 || last <= 0x20 || mayBeginSpace(first)) return true
  return last >= 0x80 && (mayBeginSpace(bytes[end - 2]) || mayBeginSpace(bytes[end - 3]))
}

/** Whether a byte begins U+00A0, U+1680, one of U+2000 to U+205F, U+3000 or U+FEFF in UTF-8. */
const mayBeginSpace = (byte: number | undefined): boolean =>
  byte === 0xc2 || byte === 0xe1 || byte === 0xe2 || byte === 0xe3 || byte === 0xef

/** HubSpot gives a hundred with a contact in a list. */
const mostCompanies = 500

const primaryType = Buffer.from('contact_to_company')

/** Digits that a number holds exactly. */
const exactDigits = 15

/**
 * Reads the companies that contacts are associated with. In a list HubSpot gives an association per label, the primary company's without a
 * suffix; a search gives none, only the primary company's id as a property. Whatever isn't as HubSpot writes it is skipped.
 */
class CompanyReader {
  /** Ids by their value: the same few come over and over. */
  readonly #known = new Map<number, string>()
  /** The contact's, the primary ones first, of which there are so many. */
  #ids: string[] = []
  #primaries = 0

  /** The ids of the companies of the contact that is being read, each once, the primary one first. */
  read(scanner: JsonScanner): string[] {
    this.#ids = []
    this.#primaries = 0
    if (!scanner.isObject) {
      scanner.skip()
      return this.#ids
    }
    scanner.begin(associationMembers)
    for (let member = scanner.next(associationMembers); member !== end; member = scanner.next(associationMembers)) {
      if (member === 0 && scanner.isObject) this.#readResults(scanner)
      else scanner.skip()
    }
    return this.#ids
  }

  #readResults(scanner: JsonScanner): void {
    scanner.begin(companiesMembers)
    for (let member = scanner.next(companiesMembers); member !== end; member = scanner.next(companiesMembers)) {
      if (member !== 0 || !scanner.isArray) scanner.skip()
      else
        for (let more = scanner.beginArray(); more; more = scanner.nextElement()) {
          if (scanner.isObject) this.#readOne(scanner)
          else scanner.skip()
        }
    }
  }

  #readOne(scanner: JsonScanner): void {
    let [from, to, isPrimary] = [0, 0, false]
    scanner.begin(companyMembers)
    for (let member = scanner.next(companyMembers); member !== end; member = scanner.next(companyMembers)) {
      if (member < 0 || !scanner.isString) {
        scanner.skip()
        continue
      }
      scanner.string()
      if (member === 1) isPrimary = scanner.isThat(primaryType)
      else if (scanner.isPlain) [from, to] = [scanner.start, scanner.end]
    }
    if (from === to) return
    this.#add(this.idAt(scanner.bytes, from, to), isPrimary)
  }

  #add(id: string, isPrimary: boolean): void {
    const ids = this.#ids
    const known = ids.indexOf(id)
    if (known < 0 && ids.length >= mostCompanies) return
    if (!isPrimary) {
      if (known < 0) ids.push(id)
    } else if (known < 0 || known >= this.#primaries) {
      if (known >= 0) ids.splice(known, 1)
      ids.splice(this.#primaries, 0, id)
      this.#primaries += 1
    }
  }

  idAt(bytes: Buffer, from: number, to: number): string {
    let value = 0
    for (let at = from; at < to; at += 1) {
      const digit = (bytes[at] ?? 0) - zero
      // Not as HubSpot writes ids, or by its value like another.
      if (digit < 0 || digit > 9 || (digit === 0 && at === from) || to - from > exactDigits)
        return bytes.toString('utf8', from, to)
      value = value * 10 + digit
    }
    const known = this.#known.get(value)
    if (known !== undefined) return known
    const id = String(value)
    this.#known.set(value, id)
    return id
  }
}

const withFirst = (ids: string[], id: string): string[] =>
  id === '' || ids[0] === id ? ids : [id, ...ids.filter((other) => other !== id)]
