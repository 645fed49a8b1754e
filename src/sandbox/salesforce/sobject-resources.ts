// The addresses of single records, and what the org says about itself: its objects, their fields, its limits.

import { notFound, SalesforceError } from './errors.ts'
import { identityPath } from './identity.ts'
import { positionOf } from './ids.ts'
import type { SalesforceOrg } from './org.ts'
import type { Quota } from './quota.ts'
import { type Asked, baseOf, type Resource } from './resources.ts'
import { showing } from './results.ts'
import type { Field, Schema, SObject } from './sobject.ts'
import { readFieldNames } from './soql.ts'

const NAMES = ['sobjects', 'query', 'search', 'limits', 'composite']

/** @see https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_sobject_retrieve.htm */
export function sobjectResources(schema: Schema, org: SalesforceOrg, quota: Quota): readonly Resource[] {
  const objectOf = (name: string): SObject => {
    const object = schema.get(name.toLowerCase())
    if (object === undefined) throw notFound()
    return object
  }
  return [
    {
      pattern: /^$/,
      read: (asked) => ({
        ...Object.fromEntries(NAMES.map((name) => [name, `${baseOf(asked)}/${name}`])),
        identity: `${asked.origin}${identityPath(org)}`,
      }),
    },
    {
      pattern: /^sobjects$/,
      read: (asked) => ({
        encoding: 'UTF-8',
        maxBatchSize: 200,
        sobjects: [...schema.values()].map((object) => summaryOf(asked, object)),
      }),
    },
    {
      pattern: /^sobjects\/(\w+)\/describe$/,
      read(asked, name = '') {
        const object = objectOf(name)
        return { ...summaryOf(asked, object), fields: [...object.fields.values()].map(descriptionOf) }
      },
    },
    {
      pattern: /^sobjects\/(\w+)\/(\w+)$/,
      read(asked, name = '', id = '') {
        const object = objectOf(name)
        const position = positionOf(object.ids, id)
        if (position === undefined) throw notFound(`Provided external ID field does not exist or is not accessible: ${id}`)
        if (object.records.archivedAt(position) !== undefined)
          throw new SalesforceError(404, 'ENTITY_IS_DELETED', 'entity is deleted')
        if (!object.records.has(position)) throw notFound()
        const names = (asked.query.get('fields') ?? '').split(',').filter((field) => field.trim() !== '')
        const columns = readFieldNames(
          object,
          names.length === 0 ? [...object.fields.keys()] : names.map((field) => field.trim()),
        )
        return showing(object, columns, baseOf(asked))(position)
      },
    },
    {
      pattern: /^limits$/,
      read: () => ({ DailyApiRequests: { Max: quota.max, Remaining: quota.max - quota.used } }),
    },
  ]
}

function summaryOf(asked: Asked, { name, labelPlural, ids, searched }: SObject): object {
  const url = `${baseOf(asked)}/sobjects/${name}`
  return {
    name,
    label: name,
    labelPlural,
    keyPrefix: ids.keyPrefix,
    custom: false,
    queryable: true,
    retrieveable: true,
    searchable: searched !== null,
    urls: { sobject: url, describe: `${url}/describe`, rowTemplate: `${url}/{ID}` },
  }
}

function descriptionOf({ name, label, kind, length, computed, parent, values }: Field): object {
  return {
    name,
    label,
    type: kind,
    length,
    custom: false,
    nillable: name !== 'Id' && kind !== 'boolean',
    filterable: kind !== 'textarea',
    sortable: kind !== 'textarea',
    createable: !computed,
    updateable: !computed,
    nameField: name === 'Name',
    referenceTo: parent === undefined ? [] : [parent.object],
    relationshipName: parent?.name ?? null,
    picklistValues: (values ?? []).map(({ value, isDefault = false }) => ({
      value,
      label: value,
      active: true,
      defaultValue: isDefault,
    })),
  }
}
