/** The database as the bridge meets it. */
import type { Config } from '../../config.ts'
import { type DatabaseReport, inspectDatabase } from '../../database/inspect.ts'
import { type Finding, ok, problem, warning } from './finding.ts'

/** `report` = null where there is none to look into. `isReady` = the inboxes in it can be read. */
export type DatabaseState = {
  readonly findings: readonly Finding[]
  readonly report: DatabaseReport | null
  readonly isReady: boolean
}

/** A round trip that takes longer is felt. Milliseconds. */
const slow = 50

/** @param server the address of the running server; null when none runs */
export async function examineDatabase(
  config: Pick<Config, 'databaseUrl' | 'dataDir'>,
  server: string | null,
): Promise<DatabaseState> {
  try {
    const report = await inspectDatabase({ url: config.databaseUrl, folder: config.dataDir })
    if (report === null)
      return {
        findings: [
          warning('database', `there is none in ${config.dataDir} yet`, 'The first start makes it: npm start, or any command.'),
        ],
        report,
        isReady: false,
      }
    const findings = [reached(config.databaseUrl, report), ...migrations(report)]
    return { findings, report, isReady: report.pending.length === 0 && report.broken.length === 0 }
  } catch (error) {
    if (!(error instanceof Error)) throw error
    if (error.name === 'FolderInUse') return { findings: [inUse(config.dataDir, server)], report: null, isReady: server !== null }
    return { findings: [problem('database', error.message, unreachableAdvice)], report: null, isReady: false }
  }
}

const unreachableAdvice =
  'Look whether PostgreSQL runs and lets this machine in: host, port, user, password and database of DATABASE_URL, and sslmode.'

function reached(url: string | undefined, { version, latency }: DatabaseReport): Finding {
  const took = `${Math.max(1, Math.round(latency))} ms a round trip`
  if (url === undefined) return ok('database', `embedded PostgreSQL ${version}, ${took}`)
  if (latency > slow)
    return warning('database', `PostgreSQL ${version}, but ${took}`, 'Run the database near the server, or look at its load.')
  return ok('database', `PostgreSQL ${version}, ${took}`)
}

function migrations({ pending, unknown, broken }: DatabaseReport): Finding[] {
  const found = [
    ...(broken.length === 0
      ? []
      : [
          problem(
            'migrations',
            `began and never ended: ${broken.join(', ')}`,
            'Look at the log of the start that did it. Then: npx prisma migrate resolve, and start again.',
          ),
        ]),
    ...(pending.length === 0
      ? []
      : [warning('migrations', `pending: ${pending.join(', ')}`, 'The next start applies them: npm start.')]),
    ...(unknown.length === 0
      ? []
      : [
          warning(
            'migrations',
            `unknown to this version: ${unknown.join(', ')}`,
            'A newer version has used this database. Run that version here as well.',
          ),
        ]),
  ]
  return found.length > 0 ? found : [ok('migrations', 'all applied')]
}

function inUse(folder: string, server: string | null): Finding {
  if (server !== null) return ok('database', `embedded, in ${folder}: open in the running server`)
  return problem(
    'database',
    `the embedded one in ${folder} is open in another process, but no server answers`,
    'Run this with the server’s HOST and PORT, or end the other process.',
  )
}
