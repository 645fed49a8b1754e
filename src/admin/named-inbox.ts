/** Which inbox an operator means. */
import type { Inbox, InboxStore } from '../connections/inbox-store.ts'
import { OperatorRefusal } from './refusal.ts'

/** The inbox with this id, or with this name if no other has it. @throws {BridgeError} request_invalid, in words for the operator */
export async function namedInbox(inboxes: InboxStore, idOrName: string): Promise<Inbox> {
  const byId = await inboxes.byId(idOrName)
  if (byId !== null) return byId
  const all = (await inboxes.list()).filter(({ name }) => name === idOrName)
  if (all.length > 1) throw new OperatorRefusal((refusals) => refusals.ambiguous(all.map(({ id }) => id).join(', ')))
  const [named] = all
  if (named === undefined) throw new OperatorRefusal((refusals) => refusals.unknown())
  return named
}
