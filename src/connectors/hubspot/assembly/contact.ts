/** Writes the contact that was read last as the inbox has it. */
import { addressAt, addressCount, findAddresses } from './addresses'
import { companyAt, companyCount } from './company-ids'
import { additional, company, phone, reserve, url } from './host'
import { hasPath, isPlainLink, schemeLength } from './link'
import { has, place } from './record'
import { endOf, fromOf, isEmpty, isThat, lengthOf, setSpan, spanSize } from './spans'
import { text } from './table'
import * as Text from './texts'

/** Where the next byte goes. */
export let to: usize = 0
/** Room for the texts of one contact, when it is written: they are far shorter in all. */
const textsOfContact: usize = 4096
/** What is written of a contact without asking the host, at most. */
let ownBytes: usize = 0

/** What a list of the contact has so far: companies' names, numbers or links, of which none is to come twice. */
const written: usize = memory.data(501 * spanSize)
let count: i32 = 0

export function writeTo(place: usize): void {
  to = place
}

export function put(number: i32): void {
  copy(text(number))
}

/** @param length of the record that it was read from, in bytes */
export function writeContact(length: usize): void {
  // A record's properties stand in it once and are written at most once; its id twice.
  ownBytes = 2 * length + textsOfContact + lengthOf(text(Text.link))
  room()
  put(Text.contactBegin)
  copy(place(Text.id))
  put(Text.name)
  writeName()
  put(Text.companiesBegin)
  writeCompanies()
  put(Text.phoneNumbers)
  writePhones()
  put(Text.emailAddresses)
  writeEmails()
  put(Text.urls)
  writeUrls()
  put(Text.contactEnd)
}

/** Makes sure that there is room for what is written before the host writes again. */
function room(): void {
  if (to + ownBytes > (memory.size() as usize) << 16) reserve(to + ownBytes)
}

/** Sixteen bytes at a time: what is written too much is written over. */
function copy(span: usize): void {
  const end = endOf(span)
  let at = to
  for (let from = fromOf(span); from < end; from += 16, at += 16) v128.store(at, v128.load(from))
  to += lengthOf(span)
}

function writeName(): void {
  const hasFirst = has(Text.firstname)
  const hasLast = has(Text.lastname)
  if (!hasFirst && !hasLast) {
    put(Text.nothing)
    return
  }
  put(Text.quote)
  copy(place(Text.firstname))
  if (hasFirst && hasLast) put(Text.space)
  copy(place(Text.lastname))
  put(Text.quote)
}

/** The job title belongs to the primary company, the only one that HubSpot relates it to. */
function writeCompanies(): void {
  count = 0
  for (let index = 0; index < companyCount; index++) {
    const id = companyAt(index)
    const before = beginItem(Text.companyName)
    const name = to
    to = company(fromOf(id), endOf(id), to)
    if (!isNew(name, before)) continue
    put(Text.companyJobTitle)
    if (count === 1) copy(place(Text.jobTitle))
    put(Text.companyEnd)
  }
  if (count > 0 || (!has(Text.company) && !has(Text.jobTitle))) return
  put(Text.companyName)
  copy(place(Text.company))
  put(Text.companyJobTitle)
  copy(place(Text.jobTitle))
  put(Text.companyEnd)
}

function writePhones(): void {
  count = 0
  writePhone(Text.phone, Text.asWork)
  writePhone(Text.mobilePhone, Text.asMobile)
  writePhone(Text.whatsAppPhone, Text.asWhatsApp)
}

function writePhone(property: i32, description: i32): void {
  if (!has(property)) return
  const typed = place(property)
  const country = place(has(Text.countryCode) ? Text.countryCode : Text.country)
  const before = beginItem(Text.phoneNumber)
  const number = to
  to = phone(fromOf(typed), endOf(typed), fromOf(country), endOf(country), to)
  if (isNew(number, before)) put(description)
}

function writeEmails(): void {
  const email = place(Text.email)
  const others = place(Text.additionalEmails)
  if (!isEmpty(email)) {
    put(Text.emailAddress)
    copy(email)
    put(Text.asEmail)
  }
  if (isEmpty(others)) return
  if (findAddresses(email, others)) writeAddresses(isEmpty(email))
  else to = additional(fromOf(email), endOf(email), fromOf(others), endOf(others), to)
  room()
}

function writeAddresses(isFirst: bool): void {
  for (let index = 0; index < addressCount; index++) {
    if (!isFirst || index > 0) put(Text.comma)
    put(Text.emailAddress)
    copy(addressAt(index))
    put(Text.asAdditional)
  }
}

function writeUrls(): void {
  count = 0
  if (!isEmpty(text(Text.link))) {
    put(Text.link)
    copy(place(Text.id))
    put(Text.asHubSpot)
    // No other link is this one.
    setSpan(written, 0, 0)
    count = 1
  }
  writeUrl(Text.website, Text.asWebsite)
  writeUrl(Text.linkedIn, Text.asLinkedIn)
}

function writeUrl(property: i32, description: i32): void {
  if (!has(property)) return
  const typed = place(property)
  const before = beginItem(Text.url)
  const link = to
  if (isPlainLink(fromOf(typed), endOf(typed))) writeLink(typed)
  else to = url(fromOf(typed), endOf(typed), to)
  if (isNew(link, before)) put(description)
}

function writeLink(typed: usize): void {
  const from = fromOf(typed)
  const end = endOf(typed)
  if (schemeLength(from, end) === 0) put(Text.https)
  copy(typed)
  if (!hasPath(from, end)) put(Text.slash)
}

/** Begins another item of a list. @returns where writing goes on when it isn't to be one */
function beginItem(beginning: i32): usize {
  const before = to
  if (count > 0) put(Text.comma)
  put(beginning)
  return before
}

/** Whether what the host wrote last is anything, and for the first time in its list; else it is taken back. */
function isNew(from: usize, before: usize): bool {
  room()
  let isNew = to !== from
  for (let index = 0; isNew && index < count; index++) isNew = !isThat(written + index * spanSize, from, to)
  if (!isNew) {
    to = before
    return false
  }
  setSpan(written + count * spanSize, from, to)
  count++
  return true
}
