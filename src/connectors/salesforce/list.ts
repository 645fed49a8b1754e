/**
 * All contacts and then all unconverted leads, by key: no OFFSET, which ends at 2,000, so any size of org. From the second page on
 * rows are read two thousand at a time, and the pages that follow are cut from what is in memory.
 */
import type { Contact } from '../../contact.ts'
import type { Page, PageRequest, Session } from '../connector.ts'
import { totalBeside } from '../total.ts'
import type { QueryResult, SalesforceApi } from './api.ts'
import { toContact } from './contact-mapping.ts'
import { type ObjectName, type Schema, withSchema } from './schema.ts'

/** Salesforce gives no more rows in one call. */
const chunkRows = 2_000
/** How long rows that were read ahead may be given out, and how long the total is good for. Milliseconds. */
const chunkRemembered = 2 * 60_000
const totalRemembered = 10 * 60_000
/** What a contact takes in memory, roughly. Bytes. */
const contactBytes = 1_000

/** Where a page begins: after `last` of `object`; and with which row the chunk began that holds it, if one was read. */
type Position = { readonly object: ObjectName; readonly last: string; readonly chunk: string }
type Chunk = { readonly contacts: readonly Contact[]; readonly isLast: boolean }

export async function list(session: Session, api: SalesforceApi, page: PageRequest): Promise<Page<Contact>> {
  const total = totalBeside(session, totalRemembered, () => withSchema(session, api, (schema) => countAll(api, schema)))
  const { items, next } = await withSchema(session, api, (schema) => readPage(session, api, schema, page))
  return { items, next: next && writePosition(next), total: await total() }
}

async function readPage(session: Session, api: SalesforceApi, schema: Schema, page: PageRequest) {
  const items: Contact[] = []
  let at: Position | null = page.after === null ? { object: 'Contact', last: '', chunk: '' } : readPosition(page.after)
  while (at !== null && items.length < page.limit) {
    const wanted = page.limit - items.length
    // The first page is asked for by everybody, the second only by those who walk on: reading ahead begins there.
    const chunk: Chunk =
      page.after === null ? await read(session, api, schema, at, wanted) : await chunkAt(session, api, schema, at)
    const begin: number = chunk.contacts.findIndex(({ contact_id }) => contact_id === at?.last) + 1
    const taken: readonly Contact[] = chunk.contacts.slice(begin, begin + wanted)
    items.push(...taken)
    const consumed: boolean = begin + taken.length === chunk.contacts.length
    const last: string = taken.at(-1)?.contact_id ?? at.last
    if (!consumed) at = { object: at.object, last, chunk: page.after === null ? last : at.chunk }
    else if (!chunk.isLast) at = { object: at.object, last, chunk: last }
    else at = nextObject(schema, at.object)
  }
  return { items, next: at }
}

function nextObject(schema: Schema, object: ObjectName): Position | null {
  return object === 'Contact' && schema.objects.includes('Lead') ? { object: 'Lead', last: '', chunk: '' } : null
}

/** The chunk that holds the position: from memory if it is the one that was read there, else read from the position on. */
async function chunkAt(session: Session, api: SalesforceApi, schema: Schema, at: Position): Promise<Chunk> {
  const held = session.memory.get<Chunk>(nameOf(at.object, at.chunk))
  if (held !== undefined && (at.chunk === at.last || held.contacts.some(({ contact_id }) => contact_id === at.last))) return held
  return session.memory.once(
    nameOf(at.object, at.last),
    chunkRemembered,
    () => read(session, api, schema, at, chunkRows),
    (chunk) => chunk.contacts.length * contactBytes,
  )
}

const nameOf = (object: ObjectName, chunk: string): string => `rows ${object} ${chunk}`

async function read(
  session: Session,
  api: SalesforceApi,
  schema: Schema,
  { object, last }: Position,
  rows: number,
): Promise<Chunk> {
  const conditions = [schema.only(object), last && `Id > '${last}'`].filter(Boolean).join(' AND ')
  const answer = await api.query(
    `SELECT ${schema.fields(object).join(',')} FROM ${object}${conditions && ` WHERE ${conditions}`} ORDER BY Id LIMIT ${rows}`,
  )
  return {
    contacts: answer.records.map((record) => toContact(record, object, session)),
    // Wide rows come in smaller batches than were asked for: only a complete answer that is too short is the end.
    isLast: answer.records.length === 0 || (answer.done && answer.records.length < rows),
  }
}

async function countAll(api: SalesforceApi, schema: Schema): Promise<number> {
  const counts = await api.batch(
    schema.objects.map((object) => ({
      soql: `SELECT COUNT() FROM ${object}${schema.only(object) && ` WHERE ${schema.only(object)}`}`,
    })),
  )
  return counts.reduce<number>((sum, count) => sum + (count as QueryResult).totalSize, 0)
}

function writePosition({ object, last, chunk }: Position): string {
  return [object, last, chunk].join(' ')
}

function readPosition(cursor: string): Position {
  const [object, last = '', chunk = ''] = cursor.split(' ')
  return { object: object === 'Lead' ? 'Lead' : 'Contact', last, chunk }
}
