/** Whether an inbox's CRM may have messages sent: if the operator let it, and the inbox gave access to its own API. */
import { createHash, randomBytes } from 'node:crypto'
import type { Inbox } from './inbox-store.ts'

/** `access_needed` = the operator let it, and the inbox has to give access by `POST /configure_api`. */
export type MessageSending = 'off' | 'access_needed' | 'on'

export function messageSending({ sealedApi, sendingHash }: Pick<Inbox, 'sealedApi' | 'sendingHash'>): MessageSending {
  if (sendingHash === null) return 'off'
  return sealedApi === null ? 'access_needed' : 'on'
}

/** 192 random bits, URL-safe. */
export const newSendingSecret = (): string => randomBytes(24).toString('base64url')

/** A plain hash is enough: secrets are random, there is nothing to guess. */
export const hashSendingSecret = (secret: string): Buffer<ArrayBuffer> =>
  Buffer.from(createHash('sha256').update(secret).digest())
