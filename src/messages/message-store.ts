/**
 * The queue in the database: messages, and beside them one row for each customer whose messages wait. Every step is one statement, so a
 * process may be killed between any two.
 */
import type { PrismaClient } from '../database/database.ts'
import { createRoom, mostWaiting } from './room.ts'

/** `sealedBody` = null, with a reason: it can never be logged. */
export type NewMessage = {
  readonly hash: string
  /** The customer's names, the one to go by first; see MessageVault. */
  readonly customers: readonly string[]
  readonly sentAt: Date
  readonly sealedBody: Uint8Array | null
  readonly reason: string | null
}

/** How long a customer's messages wait for the next one, and for how long in all. Milliseconds. */
export type Gathering = { readonly quiet: number; readonly most: number }

/** A customer whose messages are to be logged now, for one worker alone. */
export type Conversation = {
  readonly inboxId: string
  readonly customer: string
  readonly arrivals: number
  /** How many attempts have failed in a row, and what the last one failed of. */
  readonly attempts: number
  readonly problem: string | null
  /** The messages of the entry that an earlier attempt may have written, and when the first such attempt began. */
  readonly entry: readonly string[]
  readonly sendingSince: Date | null
}

export type WaitingMessage = {
  readonly id: string
  readonly inboxId: string
  readonly hash: string
  readonly account: string
  readonly sentAt: Date
  readonly receivedAt: Date
  readonly sealedBody: Uint8Array | null
}

export type FailedMessage = Omit<WaitingMessage, 'account'> & { readonly reason: string }

export type Outcome =
  | { readonly state: 'logged' }
  /** `isFinal` = it can't be tried again, so its body goes. */
  | { readonly state: 'failed'; readonly reason: string; readonly isFinal: boolean }

export type Counts = { readonly waiting: number; readonly logged: number; readonly failed: number }

export interface MessageStore {
  /** How many messages of all inboxes wait, and for how long the first of them has, but for those whose number no contact has. Seconds. */
  backlog(): Promise<{ readonly waiting: number; readonly oldest: number }>
  /** Keeps those that haven't come before, by one statement. True = they are safe, false = none is kept, since the inbox has no room. */
  add(inboxId: string, account: string, messages: readonly NewMessage[], gathering: Gathering): Promise<boolean>
  /**
   * One customer whose time has come, for as many milliseconds. Inboxes take turns: the one with the fewest customers under way comes
   * next, and of its customers the one who is due for longest.
   */
  claim(owner: string, milliseconds: number): Promise<Conversation | null>
  /** The first of the customer's waiting messages, in the order in which they were sent. */
  waiting(of: Customer): Promise<WaitingMessage[]>
  /** Notes that an entry of these messages is about to be written, and renews the claim. False when the claim is lost. */
  begin(of: Customer, owner: string, messageIds: readonly string[], milliseconds: number): Promise<boolean>
  /** What became of messages; the conversation goes on with what follows them. */
  end(of: Customer, owner: string, messageIds: readonly string[], outcome: Outcome): Promise<void>
  /** Gives the claim up, to be tried again after `pause` milliseconds. `isUnclear` = the entry that was begun may have been written. */
  postpone(of: Customer, owner: string, failure: { problem: string; pause: number; isUnclear: boolean }): Promise<void>
  /** Ends the conversation, since nothing waits any more; one for which a message has come meanwhile goes on. */
  release(of: Conversation, owner: string): Promise<void>
  /** Gives the claim up, for another worker to go on. */
  yield(of: Customer, owner: string): Promise<void>
  /** Drops the bodies that were for an account which isn't connected any more, or for an inbox that logs none, and outcomes of long ago. */
  sweep(keepForDays: number): Promise<void>
  counts(inboxId: string): Promise<Counts>
  /** The latest of the failed ones. */
  failed(inboxId: string, limit: number): Promise<FailedMessage[]>
  /** Has those that failed tried again now, as far as they can be; returns how many. */
  retry(inboxId: string): Promise<number>
  /** Some messages with a body, by their ids, from after this one on. */
  sealed(after: string, limit: number): Promise<WaitingMessage[]>
  reseal(id: string, sealedBody: Uint8Array): Promise<void>
}

type Customer = Pick<Conversation, 'inboxId' | 'customer'>

/** As many messages of one customer are looked at in one go; the rest follows. */
const atOnce = 200

export function createMessageStore(prisma: PrismaClient): MessageStore {
  async function giveUp({ inboxId, customer }: Customer, owner: string): Promise<void> {
    await prisma.$executeRaw`
      UPDATE "Conversation" SET "leaseOwner" = NULL, "leaseUntil" = NULL
      WHERE "inboxId" = ${inboxId}::uuid AND "customer" = ${customer} AND "leaseOwner" = ${owner}`
  }

  const room = createRoom(async (inboxId) => {
    const [row] = await prisma.$queryRaw<{ waiting: number }[]>`
      SELECT count(*)::int AS "waiting" FROM (
        SELECT FROM "Message" WHERE "inboxId" = ${inboxId}::uuid AND "state" = 'waiting' LIMIT ${mostWaiting}
      ) AS waiting`
    return row?.waiting ?? 0
  })

  return {
    async add(inboxId, account, messages, { quiet, most }) {
      const toWait = messages.filter(({ reason }) => reason === null)
      if (!(await room.take(inboxId, toWait.length))) return false
      const column = <T>(read: (message: NewMessage) => T): T[] => messages.map(read)
      await prisma.$executeRaw`
        WITH given AS (
          SELECT * FROM unnest(
            ${column(({ hash }) => hash)}::text[], ${column(({ customers }) => customers[0] ?? '')}::text[],
            ${column(({ customers }) => customers.slice(1).join(' '))}::text[],
            ${column(({ sentAt }) => sentAt.toISOString())}::timestamptz[],
            ${column(({ sealedBody }) => (sealedBody === null ? '' : Buffer.from(sealedBody).toString('base64')))}::text[],
            ${column(({ reason }) => reason ?? '')}::text[]
          ) WITH ORDINALITY AS one("hash", "name", "names", "sentAt", "body", "reason", "nth")
        ), added AS (
          INSERT INTO "Message" ("inboxId", "hash", "account", "customer", "sentAt", "state", "reason", "sealedBody")
          SELECT ${inboxId}::uuid, "hash", ${account}, COALESCE((
              SELECT "customer" FROM "Conversation"
              WHERE "inboxId" = ${inboxId}::uuid AND "customer" = ANY(string_to_array("names", ' ')) LIMIT 1
            ), "name"), "sentAt",
            CASE WHEN "reason" = '' THEN 'waiting' ELSE 'failed' END, NULLIF("reason", ''),
            CASE WHEN "body" = '' THEN NULL ELSE decode("body", 'base64') END
          FROM given ORDER BY "nth"
          ON CONFLICT ("inboxId", "hash") DO NOTHING
          RETURNING "customer", "state"
        )
        INSERT INTO "Conversation" ("inboxId", "customer", "dueAt", "arrivals")
        SELECT ${inboxId}::uuid, "customer", now() + ${quiet}::int * interval '1 millisecond', count(*)
        FROM added WHERE "state" = 'waiting' GROUP BY "customer" ORDER BY "customer"
        ON CONFLICT ("inboxId", "customer") DO UPDATE SET
          "arrivals" = "Conversation"."arrivals" + EXCLUDED."arrivals",
          "dueAt" = CASE
            WHEN "Conversation"."problem" IS NULL
              THEN LEAST("Conversation"."openSince" + ${most}::int * interval '1 millisecond', EXCLUDED."dueAt")
            WHEN "Conversation"."problem" = 'no_contact' THEN LEAST("Conversation"."dueAt", EXCLUDED."dueAt")
            ELSE "Conversation"."dueAt" END`
      return true
    },

    async claim(owner, milliseconds) {
      // The inner order makes PostgreSQL go through the inboxes one by one, and lock in the first that has a free customer alone.
      const [claimed] = await prisma.$queryRaw<(Conversation & { entry: string[] | null })[]>`
        UPDATE "Conversation"
        SET "leaseOwner" = ${owner}, "leaseUntil" = now() + ${milliseconds}::int * interval '1 millisecond'
        WHERE ("inboxId", "customer") = (
          SELECT next."inboxId", next."customer"
          FROM (
            SELECT inbox."id", COALESCE(held."customers", 0) AS "underWay", first."dueAt"
            FROM "Inbox" AS inbox
            CROSS JOIN LATERAL (
              SELECT "dueAt" FROM "Conversation"
              WHERE "inboxId" = inbox."id" AND "dueAt" <= now() AND ("leaseUntil" IS NULL OR "leaseUntil" < now())
              ORDER BY "dueAt" LIMIT 1
            ) AS first
            LEFT JOIN (
              SELECT "inboxId", count(*) AS "customers" FROM "Conversation" WHERE "leaseUntil" >= now() GROUP BY "inboxId"
            ) AS held ON held."inboxId" = inbox."id"
            ORDER BY "underWay", first."dueAt"
          ) AS turn
          CROSS JOIN LATERAL (
            SELECT "inboxId", "customer" FROM "Conversation"
            WHERE "inboxId" = turn."id" AND "dueAt" <= now() AND ("leaseUntil" IS NULL OR "leaseUntil" < now())
            ORDER BY "dueAt" LIMIT 1 FOR UPDATE SKIP LOCKED
          ) AS next
          ORDER BY turn."underWay", turn."dueAt" LIMIT 1
        )
        RETURNING "inboxId", "customer", "arrivals", "attempts", "problem", "entry"::text[], "sendingSince"`
      return claimed === undefined ? null : { ...claimed, entry: claimed.entry ?? [] }
    },

    waiting: ({ inboxId, customer }) => prisma.$queryRaw<WaitingMessage[]>`
      SELECT "id"::text, "inboxId", "hash", "account", "sentAt", "receivedAt", "sealedBody" FROM "Message"
      WHERE "inboxId" = ${inboxId}::uuid AND "customer" = ${customer} AND "state" = 'waiting'
      ORDER BY "sentAt", "Message"."id" LIMIT ${atOnce}`,

    async begin({ inboxId, customer }, owner, messageIds, milliseconds) {
      const begun = await prisma.$executeRaw`
        UPDATE "Conversation"
        SET "entry" = ${[...messageIds]}::text[]::bigint[], "sendingSince" = COALESCE("sendingSince", now()),
          "leaseUntil" = now() + ${milliseconds}::int * interval '1 millisecond'
        WHERE "inboxId" = ${inboxId}::uuid AND "customer" = ${customer} AND "leaseOwner" = ${owner} AND "leaseUntil" > now()`
      return begun === 1
    },

    async end({ inboxId, customer }, owner, messageIds, outcome) {
      const { state } = outcome
      const [reason, keepBody] = outcome.state === 'failed' ? [outcome.reason, !outcome.isFinal] : [null, false]
      // What became of the messages is so, whoever has the claim by now.
      await prisma.$executeRaw`
        WITH ended AS (
          UPDATE "Message" SET "state" = ${state}, "reason" = ${reason}::text,
            "sealedBody" = CASE WHEN ${keepBody} THEN "sealedBody" END
          WHERE "id" = ANY(${[...messageIds]}::text[]::bigint[]) AND "state" = 'waiting'
        )
        UPDATE "Conversation"
        SET "entry" = NULL, "sendingSince" = NULL, "attempts" = 0, "problem" = NULL, "openSince" = now()
        WHERE "inboxId" = ${inboxId}::uuid AND "customer" = ${customer} AND "leaseOwner" = ${owner}`
    },

    async postpone({ inboxId, customer }, owner, { problem, pause, isUnclear }) {
      await prisma.$executeRaw`
        UPDATE "Conversation"
        SET "problem" = ${problem}, "attempts" = CASE WHEN ${problem}::text = 'no_contact' THEN 0 ELSE "attempts" + 1 END,
           "dueAt" = now() + ${pause}::int * interval '1 millisecond',
          "entry" = CASE WHEN ${isUnclear} THEN "entry" END, "sendingSince" = CASE WHEN ${isUnclear} THEN "sendingSince" END,
          "leaseOwner" = NULL, "leaseUntil" = NULL
        WHERE "inboxId" = ${inboxId}::uuid AND "customer" = ${customer} AND "leaseOwner" = ${owner}`
    },

    async release({ inboxId, customer, arrivals }, owner) {
      const gone = await prisma.$executeRaw`
        DELETE FROM "Conversation"
        WHERE "inboxId" = ${inboxId}::uuid AND "customer" = ${customer} AND "leaseOwner" = ${owner} AND "arrivals" = ${arrivals}`
      if (gone === 0) await giveUp({ inboxId, customer }, owner)
    },

    yield: giveUp,

    async sweep(keepForDays) {
      await prisma.$executeRaw`
        UPDATE "Message" AS message
        SET "state" = 'failed', "sealedBody" = NULL, "reason" = CASE WHEN inbox."logMessages" THEN 'disconnected' ELSE 'turned_off' END
        FROM "Inbox" AS inbox
        WHERE inbox."id" = message."inboxId" AND message."state" IN ('waiting', 'failed') AND message."sealedBody" IS NOT NULL
          AND NOT (inbox."logMessages" AND EXISTS (
            SELECT 1 FROM "Connection" AS grant_ WHERE grant_."inboxId" = inbox."id"
              AND concat(grant_."crm", ' ', grant_."accountId") = message."account"))`
      await prisma.$executeRaw`
        DELETE FROM "Message"
        WHERE "state" IN ('waiting', 'logged', 'failed') AND "receivedAt" < now() - ${keepForDays}::int * interval '1 day'`
    },

    async counts(inboxId) {
      const rows = await prisma.message.groupBy({ by: ['state'], where: { inboxId }, _count: true })
      const count = (state: string) => rows.find((row) => row.state === state)?._count ?? 0
      return { waiting: count('waiting'), logged: count('logged'), failed: count('failed') }
    },

    async backlog() {
      const [row] = await prisma.$queryRaw<{ waiting: number; oldest: number }[]>`
        SELECT count(*)::int AS "waiting", COALESCE(extract(epoch FROM now() - min("receivedAt")
          FILTER (WHERE "problem" IS DISTINCT FROM 'no_contact')), 0)::float AS "oldest"
        FROM "Message" LEFT JOIN "Conversation" USING ("inboxId", "customer") WHERE "state" = 'waiting'`
      return row ?? { waiting: 0, oldest: 0 }
    },

    failed: (inboxId, limit) => prisma.$queryRaw<FailedMessage[]>`
      SELECT "id"::text, "inboxId", "hash", "sentAt", "receivedAt", "sealedBody", "reason" FROM "Message"
      WHERE "inboxId" = ${inboxId}::uuid AND "state" = 'failed' ORDER BY "Message"."id" DESC LIMIT ${limit}`,

    async retry(inboxId) {
      const [row] = await prisma.$queryRaw<{ count: number }[]>`
        WITH again AS (
          UPDATE "Message" SET "state" = 'waiting', "reason" = NULL
          WHERE "inboxId" = ${inboxId}::uuid AND "state" = 'failed' AND "sealedBody" IS NOT NULL
          RETURNING "customer"
        ), woken AS (
          INSERT INTO "Conversation" ("inboxId", "customer", "dueAt", "arrivals")
          SELECT ${inboxId}::uuid, "customer", now(), count(*) FROM again GROUP BY "customer" ORDER BY "customer"
          ON CONFLICT ("inboxId", "customer") DO UPDATE
          SET "arrivals" = "Conversation"."arrivals" + EXCLUDED."arrivals", "dueAt" = now()
        )
        SELECT count(*)::int AS count FROM again`
      return row?.count ?? 0
    },

    sealed: (after, limit) => prisma.$queryRaw<WaitingMessage[]>`
      SELECT "id"::text, "inboxId", "hash", "account", "sentAt", "receivedAt", "sealedBody" FROM "Message"
      WHERE "Message"."id" > ${after}::text::bigint AND "sealedBody" IS NOT NULL ORDER BY "Message"."id" LIMIT ${limit}`,

    async reseal(id, sealedBody) {
      // One that was logged meanwhile has no body any more.
      await prisma.message.updateMany({
        where: { id: BigInt(id), sealedBody: { not: null } },
        data: { sealedBody: Buffer.from(sealedBody) },
      })
    },
  }
}
