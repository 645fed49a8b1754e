/** What is read of a record: texts without space around them, each by the number of the member that it is the value of. */
import { trim } from './host'
import { end, isPlain, isString, skip, start, string } from './json'
import { isEmpty, setSpan, spanSize } from './spans'
import { own } from './texts'

/** So many members from a CRM's own first on can be read. */
const most = 32
const places: usize = memory.data(most * spanSize)

/** Where the value stands, still with JSON's escapes; what is missing, null or no text is empty. */
export function place(member: i32): usize {
  return places + (member - own) * spanSize
}

export function has(member: i32): bool {
  return !isEmpty(place(member))
}

/** Before another record. */
export function forgetValues(): void {
  memory.fill(places, 0, most * spanSize)
}

/** Reads the value here for its place, still with JSON's escapes, and goes past it. What is null or no text is empty. */
export function readText(span: usize): void {
  if (isString()) {
    string()
    setSpan(span, start, !isPlain || mayBeTrimmed() ? trim(start, end) : end)
  } else {
    skip()
    setSpan(span, 0, 0)
  }
}

/** Whether the string may begin or end with space, of any of the kinds that Unicode has. */
function mayBeTrimmed(): bool {
  if (start === end) return false
  const first = load<u8>(start)
  const last = load<u8>(end - 1)
  if (first <= 0x20 || last <= 0x20 || mayBeginSpace(first)) return true
  return last >= 0x80 && (mayBeginSpace(load<u8>(end - 2)) || mayBeginSpace(load<u8>(end - 3)))
}

/** Whether a byte begins U+00A0, U+1680, one of U+2000 to U+205F, U+3000 or U+FEFF in UTF-8. */
function mayBeginSpace(byte: u8): bool {
  return byte === 0xc2 || (byte >= 0xe1 && byte <= 0xe3) || byte === 0xef
}
