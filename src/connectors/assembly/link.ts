/** Links that parsing would hardly change, as nearly all are written: what ../../contact.ts's `webUrl` has a regular expression for. */

/** Whether what stands there is `http(s)://`, or nothing, a host with a dot in plain letters, and a path of plain signs, or none. */
export function isPlainLink(from: usize, end: usize): bool {
  let at = from + schemeLength(from, end)
  let label = at
  let dots = 0
  let isWord = true
  for (; at < end; at++) {
    const byte = load<u8>(at)
    if (byte === 0x2e) {
      // A label isn't empty.
      if (at === label) return false
      label = at + 1
      dots++
      isWord = true
    } else if (isDigitOrHyphen(byte)) isWord = false
    else if (byte < 0x61 || byte > 0x7a) break
  }
  // No number is a host's last label, nor is what stands for letters of other scripts to be judged here.
  return dots > 0 && at > label && isWord && isPlainPath(at, end) && !hasPunycode(from, end)
}

/** Bytes of `http://` or `https://`; 0 where there is neither. */
export function schemeLength(from: usize, end: usize): usize {
  // http, in the order of bytes in memory
  if (end - from < 8 || load<u32>(from) !== 0x70747468) return 0
  const colon = from + (load<u8>(from, 4) === 0x73 ? 5 : 4)
  return load<u8>(colon) === 0x3a && load<u16>(colon, 1) === 0x2f2f ? colon + 3 - from : 0
}

/** Whether there is a path behind the host. */
export function hasPath(from: usize, end: usize): bool {
  for (let at = from + schemeLength(from, end); at < end; at++) if (load<u8>(at) === 0x2f) return true
  return false
}

function isPlainPath(from: usize, end: usize): bool {
  if (from < end && load<u8>(from) !== 0x2f) return false
  for (let at = from; at < end; at++) {
    const byte = load<u8>(at)
    const letter = byte | 0x20
    if (byte !== 0x2f && byte !== 0x5f && !isDigitOrHyphen(byte) && (letter < 0x61 || letter > 0x7a)) return false
  }
  return true
}

function isDigitOrHyphen(byte: u8): bool {
  return (byte >= 0x30 && byte <= 0x39) || byte === 0x2d
}

function hasPunycode(from: usize, end: usize): bool {
  // xn--
  for (let at = from; at + 4 <= end; at++) if (load<u32>(at) === 0x2d2d6e78) return true
  return false
}
