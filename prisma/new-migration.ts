/**
 * `npm run migration -- <name>`: writes the folder of a new migration from what schema.prisma has beyond the migrations so far.
 * The same as `prisma migrate dev --create-only`, without the engine binary that it downloads.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { PGlite } from '@electric-sql/pglite'
import { PrismaPGlite } from 'pglite-prisma-adapter'
import { readMigrations } from '../src/database/migrate.ts'
import { everything, openSchemaEngine, schemaFile } from '../src/database/schema-engine.ts'

const { positionals } = parseArgs({ allowPositionals: true })
const name = positionals[0]
if (!name || !/^[a-z0-9_]+$/.test(name))
  throw new Error('Name the migration in snake_case: npm run migration -- add_inbox_region')

const database = await PGlite.create()
const { engine, close } = await openSchemaEngine(new PrismaPGlite(database))
const { stdout } = await engine.diff({
  from: { tag: 'migrations', ...(await readMigrations()) },
  to: { tag: 'schemaDatamodel', files: [{ path: schemaFile, content: await readFile(schemaFile, 'utf8') }] },
  script: true,
  exitCode: null,
  filters: everything,
})
await close()
await database.close()

if (!stdout?.trim() || stdout.includes('This is an empty migration')) {
  console.log('schema.prisma has nothing that the migrations lack.')
} else {
  const timestamp = new Date().toISOString().replace(/\D/g, '').slice(0, 14)
  const folder = join(import.meta.dirname, 'migrations', `${timestamp}_${name}`)
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'migration.sql'), stdout)
  console.log(`Wrote ${folder}/migration.sql: read it before you commit it.`)
}
