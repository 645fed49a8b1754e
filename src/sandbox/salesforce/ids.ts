// Salesforce's record ids: 15 characters that tell capitals apart, and three more that carry the capitals for systems that don't.

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const CHECKSUM_DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345'
/** Where the sandbox's org lives: the three characters after the object's key prefix. */
const POD = '5g0'
const COUNTER_LENGTH = 9

/** The 18-character id with this key prefix (`003` for contacts) and this number; ids sort as their numbers do. */
export function idOf(keyPrefix: string, number: number): string {
  let counter = ''
  for (let rest = number; rest > 0; rest = Math.floor(rest / DIGITS.length))
    counter = DIGITS.charAt(rest % DIGITS.length) + counter
  return withChecksum(`${keyPrefix}${POD}${counter.padStart(COUNTER_LENGTH, '0')}`)
}

/** The number in an id of the sandbox's org; null for ids from elsewhere. */
export function numberIn(keyPrefix: string, id: string): number | null {
  if (!id.startsWith(`${keyPrefix}${POD}`)) return null
  let number = 0
  for (const digit of id.slice(6, 15)) number = number * DIGITS.length + DIGITS.indexOf(digit)
  return number
}

/**
 * An id as the 18 characters that Salesforce answers with; null when the text can't be an id. Takes 15 characters or 18, whose last
 * three have to fit. @see https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/field_types.htm
 */
export function readId(text: string): string | null {
  if (!/^[0-9A-Za-z]{15}(?:[0-9A-Za-z]{3})?$/.test(text)) return null
  const id = withChecksum(text.slice(0, 15))
  return text.length === 15 || text.slice(15).toUpperCase() === id.slice(15) ? id : null
}

// Each of the three characters tells which of five are capitals.
function withChecksum(id: string): string {
  let checksum = ''
  for (let start = 0; start < 15; start += 5) {
    let capitals = 0
    for (let i = 0; i < 5; i++) {
      const character = id.charAt(start + i)
      if (character >= 'A' && character <= 'Z') capitals |= 1 << i
    }
    checksum += CHECKSUM_DIGITS.charAt(capitals)
  }
  return id + checksum
}
