/** The lists of a contact, in which nothing is to come twice. */
import { phone, url } from './host'
import { hasPath, isPlainLink, schemeLength } from './link'
import { copy, put, room, to, writeTo } from './output'
import { endOf, fromOf, isEmpty, isThat, setSpan, spanSize } from './spans'
import * as Text from './texts'

/** What the list has so far: companies' names, numbers or links. */
const written: usize = memory.data(501 * spanSize)

/** So many items it has. */
export let count: i32 = 0

export function beginList(): void {
  count = 0
}

/** Begins another item of a list. @returns where writing goes on when it isn't to be one */
export function beginItem(beginning: i32): usize {
  const before = to
  if (count > 0) put(Text.comma)
  put(beginning)
  return before
}

/** Whether what was written last is anything, and for the first time in its list; else it is taken back. */
export function isNew(from: usize, before: usize): bool {
  room()
  let isNew = to !== from
  for (let index = 0; isNew && index < count; index++) isNew = !isThat(written + index * spanSize, from, to)
  if (!isNew) {
    writeTo(before)
    return false
  }
  setSpan(written + count * spanSize, from, to)
  count++
  return true
}

export function writePhone(typed: usize, country: usize, description: i32): void {
  if (isEmpty(typed)) return
  const before = beginItem(Text.phoneNumber)
  const number = to
  writeTo(phone(fromOf(typed), endOf(typed), fromOf(country), endOf(country), to))
  if (isNew(number, before)) put(description)
}

export function writeUrl(typed: usize, description: i32): void {
  if (isEmpty(typed)) return
  const before = beginItem(Text.url)
  const link = to
  if (isPlainLink(fromOf(typed), endOf(typed))) writeLink(typed)
  else writeTo(url(fromOf(typed), endOf(typed), to))
  if (isNew(link, before)) put(description)
}

function writeLink(typed: usize): void {
  const from = fromOf(typed)
  const end = endOf(typed)
  if (schemeLength(from, end) === 0) put(Text.https)
  copy(typed)
  if (!hasPath(from, end)) put(Text.slash)
}
