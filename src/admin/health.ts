/** How an inbox's connection is doing, in plain words. */
import type { Inbox } from '../connections/inbox-store.ts'
import type { Connector } from '../connectors/connector.ts'
import type { ErrorCode } from '../errors.ts'
import type { Texts } from '../texts/texts.ts'
import type { Activity, Sums } from './activity-store.ts'

export type Health = {
  /** `off` = nobody has connected it, which isn't a fault. */
  readonly state: 'good' | 'trouble' | 'bad' | 'off'
  readonly label: string
  /** Null = nobody has noted it. */
  readonly since: Date | null
  readonly explanation: string
}

/** Failures below this share of the questions are passing trouble that most agents don't notice. */
const noticeable = 0.1

/**
 * @param connector of the inbox's connection; undefined where this server isn't set up for it
 * @param recent what was asked in this hour and the one before
 * @param day what was asked in the last 24 hours
 */
export function healthOf(
  { connection }: Pick<Inbox, 'connection'>,
  connector: Connector | undefined,
  recent: Pick<Activity, 'questions' | 'failed' | 'problem'>,
  day: Pick<Sums, 'questions'>,
  { health, problems }: Texts,
): Health {
  const { explain } = health
  if (connection === null) return { state: 'off', label: health.notConnected, since: null, explanation: explain.notConnected }
  const since = connection.statusSince
  if (connector === undefined)
    return { state: 'bad', label: health.notSetUp, since, explanation: explain.notSetUp(connection.crm) }
  if (connection.status !== 'active')
    return { state: 'bad', label: health.reconnect, since, explanation: explain.reconnect(connector.label) }
  if (connection.failures > 0) {
    const explanation = explain.unrenewed(connector.label, connection.failures)
    return { state: 'trouble', label: health.unrenewed, since: connection.renewAt, explanation }
  }
  const { questions, failed } = recent
  if (failed > 0 && failed >= questions * noticeable) {
    const problem = problems[recent.problem as ErrorCode] ?? ''
    return { state: 'trouble', label: health.trouble, since: null, explanation: explain.trouble(failed, questions, problem) }
  }
  return { state: 'good', label: health.works, since, explanation: day.questions === 0 ? explain.quiet : explain.works }
}
