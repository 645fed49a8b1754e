// The CRM object routes: the same for contacts and companies, under the dated path and under v3.

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Access } from './access.ts'
import { HubSpotError, invalid, notFound } from './errors.ts'
import { bodyLength } from './json-body.ts'
import {
  type CompanyLink,
  iso,
  type ObjectRecord,
  type ObjectType,
  positionOf,
  publicObject,
  recordById,
  recordByUnique,
} from './object-type.ts'
import { createScan } from './scan.ts'
import { readSearch } from './search.ts'

const BASES = ['/crm/objects/2026-03', '/crm/v3/objects']
const LIST_LIMIT = 100
const BATCH_LIMIT = 100

type Query = Readonly<Record<string, string | readonly string[] | undefined>>

/** What the routes of one object type stand on. */
export interface ObjectRoutesOptions {
  readonly type: ObjectType
  readonly access: Access
  readonly portalId: number
  readonly now: () => number
}

/**
 * Adds list, read, create, update, archive, batch read and search of one object type.
 * @see https://developers.hubspot.com/docs/api-reference/crm-contacts-v3/guide
 */
export function addObjectRoutes(app: FastifyInstance, { type, access, portalId, now }: ObjectRoutesOptions): void {
  const scan = createScan(type)
  const toRead = { onRequest: access.guard({ scopes: [type.scopes.read] }) }
  const toWrite = { onRequest: access.guard({ scopes: [type.scopes.write] }) }
  const toSearch = { onRequest: access.guard({ scopes: [type.scopes.read], limit: 'search' }) }
  const shown = (request: FastifyRequest, record: ObjectRecord, asked: readonly string[]) =>
    publicObject(type, record, asked, ({ id }) => `${originOf(request)}/contacts/${portalId}/record/${type.typeId}/${id}`)

  for (const base of BASES) {
    const path = `${base}/${type.name}`

    app.get<{ Querystring: Query }>(path, toRead, async (request) => {
      const { query } = request
      const limit = limitOf(query)
      const from = type.ids.positionFrom(afterOf(query))
      const records = query.archived === 'true' ? type.records.archived(from) : type.records.live(from)
      const page = firstOf(records, limit + 1)
      const next = page[limit]
      return {
        results: page
          .slice(0, limit)
          .map((record) => ({ ...shown(request, record, namesIn(query.properties)), ...associationsOf(type, record, query) })),
        ...(next !== undefined && { paging: { next: { after: next.id, link: linkTo(request, next.id) } } }),
      }
    })

    app.get<{ Params: { id: string }; Querystring: Query }>(`${path}/:id`, toRead, async (request) => {
      const { query } = request
      const record = find(type, request.params.id, oneOf(query.idProperty), query.archived === 'true')
      if (record === undefined) throw notFound()
      return { ...shown(request, record, namesIn(query.properties)), ...associationsOf(type, record, query) }
    })

    app.post<{ Body: unknown }>(path, toWrite, async (request, reply) => {
      const given = propertiesIn(type, request.body)
      refuseDuplicate(type, given, null)
      const record = type.records.add((position) => type.create(position, given, companiesIn(request.body), now()))
      return reply.code(201).send(shown(request, record, [...type.properties.keys()]))
    })

    app.patch<{ Params: { id: string }; Querystring: Query; Body: unknown }>(`${path}/:id`, toWrite, async (request) => {
      const record = find(type, request.params.id, oneOf(request.query.idProperty), false)
      if (record === undefined) throw notFound()
      const given = propertiesIn(type, request.body)
      refuseDuplicate(type, given, record.id)
      const changed = type.change(record, given, now())
      type.records.replace(positionOf(type, record.id) as number, changed)
      return shown(request, changed, [...type.properties.keys()])
    })

    // Archiving what isn't there is no error in HubSpot.
    app.delete<{ Params: { id: string } }>(`${path}/:id`, toWrite, async (request, reply) => {
      archive(type, request.params.id, now())
      return reply.code(204).send()
    })

    app.post<{ Body: unknown; Querystring: Query }>(`${path}/batch/read`, toRead, async (request, reply) => {
      const { ids, asked, idProperty } = batchIn(request.body)
      const startedAt = iso(now())
      const found = new Map(ids.map((id) => [id, find(type, id, idProperty, request.query.archived === 'true')]))
      const results = [...new Set(found.values())]
        .filter((record) => record !== undefined)
        .map((record) => shown(request, record, asked))
      const missing = [...found].filter(([, record]) => record === undefined).map(([id]) => id)
      return sendBatch(
        reply,
        { results, startedAt, completedAt: iso(now()) },
        missing.length === 0 ? [] : [missingError(type, missing)],
      )
    })

    app.post<{ Body: unknown }>(`${path}/search`, toSearch, async (request) => {
      const search = readSearch(type, request.body, bodyLength(request))
      const positions = await scan(search)
      const end = search.after + search.limit
      const page = positions.slice(search.after, end).map((position) => type.records.at(position) as ObjectRecord)
      return {
        total: positions.length,
        results: page.map((record) => shown(request, record, search.properties)),
        ...(end < positions.length && search.limit > 0 && { paging: { next: { after: String(end) } } }),
      }
    })
  }
}

/** Archives a record; false when there is none. */
export function archive(type: ObjectType, id: string, now: number): boolean {
  const position = positionOf(type, id)
  return position !== undefined && type.records.archive(position, (record) => ({ ...record, archivedAt: now }))
}

/** The answer to a batch: 207 as soon as one input failed. */
export function sendBatch(
  reply: FastifyReply,
  batch: { readonly results: readonly unknown[]; readonly startedAt: string; readonly completedAt: string },
  errors: readonly object[],
): FastifyReply {
  if (errors.length === 0) return reply.send({ status: 'COMPLETE', ...batch })
  return reply.code(207).send({ status: 'COMPLETE', ...batch, numErrors: errors.length, errors })
}

function missingError(type: ObjectType, ids: readonly string[]): object {
  return {
    status: 'error',
    category: 'OBJECT_NOT_FOUND',
    message: `Could not get some ${type.singular.toUpperCase()} objects, they may be deleted or not exist. Check that ids are valid.`,
    context: { ids },
    errors: [],
    links: {},
  }
}

function find(type: ObjectType, id: string, idProperty: string | undefined, archived: boolean): ObjectRecord | undefined {
  if (idProperty !== undefined && idProperty !== 'hs_object_id') {
    if (idProperty !== type.uniqueProperty) throw invalid(`Property ${idProperty} is not unique for ${type.name}`)
    return recordByUnique(type, idProperty, id)
  }
  if (!archived) return recordById(type, id)
  const position = positionOf(type, id)
  return position === undefined ? undefined : type.records.archivedAt(position)
}

// A primary company comes twice, once for each of its association types; a contact without companies has no `associations` at all.
function associationsOf(type: ObjectType, record: ObjectRecord, query: Query): object {
  const asked = namesIn(query.associations)
  if (type.name !== 'contacts' || record.companies.length === 0) return {}
  if (!asked.some((name) => ['companies', 'company', '0-2'].includes(name.toLowerCase()))) return {}
  const results = record.companies.flatMap(({ id, primary }) => [
    ...(primary ? [{ id, type: 'contact_to_company' }] : []),
    { id, type: 'contact_to_company_unlabeled' },
  ])
  return { associations: { companies: { results } } }
}

function firstOf<T>(items: Iterable<T>, count: number): readonly T[] {
  const first: T[] = []
  for (const item of items) {
    if (first.push(item) === count) break
  }
  return first
}

function limitOf(query: Query): number {
  const asked = oneOf(query.limit) ?? '10'
  const limit = /^\d+$/.test(asked) ? Number(asked) : 0
  if (limit < 1 || limit > LIST_LIMIT) throw invalid(`limit must be a whole number from 1 to ${LIST_LIMIT}, not ${asked}.`)
  return limit
}

function afterOf(query: Query): number {
  const after = oneOf(query.after) ?? '0'
  if (!/^\d{1,15}$/.test(after)) throw invalid('after is not a valid paging cursor.')
  return Number(after)
}

function batchIn(body: unknown): { ids: readonly string[]; asked: readonly string[]; idProperty: string | undefined } {
  const { inputs, properties, idProperty } = (body ?? {}) as { inputs?: unknown; properties?: unknown; idProperty?: unknown }
  if (!Array.isArray(inputs)) throw invalid('Invalid input JSON: inputs must be a list')
  if (inputs.length > BATCH_LIMIT) throw invalid(`inputs may have at most ${BATCH_LIMIT} entries, not ${inputs.length}.`)
  return {
    ids: inputs.map((input: { id?: unknown } | null) => String(input?.id ?? '')),
    asked: Array.isArray(properties) ? properties.map(String) : [],
    idProperty: typeof idProperty === 'string' ? idProperty : undefined,
  }
}

function propertiesIn(type: ObjectType, body: unknown): Readonly<Record<string, string | null>> {
  const { properties } = (body ?? {}) as { properties?: unknown }
  if (typeof properties !== 'object' || properties === null) throw invalid('Invalid input JSON: properties must be an object')
  return checkedProperties(type, properties as Record<string, unknown>)
}

/** Properties as they are stored; throws VALIDATION_ERROR for a name that this type doesn't have. */
export function checkedProperties(
  type: ObjectType,
  given: Readonly<Record<string, unknown>>,
): Readonly<Record<string, string | null>> {
  for (const name of Object.keys(given)) {
    if (!type.properties.has(name))
      throw invalid(`Property values were not valid: Property "${name}" does not exist`, { propertyName: [name] })
  }
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => [name, value === null || value === '' ? null : String(value)]),
  )
}

function refuseDuplicate(type: ObjectType, given: Readonly<Record<string, string | null>>, ownId: string | null): void {
  const { uniqueProperty } = type
  const value = uniqueProperty === null ? null : given[uniqueProperty]
  if (uniqueProperty === null || value === null || value === undefined) return
  const other = recordByUnique(type, uniqueProperty, value)
  if (other === undefined || other.id === ownId) return
  throw new HubSpotError(409, { message: `Contact already exists. Existing ID: ${other.id}`, category: 'CONFLICT' })
}

function companiesIn(body: unknown): readonly CompanyLink[] {
  const { associations } = (body ?? {}) as { associations?: unknown }
  if (!Array.isArray(associations)) return []
  return associations.flatMap((association: { to?: { id?: unknown }; types?: readonly { associationTypeId?: unknown }[] }) => {
    const types = (association.types ?? []).map(({ associationTypeId }) => associationTypeId)
    if (!types.includes(1) && !types.includes(279)) return []
    return [{ id: String(association.to?.id), primary: types.includes(1) }]
  })
}

function linkTo(request: FastifyRequest, after: string): string {
  const url = new URL(request.url, originOf(request))
  url.searchParams.set('after', after)
  return url.href
}

function originOf(request: FastifyRequest): string {
  return `${request.protocol}://${request.host}`
}

function oneOf(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === 'object' ? value[0] : value
}

// HubSpot takes both `a,b` and the key repeated.
function namesIn(value: string | readonly string[] | undefined): readonly string[] {
  if (value === undefined) return []
  return [value]
    .flat()
    .flatMap((names) => names.split(','))
    .map((name) => name.trim())
    .filter((name) => name !== '')
}
