/**
 * From HubSpot's answers to the inbox's contacts, from memory to memory: AssemblyScript, compiled into ../contact-writer.wasm by
 * `npm run assembly`. One answer after the other.
 */
import { beginContact, start, stop } from '../../assembly/answer'
import { at, beginArray, nextElement, refuse, skip } from '../../assembly/json'
import { Members, noMore } from '../../assembly/members'
import { setSpan, spanSize } from '../../assembly/spans'
import { writeContact } from './contact'
import { forgetRecords, readRecord } from './record'
import * as Text from './texts'

export { contacts } from '../../assembly/answer'
export { texts } from '../../assembly/table'

/** Where the last answer's paging and its total stand, if it has them. */
export const paging: usize = memory.data(spanSize)
export const total: usize = memory.data(spanSize)

const answerMembers = new Members(Text.results, 3)

/** Writes the contacts of a list or a search as an array. @param from where the answer begins @param place for the array. @returns where it ends */
export function writePage(from: usize, end: usize, place: usize): usize {
  begin(from, end, place)
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
  begin(from, end, place)
  readAndWrite()
  return stop()
}

function begin(from: usize, end: usize, place: usize): void {
  answerMembers.forget()
  forgetRecords()
  setSpan(paging, 0, 0)
  setSpan(total, 0, 0)
  start(from, end, place)
}

function readAndWrite(): void {
  const record = at
  readRecord()
  beginContact(at - record)
  writeContact()
}
