/** What happens in the bridge, told to whoever counts: rooms report, listeners such as the operator's figures draw their own conclusions. */
import { EventEmitter } from 'node:events'
import type { ErrorCode } from './errors.ts'

/** No event holds a key, a search, or anything else about a person. Listeners are called at once: they note it and return. */
export type Events = {
  readonly question: [QuestionEnded]
  readonly call: [CallMade]
  readonly refresh: [TokensRefreshed]
  readonly circuit: [CircuitChanged]
  readonly connection: [ConnectionChanged]
}
export type Telemetry = EventEmitter<Events>

export const createTelemetry = (): Telemetry => new EventEmitter<Events>()

/** What an inbox can ask. `lookup` is by a WhatsApp id, `contact` by a contact_id. */
export type QuestionKind = 'list' | 'search' | 'lookup' | 'contact' | 'initialize'
/** Where an answer comes from: asked just now, for this caller or for another one too; remembered; or old, since the CRM failed. */
export type AnswerSource = 'crm' | 'shared' | 'remembered' | 'old'

/** An inbox asked, and was answered or left before. */
export type QuestionEnded = {
  readonly inboxId: string
  /** Null while nothing is connected. */
  readonly crm: string | null
  readonly kind: QuestionKind
  /** Null where there is no answer, only an error. */
  readonly source: AnswerSource | null
  /** What failed, also where the caller got an old or an empty answer in spite of it. */
  readonly problem: ErrorCode | null
  /** Null = the caller left. */
  readonly status: number | null
  readonly milliseconds: number
}

/** A CRM's API was called, and answered or didn't. */
export type CallMade = {
  readonly inboxId: string
  readonly crm: string
  readonly kind: 'api' | 'search'
  readonly method: string
  /** Host and path, with `{id}` for whatever names a record. */
  readonly endpoint: string
  /** Null = no answer. */
  readonly status: number | null
  readonly milliseconds: number
  readonly headroom: Headroom | null
}

/** What an account may still be asked, as its CRM says: `used` of `limit` calls in the latest `seconds`. */
export type Headroom = { readonly used: number; readonly limit: number; readonly seconds: number }

/** An inbox's tokens were due, and the CRM gave new ones, ended the grant, or couldn't be asked. */
export type TokensRefreshed = {
  readonly inboxId: string
  readonly crm: string
  readonly outcome: 'renewed' | 'ended' | 'failed'
  readonly milliseconds: number
}

/** An account that was down is not called any more for a moment, or one that was is called again. */
export type CircuitChanged = { readonly crm: string; readonly isOpen: boolean }

/** An inbox's connection broke at the CRM, so that an administrator has to connect again; or works again after that. Told by one replica. */
export type ConnectionChanged = {
  readonly inboxId: string
  readonly crm: string
  readonly change: 'broken' | 'recovered'
  /** Why it broke. */
  readonly reason: string | null
}
