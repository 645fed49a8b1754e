/** The link by which an administrator connects an inbox: signed, for an hour, and stored nowhere, since an inbox may ask for many. */
import { type Keys, readUnexpired, signFor } from '../keys.ts'

export interface ConnectTickets {
  /** The URL that the administrator opens. */
  url(inboxId: string): string
  /** The inbox of a ticket; null when the ticket is altered or its hour is over. */
  read(ticket: string): string | null
  /**
   * The URL once more, for who came by this ticket to this inbox; null when it is too late for that. It ends when it would have: whoever
   * got hold of a ticket has its hour, however they use it.
   */
  again(ticket: string, inboxId: string): string | null
}

/** Seconds. */
export const ticketLifetime = 3600
/** What a person takes at least to press a button. Seconds. */
const shortest = 60

export function createConnectTickets(keys: Keys, publicUrl: string): ConnectTickets {
  const purpose = 'connect ticket'
  const urlOf = (ticket: string) => `${publicUrl}/connect/${ticket}`
  return {
    url: (inboxId) => urlOf(signFor(keys, ticketLifetime, purpose, inboxId)),
    read: (ticket) => readUnexpired(keys, purpose, ticket),
    again(ticket, inboxId) {
      const [endsAt, subject] = keys.verify(purpose, ticket)?.split(' ') ?? []
      return subject === inboxId && Number(endsAt) - Date.now() / 1000 > shortest ? urlOf(ticket) : null
    },
  }
}
