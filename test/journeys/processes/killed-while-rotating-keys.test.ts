/** Encryption keys are changed while connections are many and processes die: no connection is ever lost to it. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createInboxStore } from '../../../src/connections/inbox-store.ts'
import { createTokenVault } from '../../../src/connections/token-vault.ts'
import { type Database, openDatabase } from '../../../src/database/database.ts'
import { newKey, readKeys } from '../../../src/keys.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { administer, launch, query, type ServerSettings, settingsFor, startServer } from '../../support/processes.ts'

const [old, next] = [newKey('old'), newKey('next')]
const both = `${next},${old}`
const connections = 120

let database: TestDatabase
let settings: ServerSettings
beforeAll(async () => {
  database = await createTestDatabase()
  settings = await settingsFor(database, { ENCRYPTION_KEYS: both })
  await withDatabase(async ({ prisma }) => {
    const vault = createTokenVault(readKeys(old))
    const account = { crm: 'hubspot', accountName: 'Acme', recordsUrl: 'https://app.hubspot.com', scopes: [] }
    for (let nth = 1; nth <= connections; nth += 1) {
      const { inbox } = await createInboxStore(prisma).create({ name: `Inbox ${nth}`, crm: null, region: null })
      const sealed = vault.seal(inbox.id, 'hubspot', { accessToken: `access ${nth}`, refreshToken: `refresh ${nth}` })
      await prisma.connection.create({ data: { ...account, inboxId: inbox.id, accountId: String(nth), ...sealed } })
    }
  })
})
afterAll(() => database.drop())

async function withDatabase(work: (database: Database) => Promise<void>): Promise<void> {
  const { DATABASE_URL: url, DATA_DIR: folder } = database.environment
  const opened = await openDatabase({ url, folder })
  await work(opened).finally(() => opened.close())
}

/** Opens every connection with these keys, and counts those that the new one seals. */
async function countSealedAnew(keys: string): Promise<number> {
  let anew = 0
  await withDatabase(async ({ prisma }) => {
    const opening = readKeys(keys)
    const all = await prisma.connection.findMany()
    expect(all).toHaveLength(connections)
    for (const connection of all) {
      const nth = connection.accountId
      const tokens = { accessToken: `access ${nth}`, refreshToken: `refresh ${nth}` }
      expect(createTokenVault(opening).open(connection)).toEqual(tokens)
      if (opening.sealedBy(connection.sealedTokens).id === 'next') anew += 1
    }
  })
  return anew
}

// Whole processes take their time on a busy machine.
describe('keys that are rotated', { timeout: 90_000 }, () => {
  it.skipIf(!process.env.TEST_DATABASE_URL)(
    'by a command that is killed again and again leave no connection behind that doesn’t open',
    async () => {
      const sealedAnew = async (): Promise<number> => {
        const [row] = await query(
          database,
          `SELECT count(*)::int FROM "Connection" WHERE position('next'::bytea IN "sealedTokens") > 0`,
        )
        return row.count
      }
      for (const least of [1, 60]) {
        const command = launch('cli.ts', ['keys', 'rotate'], settings)
        while ((await sealedAnew()) < least) await sleep(1)
        await command.kill()
        expect(await countSealedAnew(both)).toBeGreaterThanOrEqual(least)
      }
    },
  )

  it('by a server that is killed over it leave none behind, either', async () => {
    const server = await startServer(settings)
    const rotation = administer(server, 'POST', '/keys/rotate').catch(() => null)
    await sleep(50)
    await server.kill()
    await rotation
    await countSealedAnew(both)
  })

  it('to the end afterwards need the old key no longer', async () => {
    const command = launch('cli.ts', ['keys', 'rotate', '--json'], settings)
    expect(await command.ended).toBe(0)
    const { resealed, unchanged, lost } = JSON.parse(command.output())
    expect({ all: resealed + unchanged, lost }).toEqual({ all: connections, lost: [] })
    expect(await countSealedAnew(next)).toBe(connections)
    const server = await startServer({ ...settings, ENCRYPTION_KEYS: next })
    expect(await server.stop()).toBe(0)
  })
})
