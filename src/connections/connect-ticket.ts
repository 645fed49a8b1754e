/** The link by which an administrator connects an inbox: signed, for an hour, and stored nowhere, since an inbox may ask for many. */
import { type Keys, readUnexpired, signFor } from '../keys.ts'

export interface ConnectTickets {
  /** The URL that the administrator opens. */
  url(inboxId: string): string
  /** The inbox of a ticket; null when the ticket is altered or its hour is over. */
  read(ticket: string): string | null
}

const validFor = 3600

export function createConnectTickets(keys: Keys, publicUrl: string): ConnectTickets {
  const purpose = 'connect ticket'
  return {
    url: (inboxId) => `${publicUrl}/connect/${signFor(keys, validFor, purpose, inboxId)}`,
    read: (ticket) => readUnexpired(keys, purpose, ticket),
  }
}
