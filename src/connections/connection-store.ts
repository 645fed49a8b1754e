/** Grants in the database. Every write names the version it was made from, so that of two writers the later read wins. */
import type { PrismaClient } from '../database/database.ts'
import { Prisma } from '../database/generated/client.ts'
import { together } from '../database/together.ts'
import type { Connection } from './inbox-store.ts'

/** What a consent or a refresh leaves behind. */
export type StoredTokens = Pick<Connection, 'sealedTokens' | 'expiresAt' | 'renewAt'>
export type NewConnection = StoredTokens &
  Pick<Connection, 'crm' | 'accountId' | 'accountName' | 'recordsUrl' | 'apiUrl' | 'loginUrl' | 'scopes'>
/** One version of one grant. */
export type Version = Pick<Connection, 'inboxId' | 'epoch' | 'version'>

/**
 * `recovered` = what it took the place of had been ended by its CRM. One replica is told so. `endedSending` = another account's workflows
 * could have messages sent, and no longer can.
 */
export type Connected = Connection & { readonly recovered: boolean; readonly endedSending: boolean }

export interface ConnectionStore {
  find(inboxId: string): Promise<Connection | null>
  /** Replaces whatever grant the inbox had; one of another account is parked, to be revoked, and the secret of its workflows ends. */
  connect(inboxId: string, connection: NewConnection): Promise<Connected>
  /** The same with an offered grant, which ends as an offer. Null, and nothing done, when it no longer stands. */
  accept(offerId: string, inboxId: string, connection: NewConnection): Promise<Connected | null>
  /** Parks the inbox's grant, to be revoked. Null when there is none. */
  disconnect(inboxId: string): Promise<Pick<Connection, 'crm'> | null>
  /**
   * Claims the refresh of this version for `milliseconds`, by the database's clock. False when another process holds the claim, when the
   * version is no longer current, or when the pause after a failure isn't over.
   */
  claim(version: Version, owner: string, milliseconds: number): Promise<boolean>
  /** Gives a claim up without new tokens; the next one may be taken after `pause` milliseconds. */
  release(version: Version, owner: string, pause: number): Promise<void>
  /** Stores refreshed tokens and ends the claim; null when the version is no longer current. */
  storeTokens(version: Version, tokens: StoredTokens): Promise<Pick<Connected, 'recovered'> | null>
  /** Some grants at these CRMs whose time to be renewed has come: of inboxes that asked within a day, those of `everAlive` CRMs in any case. */
  due(crms: readonly string[], everAlive: readonly string[]): Promise<Connection[]>
  /** Remembers that the inbox asked. */
  touch(inboxId: string): Promise<void>
  /** Every grant at one account. */
  ofAccount(crm: string, accountId: string): Promise<Connection[]>
  /** Every grant, with its inbox's name. */
  all(): Promise<(Connection & { readonly inbox: { readonly name: string } })[]>
  /** Replaces the seal of this version's tokens; false when the version is no longer current. */
  reseal(version: Version, tokens: Pick<StoredTokens, 'sealedTokens'>): Promise<boolean>
  /** Marks the grant as ended by the CRM; false when the version is no longer current. */
  requireReconnect(version: Version, reason: string): Promise<boolean>
  /** Notes that something has changed in an account; returns the grants at it. */
  noteChange(crm: string, accountId: string): Promise<Pick<Connection, 'inboxId' | 'epoch'>[]>
  /** Changes whenever a grant begins or ends, or something has changed in its account, on whichever replica. */
  generation(): Promise<string>
  /** How many grants there are, by CRM and status. */
  count(): Promise<{ readonly crm: string; readonly status: string; readonly connections: number }[]>
  /** Those of the epochs that are a grant's, each with how often its account has changed. */
  current(epochs: readonly string[]): Promise<ReadonlyMap<string, number>>
}

export function createConnectionStore(prisma: PrismaClient): ConnectionStore {
  const current = ({ inboxId, epoch, version }: Version) => ({ inboxId, epoch, version })
  const touch = together<string, void>(async (inboxIds) => {
    await prisma.connection.updateMany({ where: { inboxId: { in: [...inboxIds] } }, data: { askedAt: new Date() } })
    return inboxIds.map(() => undefined)
  })
  return {
    find: (inboxId) => prisma.connection.findUnique({ where: { inboxId } }),
    connect: (inboxId, connection) => prisma.$transaction((transaction) => replace(transaction, inboxId, connection)),
    accept: (offerId, inboxId, connection) =>
      prisma.$transaction(async (transaction) =>
        (await takeOffer(transaction, offerId)) ? replace(transaction, inboxId, connection) : null,
      ),
    disconnect: async (inboxId) => (await park(prisma, Prisma.sql`"inboxId" = ${inboxId}::uuid`))[0] ?? null,
    claim: async (version, owner, milliseconds) => {
      const claimed = await prisma.$executeRaw`
        UPDATE "Connection"
        SET "leaseOwner" = ${owner}, "leaseUntil" = now() + ${milliseconds}::int * interval '1 millisecond'
        WHERE ${is(version)} AND "status" = 'active' AND ("retryAt" IS NULL OR "retryAt" <= now())
          AND ("leaseOwner" IS NULL OR "leaseOwner" = ${owner} OR "leaseUntil" < now())`
      return claimed === 1
    },
    release: async (version, owner, pause) => {
      await prisma.$executeRaw`
        UPDATE "Connection"
        SET "leaseOwner" = NULL, "leaseUntil" = NULL, "failures" = "failures" + 1,
          "retryAt" = now() + ${pause}::int * interval '1 millisecond'
        WHERE ${is(version)} AND "leaseOwner" = ${owner}`
    },
    storeTokens: async (version, tokens) => {
      // Active again, too: another process may have met a refusal of the token that these replace.
      const ended = { leaseOwner: null, leaseUntil: null, failures: 0, retryAt: null, status: 'active', statusReason: null }
      const data = { ...tokens, ...ended, version: { increment: 1 }, refreshedAt: new Date() }
      for (const status of ['active', 'reconnect_required']) {
        const { count } = await prisma.connection.updateMany({ where: { ...current(version), status }, data })
        if (count === 1) return { recovered: status !== 'active' }
      }
      return null
    },
    due: (crms, everAlive) => prisma.$queryRaw<Connection[]>`
      SELECT * FROM "Connection"
      WHERE "renewAt" <= now() AND "status" = 'active' AND ("retryAt" IS NULL OR "retryAt" <= now())
        AND ("leaseUntil" IS NULL OR "leaseUntil" < now()) AND "crm" = ANY(${crms})
        AND ("askedAt" > now() - interval '1 day' OR "crm" = ANY(${everAlive}))
      ORDER BY random() LIMIT 20`,
    touch,
    ofAccount: (crm, accountId) => prisma.connection.findMany({ where: { crm, accountId } }),
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
    // In one order, so that two replicas that note the same never wait for each other.
    noteChange: (crm, accountId) => prisma.$queryRaw`
        UPDATE "Connection" SET "changes" = "changes" + 1
        WHERE "inboxId" IN (
          SELECT "inboxId" FROM "Connection" WHERE "crm" = ${crm} AND "accountId" = ${accountId} ORDER BY "inboxId" FOR UPDATE
        )
        RETURNING "inboxId", "epoch"`,
    generation: async () => {
      const [row] = await prisma.$queryRaw<{ generation: string }[]>`
        SELECT concat(count(*), ' ', sum(hashtext("epoch"::text)), ' ', sum("changes")) AS generation FROM "Connection"`
      return row?.generation ?? ''
    },
    count: () => prisma.$queryRaw`
      SELECT "crm", "status", count(*)::int AS connections FROM "Connection" GROUP BY "crm", "status" ORDER BY "crm", "status"`,
    current: async (epochs) => {
      const rows = await prisma.connection.findMany({
        where: { epoch: { in: [...epochs] } },
        select: { epoch: true, changes: true },
      })
      return new Map(rows.map(({ epoch, changes }) => [epoch, changes]))
    },
  }
}

const is = ({ inboxId, epoch, version }: Version) =>
  Prisma.sql`"inboxId" = ${inboxId}::uuid AND "epoch" = ${epoch}::uuid AND "version" = ${version}`

type Transaction = Pick<PrismaClient, 'connection' | 'inbox' | '$queryRaw' | '$executeRaw'>

async function replace(transaction: Transaction, inboxId: string, connection: NewConnection): Promise<Connected> {
  const { crm, accountId } = connection
  const [before] = await transaction.$queryRaw<{ status: string }[]>`
    SELECT "status" FROM "Connection" WHERE "inboxId" = ${inboxId}::uuid FOR UPDATE`
  const ofAnother = Prisma.sql`"inboxId" = ${inboxId}::uuid AND NOT ("crm" = ${crm} AND "accountId" = ${accountId})`
  const isReplaced = (await park(transaction, ofAnother)).length > 0
  const endedSending = isReplaced && (await endSending(transaction, inboxId))
  // Deleted and created anew, so that every default (epoch, status, version, times) is a new connection's.
  await transaction.connection.deleteMany({ where: { inboxId } })
  const created = await transaction.connection.create({ data: { inboxId, ...connection } })
  return { ...created, recovered: before !== undefined && before.status !== 'active', endedSending }
}

/** Ends the inbox's secret for sending, which only workflows of the account before know. False when it had none. */
async function endSending(transaction: Transaction, inboxId: string): Promise<boolean> {
  const hadOne = { id: inboxId, sendingHash: { not: null } }
  return (await transaction.inbox.updateMany({ where: hadOne, data: { sendingHash: null } })).count === 1
}

/** Whether the offer still stood. */
async function takeOffer(transaction: Transaction, offerId: string): Promise<boolean> {
  const taken = await transaction.$executeRaw`
    DELETE FROM "ParkedGrant" WHERE "id" = ${offerId}::uuid AND "offer" IS NOT NULL AND "attempts" = 0 AND "revokeAt" > now()`
  return taken === 1
}

/** Moves grants out of the inboxes' reach, in one statement: at no moment is one in neither place, or in both. */
function park(client: Pick<Transaction, '$queryRaw'>, condition: Prisma.Sql): Promise<{ crm: string }[]> {
  return client.$queryRaw`
    WITH ended AS (DELETE FROM "Connection" WHERE ${condition} RETURNING *)
    INSERT INTO "ParkedGrant" ("id", "inboxId", "crm", "accountId", "loginUrl", "sealedTokens")
    SELECT gen_random_uuid(), "inboxId", "crm", "accountId", "loginUrl", "sealedTokens" FROM ended
    RETURNING "crm"`
}
