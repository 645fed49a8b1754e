/** A contact's additional email addresses: one text, with semicolons between them. */
import { endOf, fromOf, lengthOf, setSpan, spanSize } from '../../assembly/spans'

/** More of them are left to the host, and so is what isn't plain ASCII: letters of other scripts have other rules for capitals. */
const most = 16
const addresses: usize = memory.data(most * spanSize)

/** So many were found. */
export let addressCount: i32 = 0

export function addressAt(index: i32): usize {
  return addresses + index * spanSize
}

/** Finds the addresses that are new, each once, whatever its capitals. @returns false where the host has to look */
export function findAddresses(email: usize, others: usize): bool {
  addressCount = 0
  if (!isPlain(email) || !isPlain(others)) return false
  const end = endOf(others)
  let from = fromOf(others)
  while (from <= end) {
    let semicolon = from
    while (semicolon < end && load<u8>(semicolon) !== 0x3b) semicolon++
    let last = semicolon
    while (from < last && load<u8>(from) === 0x20) from++
    while (last > from && load<u8>(last - 1) === 0x20) last--
    if (from < last && isNew(email, from, last)) {
      if (addressCount === most) return false
      setSpan(addressAt(addressCount++), from, last)
    }
    from = semicolon + 1
  }
  return true
}

function isNew(email: usize, from: usize, end: usize): bool {
  if (isSame(email, from, end)) return false
  for (let index = 0; index < addressCount; index++) if (isSame(addressAt(index), from, end)) return false
  return true
}

function isSame(span: usize, from: usize, end: usize): bool {
  if (lengthOf(span) !== end - from) return false
  let other = fromOf(span)
  for (let at = from; at < end; at++, other++) if (small(load<u8>(at)) !== small(load<u8>(other))) return false
  return true
}

function small(byte: u8): u8 {
  return byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte
}

/** Whether all of it is ASCII, and none of it escaped. */
function isPlain(span: usize): bool {
  for (let at = fromOf(span); at < endOf(span); at++) {
    const byte = load<u8>(at)
    if (byte < 0x20 || byte > 0x7e || byte === 0x5c) return false
  }
  return true
}
