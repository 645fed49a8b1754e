/** Salesforce's ids: fifteen characters, or eighteen with a checksum. What they begin with tells the object. */
import { isDigit } from '../../assembly/json'
import { endOf, fromOf, isThat, lengthOf } from '../../assembly/spans'
import { text } from '../../assembly/table'
import * as Text from './texts'

/** No contact, and no lead. */
export const another: i32 = 0

const short: usize = 15
const long: usize = 18
const prefixLength: usize = 3

/** Whether it can be the id of a record at all. */
export function isId(id: usize): bool {
  if (lengthOf(id) !== short && lengthOf(id) !== long) return false
  for (let at = fromOf(id); at < endOf(id); at++) if (!isAlphanumeric(load<u8>(at)) && load<u8>(at) !== 0x5f) return false
  return true
}

/** What an id is of: the number of the text that it begins with, or {@link another}. */
export function objectOf(id: usize): i32 {
  const from = fromOf(id)
  for (let at = from; at < from + short; at++) if (!isAlphanumeric(load<u8>(at))) return another
  for (let at = from + short; at < endOf(id); at++) if (!isOfChecksum(load<u8>(at))) return another
  if (isThat(text(Text.contactPrefix), from, from + prefixLength)) return Text.contactPrefix
  return isThat(text(Text.leadPrefix), from, from + prefixLength) ? Text.leadPrefix : another
}

function isAlphanumeric(byte: u8): bool {
  const letter = byte | 0x20
  return isDigit(byte) || (letter >= 0x61 && letter <= 0x7a)
}

/** A to Z, and 0 to 5. */
function isOfChecksum(byte: u8): bool {
  return (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x30 && byte <= 0x35)
}
