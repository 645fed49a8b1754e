/** Writes the contact that was read last as the inbox has it. */
import { beginItem, beginList, count, isNew, writePhone, writeUrl } from '../../assembly/list'
import { copy, put, room, to, writeTo } from '../../assembly/output'
import { endOf, fromOf, isEmpty } from '../../assembly/spans'
import { text } from '../../assembly/table'
import * as Shared from '../../assembly/texts'
import { has, place } from '../../assembly/value'
import { addressAt, addressCount, findAddresses } from './addresses'
import { companyAt, companyCount } from './company-ids'
import { additional, company } from './host'
import * as Text from './texts'

export function writeContact(): void {
  put(Text.contactBegin)
  copy(place(Text.id))
  put(Shared.name)
  writeName()
  put(Shared.companiesBegin)
  writeCompanies()
  put(Shared.phoneNumbers)
  writePhones()
  put(Shared.emailAddresses)
  writeEmails()
  put(Shared.urls)
  writeUrls()
  put(Shared.contactEnd)
}

function writeName(): void {
  const hasFirst = has(Text.firstname)
  const hasLast = has(Text.lastname)
  if (!hasFirst && !hasLast) {
    put(Shared.nothing)
    return
  }
  put(Shared.quote)
  copy(place(Text.firstname))
  if (hasFirst && hasLast) put(Text.space)
  copy(place(Text.lastname))
  put(Shared.quote)
}

/** The job title belongs to the primary company, the only one that HubSpot relates it to. */
function writeCompanies(): void {
  beginList()
  for (let index = 0; index < companyCount; index++) {
    const id = companyAt(index)
    const before = beginItem(Shared.companyName)
    const name = to
    writeTo(company(fromOf(id), endOf(id), to))
    if (!isNew(name, before)) continue
    put(Shared.companyJobTitle)
    if (count === 1) copy(place(Text.jobTitle))
    put(Shared.companyEnd)
  }
  if (count > 0 || (!has(Text.company) && !has(Text.jobTitle))) return
  put(Shared.companyName)
  copy(place(Text.company))
  put(Shared.companyJobTitle)
  copy(place(Text.jobTitle))
  put(Shared.companyEnd)
}

function writePhones(): void {
  const country = place(has(Text.countryCode) ? Text.countryCode : Text.country)
  beginList()
  writePhone(place(Text.phone), country, Shared.asWork)
  writePhone(place(Text.mobilePhone), country, Shared.asMobile)
  writePhone(place(Text.whatsAppPhone), country, Text.asWhatsApp)
}

function writeEmails(): void {
  const email = place(Text.email)
  const others = place(Text.additionalEmails)
  if (!isEmpty(email)) {
    put(Shared.emailAddress)
    copy(email)
    put(Shared.asEmail)
  }
  if (isEmpty(others)) return
  if (findAddresses(email, others)) writeAddresses(isEmpty(email))
  else writeTo(additional(fromOf(email), endOf(email), fromOf(others), endOf(others), to))
  room()
}

function writeAddresses(isFirst: bool): void {
  for (let index = 0; index < addressCount; index++) {
    if (!isFirst || index > 0) put(Shared.comma)
    put(Shared.emailAddress)
    copy(addressAt(index))
    put(Text.asAdditional)
  }
}

function writeUrls(): void {
  beginList()
  if (!isEmpty(text(Shared.link))) {
    const before = beginItem(Shared.url)
    const link = to
    put(Shared.link)
    copy(place(Text.id))
    if (isNew(link, before)) put(Text.asHubSpot)
  }
  writeUrl(place(Text.website), Shared.asWebsite)
  writeUrl(place(Text.linkedIn), Text.asLinkedIn)
}
