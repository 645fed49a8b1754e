/** The opaque `next_page_param`: where the next page begins, signed, good for one inbox's grant and one question only. */
import { LRUCache } from 'lru-cache'
import type { Cursor } from '../connectors/connector.ts'
import { BridgeError } from '../errors.ts'
import type { Keys } from '../keys.ts'

export type Position = {
  readonly after: Cursor
  /** How many contacts the pages before had. */
  readonly seen: number
}

/** What a token is good for: the grant's epoch and the question's name. */
export type TokenScope = { readonly epoch: string; readonly question: string }

export interface PageTokens {
  write(position: Position, scope: TokenScope): string
  /** @throws {BridgeError} cursor_invalid for a token that is altered, of another inbox, of another question, or outlived by a reconnect */
  read(token: string, scope: TokenScope): Position
}

/** Looking at a signature costs more than the rest of an answer from memory, and walkers ask for the same pages. A page keeps its own. */
const remembered = 2_000

export function createPageTokens(keys: Keys): PageTokens {
  const purpose = 'page token'
  const context = ({ epoch, question }: TokenScope) => `${epoch} ${question}`
  const verified = new LRUCache<string, string>({ max: remembered })

  function sign(payload: string, where: string): string {
    const token = keys.sign(purpose, payload, where)
    // The walker will soon be back with it.
    verified.set(`${where} ${token}`, payload)
    return token
  }

  function verify(token: string, where: string): string | null {
    // Nothing else is a token, and nothing else keeps the names apart.
    if (!/^[\w-]+$/.test(token)) return null
    const name = `${where} ${token}`
    const payload = verified.get(name) ?? keys.verify(purpose, token, where)
    if (payload !== null) verified.set(name, payload)
    return payload
  }

  return {
    write: ({ after, seen }, scope) => sign(JSON.stringify([seen, after]), context(scope)),
    read(token, scope) {
      const payload = verify(token, context(scope))
      if (payload === null) {
        throw new BridgeError(
          'cursor_invalid',
          'This page token is not of this inbox and search, or no longer valid. Start again at the first page.',
        )
      }
      const [seen, after] = JSON.parse(payload) as [number, string]
      return { seen, after }
    },
  }
}
