/**
 * From HubSpot's answers to the inbox's contacts, from memory to memory: AssemblyScript, compiled into ../contact-writer.wasm by
 * `npm run assembly`. One answer after the other.
 */
import { put, to, writeContact, writeTo } from './contact'
import { at, begin, beginArray, finish, nextElement, refuse, skip } from './json'
import { Members, noMore } from './members'
import { forgetRecords, readRecord } from './record'
import { setSpan, spanSize } from './spans'
import * as Text from './texts'

export { texts } from './table'

/** What the last answer had: so many contacts, and where its paging and its total stand, if it has them. */
export let contacts: i32 = 0
export const paging: usize = memory.data(spanSize)
export const total: usize = memory.data(spanSize)

const answerMembers = new Members(Text.results, 3)

/** Writes the contacts of a list or a search as an array. @param from where the answer begins @param place for the array. @returns where it ends */
export function writePage(from: usize, end: usize, place: usize): usize {
  start(from, end, place)
  let isComplete = false
  answerMembers.begin()
  for (let member = answerMembers.next(); member !== noMore; member = answerMembers.next()) {
    if (member === 0) {
      isComplete = true
      for (let more = beginArray(); more; more = nextElement()) readAndWrite()
    } else {
      const value = at
      skip()
      if (member === 1) setSpan(paging, value, at)
      else if (member === 2) setSpan(total, value, at)
    }
  }
  if (!isComplete) refuse()
  return stop()
}

/** The same of an answer that is a single contact. */
export function writeRecord(from: usize, end: usize, place: usize): usize {
  start(from, end, place)
  readAndWrite()
  return stop()
}

function start(from: usize, end: usize, place: usize): void {
  answerMembers.forget()
  forgetRecords()
  contacts = 0
  setSpan(paging, 0, 0)
  setSpan(total, 0, 0)
  begin(from, end)
  writeTo(place)
  put(Text.array)
}

function stop(): usize {
  finish()
  put(Text.arrayEnd)
  return to
}

function readAndWrite(): void {
  const record = at
  readRecord()
  if (contacts > 0) put(Text.comma)
  writeContact(at - record)
  contacts++
}
