/** Starts and stops the bridge: shared by the production entry, the demo and the tests. */
import { setTimeout as sleep } from 'node:timers/promises'
import { sendAlerts } from './alerts.ts'
import { type App, buildApp } from './app.ts'
import type { Config } from './config.ts'
import { createConnectionStore } from './connections/connection-store.ts'
import { createInboxStore } from './connections/inbox-store.ts'
import { findLostGrants } from './connections/key-rotation.ts'
import { SettingError } from './connectors/connector.ts'
import { type Database, openDatabase } from './database/database.ts'
import type { Logger } from './logger.ts'
import { createMessageStore } from './messages/message-store.ts'
import { createTelemetry, type Telemetry } from './telemetry.ts'

export interface Bridge {
  readonly app: App
  readonly database: Database
  /** Says that it ends, and still answers for `drainSeconds`; then takes no new requests, finishes those under way, and closes everything. */
  stop(): Promise<void>
}

export async function startBridge(config: Config): Promise<Bridge> {
  const database = await openWhenFree(config)
  try {
    await refuseLostGrants(config, database)
    const ending = new AbortController()
    const telemetry = createTelemetry()
    const tracing = await startTracing(config, telemetry)
    const app = await buildApp(config, database, { ending: ending.signal, telemetry, ...tracing })
    const metrics = await startMetrics(config, database, telemetry)
    const alerts = startAlerts(config, database, telemetry, app.log)
    if (database.applied.length > 0) app.log.info({ migrations: database.applied }, 'database migrated')
    await app.listen({ host: config.host, port: config.port }).catch(async (error) => {
      await metrics?.close()
      throw cannotListen('PORT', config, error)
    })
    if (config.adminTokenIsNew) console.log(`Admin token, shown this once and kept in ${config.dataDir}: ${config.adminToken}`)
    return {
      app,
      database,
      async stop() {
        ending.abort()
        await sleep(config.drainSeconds * 1000)
        await app.close()
        await metrics?.close()
        await alerts?.settled()
        await tracing?.close()
        await database.close()
      },
    }
  } catch (error) {
    await database.close()
    throw error
  }
}

/** Loaded only where figures are asked for. */
async function startMetrics({ host, metricsPort: port }: Config, { prisma }: Database, telemetry: Telemetry) {
  if (port === undefined) return null
  const { serveMetrics } = await import('./metrics/endpoint.ts')
  const counts = { connections: createConnectionStore(prisma).count, backlog: createMessageStore(prisma).backlog }
  return serveMetrics({ host, port, telemetry, counts }).catch((error) => {
    throw cannotListen('METRICS_PORT', { host, port }, error)
  })
}

/** Loaded only where traces are asked for. */
async function startTracing({ openTelemetry }: Config, telemetry: Telemetry) {
  if (openTelemetry === null) return null
  const { traceQuestions } = await import('./tracing/tracing.ts')
  return traceQuestions(openTelemetry, telemetry)
}

function startAlerts({ alertWebhookUrl: url }: Config, { prisma }: Database, telemetry: Telemetry, log: Logger) {
  return url === undefined ? null : sendAlerts({ url, telemetry, inboxes: createInboxStore(prisma), log })
}

function cannotListen(variable: string, { host, port }: Pick<Config, 'host' | 'port'>, error: NodeJS.ErrnoException): Error {
  switch (error.code) {
    case 'EADDRINUSE':
      return new SettingError(variable, `${port} is taken: set it to a free one`)
    case 'EACCES':
      return new SettingError(variable, `${port} may not be listened on by this user: set it to one from 1024 on`)
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new SettingError('HOST', `${host} is no address of this machine: 0.0.0.0 means all that it has`)
    default:
      return error
  }
}

/** A key that is missing by mistake must not look like connections that ended. */
async function refuseLostGrants({ keys }: Config, { prisma }: Database): Promise<void> {
  const [lost] = await findLostGrants(createConnectionStore(prisma), keys)
  if (lost === undefined) return
  const [key, names] = lost
  throw new SettingError(
    'ENCRYPTION_KEYS',
    `lacks the key ${key}, which seals the connections of: ${names.join(', ')}. Add it, or give them up: npm run bridge -- inbox disconnect …`,
  )
}

/** The command line holds the embedded database for moments; a predecessor may be closing it. */
async function openWhenFree({ databaseUrl: url, dataDir: folder }: Config): Promise<Database> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await openDatabase({ url, folder })
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'FolderInUse' || attempt === 20) throw error
      await sleep(250)
    }
  }
}
