/** schema.prisma is what the client is made from, the migrations are what databases get: they have to say the same. */
import { readFile } from 'node:fs/promises'
import { PGlite } from '@electric-sql/pglite'
import { PrismaPGlite } from 'pglite-prisma-adapter'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readMigrations } from '../../src/database/migrate.ts'
import { everything, type OpenSchemaEngine, openSchemaEngine, schemaFile } from '../../src/database/schema-engine.ts'

let pglite: PGlite
let open: OpenSchemaEngine
let schema: string
beforeAll(async () => {
  pglite = await PGlite.create()
  const factory = new PrismaPGlite(pglite)
  open = await openSchemaEngine({
    provider: factory.provider,
    adapterName: factory.adapterName,
    connect: () => factory.connect(),
    // The adapter starts another PostgreSQL for each comparison; emptying this one does as well, and sooner.
    async connectToShadowDb() {
      await pglite.exec('DROP SCHEMA public CASCADE; CREATE SCHEMA public')
      return factory.connect()
    },
  })
  schema = await readFile(schemaFile, 'utf8')
})
afterAll(async () => {
  await open.close()
  await pglite.close()
})

/** The SQL that leads from the migrations to a schema. */
async function missingFor(content: string): Promise<string> {
  const { stdout } = await open.engine.diff({
    from: { tag: 'migrations', ...(await readMigrations()) },
    to: { tag: 'schemaDatamodel', files: [{ path: schemaFile, content }] },
    script: true,
    exitCode: null,
    filters: everything,
  })
  return (stdout ?? '').replace(/^--.*$/gm, '').trim()
}

describe('schema.prisma', () => {
  it('has nothing that the migrations lack, and lacks nothing that they have', async () => {
    expect(await missingFor(schema)).toBe('')
  })

  it('would be found out', async () => {
    const changed = schema.replace('model CallBudget {', 'model CallBudget {\n  note String?').replace(/^\s*@@index.*$/m, '')
    const missing = await missingFor(changed)
    expect(missing).toContain('ADD COLUMN     "note"')
    expect(missing).toContain('DROP INDEX')
  })
})
