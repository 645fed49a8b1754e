/** Answers questions about contacts: reads what is asked, takes it from memory or from the inbox's CRM, and counts pages. */
import type { Asking, Connections } from '../connections/connections.ts'
import { accountKey, type Connection, type Inbox } from '../connections/inbox-store.ts'
import { deadline, type Spend } from '../connections/upstream.ts'
import type {
  Connector,
  ContactQuery,
  Cursor,
  Page,
  PageRequest,
  PartialPhone,
  PhoneReading,
  Session,
} from '../connectors/connector.ts'
import type { Contact } from '../contact.ts'
import { BridgeError, type ErrorCode, isCrmFailure } from '../errors.ts'
import type { AnswerSource } from '../telemetry.ts'
import type { AnswerCache, Kept } from './answer-cache.ts'
import type { Budget, Urgency } from './budget.ts'
import type { Memories } from './memory.ts'
import type { PageTokens, Position } from './page-token.ts'
import { goesOn, isOneOf, isWhatsAppId, phoneReader, readWhatsAppId } from './phone.ts'
import { nameOf, readBeginning, readQuery } from './query.ts'
import { createReadAhead } from './read-ahead.ts'
import { createTurns } from './turns.ts'
import { WrittenPage } from './written-page.ts'

export type ListQuestion = { readonly search: string; readonly limit: number; readonly token: string }

export type Answer = {
  readonly contacts: readonly Contact[]
  /** The envelope's JSON; the same object while the answer stays the same. */
  readonly written: Buffer
  /** The grand total of the question. */
  readonly count: number
  /** Token of the next page; '' after the last. */
  readonly next: string
  /** Seconds since the CRM gave the answer. */
  readonly age: number
  /** Null = nobody was asked, or nobody answered. */
  readonly source: AnswerSource | null
  /** Calls to the CRM that this caller's asking cost: none where the answer was there already. */
  readonly calls: number
  /** Why the answer is an old or an empty one. */
  readonly problem: ErrorCode | null
  /** What couldn't be had: `companies`, or the true `count`. */
  readonly missing: readonly string[]
}

export interface Directory {
  /** What {@link list} would answer, where it is in memory; null for anything that takes longer. At once, since it is what is asked most. */
  remembered(inbox: Inbox, question: ListQuestion): Answer | null
  /** A page of all contacts, or of those that match. The unsearched first page never fails for the CRM's sake. @throws {BridgeError} */
  list(inbox: Inbox, question: ListQuestion, caller: AbortSignal): Promise<Answer>
  /**
   * The contact of a contact_id, or all contacts with a WhatsApp id's number. The latter never fails for the CRM's sake.
   * @throws {BridgeError} contact_not_found for an unknown contact_id
   */
  lookUp(inbox: Inbox, id: string, caller: AbortSignal): Promise<Answer>
  /** Asks the CRM for a contact, to see whether the grant lets the inbox read any; remembered briefly. @throws {BridgeError} */
  check(inbox: Inbox): Promise<void>
  /** Everyone with a WhatsApp id's number, as the CRM says now, asked after the agents' questions. @throws {BridgeError} */
  whoHas(inbox: Inbox, whatsAppId: string): Promise<readonly Contact[]>
  /** Does work in a session of the inbox's grant that nobody waits for: agents' questions go before its calls. @throws {BridgeError} */
  inBackground<T>(inbox: Inbox, work: (session: Session, connector: Connector) => Promise<T>): Promise<T>
  /** What a session needs beside the grant, for a question that isn't about contacts, with the time that it may take. */
  asking(connector: Connector, account: AccountName): Asking
}

/** Whose budget and memory a question uses. */
export type AccountName = { readonly accountId: string; readonly epoch: string }

/** One question takes no longer, whatever the CRM does. Milliseconds. */
const deadlineAfter = 8_000
/** How long answers are given again without asking. Milliseconds. */
const freshFor = { list: 2 * 60_000, search: 10_000, check: 30_000, failedCheck: 3_000, incomplete: 5_000 }
/** Pages of lists that are read at once: more would only keep agents' questions waiting for the processor. */
const listsAtOnce = { first: 64, least: 12, most: 1_000 }
/** As many candidates as one search call gives. */
const phoneCandidates = 200

export function createDirectory(deps: {
  connections: Connections
  answers: AnswerCache
  memories: Memories
  budget: Budget
  pageTokens: PageTokens
  defaultRegion: string
}): Directory {
  const { connections, answers, memories, budget, pageTokens, defaultRegion } = deps
  const readAhead = createReadAhead()
  const lists = createTurns(listsAtOnce)

  function asking(
    connector: Connector,
    { accountId, epoch }: AccountName,
    region: string | null,
    signal: AbortSignal,
    urgency: Urgency = 'agent',
  ): Asking {
    const account = accountKey({ crm: connector.id, accountId })
    return {
      account,
      signal,
      spend: (kind, until) => budget.take(account, kind, connector.limits[kind], until, urgency),
      memory: memories.of(epoch, region ?? defaultRegion),
      readPhone: phoneReader(region ?? defaultRegion),
    }
  }

  /** A page from the cache or the CRM, for a question by its name. One of a list waits for its turn, the first ahead of the later ones. */
  async function page(inbox: Inbox, name: string, fresh: number, caller: AbortSignal, ask: Ask, list?: 'first' | 'later') {
    const { connector, connection } = connections.connectorOf(inbox)
    const options = {
      signal: caller,
      deadline: deadlineAfter,
      freshFor: ({ missing, total }: WrittenPage) => (missing.length > 0 || total === null ? freshFor.incomplete : fresh),
      // Half as much again for its compressed forms.
      size: ({ size }: WrittenPage) => 1_000 + Math.ceil(size * 1.5),
      standsIn: ({ length }: WrittenPage) => length > 0,
    }
    return answers.ask<WrittenPage>(nameOfAnswer(inbox, connection, name), options, async (signal) => {
      let calls = 0
      const question = asking(connector, connection, inbox.region, signal, list === 'later' ? 'walk' : 'agent')
      const spend: Spend = (...call) => {
        calls += 1
        return question.spend(...call)
      }
      const read = async () => {
        const found = await connections.use(inbox, { ...question, spend }, ask)
        return new WrittenPage(found, calls)
      }
      return list === undefined ? read() : lists.take(signal, read, list === 'first')
    })
  }

  async function listPage(
    inbox: Inbox,
    query: ContactQuery | null,
    question: ListQuestion,
    caller: AbortSignal,
  ): Promise<Answer> {
    const { connection } = connections.connectorOf(inbox)
    const { limit, token } = question
    const scope = scopeOf(connection, query)
    const position = token === '' ? start : pageTokens.read(token, scope)
    const kept = query?.kind === 'phone' ? cut(await withNumber(query.numbers), position, limit) : await ask()
    return toAnswer(kept, position, limit, (next) => pageTokens.write(next, scope))

    function withNumber(numbers: readonly PhoneReading[]) {
      return everyoneWith(inbox, numbers, readBeginning(question.search, inbox.region ?? defaultRegion), caller)
    }

    function ask() {
      const at = { limit, after: position.after || null }
      if (query === null) return walkPage(inbox, at, caller)
      return page(inbox, nameOfPage(query, limit, position.after), freshFor.search, caller, (session, connector) =>
        connector.search(session, query, at),
      )
    }
  }

  /**
   * A page of all contacts. Everybody asks for the first; from the second on an inbox is walking: nobody looks at the screen for it, and
   * the page after it is read meanwhile.
   */
  async function walkPage(inbox: Inbox, { limit, after }: PageRequest, caller: AbortSignal): Promise<Found> {
    const { epoch } = connections.connectorOf(inbox).connection
    const nameFrom = (begin: Cursor | null) => nameOfPage(null, limit, begin ?? '')
    const walk = (begin: Cursor | null) => `${epoch} ${nameFrom(begin)}`
    const read = (begin: Cursor | null, signal: AbortSignal) => {
      const onNext = (next: Cursor | null) => begin !== null && readAhead.continues(walk(begin), next)
      const ask: Ask = (session, connector) => connector.list(session, { limit, after: begin, onNext })
      return page(inbox, nameFrom(begin), freshFor.list, signal, ask, begin === null ? 'first' : 'later')
    }
    if (after === null) return read(after, caller)
    // Where walks wait for their turns, reading ahead would only make them wait longer.
    if (!lists.isBusy) readAhead.walks(walk(after), (next) => read(next, nobody).catch(() => {}))
    const found = await read(after, caller)
    readAhead.continues(walk(after), found.value.next)
    return found
  }

  /**
   * All contacts that have one of the numbers, in one page. The CRM finds candidates; equal is what is equal in E.164. When nobody has
   * one and an agent may still be typing: those whose numbers go on from there.
   */
  function everyoneWith(inbox: Inbox, numbers: readonly PhoneReading[], beginning: PartialPhone | null, caller: AbortSignal) {
    const query: ContactQuery = { kind: 'phone', numbers }
    const name = `${nameOf(query)}${beginning === null ? '' : ` or ${nameOf(beginning)}`}`
    const everything = { limit: phoneCandidates, after: null }
    return page(inbox, name, freshFor.search, caller, async (session, connector) => {
      const candidates = await connector.search(session, query, everything)
      const equal = withPhone(candidates.items, (phone) => isOneOf(phone, numbers))
      if (equal.length > 0 || beginning === null) return all(equal, candidates.missing)
      // A search costs two calls at most, so the digits aren't looked for as text as well.
      const more = await connector.search(session, { ...beginning, typed: '' }, everything)
      const longer = withPhone(more.items, (phone) => goesOn(phone, numbers, beginning))
      return all(longer, more.missing)
    })
  }

  async function inBackground<T>(inbox: Inbox, work: (session: Session, connector: Connector) => Promise<T>): Promise<T> {
    const { connector, connection } = connections.connectorOf(inbox)
    return connections.use(inbox, asking(connector, connection, inbox.region, deadline(deadlineAfter), 'walk'), work)
  }

  return {
    remembered(inbox, { search, limit, token }) {
      const { connection, region } = inbox
      if (connection?.status !== 'active' || token !== '') return null
      const query = readQuery(search, region ?? defaultRegion)
      // Everyone with a number is one answer, of which each page is a part.
      if (query?.kind === 'phone') return null
      const kept = answers.remembered<WrittenPage>(nameOfAnswer(inbox, connection, nameOfPage(query, limit, '')))
      return kept && toAnswer(kept, start, limit, (next) => pageTokens.write(next, scopeOf(connection, query)))
    },

    inBackground,

    async whoHas(inbox, whatsAppId) {
      const numbers = readWhatsAppId(whatsAppId)
      if (numbers.length === 0) return []
      const query: ContactQuery = { kind: 'phone', numbers }
      const { items } = await inBackground(inbox, (session, connector) =>
        connector.search(session, query, { limit: phoneCandidates, after: null }),
      )
      return withPhone(items, (phone) => isOneOf(phone, numbers))
    },

    asking: (connector, account) => asking(connector, account, null, deadline(deadlineAfter)),

    async list(inbox, question, caller) {
      const query = readQuery(question.search, inbox.region ?? defaultRegion)
      const answer = listPage(inbox, query, question, caller)
      return query === null && question.token === '' ? answer.catch(emptyInstead) : answer
    },

    async lookUp(inbox, id, caller) {
      if (isWhatsAppId(id)) {
        const numbers = readWhatsAppId(id)
        if (numbers.length === 0) return nothing(null)
        return everyoneWith(inbox, numbers, null, caller).then(allOf, emptyInstead)
      }
      const found = await page(inbox, `contact ${id}`, freshFor.search, caller, async (session, connector) => {
        const contact = await connector.get(session, id)
        return { items: contact === null ? [] : [contact], next: null, total: contact === null ? 0 : 1 }
      })
      if (found.value.length === 0)
        throw new BridgeError('contact_not_found', 'There is no contact with this id in the CRM, or no longer.')
      return allOf(found)
    },

    async check(inbox) {
      const { connector, connection } = connections.connectorOf(inbox)
      const options = {
        signal: nobody,
        deadline: deadlineAfter,
        freshFor: (outcome: CheckOutcome) => ('works' in outcome ? freshFor.check : freshFor.failedCheck),
        size: () => 500,
        standsIn: () => false,
      }
      const { value } = await answers.ask<CheckOutcome>(`${connection.epoch} answer check`, options, (signal) =>
        connections
          .use(inbox, asking(connector, connection, inbox.region, signal), (session) =>
            connector.list(session, { limit: 1, after: null }),
          )
          .then(
            () => ({ works: true as const }),
            (error) => ({ error }),
          ),
      )
      if ('error' in value) throw value.error
    },
  }
}

type Ask = (session: Session, connector: Connector) => Promise<Page<Contact>>
type Found = Kept<WrittenPage>
type CheckOutcome = { works: true } | { error: unknown }

function withPhone(contacts: readonly Contact[], matches: (phone: string) => boolean): readonly Contact[] {
  return contacts.filter(({ phone_numbers }) => phone_numbers.some(({ phone_number }) => matches(phone_number)))
}

/** Everything that was found, in one page. */
function all(items: readonly Contact[], missing: readonly string[] = []): Page<Contact> {
  return { items, next: null, total: items.length, missing }
}

const scopeOf = ({ epoch }: Connection, query: ContactQuery | null) => ({ epoch, question: nameOf(query) })

const nameOfPage = (query: ContactQuery | null, limit: number, after: Cursor): string =>
  `${nameOf(query)} limit ${limit} after ${after}`

/** What was answered before the account's last change has another name: nobody is given it, on any replica. */
const nameOfAnswer = ({ region }: Inbox, { epoch, changes }: Connection, name: string): string =>
  `${epoch} answer ${changes} ${region ?? ''} ${name}`

/** Nobody can withdraw what nobody asked for. */
const nobody = new AbortController().signal

/** The position before the first page. */
const start: Position = { after: '', seen: 0 }

function toAnswer(
  { value, age, source, problem }: Found,
  position: Position,
  limit: number,
  write: (next: Position) => string,
): Answer {
  const { total } = value
  // A CRM that names the same place again would have the inbox walk for ever.
  const next = value.next === position.after ? null : value.next
  const missing = total === null ? [...value.missing, 'count'] : value.missing
  const seen = position.seen + value.length
  // A total that was remembered while contacts came in would end the inbox's walk too early.
  const atLeast = seen + (next === null ? 0 : 1)
  const count = total === null ? seen + (next === null ? 0 : limit) : seen > total ? atLeast : total
  const token = next === null ? '' : value.token(seen, (after) => write({ after, seen }))
  return new GivenAnswer(value, { count, next: token, age, source, problem, missing })
}

type Given = Omit<Answer, 'calls' | 'contacts' | 'written'>

class GivenAnswer implements Answer {
  readonly #page: WrittenPage
  readonly written: Buffer
  readonly count: number
  readonly next: string
  readonly age: number
  readonly source: AnswerSource | null
  readonly calls: number
  readonly problem: ErrorCode | null
  readonly missing: readonly string[]

  constructor(page: WrittenPage, { count, next, age, source, problem, missing }: Given) {
    this.#page = page
    this.written = page.envelope(count, next)
    this.count = count
    this.next = next
    this.age = age
    this.source = source
    this.calls = source === 'crm' ? page.calls : 0
    this.problem = problem
    this.missing = missing
  }

  get contacts(): readonly Contact[] {
    return this.#page.contacts()
  }
}

/** One page of an answer that holds everything. */
function cut(found: Found, position: Position, limit: number): Found {
  const { value } = found
  const from = Number(position.after)
  if (from === 0 && value.length <= limit) return found
  const { total, missing } = value
  const items = value.contacts().slice(from, from + limit)
  const next = from + limit < value.length ? String(from + limit) : null
  return { ...found, value: new WrittenPage({ items, next, total, missing }, value.calls) }
}

function allOf({ value, age, source, problem }: Found): Answer {
  return new GivenAnswer(value, { count: value.length, next: '', age, source, problem, missing: value.missing })
}

function nothing(problem: ErrorCode | null): Answer {
  const empty = new WrittenPage({ items: [], next: null, total: 0 })
  return new GivenAnswer(empty, { count: 0, next: '', age: 0, source: null, problem, missing: [] })
}

/** An agent's start-up and an unknown number's look-up go on without the CRM; the inbox asks again by itself. */
function emptyInstead(error: unknown): Answer {
  if (isCrmFailure(error) || (error instanceof BridgeError && error.code === 'reconnect_required')) return nothing(error.code)
  throw error
}
