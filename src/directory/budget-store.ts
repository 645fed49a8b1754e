/** The calls to one CRM account that may still count there, over all replicas, in one row. */
import type { CallLimit } from '../connectors/connector.ts'
import type { PrismaClient } from '../database/database.ts'

export interface BudgetStore {
  /**
   * Takes up to `wanted` permits at once, each good for `holdFor` milliseconds from now and counted until then plus the limit's window;
   * so no window ever sees more calls than the limit, whichever replica makes them.
   * `nextIn` = milliseconds until the oldest permit stops counting.
   */
  lease(
    account: string,
    kind: string,
    limit: CallLimit,
    wanted: number,
    holdFor: number,
  ): Promise<{ granted: number; nextIn: number }>
}

export function createBudgetStore(prisma: PrismaClient): BudgetStore {
  return {
    async lease(account, kind, { calls, seconds }, wanted, holdFor) {
      const first = Math.min(wanted, calls)
      const counted = holdFor + seconds * 1000
      // One statement: the row's lock makes replicas take turns, and the database's clock is the only one that matters.
      const [row] = await prisma.$queryRaw<{ granted: number; nextIn: number | null }[]>`
        INSERT INTO "CallBudget" AS budget ("account", "kind", "permits", "granted")
        VALUES (${account}, ${kind},
          array_fill(clock_timestamp() + ${counted}::int * interval '1 millisecond', ARRAY[${first}::int]), ${first}::int)
        ON CONFLICT ("account", "kind") DO UPDATE SET
          "granted" = GREATEST(0, LEAST(${wanted}::int, ${calls}::int - (SELECT count(*) FROM unnest(budget."permits") AS permit WHERE permit > clock_timestamp())::int)),
          "permits" = ARRAY(SELECT permit FROM unnest(budget."permits") AS permit WHERE permit > clock_timestamp()) || array_fill(
            clock_timestamp() + ${counted}::int * interval '1 millisecond',
            ARRAY[GREATEST(0, LEAST(${wanted}::int, ${calls}::int - (SELECT count(*) FROM unnest(budget."permits") AS permit WHERE permit > clock_timestamp())::int))])
        RETURNING "granted",
          (SELECT extract(epoch FROM min(permit) - clock_timestamp()) * 1000 FROM unnest("permits") AS permit)::float AS "nextIn"`
      return { granted: row?.granted ?? 0, nextIn: Math.max(0, row?.nextIn ?? 0) }
    },
  }
}
