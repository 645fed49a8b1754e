/** The calls to one CRM account that may still count there, over all replicas, in one row. */
import type { CallLimit } from '../connectors/connector.ts'
import type { PrismaClient } from '../database/database.ts'
import { Prisma } from '../database/generated/client.ts'
import { together } from '../database/together.ts'

export interface BudgetStore {
  /**
   * Takes up to `wanted` permits at once, each good for `holdFor` milliseconds from now and counted until then plus the limit's window;
   * so no window ever sees more calls than the limit, whichever replica makes them. The first `burst` permits of a window come at
   * once, the others one by one until the first of them count no more: else whoever comes after a burst, or after many that came
   * one by one, would wait for that long. `nextIn` = milliseconds until there is another, for whichever replica asks first then.
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

type Asked = {
  readonly account: string
  readonly kind: string
  readonly limit: Limit
  readonly wanted: number
  readonly holdFor: number
}
type Lease = { readonly granted: number; readonly nextIn: number }

export function createBudgetStore(prisma: PrismaClient): BudgetStore {
  const lease = together<Asked, Lease>(async (all) => {
    const leases = new Map<Asked, Lease>()
    // A statement can't change a row twice.
    for (let left = all; left.length > 0; left = left.filter((asked) => !leases.has(asked))) {
      const round = new Map(left.toReversed().map((asked) => [nameOf(asked), asked]))
      const granted = await leaseAll(prisma, [...round.values()])
      for (const [name, asked] of round) leases.set(asked, granted.get(name) ?? { granted: 0, nextIn: 0 })
    }
    return all.map((asked) => leases.get(asked) ?? new Error('no lease was given'))
  })
  return {
    lease: (account, kind, limit, wanted, holdFor) => lease({ account, kind, limit, wanted, holdFor }),
  }
}

const nameOf = ({ account, kind }: Pick<Asked, 'account' | 'kind'>): string => `${kind} ${account}`

/** How long a permit counts from when it is given. Milliseconds. */
const countedFor = ({ limit, holdFor }: Asked): number => holdFor + limit.seconds * 1000
/** At which one after the other come all through a window. Milliseconds. */
const paceOf = (one: Asked): number => countedFor(one) / one.limit.calls

/** An account as it is once it was asked; for how long its oldest and its newest permit still count. Milliseconds. */
type Row = {
  readonly account: string
  readonly kind: string
  readonly granted: number
  readonly live: number
  readonly oldestFor: number | null
  readonly newestFor: number | null
}

function nextIn(one: Asked, { live, oldestFor, newestFor }: Row): number {
  const room = one.limit.calls - live
  if (room <= 0) return oldestFor ?? 0
  if (live < one.limit.burst) return 0
  const sinceLast = countedFor(one) - (newestFor ?? 0)
  return Math.max(paceOf(one), (oldestFor ?? 0) / room) - sinceLast
}

/** One statement: the rows' locks make replicas take turns, and the database's clock is the only one that matters. */
async function leaseAll(prisma: PrismaClient, all: readonly Asked[]): Promise<ReadonlyMap<string, Lease>> {
  const asked = Prisma.sql`unnest(
    ${all.map(({ account }) => account)}::text[], ${all.map(({ kind }) => kind)}::text[], ${all.map(({ wanted }) => wanted)}::int[],
    ${all.map(({ limit }) => limit.calls)}::int[], ${all.map(({ limit }) => limit.burst)}::int[],
    ${all.map(paceOf)}::float[], ${all.map(countedFor)}::float[])
    AS asked ("account", "kind", "wanted", "calls", "burst", "pace", "counted")`
  const until = Prisma.sql`clock_timestamp() + asked."counted" * interval '1 millisecond'`
  const rows = await prisma.$queryRaw<Row[]>`
    INSERT INTO "CallBudget" AS budget ("account", "kind", "permits", "granted")
    SELECT asked."account", asked."kind", array_fill(${until}, ARRAY[LEAST(asked."wanted", asked."burst")]), LEAST(asked."wanted", asked."burst")
    FROM ${asked}
    ORDER BY asked."account", asked."kind"
    ON CONFLICT ("account", "kind") DO UPDATE SET ("granted", "permits") = (
      SELECT room."granted", now_live."permits" || array_fill(${until}, ARRAY[room."granted"])
      FROM ${asked},
        LATERAL (SELECT ARRAY(SELECT permit FROM unnest(budget."permits") AS permit WHERE permit > clock_timestamp()) AS "permits") AS now_live,
        LATERAL (SELECT extract(epoch FROM clock_timestamp() - max(permit)) * 1000 + asked."counted" AS "sinceLast"
          FROM unnest(budget."permits") AS permit) AS given,
        LATERAL (SELECT GREATEST(asked."pace", extract(epoch FROM min(permit) - clock_timestamp()) * 1000
          / NULLIF(asked."calls" - cardinality(now_live."permits"), 0)) AS "pace"
          FROM unnest(now_live."permits") AS permit) AS spread,
        LATERAL (SELECT GREATEST(0, CASE WHEN cardinality(now_live."permits") < asked."burst"
          THEN LEAST(asked."wanted", asked."burst" - cardinality(now_live."permits"))
          ELSE LEAST(asked."wanted", asked."calls" - cardinality(now_live."permits"), floor(given."sinceLast" / spread."pace")::int)
          END) AS "granted") AS room
      WHERE asked."account" = budget."account" AND asked."kind" = budget."kind")
    RETURNING "account", "kind", "granted", cardinality("permits") AS "live",
      (SELECT extract(epoch FROM min(permit) - clock_timestamp()) * 1000 FROM unnest("permits") AS permit)::float AS "oldestFor",
      (SELECT extract(epoch FROM max(permit) - clock_timestamp()) * 1000 FROM unnest("permits") AS permit)::float AS "newestFor"`
  const named = new Map(all.map((one) => [nameOf(one), one]))
  return new Map(
    rows.map((row) => {
      const one = named.get(nameOf(row))
      return [nameOf(row), { granted: row.granted, nextIn: one === undefined ? 0 : Math.max(0, nextIn(one, row)) }]
    }),
  )
}
