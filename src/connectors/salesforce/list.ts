/**
 * All contacts and then all unconverted leads, by key: no OFFSET, which ends at 2,000, so any size of org. From the second page on
 * rows are read two thousand at a time, and the pages that follow are cut from what is in memory.
 */
import type { Contact } from '../../contact.ts'
import type { Memory, Page, PageRequest, Session } from '../connector.ts'
import { totalBeside } from '../total.ts'
import { ContactsPage, type Cut, joined, WrittenRows } from '../written-contacts.ts'
import { type QueryResult, type SalesforceApi, salesforceApi } from './api.ts'
import { writeRows } from './contact-writer.ts'
import { type ObjectName, type Schema, withSchema } from './schema.ts'

/**
 * How many rows are read at once: all that Salesforce gives in one call. Where so many walk at once that rows are pushed out of memory
 * before their pages were asked for, ever fewer, down to what two pages take: else each page would read two thousand anew.
 */
const chunkRows = { most: 2_000, least: 200 }
/** How long rows that were read ahead may be given out, and how long the total is good for. Milliseconds. */
const chunkRemembered = 2 * 60_000
const totalRemembered = 10 * 60_000
/** How many of them are looked through: more walkers than these at different places read for themselves. */
const indexedChunks = 32

/** Where a page begins: after the row `last` of `object`; '' = before its first. */
type Position = { readonly object: ObjectName; readonly last: string }
/** Rows in a sequence, from after a row on; `isLast` = the object has no more. */
type Chunk = { readonly after: string; readonly contacts: WrittenRows; readonly isLast: boolean }

/** The ids that a chunk begins after and ends with, and when it was read; whether those between are in the order of their characters is the org's affair. */
type Span = { readonly after: string; readonly until: string; readonly isOrdered: boolean; readonly readAt: number }

export async function list(session: Session, api: SalesforceApi, page: PageRequest): Promise<Page<Contact>> {
  const total = totalBeside(session, totalRemembered, (patient) => {
    const counting = salesforceApi(patient)
    return withSchema(patient, counting, (schema) => countAll(counting, schema))
  })
  const { contacts, next } = await withSchema(session, api, (schema) => readPage(session, api, schema, page))
  return new ContactsPage(contacts, next && `${next.object} ${next.last}`, await total())
}

async function readPage(session: Session, api: SalesforceApi, schema: Schema, page: PageRequest) {
  // The first page is asked for by everybody, the second only by those who walk on: reading ahead begins there.
  const isFirst = page.after === null
  const cuts: Cut[] = []
  let wanted = page.limit
  let at: Position | null = isFirst ? { object: 'Contact', last: '' } : readPosition(page.after ?? '')
  while (at !== null && wanted > 0) {
    const chunk: Chunk = isFirst ? await read(session, api, schema, at, wanted) : await chunkAt(session, api, schema, at)
    // Also for the row that the chunk begins after: its first row is the one to go on with.
    const begin: number = chunk.contacts.placeOf(at.last) + 1
    const taken: Cut = chunk.contacts.cut(begin, wanted)
    cuts.push(taken)
    wanted -= taken.ids.length
    const isConsumed: boolean = begin + taken.ids.length === chunk.contacts.length
    at = isConsumed && chunk.isLast ? nextObject(schema, at.object) : { object: at.object, last: taken.ids.at(-1) ?? at.last }
  }
  return { contacts: joined(cuts), next: at }
}

function nextObject(schema: Schema, object: ObjectName): Position | null {
  return object === 'Contact' && schema.objects.includes('Lead') ? { object: 'Lead', last: '' } : null
}

/** The rows after a position: those in memory, whichever walker's page they were read for, else new ones. */
async function chunkAt(session: Session, api: SalesforceApi, schema: Schema, at: Position): Promise<Chunk> {
  const { memory } = session
  const index = `chunks ${at.object}`
  const nameOf = (after: string) => `rows ${at.object} ${after}`
  const spans = () => memory.get<readonly Span[]>(index) ?? []
  // By their span, without a look at the others: what is looked at stays in memory, and the walks before have no more use for theirs.
  const around = spans().filter((span) => isAround(span, at.last))
  for (const { after } of around) {
    const held = memory.pages.get<Chunk>(nameOf(after))
    if (held !== undefined && continues(held, at.last)) return held
  }
  const rows = rowsToRead(
    memory,
    around.some((span) => hadRowsAfter(span, at.last)),
  )
  const chunk = await memory.pages.once(
    nameOf(at.last),
    chunkRemembered,
    () => read(session, api, schema, at, rows),
    ({ contacts }) => contacts.size,
  )
  const { ids } = chunk.contacts
  const isOrdered = ids.every((id, place) => place === 0 || (ids[place - 1] ?? '') < id)
  const span: Span = { after: at.last, until: ids.at(-1) ?? at.last, isOrdered, readAt: performance.now() }
  const others = spans().filter(({ after }) => after !== span.after)
  memory.set(index, [span, ...others].slice(0, indexedChunks), chunkRemembered)
  return chunk
}

/** Half as many as before where memory had the rows and has them no more; after some time as many as there are again. */
function rowsToRead(memory: Memory, werePushedOut: boolean): number {
  const key = 'rows read at once'
  const rows = memory.get<number>(key) ?? chunkRows.most
  if (!werePushedOut) return rows
  const fewer = Math.max(chunkRows.least, Math.floor(rows / 2))
  memory.set(key, fewer, chunkRemembered)
  return fewer
}

function isAround({ after, until, isOrdered }: Span, last: string): boolean {
  return !isOrdered || (after <= last && last <= until)
}

/** Whether a chunk surely had rows after this one, and would still be in memory if there had been room. */
function hadRowsAfter({ until, isOrdered, readAt }: Span, last: string): boolean {
  return isOrdered && last < until && performance.now() - readAt < chunkRemembered
}

/** Whether a chunk has what comes after a row. */
function continues(chunk: Chunk, last: string): boolean {
  if (chunk.after === last) return true
  const at = chunk.contacts.placeOf(last)
  return at >= 0 && (at < chunk.contacts.length - 1 || chunk.isLast)
}

async function read(
  session: Session,
  api: SalesforceApi,
  schema: Schema,
  { object, last }: Position,
  rows: number,
): Promise<Chunk> {
  const conditions = [schema.only(object), last && `Id > '${last}'`].filter(Boolean).join(' AND ')
  const fields = schema.fields(object).join(',')
  const soql = `SELECT ${fields} FROM ${object}${conditions && ` WHERE ${conditions}`} ORDER BY Id LIMIT ${rows}`
  const written = writeRows(await api.find({ soql }), object, session)
  return {
    after: last,
    contacts: new WrittenRows(written),
    // Wide rows come in smaller batches than were asked for: only a complete answer that is too short is the end.
    isLast: written.length === 0 || (written.done === true && written.length < rows),
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

function readPosition(cursor: string): Position {
  const [object, last = ''] = cursor.split(' ')
  return { object: object === 'Lead' ? 'Lead' : 'Contact', last }
}
