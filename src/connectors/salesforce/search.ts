/** Contacts and leads that match, in one round trip: by SOSL, with SOQL where SOSL is blind. */
import type { Contact } from '../../contact.ts'
import type { Bytes, ContactQuery, Page, PageRequest, PhoneReading, Session } from '../connector.ts'
import { ContactsPage, joined, type Written, WrittenRows } from '../written-contacts.ts'
import { readParts, type SalesforceApi, type Statement } from './api.ts'
import { writeBatch, writeFound } from './contact-writer.ts'
import { type ObjectName, type Schema, withSchema } from './schema.ts'
import { anyField, anyLike, digitPatterns, quote, quotePrefix } from './soql.ts'
import { anyPhrase, isShort, longWords, prefixTerm, shortPieces } from './sosl.ts'

/** As many of each kind are found at most; SOSL has no total and no next page, so pages are cut from what was found. */
const ceiling = 200
/** How long what was found is kept for the pages after the first. Milliseconds. */
const remembered = 60_000

export async function search(
  session: Session,
  api: SalesforceApi,
  query: ContactQuery,
  page: PageRequest,
): Promise<Page<Contact>> {
  const find = () => withSchema(session, api, (schema) => run(session, api, schema, query))
  const from = Number(page.after ?? 0)
  const key = `found ${JSON.stringify(query)}`
  // A first page asks anew, so that a contact just created is found; later ones belong to the list that was begun.
  const found = from === 0 ? await find() : await session.memory.pages.once(key, remembered, find, ({ size }) => size)
  const end = from + page.limit
  if (from === 0 && end < found.length) session.memory.pages.set(key, found, remembered, found.size)
  return new ContactsPage(joined([found.cut(from, page.limit)]), end < found.length ? String(end) : null, found.length)
}

async function run(session: Session, api: SalesforceApi, schema: Schema, query: ContactQuery): Promise<WrittenRows> {
  const statements = statementsFor(query, schema)
  const [only] = statements
  if (only === undefined) return new WrittenRows(joined([]))
  const found =
    statements.length > 1
      ? writeAll(await api.findAll(statements), statements.length, session)
      : writeFound(await api.find(only), session)
  const ids = new Set<string>()
  const isNew = (id: string) => ids.size < ids.add(id).size
  const isWanted = filterOf(query)
  return new WrittenRows(found).only((id, contact) => isNew(id) && (isWanted === null || isWanted(contact())))
}

function writeAll(answer: Bytes, statements: number, session: Session): Written {
  try {
    return writeBatch(answer, statements, session)
  } catch (error) {
    // Mostly one of them was refused, for what the org lacks: it is rare, so that it may be parsed.
    readParts(JSON.parse(String(answer)), statements)
    throw error
  }
}

/** What a contact that Salesforce found has to have besides; null = nothing. */
function filterOf(query: ContactQuery): ((contact: Contact) => boolean) | null {
  if (query.kind === 'digits') return hasDigits(query.digits)
  if (query.kind === 'text' && shortPieces(query.text).length > 0) return matchesShortWords(query.text)
  return null
}

/** What to ask for a query; nothing when there is nothing in it that Salesforce could look for. */
export function statementsFor(query: ContactQuery, schema: Schema): readonly Statement[] {
  switch (query.kind) {
    case 'phone': {
      const spellings = query.numbers.flatMap(spellingsOf)
      const patterns = query.numbers.flatMap(({ national }) => digitPatterns(national))
      // Beside the usual spellings every other one: what people put between digits, and an extension after them.
      const condition = (object: ObjectName) =>
        `(${anyField(schema.phones(object), spellings)} OR ${anyLike(schema.phones(object), patterns)})`
      return [
        { sosl: find(anyPhrase(query.numbers.flatMap(digitRuns)), 'PHONE', schema) },
        ...withPhones(schema).map((object) => ({ soql: select(schema, object, condition(object)) })),
      ]
    }
    case 'digits': {
      if (query.digits.length < 2) return []
      const patterns = digitPatterns(query.digits)
      // The index knows how numbers begin; what is in the middle of one, or across its groups, only the fields know.
      return [
        { sosl: find(`${query.digits}*`, 'PHONE', schema) },
        ...withPhones(schema).map((object) => ({ soql: select(schema, object, anyLike(schema.phones(object), patterns)) })),
      ]
    }
    case 'email': {
      const stored = schema.objects.filter((object) => schema.has(object, 'Email'))
      return [
        ...(isShort(query.email) ? [] : [{ sosl: find(anyPhrase([query.email]), 'EMAIL', schema) }]),
        ...stored.map((object) => ({ soql: select(schema, object, `Email = ${quote(query.email)}`) })),
      ]
    }
    case 'text': {
      const term = prefixTerm(query.text)
      if (term !== '') return [{ sosl: find(term, 'ALL', schema) }, ...initialAndName(query.text, schema)]
      const [letter] = shortPieces(query.text)
      if (letter === undefined) return []
      // SOSL wants two characters; a single one still has names that begin with it.
      return schema.objects.map((object) => ({
        soql: select(schema, object, `(LastName LIKE ${quotePrefix(letter)} OR FirstName LIKE ${quotePrefix(letter)})`),
      }))
    }
  }
}

/**
 * Who has one word and one letter as first and last name, for SOSL passes over the letter: of a frequent name it would give any two
 * hundred, and hardly those with the letter.
 */
function initialAndName(text: string, schema: Schema): Statement[] {
  const [letter, ...otherLetters] = shortPieces(text)
  const [word, ...otherWords] = longWords(text)
  if (letter === undefined || word === undefined || otherLetters.length > 0 || otherWords.length > 0) return []
  const named = (first: string, last: string) => `(FirstName LIKE ${quotePrefix(first)} AND LastName LIKE ${quotePrefix(last)})`
  return schema.objects.map((object) => ({ soql: select(schema, object, `(${named(letter, word)} OR ${named(word, letter)})`) }))
}

const withPhones = (schema: Schema) => schema.objects.filter((object) => schema.phones(object).length > 0)

function find(term: string, group: 'ALL' | 'PHONE' | 'EMAIL', schema: Schema): string {
  const returning = schema.objects.map((object) => {
    const where = schema.only(object) && ` WHERE ${schema.only(object)}`
    return `${object}(${schema.fields(object).join(',')}${where} LIMIT ${ceiling})`
  })
  return `FIND {${term}} IN ${group} FIELDS RETURNING ${returning.join(',')}`
}

function select(schema: Schema, object: ObjectName, condition: string): string {
  const conditions = [schema.only(object), condition].filter(Boolean).join(' AND ')
  return `SELECT ${schema.fields(object).join(',')} FROM ${object} WHERE ${conditions} ORDER BY Id LIMIT ${ceiling}`
}

/** What most of the world dials before a national number, and Russia and its neighbours do. People write it also as `+49 (0)30`. */
const trunkPrefixes = ['', '0', '8']

/** The runs of digits as which a number may stand in the search index: whatever a person typed between them is gone there. */
function digitRuns({ e164, national }: PhoneReading): string[] {
  const international = e164.slice(1)
  const callingCode = international.slice(0, -national.length)
  return [...trunkPrefixes.flatMap((trunk) => [trunk + national, callingCode + trunk + national]), `00${international}`]
}

/** Ways in which a number is stored that no search index is needed for. */
function spellingsOf(number: PhoneReading): string[] {
  return [...new Set([...number.spellings, ...digitRuns(number), ...americanSpellings(number.national)])]
}

/** The form that Salesforce itself gives to ten digits typed in an American locale. */
function americanSpellings(national: string): string[] {
  const [, area, office, line] = /^(\d{3})(\d{3})(\d{4})$/.exec(national) ?? []
  return area ? [`(${area}) ${office}-${line}`, `${area}-${office}-${line}`, `${area}.${office}.${line}`] : []
}

/** Statements for parts of numbers find too much; what counts is what the inbox is shown. */
function hasDigits(digits: string): (contact: Contact) => boolean {
  return ({ phone_numbers }) => phone_numbers.some(({ phone_number }) => phone_number.replace(/\D/g, '').includes(digits))
}

/** One letter is too short for SOSL, so it is looked for in what the longer words found. */
function matchesShortWords(text: string): (contact: Contact) => boolean {
  const letters = shortPieces(text).map((letter) => letter.toLowerCase())
  return ({ name, companies }) => {
    const shown = [name ?? '', ...companies.map(({ company_name }) => company_name)].join(' ').toLowerCase()
    const words = shown.split(/[^\p{L}\p{M}\p{N}]+/u)
    return letters.every((letter) => words.some((word) => word.startsWith(letter)))
  }
}
