/** A contact or a lead as Salesforce writes it, read for the places of what it says. */
import { decode } from '../../assembly/host'
import { end, isObject, isPlain, isString, refuse, skip, start, string } from '../../assembly/json'
import { Members, noMore } from '../../assembly/members'
import { setSpan } from '../../assembly/spans'
import { forgetValues, place, readText } from '../../assembly/value'
import { isId, objectOf } from './ids'
import * as Text from './texts'

const fieldMembers = new Members(Text.name, 14)
const accountMembers = new Members(Text.accountName, 2)

/** Before another answer. */
export function forgetRecords(): void {
  fieldMembers.forget()
  accountMembers.forget()
}

/** Reads a record, and goes past it. @returns what it is, as ids.ts has it */
export function readRecord(): i32 {
  forgetValues()
  fieldMembers.begin()
  for (let member = fieldMembers.next(); member !== noMore; member = fieldMembers.next()) {
    const field = Text.name + member
    if (member < 0) skip()
    else if (field === Text.id) readId()
    else if (field === Text.account) readAccount()
    else readText(place(field))
  }
  const id = place(Text.id)
  if (!isId(id)) refuse()
  return objectOf(id)
}

function readId(): void {
  const id = place(Text.id)
  setSpan(id, 0, 0)
  if (!isString()) {
    skip()
    return
  }
  string()
  setSpan(id, start, isPlain ? end : decode(start, end))
}

function readAccount(): void {
  setSpan(place(Text.accountName), 0, 0)
  setSpan(place(Text.accountWebsite), 0, 0)
  if (!isObject()) {
    skip()
    return
  }
  accountMembers.begin()
  for (let member = accountMembers.next(); member !== noMore; member = accountMembers.next()) {
    if (member < 0) skip()
    else readText(place(Text.accountName + member))
  }
}
