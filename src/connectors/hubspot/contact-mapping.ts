/** From HubSpot's contact records to the inbox's contacts: pure, so that a table can test it, and from bytes to bytes. */
import { contactJson, webUrl } from '../../contact.ts'
import type { ReadPhone } from '../connector.ts'
import { betweenQuotes, JsonWriter } from '../json-writer.ts'
import { type ContactPage, property } from './contact-page.ts'

export type MappingContext = {
  /** Names by company id, as far as they are known. */
  readonly companyNames: ReadonlyMap<string, string>
  readonly readPhone: ReadPhone
  readonly recordsUrl: string
}

const idPrefix = 'hubspot-'

/** HubSpot's own id in a contact_id of ours, or null. Its ids are digits, and a look-up by digits alone means a WhatsApp number; hence the prefix. */
export function toRecordId(contactId: string): string | null {
  const recordId = contactId.startsWith(idPrefix) ? contactId.slice(idPrefix.length) : ''
  return /^\d{1,20}$/.test(recordId) ? recordId : null
}

/** Used for one page after the other. */
const writer = new JsonWriter()

const json = {
  ...contactJson,
  begin: Buffer.from(`${contactJson.begin}${idPrefix}`),
  array: Buffer.from('['),
  arrayEnd: Buffer.from(']'),
  comma: Buffer.from(','),
  quote: Buffer.from('"'),
  space: Buffer.from(' '),
  null: Buffer.from('null'),
}
const work = json.described('work')
const mobile = json.described('mobile')
const whatsApp = json.described('WhatsApp')
const email = json.described('email')
const additional = json.described('additional')
const hubSpot = json.described('HubSpot')
const website = json.described('website')
const linkedIn = json.described('LinkedIn')

/** The contacts as a JSON array. */
export function writeContacts(page: ContactPage, { companyNames, readPhone, recordsUrl }: MappingContext): Buffer {
  const link = linkTo(recordsUrl)
  writer.clear()
  writer.bytes(json.array)
  for (let contact = 0; contact < page.length; contact += 1) {
    if (contact > 0) writer.bytes(json.comma)
    writer.bytes(json.begin)
    page.writeId(contact, writer)
    writer.bytes(json.name)
    writeName(page, contact)
    writer.bytes(json.companies)
    writeCompanies(page, contact, companyNames)
    writer.bytes(json.phoneNumbers)
    writePhones(page, contact, readPhone)
    writer.bytes(json.emailAddresses)
    writeEmails(page, contact)
    writer.bytes(json.urls)
    writeUrls(page, contact, link)
    writer.bytes(json.end)
  }
  writer.bytes(json.arrayEnd)
  return writer.take()
}

/** What stands before a contact's id in the link to it; null where it can't be a link. */
function linkTo(recordsUrl: string): Buffer | null {
  const url = recordsUrl && webUrl(`${recordsUrl}/`)
  return url === '' ? null : Buffer.from(`${json.url}${betweenQuotes(url)}`)
}

function writeName(page: ContactPage, contact: number): void {
  const hasFirst = page.has(contact, property.firstname)
  const hasLast = page.has(contact, property.lastname)
  if (!hasFirst && !hasLast) {
    writer.bytes(json.null)
    return
  }
  writer.bytes(json.quote)
  if (hasFirst) page.write(contact, property.firstname, writer)
  if (hasFirst && hasLast) writer.bytes(json.space)
  if (hasLast) page.write(contact, property.lastname, writer)
  writer.bytes(json.quote)
}

/** The job title belongs to the primary company, the only one that HubSpot relates it to. */
function writeCompanies(page: ContactPage, contact: number, companyNames: MappingContext['companyNames']): void {
  const names = namesOf(page.companyIds[contact] ?? [], companyNames)
  const [first] = names
  if (first === undefined && !page.has(contact, property.company) && !page.has(contact, property.jobtitle)) return
  writer.bytes(json.companyName)
  if (first === undefined) page.write(contact, property.company, writer)
  else writer.text(first)
  writer.bytes(json.jobTitle)
  page.write(contact, property.jobtitle, writer)
  writer.bytes(json.companyEnd)
  for (let index = 1; index < names.length; index += 1) {
    writer.bytes(json.comma)
    writer.bytes(json.companyName)
    writer.text(names[index] as string)
    writer.bytes(json.jobTitle)
    writer.bytes(json.companyEnd)
  }
}

/** Those that are known, each once. */
function namesOf(ids: readonly string[], companyNames: MappingContext['companyNames']): readonly string[] {
  const names: string[] = []
  for (const id of ids) {
    const name = companyNames.get(id)
    if (name && !names.includes(name)) names.push(name)
  }
  return names
}

function writePhones(page: ContactPage, contact: number, readPhone: ReadPhone): void {
  const country = page.text(contact, property.hs_country_region_code) || page.text(contact, property.country)
  const first = writePhone(page, contact, property.phone, readPhone, country, work)
  const second = writePhone(page, contact, property.mobilephone, readPhone, country, mobile, first)
  writePhone(page, contact, property.hs_whatsapp_phone_number, readPhone, country, whatsApp, first, second)
}

/** The number as it was written, unless it is one of those before it; null where there is nothing to write. */
function writePhone(
  page: ContactPage,
  contact: number,
  index: number,
  readPhone: ReadPhone,
  country: string,
  description: Buffer,
  first: string | null = null,
  second: string | null = null,
): string | null {
  if (!page.has(contact, index)) return null
  const typed = page.text(contact, index)
  const number = readPhone(typed, country)
  if (number === null || number === first || number === second) return null
  if (first !== null || second !== null) writer.bytes(json.comma)
  writer.bytes(json.phoneNumber)
  if (number === typed) page.write(contact, index, writer)
  else writer.text(number)
  writer.bytes(description)
  return number
}

function writeEmails(page: ContactPage, contact: number): void {
  const hasFirst = page.has(contact, property.email)
  if (hasFirst) {
    writer.bytes(json.emailAddress)
    page.write(contact, property.email, writer)
    writer.bytes(email)
  }
  if (!page.has(contact, property.hs_additional_emails)) return
  const seen = new Set(hasFirst ? [page.text(contact, property.email).toLowerCase()] : [])
  for (const typed of page.text(contact, property.hs_additional_emails).split(';')) {
    const address = typed.trim()
    if (address === '' || seen.has(address.toLowerCase())) continue
    if (seen.size > 0) writer.bytes(json.comma)
    seen.add(address.toLowerCase())
    writer.bytes(json.emailAddress)
    writer.text(address)
    writer.bytes(additional)
  }
}

function writeUrls(page: ContactPage, contact: number, link: Buffer | null): void {
  if (link !== null) {
    writer.bytes(link)
    page.writeId(contact, writer)
    writer.bytes(hubSpot)
  }
  const site = page.has(contact, property.website) ? webUrl(page.text(contact, property.website)) : ''
  if (site !== '') writeUrl(site, website, link === null)
  const profile = page.has(contact, property.hs_linkedin_url) ? webUrl(page.text(contact, property.hs_linkedin_url)) : ''
  if (profile !== '' && profile !== site) writeUrl(profile, linkedIn, link === null && site === '')
}

function writeUrl(url: string, description: Buffer, isFirst: boolean): void {
  if (!isFirst) writer.bytes(json.comma)
  writer.bytes(json.url)
  writer.text(url)
  writer.bytes(description)
}
