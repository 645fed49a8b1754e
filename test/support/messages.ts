/** A queue of messages on a database of a test file's own, with an inbox that logs to the fake CRM. */

import { createConnectionStore } from '../../src/connections/connection-store.ts'
import { createInboxStore, type InboxStore } from '../../src/connections/inbox-store.ts'
import { openDatabase, type PrismaClient } from '../../src/database/database.ts'
import { createMessageStore, type Gathering, type MessageStore, type NewMessage } from '../../src/messages/message-store.ts'
import { createMessageVault, type MessageVault } from '../../src/messages/message-vault.ts'
import { createTestDatabase } from './database.ts'
import { fakeGrant, fakeKeys } from './fake-crm.ts'

export const gathering: Gathering = { quiet: 120_000, most: 300_000 }
/** The account of the inbox's connection. */
export const account = 'fake account-1'

export interface Queue {
  readonly prisma: PrismaClient
  readonly inboxes: InboxStore
  readonly store: MessageStore
  readonly vault: MessageVault
  /** The id of a new inbox that logs messages, connected to the fake CRM. */
  inbox(): Promise<string>
  disconnect(inboxId: string): Promise<unknown>
  /** Puts a message in the queue as the webhook does. */
  add(inboxId: string, message: { id: string; from: string; text?: string; name?: string; sentAt?: Date }): Promise<unknown>
  /** Lets time pass for everything that waits, and for claims. Milliseconds. */
  pass(milliseconds: number): Promise<void>
  /** States and reasons of an inbox's messages, in the order of arrival. */
  states(inboxId: string): Promise<string[]>
  clear(): Promise<void>
  close(): Promise<void>
}

export function newMessage(
  vault: MessageVault,
  inboxId: string,
  { id, from, text = `text of ${id}`, name = 'Ana', sentAt = new Date() }: Parameters<Queue['add']>[1],
): NewMessage {
  const hash = vault.hash(id)
  const sealedBody = vault.seal(inboxId, hash, { from, name, text })
  return { hash, customers: vault.customers(inboxId, from), sentAt, sealedBody, reason: null }
}

export async function openQueue(): Promise<Queue> {
  const test = await createTestDatabase(undefined, { migrated: true })
  const { DATABASE_URL: url, DATA_DIR: folder } = test.environment
  const { prisma, close } = await openDatabase({ url, folder })
  const connections = createConnectionStore(prisma)
  const inboxes = createInboxStore(prisma)
  const store = createMessageStore(prisma)
  const vault = createMessageVault(fakeKeys)
  return {
    prisma,
    inboxes,
    store,
    vault,
    async inbox() {
      const { inbox } = await inboxes.create({ name: 'Support', crm: null, region: null })
      await inboxes.logMessages(inbox.id, true)
      await connections.connect(inbox.id, fakeGrant(inbox.id, { scopes: ['read', 'write'] }))
      return inbox.id
    },
    disconnect: (inboxId) => connections.disconnect(inboxId),
    add: (inboxId, message) => store.add(inboxId, account, [newMessage(vault, inboxId, message)], gathering),
    async pass(milliseconds) {
      await prisma.$executeRaw`
        UPDATE "Conversation" SET "dueAt" = "dueAt" - ${milliseconds}::int * interval '1 millisecond',
          "openSince" = "openSince" - ${milliseconds}::int * interval '1 millisecond',
          "leaseUntil" = "leaseUntil" - ${milliseconds}::int * interval '1 millisecond',
          "sendingSince" = "sendingSince" - ${milliseconds}::int * interval '1 millisecond'`
      await prisma.$executeRaw`
        UPDATE "Message" SET "receivedAt" = "receivedAt" - ${milliseconds}::int * interval '1 millisecond'`
    },
    async states(inboxId) {
      const rows = await prisma.message.findMany({ where: { inboxId }, orderBy: { id: 'asc' } })
      return rows.map(({ state, reason }) => [state, reason].filter(Boolean).join(' '))
    },
    async clear() {
      await prisma.inbox.deleteMany()
      await prisma.parkedGrant.deleteMany()
    },
    async close() {
      await close()
      await test.drop()
    },
  }
}
