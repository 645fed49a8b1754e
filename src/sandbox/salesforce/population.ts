// Who of the sandbox's people is a contact and who a lead, and the way back from a phone number or an address to their records.

import { companyCountFor } from '../data/companies.ts'
import { createPeople, type People } from '../data/people.ts'
import { NEIGHBOURS } from '../data/person.ts'
import { subscriberDigits } from '../data/phone-writing.ts'
import { NUMBERS_PER_PLAN, originsOf } from '../data/phones.ts'

/** Whom a lead is about. */
export interface LeadOrigin {
  /** The person's position among the people. */
  readonly person: number
  /** Whether the lead has become a contact, which is then the same person's. */
  readonly converted: boolean
}

/** The people of one org. Contact n is person n; the leads follow, some of them about people who are contacts as well. */
export interface Population {
  readonly seed: number
  readonly people: People
  readonly companies: number
  readonly contacts: number
  readonly leads: number
  leadOrigin(lead: number): LeadOrigin
  /** Positions of all contacts or leads who could have this number, fax included; null when the text is no number. */
  withPhone(type: 'Contact' | 'Lead', written: string): readonly number[] | null
  /** Positions of all contacts or leads who could have this address. */
  withEmail(type: 'Contact' | 'Lead', email: string): readonly number[]
}

/** So many records in all, so many of them leads: a number from 1 on, or a share below 1. */
export function createPopulation(seed: number, records: number, leads: number): Population {
  const leadCount = Math.min(records, leads < 1 ? Math.round(records * leads) : Math.round(leads))
  const contactCount = records - leadCount
  const companies = companyCountFor(records)
  const people = createPeople(seed, records, companies)

  // Some leads are converted, and some are about a contact who was entered twice.
  const leadOrigin = (lead: number): LeadOrigin => {
    const contact = Math.floor((lead * contactCount) / leadCount)
    if (contactCount > 0 && lead % 10 === 7) return { person: contact, converted: true }
    if (contactCount > 0 && lead % 20 === 13) return { person: contact, converted: false }
    return { person: contactCount + lead, converted: lead % 10 === 7 }
  }
  const leadsAbout = (person: number): readonly number[] => {
    if (leadCount === 0) return []
    if (person >= contactCount) return leadOrigin(person - contactCount).person === person ? [person - contactCount] : []
    const first = Math.ceil((person * leadCount) / contactCount)
    const end = Math.ceil(((person + 1) * leadCount) / contactCount)
    return Array.from({ length: end - first }, (_, i) => first + i).filter((lead) => leadOrigin(lead).person === person)
  }
  const positionsOf = (type: 'Contact' | 'Lead', persons: Iterable<number>): readonly number[] => {
    const positions = new Set<number>()
    for (const person of persons) {
      if (type === 'Contact') {
        if (person < contactCount) positions.add(person)
      } else for (const lead of leadsAbout(person)) positions.add(lead)
    }
    return [...positions].sort((a, b) => a - b)
  }

  return {
    seed,
    people,
    companies,
    contacts: contactCount,
    leads: leadCount,
    leadOrigin,
    withPhone(type, written) {
      const owners = people.withPhone(written)
      return owners === null ? null : positionsOf(type, [...owners, ...faxOwners(written, records)])
    },
    withEmail: (type, email) => positionsOf(type, people.withEmail(email)),
  }
}

// Fax numbers are counted from the end of the numbers (see person.ts), one for each neighbourhood's person.
function faxOwners(written: string, count: number): readonly number[] {
  return originsOf(subscriberDigits(written))
    .filter(({ kind }) => kind === 'landline')
    .map(({ serial }) => NUMBERS_PER_PLAN - 1 - serial)
    .filter((person) => person < count)
}

/** Someone else whose number a person may have on their record: the next in the neighbourhood that numbers are shared in. */
export function neighbourOf(person: number): number {
  const first = Math.floor(person / NEIGHBOURS) * NEIGHBOURS
  return first + ((person - first + 1) % NEIGHBOURS)
}
