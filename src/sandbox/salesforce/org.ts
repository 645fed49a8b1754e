// The org that a sandbox stands for, its one user, and the object that describes it to queries.

import { RecordStore } from '../data/record-store.ts'
import { computed, fieldMap, SYSTEM_FIELDS } from './fields.ts'
import { idOf } from './ids.ts'
import type { SalesforceRecord, SObject } from './sobject.ts'

/** The org, and the user who consents in it. Ids have 18 characters. */
export interface SalesforceOrg {
  readonly orgId: string
  readonly name: string
  readonly userId: string
  readonly user: string
  readonly userName: string
}

/** Ids and names that no real org has. */
export const DEFAULT_ORG: SalesforceOrg = {
  orgId: idOf('00D', 62_001_904),
  name: 'Sandbox Trading Co.',
  userId: idOf('005', 62_001_905),
  user: 'Alex Admin',
  userName: 'admin@sandbox-trading.example.com',
}

/** The API versions that the org answers. */
export const API_VERSIONS: readonly string[] = Array.from({ length: 18 }, (_, i) => `${50 + i}.0`)

const FIELDS = [
  ...SYSTEM_FIELDS,
  computed('Name', 'string', 80),
  computed('OrganizationType', 'picklist'),
  computed('InstanceName', 'string', 5),
  computed('IsSandbox', 'boolean'),
  computed('Country', 'string', 80),
  computed('LanguageLocaleKey', 'picklist'),
  computed('DefaultLocaleSidKey', 'picklist'),
]

/** @see https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/sforce_api_objects_organization.htm */
export function createOrganization({ orgId, name }: SalesforceOrg): SObject {
  const record: SalesforceRecord = {
    id: orgId,
    type: 'Organization',
    fields: {
      Id: orgId,
      IsDeleted: false,
      CreatedDate: '2019-03-04T09:00:00.000+0000',
      LastModifiedDate: '2026-01-12T10:30:00.000+0000',
      SystemModstamp: '2026-01-12T10:30:00.000+0000',
      Name: name,
      OrganizationType: 'Developer Edition',
      InstanceName: 'SBX1',
      IsSandbox: true,
      Country: 'US',
      LanguageLocaleKey: 'en_US',
      DefaultLocaleSidKey: 'en_US',
    },
  }
  return {
    name: 'Organization',
    labelPlural: 'Organizations',
    ids: { keyPrefix: '00D', idAt: () => orgId, positionFrom: (id) => (id <= orgId ? 0 : 1) },
    fields: fieldMap('Organization', FIELDS, new Set()),
    searched: null,
    records: new RecordStore(1, () => record),
    known: () => undefined,
    positionsWith: () => null,
    complete: () => record,
  }
}
