// The people of the sandbox: a million of them cost nothing until somebody looks, and whoever has a number or an address is found by
// arithmetic instead of an index.

import { NEIGHBOURS, type Person, personAt, QUARTER, TWIN } from './person.ts'
import { subscriberDigits } from './phone-writing.ts'
import { NUMBERS_PER_PLAN, originsOf } from './phones.ts'

/** The sandbox's people. */
export interface People {
  readonly count: number
  at(position: number): Person
  /** Positions of all who could have this number, in whatever writing; null when the text is no number, so that all have to be read. */
  withPhone(written: string): readonly number[] | null
  /** Positions of all who could have this address. */
  withEmail(email: string): readonly number[]
}

/** The most people a sandbox can hold: each needs a number of their own. */
export const MAX_PEOPLE = NUMBERS_PER_PLAN

/** The people of one seed; throws RangeError above {@link MAX_PEOPLE}. */
export function createPeople(seed: number, count: number, companyCount: number): People {
  if (!Number.isInteger(count) || count < 0 || count > MAX_PEOPLE) {
    throw new RangeError(`A sandbox holds 0 to ${MAX_PEOPLE} people, not ${count}`)
  }
  return {
    count,
    at: (position) => personAt(seed, position, companyCount),
    withPhone(written) {
      const digits = subscriberDigits(written)
      if (digits.length < 7) return null
      const positions = new Set<number>()
      for (const { kind, serial } of originsOf(digits)) {
        // Sharing a number stays among neighbours, so the owner's neighbourhood holds everyone who has it.
        const start = kind === 'twin' ? serial * QUARTER + TWIN : Math.floor(serial / NEIGHBOURS) * NEIGHBOURS
        for (let position = start; position < Math.min(start + NEIGHBOURS, count); position++) positions.add(position)
      }
      return [...positions].sort((a, b) => a - b)
    },
    withEmail(email) {
      const position = Number(/(\d+)@/.exec(email)?.[1] ?? 0) - 1
      return position >= 0 && position < count ? [position] : []
    },
  }
}
