/** The calls to one CRM account that may still count there, over all replicas, in one row. */
import type { CallLimit } from '../connectors/connector.ts'
import type { PrismaClient } from '../database/database.ts'
import { Prisma } from '../database/generated/client.ts'

export interface BudgetStore {
  /**
   * Takes up to `wanted` permits at once, each good for `holdFor` milliseconds from now and counted until then plus the limit's window;
   * so no window ever sees more calls than the limit, whichever replica makes them. The first `burst` permits of a window come at
   * once, the others one by one over the window: else whoever comes after a burst would wait for as long as the window is.
   * `nextIn` = milliseconds until another try makes sense.
   */
  lease(
    account: string,
    kind: string,
    limit: Limit,
    wanted: number,
    holdFor: number,
  ): Promise<{ granted: number; nextIn: number }>
}

export type Limit = CallLimit & { readonly burst: number }

export function createBudgetStore(prisma: PrismaClient): BudgetStore {
  return {
    async lease(account, kind, { calls, seconds, burst }, wanted, holdFor) {
      const counted = Prisma.sql`${holdFor + seconds * 1000}::int * interval '1 millisecond'`
      const pace = (seconds * 1000) / calls
      const live = Prisma.sql`ARRAY(SELECT permit FROM unnest(budget."permits") AS permit WHERE permit > clock_timestamp())`
      const lastGiven = Prisma.sql`(SELECT max(permit) FROM unnest(budget."permits") AS permit) - ${counted}`
      const sinceThen = Prisma.sql`extract(epoch FROM clock_timestamp() - (${lastGiven})) * 1000`
      const granted = Prisma.sql`GREATEST(0, CASE WHEN cardinality(${live}) < ${burst}::int
        THEN LEAST(${wanted}::int, ${burst}::int - cardinality(${live}))
        ELSE LEAST(${wanted}::int, ${calls}::int - cardinality(${live}), floor(${sinceThen} / ${pace}::float)::int) END)`
      const first = Math.min(wanted, burst)
      // One statement: the row's lock makes replicas take turns, and the database's clock is the only one that matters.
      const [row] = await prisma.$queryRaw<{ granted: number; live: number; oldestFor: number | null }[]>`
        INSERT INTO "CallBudget" AS budget ("account", "kind", "permits", "granted")
        VALUES (${account}, ${kind}, array_fill(clock_timestamp() + ${counted}, ARRAY[${first}::int]), ${first}::int)
        ON CONFLICT ("account", "kind") DO UPDATE SET
          "granted" = ${granted},
          "permits" = ${live} || array_fill(clock_timestamp() + ${counted}, ARRAY[${granted}])
        RETURNING "granted", cardinality("permits") AS "live",
          (SELECT extract(epoch FROM min(permit) - clock_timestamp()) * 1000 FROM unnest("permits") AS permit)::float AS "oldestFor"`
      const isFull = (row?.live ?? 0) >= calls
      return { granted: row?.granted ?? 0, nextIn: Math.max(0, isFull ? (row?.oldestFor ?? 0) : pace) }
    },
  }
}
