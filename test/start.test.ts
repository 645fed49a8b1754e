/** What keeps the bridge from starting, in words that name the setting. */
import { createServer, type Server } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readConfig } from '../src/config.ts'
import { createConnectionStore } from '../src/connections/connection-store.ts'
import { createInboxStore } from '../src/connections/inbox-store.ts'
import { createTokenVault } from '../src/connections/token-vault.ts'
import { SettingError } from '../src/connectors/connector.ts'
import { openDatabase } from '../src/database/database.ts'
import { newKey, readKeys } from '../src/keys.ts'
import { type Bridge, startBridge } from '../src/start.ts'
import { freePort } from './support/bridge.ts'
import { createTestDatabase, type TestDatabase } from './support/database.ts'
import { fakeGrant } from './support/fake-crm.ts'
import { errorOf } from './support/promises.ts'

const [old, next] = [newKey('old'), newKey('next')]
const tokens = { accessToken: 'an access token', refreshToken: 'a refresh token' }

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
  const { DATABASE_URL: url, DATA_DIR: folder } = database.environment
  const { prisma, close } = await openDatabase({ url, folder })
  for (const name of ['Support', 'Sales']) {
    const { inbox } = await createInboxStore(prisma).create({ name, crm: null, region: null })
    const seal = createTokenVault(readKeys(old)).seal(inbox.id, 'hubspot', tokens)
    await createConnectionStore(prisma).connect(inbox.id, fakeGrant(inbox.id, { crm: 'hubspot', ...seal }))
  }
  await close()
})
afterAll(() => database.drop())

async function start(keys: string, port?: number, HOST = '127.0.0.1'): Promise<Bridge> {
  const PORT = String(port ?? (await freePort()))
  const environment = { HOST, PORT, ENCRYPTION_KEYS: keys, ADMIN_TOKEN: 'x', LOG_LEVEL: 'silent', ...database.environment }
  return startBridge(readConfig(environment))
}

describe('starting', () => {
  it('stops when a key is missing that seals connections, and names it and the inboxes', async () => {
    const error = await errorOf(start(next))
    expect(error).toBeInstanceOf(SettingError)
    expect(error).toMatchObject({ variable: 'ENCRYPTION_KEYS' })
    expect(error.message).toMatch(/^ENCRYPTION_KEYS .*\bold\b.*Support, Sales/)
    expect(error.message).not.toContain(next.split(':')[1])
  })

  it('goes on with the key that seals them, first or not', async () => {
    const bridge = await start(`${next},${old}`)
    const { statusCode } = await bridge.app.inject('/features')
    await bridge.stop()
    expect(statusCode).toBe(200)
  })

  it('stops on a taken port, names PORT, and leaves the database free', async () => {
    const port = await freePort()
    const other = await listen(port)
    const error = await errorOf(start(old, port))
    await new Promise((resolve) => other.close(resolve))
    expect(error).toBeInstanceOf(SettingError)
    expect(error).toMatchObject({ variable: 'PORT', message: expect.stringContaining(`PORT ${port} is taken`) })
    const bridge = await start(old, port)
    const { status } = await fetch(`http://127.0.0.1:${port}/features`)
    await bridge.stop()
    expect(status).toBe(200)
  })

  it.each(['no-such-host.invalid', '192.0.2.1'])('is told that HOST is no address of this machine: %s', async (host) => {
    const error = await errorOf(start(old, await freePort(), host))
    expect(error).toMatchObject({ variable: 'HOST', message: expect.stringContaining(host) })
  })
})

function listen(port: number): Promise<Server> {
  return new Promise((resolve) => {
    const server = createServer().listen(port, '127.0.0.1', () => resolve(server))
  })
}
