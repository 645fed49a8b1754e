/**
 * Takes customers whose messages wait, finds their contacts, and writes on the timelines. Every replica does; a claim in the database
 * leaves each customer to one of them, and the order of their messages stays.
 */
import { randomUUID } from 'node:crypto'
import { accountKey, type Inbox, type InboxStore } from '../connections/inbox-store.ts'
import { messageLogging } from '../connections/message-logging.ts'
import type { Connector, TimelineEntry } from '../connectors/connector.ts'
import { within } from '../connectors/patience.ts'
import type { Directory } from '../directory/directory.ts'
import { BridgeError, type ErrorCode } from '../errors.ts'
import type { Logger } from '../logger.ts'
import { entryOf, firstTogether, type OpenMessage } from './entry.ts'
import type { Conversation, Gathering, MessageStore, Outcome, WaitingMessage } from './message-store.ts'
import type { MessageVault } from './message-vault.ts'

export interface Logging {
  /** Logs what is due. */
  run(): Promise<void>
  /** Takes nothing new, and waits for what is being written: what is cut off has to be looked for at the CRM. */
  stop(): Promise<void>
}

/** One worker's claim on a customer: longer than the calls of one attempt may take together. Milliseconds. */
const claimFor = 60_000
/** The first retry comes after about this long, each further one after twice as much, up to the longest. Milliseconds. */
const firstPause = 20_000
const longestPause = 30 * 60_000
/** How long messages wait for a CRM that is away, or for an administrator to reconnect. Milliseconds. */
const triesFor = 7 * 86_400_000
/** How long they wait for somebody to have the number: a contact may be made after the chat has begun. Milliseconds. */
const looksFor = 86_400_000
/** Each look comes after as long as the message has waited already, but for these. Milliseconds. */
const betweenLooks = { least: 60_000, most: 6 * 3_600_000 }
/** So often an answer that makes no sense is taken for a passing one. */
const senselessAnswers = 6
/** A number that more contacts have is a company's; HubSpot reads no more at once. */
const mostContacts = 100
/** Customers in work at once, by one process. */
const atOnce = 4
/** Longer than one write may take. Milliseconds. */
const stopPatience = 10_000

export function createLogging(deps: {
  connectors: readonly Connector[]
  directory: Pick<Directory, 'whoHas' | 'inBackground'>
  gathering: Gathering
  inboxes: Pick<InboxStore, 'byId'>
  store: MessageStore
  vault: MessageVault
  log: Logger
}): Logging {
  const { connectors, directory, gathering, inboxes, store, vault, log } = deps
  const owner = randomUUID()
  const underWay = new Set<Promise<void>>()
  let isStopping = false

  const claim = async () => (isStopping ? null : store.claim(owner, claimFor))

  /** Starts workers one after the other: each claim sees whose the ones before are. Mostly nothing is due, which one look tells. */
  async function work(workers: number): Promise<void> {
    const first = workers === 0 ? null : await claim()
    if (first !== null) await Promise.all([takeTurns(first), work(workers - 1)])
  }

  async function takeTurns(first: Conversation): Promise<void> {
    for (let conversation: Conversation | null = first; conversation !== null; conversation = await claim()) {
      const turn = logNext(conversation)
      underWay.add(turn)
      await turn.finally(() => underWay.delete(turn))
    }
  }

  /** The next entry of the customer's waiting messages. Before what follows it others have their turns: it may be hours of work. */
  async function logNext(conversation: Conversation): Promise<void> {
    for (let isDone = false; ; isDone = true) {
      const inbox = await inboxes.byId(conversation.inboxId)
      const waiting = await store.waiting(conversation)
      if (inbox === null || waiting.length === 0) return store.release(conversation, owner)
      if (isStopping || isDone) return store.yield(conversation, owner)
      const useless = uselessOf(inbox, waiting)
      const messages = useless.messages.length > 0 ? [] : waiting.map(open)
      const outcome = useless.messages.length > 0 ? useless : await next(inbox, conversation, messages)
      if (outcome === null) return
      await store.end(
        conversation,
        owner,
        outcome.messages.map(({ id }) => id),
        outcome.outcome,
      )
      tell(conversation, outcome)
    }
  }

  /** Messages that no attempt is to be made with. */
  function uselessOf(inbox: Inbox, waiting: readonly WaitingMessage[]): Ended {
    const failed = (messages: readonly WaitingMessage[], reason: string, isFinal: boolean): Ended => ({
      messages,
      outcome: { state: 'failed', reason, isFinal },
    })
    if (!inbox.logMessages) return failed(waiting, 'turned_off', true)
    const account = inbox.connection === null ? '' : accountKey(inbox.connection)
    const others = waiting.filter((message) => message.account !== account)
    if (others.length > 0) return failed(others, 'disconnected', true)
    const unreadable = waiting.filter((message) => open(message).body === null)
    return failed(unreadable, 'unreadable', false)
  }

  function open(message: WaitingMessage): OpenMessage & { body: OpenMessage['body'] | null } {
    const { sealedBody } = message
    return { ...message, body: sealedBody === null ? null : vault.open({ ...message, sealedBody }) } as OpenMessage
  }

  /** What became of the next entry's messages; null when they wait on, and the claim is given up. */
  async function next(inbox: Inbox, conversation: Conversation, messages: readonly OpenMessage[]): Promise<Ended | null> {
    const { entry, sendingSince, attempts, problem: before } = conversation
    const begun = messages.filter(({ id }) => entry.includes(id))
    const batch = begun.length > 0 ? begun : firstTogether(messages, gathering)
    const ids = batch.map(({ id }) => id)
    const logged: Ended = { messages: batch, outcome: { state: 'logged' } }
    let isUnclear = sendingSince !== null
    try {
      if (messageLogging(inbox, connectors) === 'permission_needed' && inbox.connection?.status === 'active')
        throw new BridgeError('crm_forbidden', 'The inbox’s connection doesn’t allow messages to be logged.')
      if (sendingSince !== null && (await isLogged(inbox, entryOf(batch, []), sendingSince))) return logged
      const contacts = await directory.whoHas(inbox, batch[0]?.body.from ?? '')
      if (contacts.length === 0) throw new BridgeError('contact_not_found', 'No contact has the number.')
      const contactIds = contacts.slice(0, mostContacts).map(({ contact_id }) => contact_id)
      if (!(await store.begin(conversation, owner, ids, claimFor))) return null
      isUnclear = true
      await write(inbox, entryOf(batch, contactIds))
      return logged
    } catch (error) {
      const code = error instanceof BridgeError ? error.code : 'internal'
      const wasRefused = sendingSince === null && refusals.includes(code)
      const age = Date.now() - Math.min(...batch.map(({ receivedAt }) => receivedAt.getTime()))
      const over = isOver(code, age, code === before ? attempts : 0)
      if (over) return { messages: code === 'crm_forbidden' ? messages : batch, outcome: over }
      const problem = code === 'contact_not_found' ? 'no_contact' : code
      const retryAfter = error instanceof BridgeError ? error.retryAfter : undefined
      const pause =
        code === 'contact_not_found'
          ? Math.min(Math.max(age, betweenLooks.least), betweenLooks.most)
          : pauseAfter(attempts, retryAfter)
      await store.postpone(conversation, owner, { problem, pause: jitter(pause), isUnclear: isUnclear && !wasRefused })
      if (problem !== 'no_contact')
        log.warn({ err: error, inboxId: inbox.id, code, attempts: attempts + 1 }, 'messages not logged yet')
      return null
    }
  }

  function isLogged(inbox: Inbox, entry: TimelineEntry, since: Date): Promise<boolean> {
    return directory.inBackground(inbox, async (session, { timeline }) => timeline?.isLogged(session, entry, since) ?? false)
  }

  function write(inbox: Inbox, entry: TimelineEntry): Promise<void> {
    return directory.inBackground(inbox, async (session, { timeline }) => timeline?.log(session, entry))
  }

  function tell({ inboxId }: Conversation, { messages, outcome }: Ended): void {
    if (outcome.state === 'logged') log.info({ inboxId, messages: messages.length }, 'messages logged')
    else log.warn({ inboxId, messages: messages.length, reason: outcome.reason }, 'messages given up')
  }

  return {
    run: () => work(atOnce),
    async stop() {
      isStopping = true
      await within(stopPatience, Promise.allSettled(underWay)).catch(() => {})
    },
  }
}

type Ended = { readonly messages: readonly { readonly id: string }[]; readonly outcome: Outcome }

/** What says that nothing was written: the CRM refused the call, or it was never made. */
const refusals: readonly ErrorCode[] = [
  'crm_rate_limited',
  'crm_forbidden',
  'contact_not_found',
  'reconnect_required',
  'not_connected',
]

/** How messages end that can't be logged, or not in the time that they are given; null = they are tried again. @param attempts that failed of the same */
function isOver(code: ErrorCode, age: number, attempts: number): Outcome | null {
  switch (code) {
    case 'contact_not_found':
      return age < looksFor ? null : { state: 'failed', reason: 'no_contact', isFinal: false }
    case 'not_connected':
      return { state: 'failed', reason: 'disconnected', isFinal: true }
    case 'crm_forbidden':
      return { state: 'failed', reason: code, isFinal: false }
    case 'crm_protocol':
      return attempts < senselessAnswers ? null : { state: 'failed', reason: code, isFinal: false }
    default:
      return age < triesFor ? null : { state: 'failed', reason: code, isFinal: false }
  }
}

/** Milliseconds. @param retryAfter seconds */
function pauseAfter(attempts: number, retryAfter = 0): number {
  return Math.max(Math.min(firstPause * 2 ** attempts, longestPause), retryAfter * 1000)
}

const jitter = (pause: number): number => Math.round(pause * (0.9 + Math.random() * 0.4))
