/** What a connector brings to the contract that every connector passes: its sandbox, and what is its CRM's own. */
import type { Connector } from '../../src/connectors/connector.ts'
import type { ErrorCode } from '../../src/errors.ts'
import type { FaultOrder, Faults } from '../../src/sandbox/faults.ts'
import type { Harness } from '../support/session.ts'

/** A person as the suite adds one; the CRM's own names for the fields are the sandbox's business. */
export interface Person {
  readonly firstName?: string
  readonly lastName?: string
  readonly email?: string
  readonly phone?: string
  readonly mobile?: string
  /** ISO 3166. */
  readonly country?: string
  readonly company?: string
  readonly jobTitle?: string
}

/** A CRM's sandbox with its connector, and a grant that `harness` uses. No rate limits: what the bridge does about them is tested elsewhere. */
export interface ContractSandbox {
  readonly connector: Connector
  readonly harness: Harness
  readonly faults: Faults
  readonly account: { readonly id: string; readonly name: string }
  /** The contact_ids of all live contacts. */
  contactIds(): string[]
  /** Adds a contact; returns its contact_id. */
  add(person: Person): string
  remove(contactId: string): void
  /** Ends every access token, as time does. */
  expireTokens(): void
  /** Grants anew. */
  renew(): Promise<void>
  /** How many calls reached the CRM since `clearCalls`. */
  calls(): number
  clearCalls(): void
  close(): Promise<void>
}

export interface ContractSubject {
  readonly id: string
  readonly label: string
  start(options: { readonly contacts: number }): Promise<ContractSandbox>
  /** What a contact_id looks like. */
  readonly contactId: RegExp
  /** Ids that only resemble one of its contacts' ids. */
  resembling(contactId: string): readonly string[]
  /** An id of its own make, as far as the text allows. */
  idWith(text: string): string
  /** The most calls that one answer takes, with nothing remembered; `total` comes on top of the first page of a list. */
  readonly calls: Readonly<Record<'identify' | 'list' | 'total' | 'phone' | 'email' | 'text' | 'get', number>>
  /** Makes only the question for the total fail. */
  readonly totalFails: FaultOrder
  /** How this CRM says that the user may not read contacts. */
  readonly forbidden: FaultOrder
  /** Refusals that only this CRM has. */
  readonly refusals?: readonly Failure[]
}

export type Failure = { readonly name: string; readonly fault: FaultOrder; readonly code: ErrorCode }
