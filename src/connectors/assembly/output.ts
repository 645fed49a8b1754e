/** Where contacts are written, one behind the other. */
import { reserve } from './host'
import { endOf, fromOf, lengthOf } from './spans'
import { text } from './table'
import * as Text from './texts'

/** Where the next byte goes. */
export let to: usize = 0
/** Room for the texts of one contact, when it is written: they are far shorter in all. */
const textsOfContact: usize = 4096
/** What is written of a contact without asking the host, at most. */
let ownBytes: usize = 0

export function writeTo(place: usize): void {
  to = place
}

/** Before a contact. @param length of the record that it was read from, in bytes */
export function roomForContact(length: usize): void {
  // A record's properties stand in it once and are written at most once; its id twice.
  ownBytes = 2 * length + textsOfContact + lengthOf(text(Text.link))
  room()
}

/** Makes sure that there is room for what is written before the host writes again. */
export function room(): void {
  if (to + ownBytes > (memory.size() as usize) << 16) reserve(to + ownBytes)
}

export function put(number: i32): void {
  copy(text(number))
}

/** Sixteen bytes at a time: what is written too much is written over. */
export function copy(span: usize): void {
  const end = endOf(span)
  let at = to
  for (let from = fromOf(span); from < end; from += 16, at += 16) v128.store(at, v128.load(from))
  to += lengthOf(span)
}
