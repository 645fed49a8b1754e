// Salesforce's record ids: 15 characters that tell capitals apart, and three more that carry the capitals for systems that don't.
// The sandbox's ids are made by arithmetic, and the way back from an id to a record's position is computed too.

import { mix } from '../data/random.ts'

/** The ids of one object: they rise with the position and leave gaps. */
export interface IdScheme {
  /** What all of the object's ids begin with. */
  readonly keyPrefix: string
  /** The id, in 18 characters, of the record at a position. */
  idAt(position: number): string
  /** The first position whose id is not below this one, which has 18 characters. */
  positionFrom(id: string): number
}

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const CHECKSUM_DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345'
/** Where the org lives: the three characters after the key prefix. */
const POD = '5g0'
// Ids leave gaps of changing width, as those of an org in which records were deleted.
const FIRST_NUMBER = 14_776_336
const STRIDE = 41

export const ACCOUNT_IDS = idScheme('001')
export const CONTACT_IDS = idScheme('003')
export const LEAD_IDS = idScheme('00Q')

/** The id with this key prefix and number, in 18 characters; ids sort as their numbers do. */
export function idOf(keyPrefix: string, number: number): string {
  let counter = ''
  for (let rest = number; rest > 0; rest = Math.floor(rest / 62)) counter = DIGITS.charAt(rest % 62) + counter
  return withChecksum(`${keyPrefix}${POD}${counter.padStart(9, '0')}`)
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

/** The position that an id of 15 or 18 characters belongs to; undefined when it is no id of the scheme. */
export function positionOf(ids: IdScheme, text: string): number | undefined {
  const id = readId(text)
  if (id === null) return undefined
  const position = ids.positionFrom(id)
  return Number.isFinite(position) && ids.idAt(position) === id ? position : undefined
}

/** The ids of an object whose key prefix this is. */
export function idScheme(keyPrefix: string): IdScheme {
  const start = `${keyPrefix}${POD}`
  const scheme: IdScheme = {
    keyPrefix,
    idAt: (position) => idOf(keyPrefix, numberAt(position)),
    positionFrom(id) {
      if (!id.startsWith(start)) return id < start ? 0 : Number.POSITIVE_INFINITY
      const number = numberIn(id)
      const position = Math.max(0, Math.floor((number - FIRST_NUMBER) / STRIDE))
      return numberAt(position) < number ? position + 1 : position
    },
  }
  return scheme
}

function numberAt(position: number): number {
  return FIRST_NUMBER + position * STRIDE + (mix(position, 0x5f) % STRIDE)
}

function numberIn(id: string): number {
  let number = 0
  for (const digit of id.slice(6, 15)) number = number * 62 + DIGITS.indexOf(digit)
  return number
}

// Each of the three characters tells which of five are capitals.
function withChecksum(id: string): string {
  let checksum = ''
  for (let start = 0; start < 15; start += 5) {
    let capitals = 0
    for (let i = 0; i < 5; i++) if (/[A-Z]/.test(id.charAt(start + i))) capitals |= 1 << i
    checksum += CHECKSUM_DIGITS.charAt(capitals)
  }
  return id + checksum
}
