/** What a customer wrote in and out of its sealed form, and the names by which messages and customers are known without being told. */
import { createHash } from 'node:crypto'
import { type Keys, Unsealable } from '../keys.ts'
import type { WhatsAppMessage } from './whatsapp.ts'

/** What is sealed of a message. */
export type MessageBody = Pick<WhatsAppMessage, 'name' | 'text'> & {
  /** International digits. */
  readonly from: string
}

export interface MessageVault {
  /** The same for the same message, however often it comes. */
  hash(messageId: string): string
  /** Stands for a customer of an inbox: by the first key, then by the others, under which earlier messages may still wait. */
  customers(inboxId: string, from: string): readonly [string, ...string[]]
  seal(inboxId: string, hash: string, body: MessageBody): Buffer
  /** Null when the row was moved or altered, or its key is gone. */
  open(sealed: SealedMessage): MessageBody | null
  /** The same body under the first key; null when it is that already, or can't be opened. */
  reseal(sealed: SealedMessage): Buffer | null
}

export type SealedMessage = { readonly inboxId: string; readonly hash: string; readonly sealedBody: Uint8Array }

export function createMessageVault(keys: Keys): MessageVault {
  // Bound to inbox and message: a row that is copied elsewhere doesn't open there.
  const context = (inboxId: string, hash: string) => `message ${inboxId} ${hash}`
  const open = ({ inboxId, hash, sealedBody }: SealedMessage): string | null => {
    try {
      return keys.open(sealedBody, context(inboxId, hash))
    } catch (error) {
      if (error instanceof Unsealable) return null
      throw error
    }
  }
  return {
    // WhatsApp's ids hold random bytes: nobody finds them out by trying.
    hash: (messageId) => createHash('sha256').update(messageId).digest('base64url'),
    customers: (inboxId, from) => keys.tags('customer', `${inboxId} ${from}`),
    seal: (inboxId, hash, { from, name, text }) => keys.seal(JSON.stringify({ from, name, text }), context(inboxId, hash)),
    open(sealed) {
      const body = open(sealed)
      return body === null ? null : JSON.parse(body)
    },
    reseal(sealed) {
      if (keys.sealedBy(sealed.sealedBody).id === keys.current) return null
      const body = open(sealed)
      return body === null ? null : keys.seal(body, context(sealed.inboxId, sealed.hash))
    },
  }
}
