/** A connector's surroundings without a bridge around them: real sessions over real HTTP, and a directory that asks through them. */
import { randomUUID } from 'node:crypto'
import type { Asking, Connections } from '../../src/connections/connections.ts'
import type { Inbox } from '../../src/connections/inbox-store.ts'
import { createUpstream, deadline } from '../../src/connections/upstream.ts'
import type { CallKind, Connector, Memory, Session } from '../../src/connectors/connector.ts'
import { createAnswerCache } from '../../src/directory/answer-cache.ts'
import { type Answer, createDirectory } from '../../src/directory/directory.ts'
import { createMemories } from '../../src/directory/memory.ts'
import { createPageTokens } from '../../src/directory/page-token.ts'
import { phoneReader } from '../../src/directory/phone.ts'
import { createStore } from '../../src/directory/store.ts'
import { readKeys } from '../../src/keys.ts'

/** What a consent leaves behind, as far as a session needs it. */
export type TestGrant = { readonly accessToken: string; readonly apiUrl: string | null; readonly recordsUrl: string }

export interface SessionOptions {
  /** Milliseconds for the whole question; 8 s unless said. */
  readonly deadlineAfter?: number
  /** Ends when nobody waits any more. */
  readonly signal?: AbortSignal
  /** What earlier sessions remember; a session that is given none remembers nothing. */
  readonly memory?: Memory
  readonly region?: string
  /** Hears what the operator would be told. */
  readonly notice?: (finding: string) => void
}

export interface Harness {
  session(options?: SessionOptions): Session
  /** Searches and lists as the inbox does; each asker starts with an empty cache. */
  asker(region?: string): Asker
  /** What the calls were taken from the account's budget as. */
  spent(): readonly CallKind[]
  clearSpent(): void
  close(): Promise<void>
}

export interface Asker {
  list(search: string, page?: { limit?: number; token?: string }): Promise<Answer>
  lookUp(id: string): Promise<Answer>
}

const storeBytes = 16 * 1024 * 1024

export const newMemory = (): Memory => createMemories(createStore(storeBytes)).of('test', 'US')

const inbox: Inbox = {
  id: '01900000-0000-7000-8000-000000000001',
  name: 'Test',
  keyHash: Buffer.from(''),
  crm: null,
  region: null,
  logMessages: false,
  sealedApi: null,
  sendingHash: null,
  createdAt: new Date(0),
  connection: null,
}

export function createHarness(connector: Connector, grant: () => TestGrant): Harness {
  const upstream = createUpstream()
  let spent: CallKind[] = []
  const spend = async (kind: CallKind) => {
    spent.push(kind)
  }

  function open(
    { signal, memory, readPhone }: Pick<Asking, 'signal' | 'memory' | 'readPhone'>,
    notice: Session['notice'] = () => {},
  ): Session {
    const { accessToken, apiUrl, recordsUrl } = grant()
    return {
      apiUrl: apiUrl ?? connector.apiUrl,
      accessToken,
      recordsUrl,
      http: upstream.client({ signal, spend, account: randomUUID(), label: connector.label }),
      memory,
      readPhone,
      notice,
    }
  }

  /** One grant that never ends: what the directory does beyond that has its own tests. */
  const connections: Pick<Connections, 'connectorOf' | 'use'> = {
    connectorOf: () => ({ connector, connection: { epoch: 'epoch', accountId: 'account' } as never }),
    use: (_inbox, asking, work) => work(open(asking), connector),
  }

  return {
    session: ({ deadlineAfter = 8_000, signal, memory = newMemory(), region = 'US', notice } = {}) =>
      open({ signal: signal ?? deadline(deadlineAfter), memory, readPhone: phoneReader(region) }, notice),
    asker(region = 'US') {
      const store = createStore(storeBytes)
      const directory = createDirectory({
        connections: connections as Connections,
        answers: createAnswerCache(store),
        memories: createMemories(store),
        budget: { take: (_account, kind) => spend(kind as CallKind) },
        pageTokens: createPageTokens(readKeys(`test:${Buffer.alloc(32, 1).toString('base64')}`)),
        defaultRegion: region,
      })
      const nobody = new AbortController().signal
      return {
        list: (search, { limit = 100, token = '' } = {}) => directory.list(inbox, { search, limit, token }, nobody),
        lookUp: (id) => directory.lookUp(inbox, id, nobody),
      }
    },
    spent: () => spent,
    clearSpent() {
      spent = []
    },
    close: () => upstream.close(),
  }
}
