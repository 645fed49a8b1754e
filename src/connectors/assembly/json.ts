/**
 * Strict JSON (RFC 8259) by places in memory: `at` goes over the text, and nothing is made of what nobody looks at. Whether the text is
 * UTF-8 was seen before. Behind it there is a zero, and memory goes on for sixteen bytes.
 */
import { fail as failAtHost } from './host'

export let at: usize = 0
let last: usize = 0
let depth: i32 = 0

/** Where the string begins and ends that was read last, without its quotes. */
export let start: usize = 0
export let end: usize = 0
/** Whether each character of it stands for itself. */
export let isPlain: bool = true

/** Answers nest a handful deep. */
const deepest: i32 = 1000

const quote: u8 = 0x22
const comma: u8 = 0x2c
const colon: u8 = 0x3a
const backslash: u8 = 0x5c
const openArray: u8 = 0x5b
const closeArray: u8 = 0x5d
const openObject: u8 = 0x7b
const closeObject: u8 = 0x7d

export function begin(from: usize, to: usize): void {
  at = from
  last = to
  depth = 0
  space()
}

export function moveTo(place: usize): void {
  at = place
}

/** Nothing but space may be left. */
export function finish(): void {
  space()
  if (at !== last) fail()
}

function fail(): void {
  failAtHost(0, at)
  unreachable()
}

/** For JSON of another make than the CRM's. */
export function refuse(): void {
  failAtHost(1, at)
  unreachable()
}

function here(): u8 {
  return load<u8>(at)
}

export function isString(): bool {
  return here() === quote
}

export function isObject(): bool {
  return here() === openObject
}

export function isArray(): bool {
  return here() === openArray
}

function expect(byte: u8): void {
  if (here() !== byte) fail()
  at++
}

function goesPast(byte: u8): bool {
  if (here() !== byte) return false
  at++
  return true
}

export function space(): void {
  for (let byte = here(); byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09; byte = here()) at++
}

/** Goes into an object. */
export function beginObject(): void {
  expect(openObject)
}

/** Goes out of an object, where that is next. */
export function leavesObject(): bool {
  return goesPast(closeObject)
}

/** Goes from a value to the name of the next member, and past it. */
export function nextName(isFirst: bool): void {
  if (!isFirst) {
    expect(comma)
    space()
  }
  string()
}

/** Goes from a name to its value. */
export function toValue(): void {
  space()
  expect(colon)
  space()
}

/** Goes into an array: whether there is an element. */
export function beginArray(): bool {
  expect(openArray)
  space()
  return !goesPast(closeArray)
}

/** Goes to the array's next element, if there is one. */
export function nextElement(): bool {
  space()
  if (goesPast(closeArray)) return false
  expect(comma)
  space()
  return true
}

/** Reads a string for its place, and goes past it. */
export function string(): void {
  expect(quote)
  start = at
  isPlain = true
  for (;;) {
    const bytes = v128.load(at)
    const special = v128.bitmask<i8>(
      v128.or(
        v128.or(i8x16.eq(bytes, i8x16.splat(quote)), i8x16.eq(bytes, i8x16.splat(backslash))),
        i8x16.lt_u(bytes, i8x16.splat(0x20)),
      ),
    )
    if (special === 0) {
      at += 16
      continue
    }
    at += ctz(special)
    if (here() === quote) break
    isPlain = false
    escaped()
  }
  end = at
  at++
}

/** Goes past an escape. Anything else that isn't plain, such as the zero behind the text, is none. */
function escaped(): void {
  expect(backslash)
  const byte = here()
  at++
  if (byte === 0x75) {
    for (let index = 0; index < 4; index++) hexDigit()
    return
  }
  // "\/bfnrt
  if (
    byte !== quote &&
    byte !== backslash &&
    byte !== 0x2f &&
    byte !== 0x62 &&
    byte !== 0x66 &&
    byte !== 0x6e &&
    byte !== 0x72 &&
    byte !== 0x74
  )
    fail()
}

function hexDigit(): void {
  const byte = here()
  const letter = byte | 0x20
  if (!isDigit(byte) && (letter < 0x61 || letter > 0x66)) fail()
  at++
}

/** Goes past the value here. */
export function skip(): void {
  if (isString()) string()
  else if (isObject() || isArray()) {
    if (++depth > deepest) fail()
    if (isArray()) for (let more = beginArray(); more; more = nextElement()) skip()
    else skipObject()
    depth--
  } else scalar()
}

function skipObject(): void {
  beginObject()
  space()
  for (let isFirst = true; !leavesObject(); isFirst = false) {
    nextName(isFirst)
    toValue()
    skip()
    space()
  }
}

/** `null`, `true`, `false` or a number. */
function scalar(): void {
  const word = load<u32>(at)
  if (word === 0x6c6c756e || word === 0x65757274) at += 4
  else if (word === 0x736c6166 && load<u8>(at, 4) === 0x65) at += 5
  else number()
}

function number(): void {
  goesPast(0x2d)
  if (!goesPast(0x30)) digits()
  if (goesPast(0x2e)) digits()
  if ((here() | 0x20) === 0x65) {
    at++
    if (!goesPast(0x2b)) goesPast(0x2d)
    digits()
  }
}

function digits(): void {
  if (!isDigit(here())) fail()
  while (isDigit(here())) at++
}

export function isDigit(byte: u8): bool {
  return byte >= 0x30 && byte <= 0x39
}
