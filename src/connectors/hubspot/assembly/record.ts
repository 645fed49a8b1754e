/** A contact as HubSpot writes it, read for the places of what it says. */

import {
  beginArray,
  end,
  isArray,
  isDigit,
  isObject,
  isPlain,
  isString,
  nextElement,
  refuse,
  skip,
  start,
  string,
} from '../../assembly/json'
import { Members, noMore } from '../../assembly/members'
import { endOf, fromOf, isEmpty, isThat, setSpan } from '../../assembly/spans'
import { text } from '../../assembly/table'
import { forgetValues, has, place, readText } from '../../assembly/value'
import { addCompany, addPrimary, forgetCompanies } from './company-ids'
import * as Text from './texts'

const recordMembers = new Members(Text.id, 3)
const propertyMembers = new Members(Text.firstname, 14)
const associationMembers = new Members(Text.companies, 1)
const companiesMembers = new Members(Text.companyResults, 1)
const companyMembers = new Members(Text.companyId, 2)

/** Before another answer. */
export function forgetRecords(): void {
  recordMembers.forget()
  propertyMembers.forget()
  associationMembers.forget()
  companiesMembers.forget()
  companyMembers.forget()
}

/** Reads a contact, and goes past it. */
export function readRecord(): void {
  forgetValues()
  forgetCompanies()
  let hasProperties: bool = false
  recordMembers.begin()
  for (let member = recordMembers.next(); member !== noMore; member = recordMembers.next()) {
    if (member === 0) readId()
    else if (member === 1) hasProperties = readProperties()
    else if (member === 2) readAssociations()
    else skip()
  }
  if (!has(Text.id) || !hasProperties) refuse()
  const primary = place(Text.primaryCompany)
  if (!isEmpty(primary)) addPrimary(fromOf(primary), endOf(primary))
}

function readId(): void {
  const id = place(Text.id)
  setSpan(id, 0, 0)
  if (!isString()) {
    skip()
    return
  }
  string()
  for (let digit = start; digit < end; digit++) if (!isDigit(load<u8>(digit))) return
  setSpan(id, start, end)
}

function readProperties(): bool {
  if (!isObject()) {
    skip()
    return false
  }
  propertyMembers.begin()
  for (let member = propertyMembers.next(); member !== noMore; member = propertyMembers.next()) {
    if (member < 0) skip()
    else readText(place(Text.firstname + member))
  }
  return true
}

/** In a list HubSpot gives an association per label; a search gives none. Whatever isn't as HubSpot writes it is skipped. */
function readAssociations(): void {
  forgetCompanies()
  if (!isObject()) {
    skip()
    return
  }
  associationMembers.begin()
  for (let member = associationMembers.next(); member !== noMore; member = associationMembers.next()) {
    if (member === 0 && isObject()) readCompanies()
    else skip()
  }
}

function readCompanies(): void {
  companiesMembers.begin()
  for (let member = companiesMembers.next(); member !== noMore; member = companiesMembers.next()) {
    if (member !== 0 || !isArray()) {
      skip()
      continue
    }
    for (let more = beginArray(); more; more = nextElement()) {
      if (isObject()) readCompany()
      else skip()
    }
  }
}

function readCompany(): void {
  let from: usize = 0
  let to: usize = 0
  let isPrimary: bool = false
  companyMembers.begin()
  for (let member = companyMembers.next(); member !== noMore; member = companyMembers.next()) {
    if (member < 0 || !isString()) {
      skip()
      continue
    }
    string()
    if (member === 1) isPrimary = isThat(text(Text.primaryType), start, end)
    else if (isPlain) {
      from = start
      to = end
    }
  }
  if (from !== to) addCompany(from, to, isPrimary)
}
