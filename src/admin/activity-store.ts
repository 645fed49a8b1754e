/** What inboxes asked, by the hour, in the database: replicas add to the same rows. */
import type { PrismaClient } from '../database/database.ts'
import type { Activity as ActivityRow } from '../database/generated/client.ts'

/** One inbox's figures of one hour. */
export type Activity = ActivityRow
/** Figures of several hours or inboxes together. */
export type Sums = Pick<Activity, 'questions' | 'failed' | 'milliseconds' | 'slowest' | 'calls' | 'lastAt'>
export type HourOfAll = Sums & Pick<Activity, 'hour'>

export interface ActivityStore {
  /** Adds to what is there. Figures of inboxes that are gone by now are left out. */
  add(figures: readonly Activity[]): Promise<void>
  forgetBefore(hour: Date): Promise<void>
  /** One inbox's hours from this one on, oldest first. */
  ofInbox(inboxId: string, from: Date): Promise<Activity[]>
  /** Every inbox's figures from this hour on, by inbox id. */
  byInbox(from: Date): Promise<Map<string, Sums>>
  /** All inboxes' figures together, hour by hour, oldest first. */
  byHour(from: Date): Promise<HourOfAll[]>
}

export function createActivityStore(prisma: PrismaClient): ActivityStore {
  const together = {
    _sum: { questions: true, failed: true, milliseconds: true, calls: true },
    _max: { slowest: true, lastAt: true },
  } as const
  return {
    async add(figures) {
      // In one order everywhere, so that replicas wait for each other's rows and never in a circle.
      const ordered = figures.toSorted((a, b) => a.inboxId.localeCompare(b.inboxId) || a.hour.getTime() - b.hour.getTime())
      await prisma.$executeRaw`
        INSERT INTO "Activity" AS known ("inboxId", "hour", "questions", "failed", "problem", "milliseconds", "slowest", "lastAt",
          "lastMilliseconds", "calls", "peakUsed", "peakLimit", "peakSeconds")
        SELECT "inboxId", "hour", "questions", "failed", "problem", new."milliseconds", "slowest", "lastAt", "lastMilliseconds",
          "calls", "peakUsed", "peakLimit", "peakSeconds"
        FROM jsonb_to_recordset(${JSON.stringify(ordered)}::jsonb) AS new("inboxId" uuid, "hour" timestamptz, "questions" int,
          "failed" int, "problem" text, "milliseconds" float, "slowest" float, "lastAt" timestamptz, "lastMilliseconds" float,
          "calls" int, "peakUsed" int, "peakLimit" int, "peakSeconds" int)
        WHERE EXISTS (SELECT FROM "Inbox" WHERE "id" = "inboxId")
        ON CONFLICT ("inboxId", "hour") DO UPDATE SET
          "questions" = known."questions" + excluded."questions",
          "failed" = known."failed" + excluded."failed",
          "problem" = COALESCE(excluded."problem", known."problem"),
          "milliseconds" = known."milliseconds" + excluded."milliseconds",
          "slowest" = GREATEST(known."slowest", excluded."slowest"),
          "lastAt" = GREATEST(known."lastAt", excluded."lastAt"),
          "lastMilliseconds" = COALESCE(excluded."lastMilliseconds", known."lastMilliseconds"),
          "calls" = known."calls" + excluded."calls",
          ("peakUsed", "peakLimit", "peakSeconds") = (
            SELECT * FROM (VALUES (known."peakUsed", known."peakLimit", known."peakSeconds"),
              (excluded."peakUsed", excluded."peakLimit", excluded."peakSeconds")) AS peak (used, "limit", seconds)
            ORDER BY used::float / NULLIF("limit", 0) DESC NULLS LAST LIMIT 1)`
    },
    forgetBefore: async (hour) => {
      await prisma.activity.deleteMany({ where: { hour: { lt: hour } } })
    },
    ofInbox: (inboxId, from) => prisma.activity.findMany({ where: { inboxId, hour: { gte: from } }, orderBy: { hour: 'asc' } }),
    byInbox: async (from) => {
      const rows = await prisma.activity.groupBy({ by: ['inboxId'], where: { hour: { gte: from } }, ...together })
      return new Map(rows.map((row) => [row.inboxId, sumsOf(row)]))
    },
    byHour: async (from) => {
      const where = { hour: { gte: from } }
      const rows = await prisma.activity.groupBy({ by: ['hour'], where, ...together, orderBy: { hour: 'asc' } })
      return rows.map((row) => ({ hour: row.hour, ...sumsOf(row) }))
    },
  }
}

type Grouped = {
  readonly _sum: { readonly [name in 'questions' | 'failed' | 'milliseconds' | 'calls']: number | null }
  readonly _max: { readonly slowest: number | null; readonly lastAt: Date | null }
}

const sumsOf = ({ _sum, _max }: Grouped): Sums => ({
  questions: _sum.questions ?? 0,
  failed: _sum.failed ?? 0,
  milliseconds: _sum.milliseconds ?? 0,
  calls: _sum.calls ?? 0,
  slowest: _max.slowest ?? 0,
  lastAt: _max.lastAt,
})
