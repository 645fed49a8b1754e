/**
 * From Salesforce's answers to the inbox's contacts, from memory to memory: AssemblyScript, compiled into ../contact-writer.wasm by
 * `npm run assembly`. One answer after the other.
 */
import { beginContact, start, stop } from '../../assembly/answer'
import { at, beginArray, isArray, isDigit, nextElement, refuse, skip } from '../../assembly/json'
import { Members, noMore } from '../../assembly/members'
import { setSpan, spanSize } from '../../assembly/spans'
import { writeContact, writeLead } from './contact'
import { another } from './ids'
import { forgetRecords, readRecord } from './record'
import * as Text from './texts'

export { contacts } from '../../assembly/answer'
export { texts } from '../../assembly/table'

/** Where it stands whether the last answer was all that there is, if that was said. */
export const done: usize = memory.data(spanSize)

const answerMembers = new Members(Text.records, 3)
const batchMembers = new Members(Text.results, 1)
const partMembers = new Members(Text.statusCode, 2)

/** What all records have to be, as ids.ts has it; {@link another}: whatever they are, but only contacts and leads are written. */
let wanted: i32 = another

/** Writes the contacts of an answer as an array, all of which have to be of one object. @param from where the answer begins @param place for the array. @returns where it ends */
export function writeRows(from: usize, end: usize, place: usize, object: i32): usize {
  begin(from, end, place)
  wanted = object
  readAnswer()
  return stop()
}

/** The same of contacts and leads among whatever was found. */
export function writeFound(from: usize, end: usize, place: usize): usize {
  begin(from, end, place)
  readAnswer()
  return stop()
}

/** The same of so many answers that came as one, none of them a refusal. */
export function writeBatch(from: usize, end: usize, place: usize, parts: i32): usize {
  begin(from, end, place)
  let found = 0
  batchMembers.begin()
  for (let member = batchMembers.next(); member !== noMore; member = batchMembers.next()) {
    if (member !== 0 || !isArray()) skip()
    else for (let more = beginArray(); more; more = nextElement(), found++) readPart()
  }
  if (found !== parts) refuse()
  return stop()
}

function begin(from: usize, end: usize, place: usize): void {
  answerMembers.forget()
  batchMembers.forget()
  partMembers.forget()
  forgetRecords()
  setSpan(done, 0, 0)
  wanted = another
  start(from, end, place)
}

function readPart(): void {
  let isAnswered: bool = false
  let hasResult: bool = false
  partMembers.begin()
  for (let member = partMembers.next(); member !== noMore; member = partMembers.next()) {
    if (member === 0) isAnswered = readsSuccess()
    else if (member === 1) {
      readAnswer()
      hasResult = true
    } else skip()
  }
  if (!isAnswered || !hasResult) refuse()
}

/** Whether the number here is that of a success. */
function readsSuccess(): bool {
  const from = at
  skip()
  return at - from === 3 && load<u8>(from) === 0x32 && isDigit(load<u8>(from, 1))
}

function readAnswer(): void {
  let isComplete = false
  answerMembers.begin()
  for (let member = answerMembers.next(); member !== noMore; member = answerMembers.next()) {
    const value = at
    if ((member === 0 || member === 1) && isArray()) {
      isComplete = true
      for (let more = beginArray(); more; more = nextElement()) readAndWrite()
    } else skip()
    if (member === 2) setSpan(done, value, at)
  }
  if (!isComplete) refuse()
}

function readAndWrite(): void {
  const record = at
  const object = readRecord()
  if (wanted !== another && object !== wanted) refuse()
  if (object === another) return
  beginContact(at - record)
  if (object === Text.contactPrefix) writeContact()
  else writeLead()
}
