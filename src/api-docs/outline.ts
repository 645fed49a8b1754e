/** The OpenAPI document as its page shows it: groups of operations, and tables of what schemas hold. */
import type { ApiDocument, Operation, Schema } from './document.ts'

export type Field = { readonly name: string; readonly type: string; readonly isRequired: boolean; readonly description: string }
export type Shown = { readonly type: string; readonly reference: string | null; readonly fields: readonly Field[] }

export type Outline = {
  readonly document: ApiDocument
  readonly groups: readonly {
    readonly name: string
    readonly description: string
    readonly operations: readonly OperationOutline[]
  }[]
  readonly schemas: readonly (Shown & { readonly name: string; readonly example: string | null })[]
}
type OperationOutline = Pick<Operation, 'operationId' | 'summary' | 'description'> & {
  readonly method: string
  readonly path: string
  readonly keys: readonly string[]
  readonly parameters: readonly (Field & { readonly place: string })[]
  readonly body: Shown | null
  readonly responses: readonly {
    readonly status: string
    readonly description: string
    readonly content: Shown | null
    readonly examples: readonly { readonly name: string; readonly json: string }[]
  }[]
}

export function outline(document: ApiDocument): Outline {
  const operations = Object.entries(document.paths).flatMap(([path, byMethod]) =>
    Object.entries(byMethod).map(([method, operation]) => ({ tag: operation.tags?.[0], shown: show(method, path, operation) })),
  )
  const groups = document.tags.map(({ name, description }) => ({
    name,
    description,
    operations: operations.filter(({ tag }) => tag === name).map(({ shown }) => shown),
  }))
  const untagged = operations.filter(({ tag }) => !groups.some(({ name }) => name === tag)).map(({ shown }) => shown)
  return {
    document,
    groups: [...groups, { name: 'other', description: '', operations: untagged }].filter((group) => group.operations.length > 0),
    schemas: Object.entries(document.components.schemas).map(([name, schema]) => ({
      name,
      ...describe(schema),
      example: schema.examples?.[0] === undefined ? null : JSON.stringify(schema.examples[0], null, 2),
    })),
  }
}

function show(method: string, path: string, operation: Operation): OperationOutline {
  const { operationId, summary, description, parameters = [], requestBody, responses, security = [] } = operation
  return {
    operationId,
    summary,
    ...(description === undefined ? {} : { description }),
    method: method.toUpperCase(),
    path,
    keys: security.flatMap((one) => Object.keys(one)),
    parameters: byPlace(parameters).map(({ name, in: place, required = false, description: words = '', schema }) => ({
      name,
      place,
      isRequired: required,
      description: words || (schema.description ?? ''),
      type: typeOf(schema),
    })),
    body: requestBody === undefined ? null : firstContent(requestBody.content),
    responses: Object.entries(responses).map(([status, response]) => ({
      status,
      description: response.description === 'Default Response' ? '' : response.description,
      content: response.content === undefined ? null : firstContent(response.content),
      examples: Object.entries(Object.values(response.content ?? {})[0]?.examples ?? {}).map(([name, { value }]) => ({
        name,
        json: JSON.stringify(value, null, 2),
      })),
    })),
  }
}

/** As they are written in an address: its path before its query. */
const byPlace = (parameters: NonNullable<Operation['parameters']>) =>
  parameters.toSorted((one, other) => Number(other.in === 'path') - Number(one.in === 'path'))

function firstContent(content: Readonly<Record<string, { readonly schema: Schema }>>): Shown | null {
  const schema = Object.values(content)[0]?.schema
  return schema === undefined ? null : describe(schema)
}

const describe = (schema: Schema): Shown => ({ type: typeOf(schema), reference: nameOf(schema), fields: fieldsOf(schema) })

const nameOf = ({ $ref, items }: Schema): string | null => ($ref ?? items?.$ref)?.split('/').at(-1) ?? null

/** A schema in a few words. */
function typeOf(schema: Schema): string {
  const name = schema.$ref?.split('/').at(-1)
  if (name !== undefined) return name
  if (schema.const !== undefined) return JSON.stringify(schema.const)
  if (schema.enum !== undefined) return schema.enum.map((one: unknown) => JSON.stringify(one)).join(' | ')
  if (schema.anyOf !== undefined) return schema.anyOf.map(typeOf).join(' | ')
  if (schema.type === 'array') return `${typeOf(schema.items)}[]`
  return [schema.type ?? 'anything'].flat().join(' | ')
}

/** What an object holds, nested objects by paths such as `error.code` and `companies[].job_title`. */
function fieldsOf(schema: Schema, path = ''): Field[] {
  if (schema.anyOf !== undefined) return schema.anyOf.flatMap((one: Schema) => fieldsOf(one, path))
  if (schema.type === 'array') return fieldsOf(schema.items, `${path}[]`)
  return Object.entries((schema.properties ?? {}) as Record<string, Schema>).flatMap(([key, part]) => {
    const name = path === '' ? key : `${path}.${key}`
    const isRequired = (schema.required ?? []).includes(key)
    return [{ name, type: typeOf(part), isRequired, description: part.description ?? '' }, ...fieldsOf(part, name)]
  })
}
