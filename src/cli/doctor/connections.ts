/** The inboxes: whether each one's connection works at this moment. */
import type { ConnectionCheck } from '../../admin/inspection.ts'
import type { InboxSummary } from '../../admin/operator.ts'
import type { AdminApi } from '../../admin-client.ts'
import { inboxPath } from '../admin.ts'
import { type Finding, ok, problem, warning } from './finding.ts'

/** Each check may call a CRM: a few at once don't use up anybody's budget. */
const atOnce = 4

export async function examineConnections(api: AdminApi, say: (text: string) => void): Promise<Finding[]> {
  const inboxes = await api.call<InboxSummary[]>('GET', '/inboxes')
  if (inboxes.length === 0) return [warning('inboxes', 'there is none yet', 'npm run bridge -- inbox create "Support"')]
  let begun = 0
  return inTurns(inboxes, async (inbox) => {
    begun += 1
    say(`Asking the CRMs, inbox ${begun} of ${inboxes.length}`)
    if (inbox.status === 'not_connected') return warning(topicOf(inbox), 'not connected to a CRM', connectAdvice(inbox))
    return judged(inbox, await api.call<ConnectionCheck>('GET', `${inboxPath(inbox.id)}/check`))
  })
}

function judged(inbox: InboxSummary, check: ConnectionCheck): Finding {
  const topic = topicOf(inbox)
  const account = `${inbox.crm} account ${inbox.account ?? ''}`.trim()
  if (check.code === 'reconnect_required' && !check.opens)
    return problem(
      topic,
      `${account}: its stored tokens can’t be opened, since ENCRYPTION_KEYS lack the key that sealed them`,
      `Add that key to the server’s ENCRYPTION_KEYS and restart it. Where it is lost: npm run bridge -- inbox disconnect ${inbox.id}, and then connect it again`,
    )
  if (check.code === 'reconnect_required')
    return problem(
      topic,
      `${account} has to be connected again since ${check.since ?? 'now'}: ${check.reason ?? 'its grant ended'}`,
      connectAdvice(inbox),
    )
  if (!check.works) return problem(topic, `${account} doesn’t work: ${check.code}`, check.message ?? 'Look at the server’s log.')
  if (check.failed_renewals > 0)
    return warning(
      topic,
      `${account} works, but the last ${check.failed_renewals} renewals of its tokens failed; last renewed ${check.renewed_at}`,
      'They are tried again by themselves. Look at the CRM’s status page, and at the server’s log.',
    )
  return ok(topic, `${account} answers (${check.took} ms), tokens renewed ${check.renewed_at}`)
}

const topicOf = ({ name }: InboxSummary): string => `inbox “${name}”`
const connectAdvice = ({ id }: InboxSummary): string =>
  `Send its administrator the link of: npm run bridge -- inbox connect-url ${id}`

/** In the order of `items`, a few under way at once. */
async function inTurns<T, Made>(items: readonly T[], make: (item: T) => Promise<Made>): Promise<Made[]> {
  const made: Made[] = []
  const waiting = items.entries()
  const worker = async () => {
    for (const [nth, item] of waiting) made[nth] = await make(item)
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  return made
}
