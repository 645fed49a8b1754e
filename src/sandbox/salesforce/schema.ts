// The org's objects together: which it has, which fields they lack, and how they lead to one another.

import { createAccounts } from './accounts.ts'
import { createContacts } from './contacts.ts'
import { createLeads } from './leads.ts'
import { createOrganization, type SalesforceOrg } from './org.ts'
import { createPopulation } from './population.ts'
import type { Schema, SObject } from './sobject.ts'
import { createTaskStatuses, createTasks, TASK_STATUSES, type TaskStatus } from './tasks.ts'

/** What differs between orgs. */
export interface OrgFeatures {
  /** Whether there are leads at all; true unless said. */
  readonly leads?: boolean
  /** Whether some contacts are accounts of their own; false unless said. */
  readonly personAccounts?: boolean
  /** Fields that this org doesn't have, or this user may not see, such as `Contact.OtherPhone`. */
  readonly missingFields?: readonly string[]
  /** The statuses that tasks can have, in order; some with names of this org's own unless said. */
  readonly taskStatuses?: readonly TaskStatus[]
  /** Whether the org's edition has the API; true unless said. */
  readonly apiEnabled?: boolean
}

/** The objects of one org; `leads` is null where it has none. */
export interface OrgObjects {
  readonly contacts: SObject
  readonly leads: SObject | null
  readonly accounts: SObject
  readonly tasks: SObject
  readonly schema: Schema
}

/** So many records in all, of which a number or (below 1) a share are leads. */
export function createObjects(
  org: SalesforceOrg,
  size: { readonly seed: number; readonly records: number; readonly leads: number },
  features: OrgFeatures,
): OrgObjects {
  const personAccounts = features.personAccounts ?? false
  const missing = new Set((features.missingFields ?? []).map((name) => name.toLowerCase()))
  const hasLeads = features.leads ?? true
  const population = createPopulation(size.seed, size.records, hasLeads ? size.leads : 0)
  const contacts = createContacts(population, { personAccounts, missing })
  const contactAt = (position: number) => contacts.records.asGenerated(position)
  const accounts = createAccounts(population, { personAccounts, missing, contactAt })
  const leads = hasLeads ? createLeads(population, { missing }) : null
  const statuses = features.taskStatuses ?? TASK_STATUSES
  const tasks = createTasks(statuses, missing)
  const people = [accounts, contacts, ...(leads === null ? [] : [leads])]
  const objects = [...people, tasks, createTaskStatuses(statuses), createOrganization(org)]
  return { contacts, leads, accounts, tasks, schema: new Map(objects.map((object) => [object.name.toLowerCase(), object])) }
}
