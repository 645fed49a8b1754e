/** The ids of a contact's companies, each once, the primary one first. */
import { isThat, setSpan, spanSize } from '../../assembly/spans'

/** HubSpot gives a hundred with a contact in a list. */
const mostCompanies = 500
const ids: usize = memory.data(mostCompanies * spanSize)
let primaries: i32 = 0

/** So many there are. */
export let companyCount: i32 = 0

export function companyAt(index: i32): usize {
  return ids + index * spanSize
}

export function forgetCompanies(): void {
  companyCount = 0
  primaries = 0
}

export function addCompany(from: usize, end: usize, isPrimary: bool): void {
  const known = find(from, end)
  if (!isPrimary) {
    if (known < 0) insert(companyCount, from, end)
  } else if (known < 0 || known >= primaries) {
    if (known >= 0) remove(known)
    if (insert(primaries, from, end)) primaries++
  }
}

/** The one that the contact itself calls its primary company. */
export function addPrimary(from: usize, end: usize): void {
  const known = find(from, end)
  if (known >= 0) remove(known)
  else if (companyCount === mostCompanies) remove(companyCount - 1)
  insert(0, from, end)
}

function find(from: usize, end: usize): i32 {
  for (let index = 0; index < companyCount; index++) if (isThat(companyAt(index), from, end)) return index
  return -1
}

function insert(index: i32, from: usize, end: usize): bool {
  if (companyCount === mostCompanies) return false
  memory.copy(companyAt(index + 1), companyAt(index), (companyCount - index) * spanSize)
  setSpan(companyAt(index), from, end)
  companyCount++
  return true
}

function remove(index: i32): void {
  companyCount--
  memory.copy(companyAt(index), companyAt(index + 1), (companyCount - index) * spanSize)
}
