/** Writes the contact or the lead that was read last as the inbox has it. */
import { beginItem, beginList, isNew, writePhone, writeUrl } from '../../assembly/list'
import { copy, put, to } from '../../assembly/output'
import { endOf, fromOf, isEmpty, isThat } from '../../assembly/spans'
import { text } from '../../assembly/table'
import * as Shared from '../../assembly/texts'
import { has, place } from '../../assembly/value'
import * as Text from './texts'

export function writeContact(): void {
  begin()
  // A person account's name is the person's own, not an employer's.
  writeCompany(Text.accountName, !isName(place(Text.accountName)))
  put(Shared.phoneNumbers)
  beginList()
  const country = place(Text.mailingCountry)
  writePhone(place(Text.phone), country, Shared.asWork)
  writePhone(place(Text.mobilePhone), country, Shared.asMobile)
  writePhone(place(Text.homePhone), country, Text.asHome)
  writePhone(place(Text.otherPhone), country, Text.asOther)
  writePhone(place(Text.assistantPhone), country, Text.asAssistant)
  writeEmail()
  writeUrls(Text.contactPath, Text.accountWebsite)
}

export function writeLead(): void {
  begin()
  writeCompany(Text.company, true)
  put(Shared.phoneNumbers)
  beginList()
  const country = place(Text.country)
  writePhone(place(Text.phone), country, Shared.asWork)
  writePhone(place(Text.mobilePhone), country, Shared.asMobile)
  writeEmail()
  writeUrls(Text.leadPath, Text.website)
}

/** Writes id and name. */
function begin(): void {
  put(Shared.contactBegin)
  copy(place(Text.id))
  put(Shared.name)
  if (!has(Text.name)) {
    put(Shared.nothing)
    return
  }
  put(Shared.quote)
  copy(place(Text.name))
  put(Shared.quote)
}

function isName(span: usize): bool {
  return isThat(place(Text.name), fromOf(span), endOf(span))
}

function writeCompany(company: i32, isEmployer: bool): void {
  put(Shared.companiesBegin)
  const isNamed = isEmployer && has(company)
  if (!isNamed && !has(Text.title)) return
  put(Shared.companyName)
  if (isNamed) copy(place(company))
  put(Shared.companyJobTitle)
  copy(place(Text.title))
  put(Shared.companyEnd)
}

function writeEmail(): void {
  put(Shared.emailAddresses)
  if (!has(Text.email)) return
  put(Shared.emailAddress)
  copy(place(Text.email))
  put(Shared.asEmail)
}

/** Writes the link to the record, and the website. */
function writeUrls(path: i32, website: i32): void {
  put(Shared.urls)
  beginList()
  if (!isEmpty(text(Shared.link))) {
    const before = beginItem(Shared.url)
    const link = to
    put(Shared.link)
    put(path)
    copy(place(Text.id))
    put(Text.view)
    if (isNew(link, before)) put(Text.asSalesforce)
  }
  writeUrl(place(website), Shared.asWebsite)
  put(Shared.contactEnd)
}
