// Salesforce's tasks: what the timelines of contacts and leads are made of, and the statuses that this org has for them.

import { RecordStore } from '../data/record-store.ts'
import { SalesforceError } from './errors.ts'
import { computed, field, fieldMap, SYSTEM_FIELDS, systemValues } from './fields.ts'
import { type IdScheme, idScheme, readId } from './ids.ts'
import { addRecord } from './records.ts'
import {
  type Field,
  type FieldValues,
  recordById,
  type SalesforceRecord,
  type Schema,
  type SObject,
  type SObjectName,
} from './sobject.ts'

/** A status that tasks can have in an org. */
export interface TaskStatus {
  readonly name: string
  readonly closed: boolean
  readonly default?: boolean
}

/** Of an org that has renamed what Salesforce comes with: none is called `Completed`. */
export const TASK_STATUSES: readonly TaskStatus[] = [
  { name: 'To Do', closed: false, default: true },
  { name: 'Waiting', closed: false },
  { name: 'Done', closed: true },
  { name: 'Given Up', closed: true },
]
const PRIORITIES = [{ value: 'Urgent' }, { value: 'Usual', isDefault: true }, { value: 'Some Day' }]

/** @see https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/sforce_api_objects_task.htm */
export function createTasks(statuses: readonly TaskStatus[], missing: ReadonlySet<string>): SObject {
  const values = statuses.map(({ name, default: isDefault = false }) => ({ value: name, isDefault }))
  const defaults = { Status: values.find(({ isDefault }) => isDefault)?.value ?? null, Priority: 'Usual' }
  const fields: Field[] = [
    ...SYSTEM_FIELDS,
    field('WhoId', 'reference'),
    field('Subject', 'string', 255),
    field('Description', 'textarea', 32_000),
    { ...field('Status', 'picklist'), values },
    { ...field('Priority', 'picklist'), values: PRIORITIES },
    field('ActivityDate', 'date'),
    computed('IsClosed', 'boolean'),
  ]
  return {
    ...tableOf('Task', 'Tasks', idScheme('00T')),
    fields: fieldMap('Task', fields, missing),
    records: new RecordStore(0, unmade),
    complete(position, given, times) {
      const id = idScheme('00T').idAt(position)
      const status = given.Status ?? defaults.Status
      const IsClosed = statuses.some(({ name, closed }) => closed && name === status)
      return { id, type: 'Task', fields: { ...defaults, ...given, Status: status, IsClosed, ...systemValues(id, times) } }
    },
  }
}

/** @see https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/sforce_api_objects_taskstatus.htm */
export function createTaskStatuses(statuses: readonly TaskStatus[]): SObject {
  const ids = idScheme('01K')
  const fields = [
    computed('Id', 'id'),
    computed('ApiName', 'string'),
    computed('MasterLabel', 'string'),
    computed('IsClosed', 'boolean'),
    computed('IsDefault', 'boolean'),
    computed('SortOrder', 'string'),
  ]
  const recordAt = (position: number): SalesforceRecord => {
    const { name = '', closed = false, default: IsDefault = false } = statuses[position] ?? {}
    const values = { ApiName: name, MasterLabel: name, IsClosed: closed, IsDefault, SortOrder: String(position + 1) }
    return { id: ids.idAt(position), type: 'TaskStatus', fields: { Id: ids.idAt(position), ...values } }
  }
  return {
    ...tableOf('TaskStatus', 'Task Status Value', ids),
    fields: fieldMap('TaskStatus', fields, new Set()),
    records: new RecordStore(statuses.length, recordAt),
    complete: recordAt,
  }
}

function tableOf(name: SObjectName, labelPlural: string, ids: IdScheme) {
  return { name, labelPlural, ids, searched: null, known: () => undefined, positionsWith: () => null }
}

function unmade(): never {
  throw new RangeError('no task is made up')
}

type Outcome = { readonly id?: string; readonly success: boolean; readonly errors: readonly object[] }
type Checked = { readonly object: SObject; readonly values: FieldValues }

const MOST = 200

/**
 * Creates tasks, each by itself or with `allOrNone` all of them or none.
 * @see https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_composite_sobjects_collections_create.htm
 */
export function createRecords(schema: Schema, body: unknown, now: number): readonly Outcome[] {
  const { records, allOrNone } = (body ?? {}) as { records?: unknown; allOrNone?: unknown }
  if (!Array.isArray(records)) throw new SalesforceError(400, 'JSON_PARSER_ERROR', 'records must be a list')
  if (records.length > MOST) throw new SalesforceError(400, 'LIMIT_EXCEEDED', `At most ${MOST} records in one request.`)
  const read = records.map((record) => checked(schema, record))
  const failed = allOrNone === true && read.some((one) => one instanceof SalesforceError)
  return read.map((one) => {
    if (one instanceof SalesforceError) return refusal(one.errorCode, one.message)
    if (failed) return refusal('ALL_OR_NONE_OPERATION_ROLLED_BACK', 'Record rolled back because not all records were valid.')
    return { id: addRecord(one.object, one.values, now).id, success: true, errors: [] }
  })
}

const refusal = (statusCode: string, message: string): Outcome => ({
  success: false,
  errors: [{ statusCode, message, fields: [] }],
})

function checked(schema: Schema, record: unknown): Checked | SalesforceError {
  const { attributes, ...values } = (record ?? {}) as { attributes?: { type?: unknown } }
  const object = schema.get(String(attributes?.type).toLowerCase())
  if (object?.name !== 'Task') return new SalesforceError(400, 'INVALID_TYPE', `${attributes?.type} can't be created here`)
  for (const [name, value] of Object.entries<unknown>(values)) {
    const wrong = wrongValue(schema, object.fields.get(name.toLowerCase()), name, value)
    if (wrong !== null) return wrong
  }
  return { object, values: values as FieldValues }
}

function wrongValue(schema: Schema, field: Field | undefined, name: string, value: unknown): SalesforceError | null {
  if (field === undefined || field.computed)
    return new SalesforceError(400, 'INVALID_FIELD', `No such column '${name}' on sobject of type Task`)
  if (typeof value !== 'string') return new SalesforceError(400, 'JSON_PARSER_ERROR', `${name} must be text`)
  if (value.length > field.length && field.length > 0)
    return new SalesforceError(400, 'STRING_TOO_LONG', `${field.label}: data value too large (max length=${field.length})`)
  if (field.values !== undefined && !field.values.some((one) => one.value === value))
    return new SalesforceError(
      400,
      'INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST',
      `bad value for restricted picklist field: ${value}`,
    )
  if (field.kind === 'date' && !/^\d{4}-\d\d-\d\d$/.test(value))
    return new SalesforceError(400, 'JSON_PARSER_ERROR', `Cannot deserialize instance of date from ${value}`)
  return field.name === 'WhoId' ? wrongPerson(schema, value) : null
}

function wrongPerson(schema: Schema, id: string): SalesforceError | null {
  const person = [schema.get('contact'), schema.get('lead')].find((object) => object && id.startsWith(object.ids.keyPrefix))
  if (person === undefined || readId(id) === null)
    return new SalesforceError(400, 'FIELD_INTEGRITY_EXCEPTION', 'Name ID: id value of incorrect type')
  return recordById(person, id) === undefined ? new SalesforceError(400, 'ENTITY_IS_DELETED', 'entity is deleted') : null
}
