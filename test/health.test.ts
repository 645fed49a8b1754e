/** What probes are told, at a server whose database is in the test's hands. */
import { afterEach, describe, expect, it, vi } from 'vitest'
import { type App, buildApp } from '../src/app.ts'
import { readConfig } from '../src/config.ts'
import { adminToken, testKeys } from './support/bridge.ts'
import { inject } from './support/inject.ts'
import { defer } from './support/promises.ts'

let app: App | undefined
afterEach(async () => {
  vi.useRealTimers()
  await app?.close()
})

const settings = { ENCRYPTION_KEYS: testKeys, ADMIN_TOKEN: adminToken, LOG_LEVEL: 'silent' }

async function start(isCurrent: () => Promise<boolean>, ending = new AbortController()) {
  const asked = vi.fn(isCurrent)
  const database = { prisma: {} as never, applied: [], isCurrent: asked, close: async () => {} }
  app = await buildApp(readConfig(settings), database, { ending: ending.signal })
  const told = (path: string) => inject(app as App, path).then(({ status, json }) => [status, json])
  return { told, asked, ending }
}

const ready = [200, { status: 'ready' }]
const notReady = (reason: string) => [503, { status: 'not_ready', reason }]

describe('/healthz', () => {
  it('answers whatever the database does', async () => {
    const { told, asked } = await start(async () => false)
    expect(await told('/healthz')).toEqual([200, { status: 'ok' }])
    expect(asked).not.toHaveBeenCalled()
  })
})

describe('/readyz', () => {
  it('is well with a database at this version', async () => {
    const { told } = await start(async () => true)
    expect(await told('/readyz')).toEqual(ready)
  })

  it('says that migrations are missing', async () => {
    const { told } = await start(async () => false)
    expect(await told('/readyz')).toEqual(notReady('the database lacks migrations of this version'))
  })

  it('says that the database doesn’t answer, whether it refuses or is silent, and nothing of what it said', async () => {
    const refusing = await start(() => Promise.reject(new Error('password of user bridge')))
    expect(await refusing.told('/readyz')).toEqual(notReady('the database doesn’t answer'))
    await app?.close()
    const silent = await start(() => new Promise(() => {}))
    expect(await silent.told('/readyz')).toEqual(notReady('the database doesn’t answer'))
  })

  it('leaves the database out where that is asked for', async () => {
    const { told, asked } = await start(async () => false)
    expect(await told('/readyz?exclude=database')).toEqual(ready)
    expect(asked).not.toHaveBeenCalled()
  })

  it('asks the database once for many probes, and again a second later', async () => {
    vi.useFakeTimers({ toFake: ['performance'] })
    const answer = defer<boolean>()
    const { told, asked } = await start(() => answer.promise)
    const burst = Array.from({ length: 50 }, () => told('/readyz'))
    answer.resolve(true)
    for (const one of await Promise.all(burst)) expect(one).toEqual(ready)
    await told('/readyz')
    expect(asked).toHaveBeenCalledTimes(1)
    vi.advanceTimersByTime(1_001)
    asked.mockResolvedValue(false)
    expect((await told('/readyz'))[0]).toBe(503)
    expect(asked).toHaveBeenCalledTimes(2)
  })

  it('says that it drains as soon as the server is told to end, and every answer ends its connection', async () => {
    const { told, ending, asked } = await start(async () => true)
    expect((await inject(app as App, '/features')).headers.connection).not.toBe('close')
    ending.abort()
    for (const path of ['/readyz', '/readyz?exclude=database']) expect(await told(path)).toEqual(notReady('draining'))
    expect(asked).not.toHaveBeenCalled()
    expect(await told('/healthz')).toEqual([200, { status: 'ok' }])
    expect(await inject(app as App, '/features')).toMatchObject({ status: 200, headers: { connection: 'close' } })
  })
})
