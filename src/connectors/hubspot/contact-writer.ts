/** HubSpot's contacts, written by assembly/: what it asks for beside all others is the names of companies, and addresses that aren't plain. */
import { contactJson, onlyOnce } from '../../contact.ts'
import { type AnswerMemory, betweenQuotes, type Place } from '../answer-memory.ts'
import type { Bytes } from '../connector.ts'
import { contactWriter, type WritingContext, type WrittenAnswer } from '../contact-writer.ts'
import { idPrefix, texts } from './contact-texts.ts'

export type MappingContext = WritingContext & {
  /** The name of a company, as far as it is known: '' for one without a name. */
  readonly companyName: (id: string) => string | undefined
}

/** The contacts of an answer, and where its paging and its total stand. */
export type WrittenContacts = WrittenAnswer<'paging' | 'total'>

/** HubSpot's own id in a contact_id of ours, or null. */
export function toRecordId(contactId: string): string | null {
  const recordId = contactId.startsWith(idPrefix) ? contactId.slice(idPrefix.length) : ''
  return /^\d{1,20}$/.test(recordId) ? recordId : null
}

const write = contactWriter<MappingContext, 'paging' | 'total'>({
  file: new URL('contact-writer.wasm', import.meta.url),
  texts,
  beside: ['paging', 'total'],
  host: (memory, given) => ({
    company: (from: Place, end: Place, to: Place) => memory.put(given().companyName(memory.parsed(from, end)) ?? '', to),
    additional: (email: Place, emailEnd: Place, from: Place, end: Place, to: Place) =>
      putAdditional(memory, memory.parsed(email, emailEnd), memory.parsed(from, end), to),
  }),
})

/** A page of a list or of a search. @throws {SyntaxError|TypeError} for an answer of another make */
export const writeContacts = (answer: Bytes, context: MappingContext): WrittenContacts => write('writePage', answer, context)

/** The same of a single contact. */
export const writeContact = (answer: Bytes, context: MappingContext): WrittenContacts => write('writeRecord', answer, context)

function putAdditional(memory: AnswerMemory, email: string, others: string, to: Place): Place {
  const addresses = others.split(';')
  const isNew = onlyOnce(addresses.length + 1)
  let isFirst = email === ''
  if (!isFirst) isNew(email.toLowerCase())
  let json = ''
  for (const typed of addresses) {
    const address = typed.trim()
    if (address === '' || !isNew(address.toLowerCase())) continue
    json += `${isFirst ? '' : ','}${contactJson.emailAddress}${betweenQuotes(address)}${asAdditional}`
    isFirst = false
  }
  return memory.putJson(json, to)
}

const asAdditional = contactJson.described('additional')
