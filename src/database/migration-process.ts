/** Migrates the PostgreSQL server that its parent names, in a process of its own: the schema engine takes 40 MB, and they leave with it. */
import { PrismaPg } from '@prisma/adapter-pg'
import { applyMigrations } from './migrate.ts'

/** The migrations that were applied, or why they weren't. */
export type Outcome = { readonly applied: readonly string[] } | { readonly reason: string }

process.once('message', async (pool: object) => {
  process.send?.(await migrate(pool), undefined, {}, () => process.exit())
})
// Nobody waits any more: what was begun is rolled back as its connection ends.
process.once('disconnect', () => process.exit(1))

async function migrate(pool: object): Promise<Outcome> {
  try {
    return { applied: await applyMigrations(new PrismaPg({ ...pool, max: 1, verify: onlyTheFirst() })) }
  } catch (error) {
    return { reason: error instanceof Error ? error.message : String(error) }
  }
}

/** A pool would replace a connection that is lost, and go on outside of the transaction that was lost with it. */
function onlyTheFirst() {
  let isFirst = true
  return (_client: unknown, done: (error?: Error) => void) => {
    done(isFirst ? undefined : new Error('The connection was lost while migrating'))
    isFirst = false
  }
}
