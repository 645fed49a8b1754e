/** Messages on Salesforce's timelines: a completed task for each contact or lead, all of them by one call or none. */
import { BridgeError } from '../../errors.ts'
import type { Session, TimelineEntry } from '../connector.ts'
import type { Creation, SalesforceApi } from './api.ts'
import { errorCodeOf, SalesforceError } from './errors.ts'
import { quote } from './soql.ts'

/** @see https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/sforce_api_objects_task.htm */
const longestSubject = 255
/** How long the org's picklists are believed to stay as they are. Milliseconds. */
const remembered = 6 * 3_600_000
/** By how much the org's clock and the bridge's may differ. Milliseconds. */
const clocksDiffer = 10 * 60_000

export async function log(session: Session, api: SalesforceApi, entry: TimelineEntry): Promise<void> {
  const { title, text: Description, sentAt, contactIds } = entry
  const picked = await session.memory.once('task picklists', remembered, () => pickValues(api))
  const task = { Subject: subjectOf(title), Description, ActivityDate: sentAt.toISOString().slice(0, 10), ...picked }
  const outcomes = await api.create(
    'Task',
    contactIds.map((WhoId) => ({ WhoId, ...task })),
  )
  const refusal = outcomes.flatMap(({ errors = [] }) => errors).find(({ statusCode }) => statusCode !== rolledBack)
  if (refusal !== undefined) throw refused(refusal)
}

/** A task's text can't be asked for, so those with its subject are read. */
export async function isLogged(api: SalesforceApi, { title, reference }: TimelineEntry, since: Date): Promise<boolean> {
  const from = new Date(since.getTime() - clocksDiffer).toISOString()
  const condition = `Subject = ${quote(subjectOf(title))} AND CreatedDate >= ${from}`
  const { records } = await api.query(`SELECT Id, Description FROM Task WHERE ${condition} ORDER BY CreatedDate DESC LIMIT 2000`)
  return records.some(({ Description }) => typeof Description === 'string' && Description.includes(reference))
}

/**
 * Values that this org has: of the statuses that mean done the one that it shows first, and its usual priority. What an org doesn't tell
 * is left to its own defaults.
 */
async function pickValues(api: SalesforceApi): Promise<{ readonly Status?: string; readonly Priority?: string }> {
  const [{ fields }, closed] = await Promise.all([api.describe('Task'), closedStatuses(api)])
  const active = (name: string) =>
    fields.find((field) => field.name === name)?.picklistValues?.filter((value) => value.active) ?? []
  const statuses = active('Status')
  const status = closed.find((name) => statuses.some(({ value }) => value === name))
  const priority = active('Priority').find(({ defaultValue }) => defaultValue)
  return { ...(status === undefined ? {} : { Status: status }), ...(priority === undefined ? {} : { Priority: priority.value }) }
}

async function closedStatuses(api: SalesforceApi): Promise<readonly string[]> {
  try {
    const { records } = await api.query('SELECT Id, ApiName FROM TaskStatus WHERE IsClosed = true ORDER BY SortOrder')
    return records.map(({ ApiName }) => String(ApiName))
  } catch (error) {
    // Not every user may read it: the name that most orgs have may do.
    if (errorCodeOf(error) === 'INVALID_TYPE' || errorCodeOf(error) === 'INVALID_FIELD') return ['Completed']
    throw error
  }
}

const rolledBack = 'ALL_OR_NONE_OPERATION_ROLLED_BACK'
const gone = ['ENTITY_IS_DELETED', 'INVALID_CROSS_REFERENCE_KEY']

function refused({ statusCode, message }: NonNullable<Creation['errors']>[number]): Error {
  if (gone.includes(statusCode)) {
    return new BridgeError('contact_not_found', 'A contact of this message is no longer in Salesforce.')
  }
  if (statusCode.startsWith('INSUFFICIENT_ACCESS') || statusCode.startsWith('CANNOT_INSERT')) {
    return new BridgeError('crm_forbidden', 'The Salesforce user who connected may not create tasks for this contact.', {
      cause: new Error(`Salesforce answered ${statusCode}`),
    })
  }
  return new SalesforceError(statusCode, message)
}

/** On one line, and no longer than the field. */
function subjectOf(title: string): string {
  const line = title.replace(/\s+/g, ' ').trim()
  return line.length <= longestSubject ? line : `${line.slice(0, longestSubject - 1).replace(/[\uD800-\uDBFF]$/, '')}…`
}
