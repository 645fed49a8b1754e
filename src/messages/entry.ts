/** From waiting messages to the entry that people read on a contact's timeline: pure, and the same at every attempt. */
import { createHash } from 'node:crypto'
import type { TimelineEntry } from '../connectors/connector.ts'
import type { Gathering, WaitingMessage } from './message-store.ts'
import type { MessageBody } from './message-vault.ts'

/** A waiting message with what is in it. */
export type OpenMessage = Pick<WaitingMessage, 'id' | 'hash' | 'sentAt' | 'receivedAt'> & { readonly body: MessageBody }

/** What fits in the CRMs' fields, also when every character has to be written as an HTML entity of five. Characters. */
const longestText = 12_000
const mostMessages = 50

/** The first messages, as far as they were sent shortly after one another: they become one entry. */
export function firstTogether<T extends OpenMessage>(messages: readonly T[], { quiet, most }: Gathering): readonly T[] {
  let length = 0
  const end = messages.findIndex(({ sentAt, body }, nth) => {
    length += body.text.length
    const [first, previous] = [messages[0], messages[nth - 1]]
    if (first === undefined || previous === undefined) return false
    const isLater = sentAt.getTime() - previous.sentAt.getTime() > quiet || sentAt.getTime() - first.sentAt.getTime() > most
    return quiet === 0 || isLater || nth >= mostMessages || length > longestText
  })
  return end === -1 ? messages : messages.slice(0, end)
}

/** @param messages at least one, all of one customer's, in their order */
export function entryOf(messages: readonly OpenMessage[], contactIds: readonly string[]): TimelineEntry {
  const reference = createHash('sha256')
    .update(messages.map(({ hash }) => hash).join(' '))
    .digest('hex')
    .slice(0, 12)
    .toUpperCase()
  const [first] = messages
  const { from = '', name = '' } = messages.findLast(({ body }) => body.name !== '')?.body ?? first?.body ?? {}
  const what = messages.length === 1 ? 'WhatsApp message' : 'WhatsApp messages'
  return {
    reference,
    contactIds,
    title: `${what} from ${name === '' ? `+${from}` : `${name} (+${from})`}`,
    text: `${linesOf(messages).join('\n')}\n\nLogged from WhatsApp, reference ${reference}`,
    sentAt: first?.sentAt ?? new Date(0),
  }
}

/** A line for each message, with its time, and before the first one of a day the day. Whoever reads it may be in any time zone. */
function linesOf(messages: readonly OpenMessage[]): string[] {
  let day = ''
  return messages.flatMap(({ sentAt, body }) => {
    const [date = '', time = ''] = sentAt.toISOString().split('T')
    const head = date === day ? [] : [`${date}, times in UTC`]
    day = date
    return [...head, `${time.slice(0, 5)} ${body.text}`]
  })
}
