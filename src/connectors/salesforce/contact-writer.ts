/** Salesforce's contacts and leads, written by assembly/. */
import type { Bytes } from '../connector.ts'
import { contactWriter, type WritingContext, type WrittenAnswer } from '../contact-writer.ts'
import * as Text from './assembly/texts.ts'
import { texts } from './contact-texts.ts'
import type { ObjectName } from './schema.ts'

const prefixes: Readonly<Record<ObjectName, number>> = { Contact: Text.contactPrefix, Lead: Text.leadPrefix }

/** The object that an id belongs to; null for an id of another kind or no id at all. @see https://help.salesforce.com/s/articleView?id=000385203 */
export function objectOfId(id: string): ObjectName | null {
  if (!/^[A-Za-z0-9]{15}([A-Z0-5]{3})?$/.test(id)) return null
  return id.startsWith('003') ? 'Contact' : id.startsWith('00Q') ? 'Lead' : null
}

/** The contacts of an answer, and whether they are all that there are. */
export type WrittenContacts = WrittenAnswer<'done'>

const write = contactWriter<WritingContext, 'done'>({
  file: new URL('contact-writer.wasm', import.meta.url),
  texts,
  beside: ['done'],
})

/** A query's rows, all of the object. @throws {SyntaxError|TypeError} for an answer of another make */
export const writeRows = (answer: Bytes, object: ObjectName, context: WritingContext): WrittenContacts =>
  write('writeRows', answer, context, prefixes[object])

/** The contacts and leads that a query or a search found. @throws {SyntaxError|TypeError} as above */
export const writeFound = (answer: Bytes, context: WritingContext): WrittenContacts => write('writeFound', answer, context)

/** The same of so many statements' answers that came as one. @throws {SyntaxError|TypeError} as above, and where one is a refusal */
export const writeBatch = (answer: Bytes, statements: number, context: WritingContext): WrittenContacts =>
  write('writeBatch', answer, context, statements)
