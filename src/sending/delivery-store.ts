/**
 * Messages that CRMs had sent, in the database: by their idempotency keys, so that one that is asked for again isn't sent again. Every
 * step is one statement, so a process may be killed between any two.
 */
import type { PrismaClient } from '../database/database.ts'

/** One message by one key. */
export type DeliveryKey = { readonly inboxId: string; readonly keyHash: Uint8Array<ArrayBuffer> }

export type Delivery = {
  /** Stands for what is to be sent: see Keys.tags. */
  readonly message: string
  readonly state: 'taken' | 'sending' | 'sent' | 'failed'
  readonly messageId: string | null
  /** Whether somebody is at it now. */
  readonly isUnderWay: boolean
}

export interface DeliveryStore {
  /**
   * Takes a message to be sent by this owner alone, for as many milliseconds. False when somebody else has it, it was sent or may have
   * been, the key was used for another message, or `perMinute` have been taken for the inbox within a minute.
   */
  take(key: DeliveryKey, message: Names, owner: string, milliseconds: number, perMinute: number): Promise<boolean>
  find(key: DeliveryKey): Promise<Delivery | null>
  /** Notes that it is about to be sent, and renews the claim. False when the claim is lost. */
  begin(key: DeliveryKey, owner: string, milliseconds: number): Promise<boolean>
  /** What became of it. */
  end(key: DeliveryKey, owner: string, outcome: Outcome): Promise<void>
  /** Forgets those that began so many days ago. */
  sweep(keepForDays: number): Promise<void>
}

/** `unclear` = it may have been sent, and never is again. */
export type Outcome = { readonly state: 'sent'; readonly messageId: string | null } | { readonly state: 'failed' | 'unclear' }

/** A message's names: by the first key, then by the others. */
type Names = readonly [string, ...string[]]

export function createDeliveryStore(prisma: PrismaClient): DeliveryStore {
  return {
    async take({ inboxId, keyHash }, message, owner, milliseconds, perMinute) {
      const taken = await prisma.$executeRaw`
        INSERT INTO "Delivery" ("inboxId", "keyHash", "message", "leaseOwner", "leaseUntil")
        SELECT ${inboxId}::uuid, ${keyHash}, ${message[0]}, ${owner}, now() + ${milliseconds}::int * interval '1 millisecond'
        WHERE (
          SELECT count(*) FROM "Delivery" WHERE "inboxId" = ${inboxId}::uuid AND "begunAt" > now() - interval '1 minute'
        ) < ${perMinute}::int
        ON CONFLICT ("inboxId", "keyHash") DO UPDATE
        SET "state" = 'taken', "begunAt" = now(), "leaseOwner" = EXCLUDED."leaseOwner", "leaseUntil" = EXCLUDED."leaseUntil"
        WHERE "Delivery"."message" = ANY(${[...message]}::text[]) AND (
          "Delivery"."state" = 'failed' OR ("Delivery"."state" = 'taken' AND "Delivery"."leaseUntil" < now()))`
      return taken === 1
    },

    async find({ inboxId, keyHash }) {
      const [found] = await prisma.$queryRaw<Delivery[]>`
        SELECT "message", "state", "messageId", COALESCE("leaseUntil" > now(), false) AS "isUnderWay" FROM "Delivery"
        WHERE "inboxId" = ${inboxId}::uuid AND "keyHash" = ${keyHash}`
      return found ?? null
    },

    async begin({ inboxId, keyHash }, owner, milliseconds) {
      const begun = await prisma.$executeRaw`
        UPDATE "Delivery" SET "state" = 'sending', "leaseUntil" = now() + ${milliseconds}::int * interval '1 millisecond'
        WHERE "inboxId" = ${inboxId}::uuid AND "keyHash" = ${keyHash} AND "state" = 'taken' AND "leaseOwner" = ${owner}
          AND "leaseUntil" > now()`
      return begun === 1
    },

    async end({ inboxId, keyHash }, owner, outcome) {
      const state = outcome.state === 'unclear' ? 'sending' : outcome.state
      const messageId = outcome.state === 'sent' ? outcome.messageId : null
      await prisma.$executeRaw`
        UPDATE "Delivery" SET "state" = ${state}, "messageId" = ${messageId}::text, "leaseOwner" = NULL, "leaseUntil" = NULL
        WHERE "inboxId" = ${inboxId}::uuid AND "keyHash" = ${keyHash} AND "leaseOwner" = ${owner}`
    },

    async sweep(keepForDays) {
      await prisma.$executeRaw`DELETE FROM "Delivery" WHERE "begunAt" < now() - ${keepForDays}::int * interval '1 day'`
    },
  }
}
