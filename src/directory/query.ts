/** What an agent means by the one search box: a phone number in any writing, a part of one, an email, or text. */
import type { ContactQuery, PartialPhone } from '../connectors/connector.ts'
import { mayGoOn, readPartialPhone, readPhoneQuery } from './phone.ts'

/** Null = nothing was asked: the whole list. */
export function readQuery(search: string, region: string): ContactQuery | null {
  const text = search && normalize(search)
  if (text === '') return null
  const numbers = readPhoneQuery(text, region)
  if (numbers.length > 0) return { kind: 'phone', numbers }
  const digits = readPartialPhone(text, region)
  if (digits !== null) return { kind: 'digits', digits, typed: text }
  if (/^[^\s@]+@[^\s@]+\.[^\s@]{2,}$/.test(text)) return { kind: 'email', email: text.toLowerCase() }
  return { kind: 'text', text }
}

/** The same search as the beginning of a longer number, for when nobody has the number itself; null where it can't be one. */
export function readBeginning(search: string, region: string): PartialPhone | null {
  const text = normalize(search)
  const digits = readPartialPhone(text, region)
  return digits !== null && mayGoOn(readPhoneQuery(text, region)) ? { kind: 'digits', digits, typed: text } : null
}

/** The same name for searches that mean the same: what the cache and the page tokens go by. */
export function nameOf(query: ContactQuery | null): string {
  switch (query?.kind) {
    case undefined:
      return 'all'
    case 'phone':
      return `phone ${query.numbers.map((number) => number.e164).join(' ')}`
    case 'digits':
      return `digits ${query.digits} ${query.typed}`
    case 'email':
      return `email ${query.email}`
    case 'text':
      return `text ${query.text.toLowerCase()}`
  }
}

/** One spelling of each character, one kind of hyphen, no control characters, single spaces. */
function normalize(search: string): string {
  return search
    .normalize('NFC')
    .toWellFormed()
    .replace(/[\u2010-\u2015\u2212]/g, '-')
    .replace(/[\p{Cc}\p{Cf}\uFFFD]+/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim()
}
