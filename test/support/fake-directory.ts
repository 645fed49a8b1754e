/** A directory over a fake CRM: everything between a question and the connector is real, but for the wire. */

import { type Connections, createConnections } from '../../src/connections/connections.ts'
import type { Inbox } from '../../src/connections/inbox-store.ts'
import type { Upstream } from '../../src/connections/upstream.ts'
import { createAnswerCache } from '../../src/directory/answer-cache.ts'
import { type Answer, createDirectory, type Directory } from '../../src/directory/directory.ts'
import { createMemories } from '../../src/directory/memory.ts'
import { createPageTokens } from '../../src/directory/page-token.ts'
import { createStore } from '../../src/directory/store.ts'
import { createTelemetry, type Telemetry } from '../../src/telemetry.ts'
import { type FakeCrm, fakeInbox, fakeKeys, fakeVault, silent } from './fake-crm.ts'
import { nobody } from './promises.ts'

export interface FakeDirectory {
  readonly directory: Directory
  readonly connections: Connections
  list(inbox: Inbox, question?: { search?: string; limit?: number; token?: string }): Promise<Answer>
  lookUp(inbox: Inbox, id: string): Promise<Answer>
}

const unused = async () => {
  throw new Error('not in this test')
}

/** `wire` = what the sessions' http does; nothing unless said. */
export function fakeDirectory(
  crm: FakeCrm,
  wire: Upstream['client'] = () => unused,
  take: () => Promise<void> = async () => {},
  telemetry: Telemetry = createTelemetry(),
): FakeDirectory {
  const store = createStore(1_000_000)
  const connections = createConnections({
    connectors: [crm.connector],
    store: { find: unused, touch: async () => {} } as never,
    inboxes: { forget() {}, forgetAll() {}, renew() {}, byKey: async () => null, first: async () => fakeInbox() },
    vault: fakeVault,
    refresher: { refresh: unused, settled: unused },
    upstream: { client: wire, close: async () => {} },
    telemetry,
    log: silent,
  })
  const directory = createDirectory({
    connections,
    answers: createAnswerCache(store),
    memories: createMemories(store),
    budget: { take },
    pageTokens: createPageTokens(fakeKeys),
    defaultRegion: 'US',
  })
  return {
    directory,
    connections,
    list: (inbox, { search = '', limit = 100, token = '' } = {}) => directory.list(inbox, { search, limit, token }, nobody()),
    lookUp: (inbox, id) => directory.lookUp(inbox, id, nobody()),
  }
}

export const idsOf = ({ contacts }: Answer): string[] => contacts.map(({ contact_id }) => contact_id)
