/** One answer after the other, from where it begins to the end of the array of its contacts. */
import { begin, finish } from './json'
import { put, roomForContact, to, writeTo } from './output'
import * as Text from './texts'

/** So many contacts the last answer had. */
export let contacts: i32 = 0

/** @param place for the array */
export function start(from: usize, end: usize, place: usize): void {
  contacts = 0
  begin(from, end)
  writeTo(place)
  put(Text.array)
}

/** @returns where the array ends */
export function stop(): usize {
  finish()
  put(Text.arrayEnd)
  return to
}

/** Before another contact. @param length of the record that it was read from, in bytes */
export function beginContact(length: usize): void {
  roomForContact(length)
  if (contacts++ > 0) put(Text.comma)
}
