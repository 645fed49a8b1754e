// The CRM object routes: the same for contacts and companies, under the dated path and under v3.

import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Access } from './access.ts'
import { batchError, idsIn, sendBatch } from './batch.ts'
import { HubSpotError, invalid, notFound } from './errors.ts'
import { bodyLength } from './json-body.ts'
import { afterOf, companiesIn, limitOf, namesIn, oneOf, propertiesIn, type Query, textOf } from './object-input.ts'
import {
  type ObjectRecord,
  type ObjectType,
  positionOf,
  publicObject,
  recordById,
  recordByUnique,
  shownProperties,
} from './object-type.ts'
import { addRecord, archiveRecord, type PropertyValues, updateRecord } from './records.ts'
import { createScan, type Scan } from './scan.ts'
import { readSearch } from './search.ts'

const BASES = ['/crm/objects/2026-03', '/crm/v3/objects']
const BATCH_LIMIT = 100

/** What the routes of one object type stand on. */
export interface ObjectRoutesOptions {
  readonly type: ObjectType
  readonly access: Access
  readonly portalId: number
  readonly now: () => number
  /** Reads what a create says beyond properties and companies, or throws; what it returns is done with the record. */
  readonly creating?: (values: PropertyValues, body: unknown) => (record: ObjectRecord) => void
}

/**
 * Adds list, read, create, update, archive, batch read and search of one object type.
 * @see https://developers.hubspot.com/docs/api-reference/crm-contacts-v3/guide
 */
export function addObjectRoutes(app: FastifyInstance, options: ObjectRoutesOptions): void {
  const scan = createScan(options.type)
  for (const base of BASES) {
    const path = `${base}/${options.type.name}`
    addReads(app, path, options)
    addSearch(app, path, scan, options)
    addWrites(app, path, options)
  }
}

function addReads(app: FastifyInstance, path: string, { type, access, portalId, now }: ObjectRoutesOptions): void {
  const guarded = { onRequest: access.guard({ scopes: [type.scopes.read] }) }

  app.get<{ Querystring: Query }>(path, guarded, async (request) => {
    const { query } = request
    const limit = limitOf(query)
    const from = type.ids.positionFrom(afterOf(query))
    const page = firstOf(query.archived === 'true' ? type.records.archived(from) : type.records.live(from), limit + 1)
    const next = page[limit]
    const shown = showing(type, portalId, request, namesIn(query.properties))
    return {
      results: page.slice(0, limit).map((record) => ({ ...shown(record), ...associationsOf(type, record, query) })),
      ...(next !== undefined && { paging: { next: { after: next.id, link: linkTo(request, next.id) } } }),
    }
  })

  app.get<{ Params: { id: string }; Querystring: Query }>(`${path}/:id`, guarded, async (request) => {
    const { query } = request
    const record = find(type, request.params.id, oneOf(query.idProperty), query.archived === 'true')
    if (record === undefined) throw notFound()
    const shown = showing(type, portalId, request, namesIn(query.properties))
    return { ...shown(record), ...associationsOf(type, record, query) }
  })

  app.post<{ Body: unknown; Querystring: Query }>(`${path}/batch/read`, guarded, async (request, reply) => {
    const ids = idsIn(request.body, BATCH_LIMIT)
    const { properties, idProperty } = request.body as { properties?: unknown; idProperty?: unknown }
    const unique = typeof idProperty === 'string' ? idProperty : undefined
    const asked = Array.isArray(properties) ? properties.map(textOf) : []
    const found = new Map(ids.map((id) => [id, find(type, id, unique, request.query.archived === 'true')]))
    const records = [...new Set(found.values())].filter((record) => record !== undefined)
    const missing = [...found].filter(([, record]) => record === undefined).map(([id]) => id)
    const errors = missing.length === 0 ? [] : [missingError(type, missing)]
    const results = records.map(showing(type, portalId, request, asked))
    return sendBatch(reply, now(), results, errors)
  })
}

function addSearch(app: FastifyInstance, path: string, scan: Scan, { type, access, portalId }: ObjectRoutesOptions): void {
  const guarded = { onRequest: access.guard({ scopes: [type.scopes.read], limit: 'search' }) }

  app.post<{ Body: unknown }>(`${path}/search`, guarded, async (request) => {
    const search = readSearch(type, request.body, bodyLength(request))
    const positions = await scan(search)
    const end = search.after + search.limit
    const page = positions.slice(search.after, end).map((position) => type.records.at(position) as ObjectRecord)
    return {
      total: positions.length,
      results: page.map(showing(type, portalId, request, search.properties)),
      ...(end < positions.length && search.limit > 0 && { paging: { next: { after: String(end) } } }),
    }
  })
}

function addWrites(
  app: FastifyInstance,
  path: string,
  { type, access, portalId, now, creating = () => () => {} }: ObjectRoutesOptions,
): void {
  const guarded = { onRequest: access.guard({ scopes: [type.scopes.write] }) }
  const everything = [...type.properties.keys()]

  app.post<{ Body: unknown }>(path, guarded, async (request, reply) => {
    const values = propertiesIn(request.body)
    refuseDuplicate(type, values, null)
    const done = creating(values, request.body)
    const record = addRecord(type, values, now(), companiesIn(request.body))
    done(record)
    return reply.code(201).send(showing(type, portalId, request, everything)(record))
  })

  app.patch<{ Params: { id: string }; Querystring: Query; Body: unknown }>(`${path}/:id`, guarded, async (request) => {
    const record = find(type, request.params.id, oneOf(request.query.idProperty), false)
    if (record === undefined) throw notFound()
    const values = propertiesIn(request.body)
    refuseDuplicate(type, values, record.id)
    const changed = updateRecord(type, record.id, values, now()) ?? record
    return showing(type, portalId, request, everything)(changed)
  })

  // Archiving what isn't there is no error in HubSpot.
  app.delete<{ Params: { id: string } }>(`${path}/:id`, guarded, async (request, reply) => {
    archiveRecord(type, request.params.id, now())
    return reply.code(204).send()
  })
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

function refuseDuplicate(type: ObjectType, values: PropertyValues, ownId: string | null): void {
  const { uniqueProperty } = type
  const value = uniqueProperty === null ? null : values[uniqueProperty]
  if (uniqueProperty === null || value === null || value === undefined || value === '') return
  const other = recordByUnique(type, uniqueProperty, value)
  if (other === undefined || other.id === ownId) return
  throw new HubSpotError(409, { message: `Contact already exists. Existing ID: ${other.id}`, category: 'CONFLICT' })
}

function missingError(type: ObjectType, ids: readonly string[]): object {
  const kind = type.singular.toUpperCase()
  return batchError({
    message: `Could not get some ${kind} objects, they may be deleted or not exist. Check that ids are valid.`,
    context: { ids },
  })
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

// How the records of one answer go out: each links to its page on the host that was asked.
function showing(
  type: ObjectType,
  portalId: number,
  request: FastifyRequest,
  asked: readonly string[],
): (record: ObjectRecord) => object {
  const pages = `${originOf(request)}/contacts/${portalId}/record/${type.typeId}`
  const names = shownProperties(type, asked)
  return (record) => publicObject(record, names, `${pages}/${record.id}`)
}

function linkTo(request: FastifyRequest, after: string): string {
  const url = new URL(request.url, originOf(request))
  url.searchParams.set('after', after)
  return url.href
}

function originOf(request: FastifyRequest): string {
  return `${request.protocol}://${request.host}`
}

function firstOf<T>(items: Iterable<T>, count: number): readonly T[] {
  const first: T[] = []
  for (const item of items) {
    if (first.push(item) === count) break
  }
  return first
}
