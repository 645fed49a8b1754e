/** A database of a test file's own with the stores on it, and grants at the fake CRM in them. */
import {
  type Connected,
  type ConnectionStore,
  createConnectionStore,
  type NewConnection,
} from '../../src/connections/connection-store.ts'
import { type Connection, createInboxStore, type InboxStore } from '../../src/connections/inbox-store.ts'
import { createParkedGrantStore, type ParkedGrantStore, type Parking } from '../../src/connections/parked-grant-store.ts'
import { openDatabase, type PrismaClient } from '../../src/database/database.ts'
import { createTestDatabase } from './database.ts'
import { fakeGrant, fakeVault } from './fake-crm.ts'

export interface Stores {
  readonly prisma: PrismaClient
  readonly connections: ConnectionStore
  readonly inboxes: InboxStore
  readonly parked: ParkedGrantStore
  /** The id of a new inbox. */
  inbox(): Promise<string>
  /** The connection of a new inbox. `refreshToken` = what is sealed in it. */
  connected(grant?: Partial<NewConnection>, refreshToken?: string): Promise<Connected>
  /** The inbox's connection as it is stored now. */
  stored(of: Pick<Connection, 'inboxId'>): Promise<Connection>
  /** The refresh tokens of all parked grants. */
  parkedTokens(): Promise<string[]>
  /** Lets time pass for claims, for pauses, and for what is parked. Milliseconds. */
  pass(milliseconds: number): Promise<void>
  /** Forgets all inboxes and grants. */
  clear(): Promise<void>
  close(): Promise<void>
}

export async function openStores(): Promise<Stores> {
  const test = await createTestDatabase(undefined, { migrated: true })
  const { DATABASE_URL: url, DATA_DIR: folder } = test.environment
  const { prisma, close } = await openDatabase({ url, folder })
  const connections = createConnectionStore(prisma)
  const inboxes = createInboxStore(prisma)
  const parked = createParkedGrantStore(prisma)
  const inbox = async () => (await inboxes.create({ name: 'Support', crm: null, region: null })).inbox.id
  return {
    prisma,
    connections,
    inboxes,
    parked,
    inbox,
    async connected(grant = {}, refreshToken = 'refresh-1') {
      const id = await inbox()
      const seal = fakeVault.seal(id, grant.crm ?? 'fake', { accessToken: 'access-1', refreshToken })
      return connections.connect(id, fakeGrant(id, { ...seal, ...grant }))
    },
    async stored({ inboxId }) {
      const connection = await connections.find(inboxId)
      if (connection === null) throw new Error('the connection is gone')
      return connection
    },
    parkedTokens: async () => (await parked.all()).map((grant) => fakeVault.open(grant).refreshToken),
    async pass(milliseconds) {
      await prisma.$executeRaw`
        UPDATE "ParkedGrant" SET "revokeAt" = "revokeAt" - ${milliseconds}::int * interval '1 millisecond'`
      await prisma.$executeRaw`
        UPDATE "Connection" SET "leaseUntil" = "leaseUntil" - ${milliseconds}::int * interval '1 millisecond',
          "retryAt" = "retryAt" - ${milliseconds}::int * interval '1 millisecond'`
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

/** A grant at the fake CRM as it is parked. */
export function fakeParking(inboxId: string, refreshToken = 'refresh-1', changes: Partial<Parking> = {}): Parking {
  const crm = changes.crm ?? 'fake'
  const seal = fakeVault.seal(inboxId, crm, { accessToken: 'access-1', refreshToken })
  return { inboxId, crm, accountId: 'account-1', loginUrl: null, ...seal, ...changes }
}
