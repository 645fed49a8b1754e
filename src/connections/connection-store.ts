/** Grants in the database. Every write names the version it was made from, so that of two writers the later read wins. */
import type { PrismaClient } from '../database/database.ts'
import type { Connection } from './inbox-store.ts'

/** What a consent or a refresh leaves behind. */
export type StoredTokens = Pick<Connection, 'sealedTokens' | 'expiresAt'>
export type NewConnection = StoredTokens &
  Pick<Connection, 'crm' | 'accountId' | 'accountName' | 'recordsUrl' | 'apiUrl' | 'loginUrl' | 'scopes'>
/** One version of one grant. */
export type Version = Pick<Connection, 'inboxId' | 'epoch' | 'version'>

export interface ConnectionStore {
  find(inboxId: string): Promise<Connection | null>
  /** Replaces whatever grant the inbox had. */
  connect(inboxId: string, connection: NewConnection): Promise<Connection>
  disconnect(inboxId: string): Promise<Connection | null>
  /**
   * Claims the refresh of this version for `milliseconds`, by the database's clock. False when another process holds the claim or the
   * version is no longer current.
   */
  claim(version: Version, owner: string, milliseconds: number): Promise<boolean>
  /** Gives a claim up without new tokens. */
  release(version: Version, owner: string): Promise<void>
  /** Stores refreshed tokens and ends the claim; false when the version is no longer current. */
  storeTokens(version: Version, tokens: StoredTokens): Promise<boolean>
  /** Every grant, with its inbox's name. */
  all(): Promise<(Connection & { readonly inbox: { readonly name: string } })[]>
  /** Replaces the seal of this version's tokens; false when the version is no longer current. */
  reseal(version: Version, tokens: Pick<StoredTokens, 'sealedTokens'>): Promise<boolean>
  /** Marks the grant as ended by the CRM; false when the version is no longer current. */
  requireReconnect(version: Version, reason: string): Promise<boolean>
}

export function createConnectionStore(prisma: PrismaClient): ConnectionStore {
  const current = ({ inboxId, epoch, version }: Version) => ({ inboxId, epoch, version })
  return {
    find: (inboxId) => prisma.connection.findUnique({ where: { inboxId } }),
    connect: (inboxId, connection) =>
      // Deleted and created anew, so that every default (epoch, status, version, times) is a new connection's.
      prisma
        .$transaction([
          prisma.connection.deleteMany({ where: { inboxId } }),
          prisma.connection.create({ data: { inboxId, ...connection } }),
        ])
        .then(([, created]) => created),
    disconnect: async (inboxId) => {
      const [removed] = await prisma.$transaction([
        prisma.connection.findUnique({ where: { inboxId } }),
        prisma.connection.deleteMany({ where: { inboxId } }),
      ])
      return removed
    },
    claim: async (version, owner, milliseconds) => {
      const claimed = await prisma.$executeRaw`
        UPDATE "Connection"
        SET "leaseOwner" = ${owner}, "leaseUntil" = now() + ${milliseconds}::int * interval '1 millisecond'
        WHERE "inboxId" = ${version.inboxId}::uuid AND "epoch" = ${version.epoch}::uuid AND "version" = ${version.version}
          AND "status" = 'active' AND ("leaseOwner" IS NULL OR "leaseOwner" = ${owner} OR "leaseUntil" < now())`
      return claimed === 1
    },
    release: async (version, owner) => {
      await prisma.connection.updateMany({
        where: { ...current(version), leaseOwner: owner },
        data: { leaseOwner: null, leaseUntil: null },
      })
    },
    storeTokens: async (version, tokens) => {
      const { count } = await prisma.connection.updateMany({
        where: current(version),
        data: { ...tokens, version: { increment: 1 }, leaseOwner: null, leaseUntil: null, refreshedAt: new Date() },
      })
      return count === 1
    },
    all: () => prisma.connection.findMany({ include: { inbox: { select: { name: true } } }, orderBy: { connectedAt: 'asc' } }),
    // The version stays: a refresh under way, whose tokens exist nowhere else, must still find its row.
    reseal: async (version, tokens) =>
      (await prisma.connection.updateMany({ where: current(version), data: tokens })).count === 1,
    requireReconnect: async (version, reason) => {
      const { count } = await prisma.connection.updateMany({
        where: { ...current(version), status: 'active' },
        data: { status: 'reconnect_required', statusReason: reason, statusSince: new Date(), leaseOwner: null, leaseUntil: null },
      })
      return count === 1
    },
  }
}
