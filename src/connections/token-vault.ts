/** Tokens in and out of their sealed form. */
import { BridgeError } from '../errors.ts'
import { type Keys, Unsealable } from '../keys.ts'
import type { Connection } from './inbox-store.ts'

export type OpenTokens = { readonly accessToken: string; readonly refreshToken: string }

export interface TokenVault {
  seal(inboxId: string, crm: string, tokens: OpenTokens): Pick<Connection, 'sealedTokens'>
  /** @throws {BridgeError} reconnect_required when the row was moved or altered, or its key is gone */
  open(sealed: Pick<Connection, 'inboxId' | 'crm' | 'sealedTokens'>): OpenTokens
}

export function createTokenVault(keys: Keys): TokenVault {
  // Bound to inbox and CRM: a row that is copied to another inbox doesn't open there.
  const context = (inboxId: string, crm: string) => `tokens ${inboxId} ${crm}`
  return {
    seal: (inboxId, crm, { accessToken, refreshToken }) => ({
      sealedTokens: Buffer.from(keys.seal(JSON.stringify({ accessToken, refreshToken }), context(inboxId, crm))),
    }),
    open({ inboxId, crm, sealedTokens }) {
      try {
        return JSON.parse(keys.open(sealedTokens, context(inboxId, crm)))
      } catch (error) {
        if (!(error instanceof Unsealable)) throw error
        throw new BridgeError(
          'reconnect_required',
          'The stored connection can’t be opened on this server. Connect the inbox again.',
          {
            cause: error,
          },
        )
      }
    },
  }
}
