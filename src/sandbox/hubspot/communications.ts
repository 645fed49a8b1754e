// HubSpot's communications: messages that apps log, on the timelines of the contacts and companies they are associated with.

import { mix } from '../data/random.ts'
import { RecordStore } from '../data/record-store.ts'
import { HubSpotError, invalid } from './errors.ts'
import { type IdScheme, iso, type ObjectRecord, type ObjectType, type PropertyKind, recordById } from './object-type.ts'
import type { PropertyValues } from './records.ts'

const properties = new Map<string, PropertyKind>([
  ['hs_communication_body', 'string'],
  ['hs_communication_channel_type', 'enumeration'],
  ['hs_communication_logged_from', 'enumeration'],
  ['hs_createdate', 'datetime'],
  ['hs_lastmodifieddate', 'datetime'],
  ['hs_object_id', 'number'],
  ['hs_timestamp', 'datetime'],
  ['hubspot_owner_id', 'number'],
])
const CHANNELS = ['WHATS_APP', 'LINKEDIN_MESSAGE', 'SMS']
const MAX_BODY = 65_536
/** Association types from a communication, and what they lead to. */
const TARGETS: ReadonlyMap<unknown, 'contacts' | 'companies'> = new Map([
  [81, 'contacts'],
  [87, 'companies'],
])

const communicationIds: IdScheme = {
  idAt: (position) => 31_000_000_017 + position * 40 + (mix(position, 0xc0) % 40),
  positionFrom(id) {
    const position = Math.max(0, Math.floor((id - 31_000_000_017) / 40))
    return communicationIds.idAt(position) < id ? position + 1 : position
  },
}

/** An entry of a timeline; `body` is HTML. */
export interface TimelineEntry {
  readonly id: string
  readonly at: string
  readonly channel: string
  readonly body: string
  readonly contacts: readonly string[]
  readonly companies: readonly string[]
}

export interface Communications {
  readonly type: ObjectType
  /** Reads a new one, or throws as HubSpot refuses it; what it returns links the record. */
  creating(values: PropertyValues, body: unknown): (record: ObjectRecord) => void
  /** Those of a contact or company, the oldest first; of all without an id. */
  timeline(id?: string): readonly TimelineEntry[]
}

/** @see https://developers.hubspot.com/docs/api-reference/crm-communications-v3/guide */
export function createCommunications(targets: Readonly<Record<'contacts' | 'companies', ObjectType>>): Communications {
  const links = new Map<string, Pick<TimelineEntry, 'contacts' | 'companies'>>()
  const records = new RecordStore<ObjectRecord>(0, () => {
    throw new RangeError('no communication is made up')
  })
  return {
    type: {
      name: 'communications',
      singular: 'communication',
      typeId: '0-18',
      scopes: { read: 'crm.objects.contacts.read', write: 'crm.objects.contacts.write' },
      properties,
      defaults: ['hs_createdate', 'hs_lastmodifieddate', 'hs_object_id'],
      always: ['hs_createdate', 'hs_lastmodifieddate', 'hs_object_id'],
      uniqueProperty: null,
      queried: ['hs_communication_body'],
      ids: communicationIds,
      records,
      positionsWith: () => null,
      create(position, given, _companies, now) {
        const id = String(communicationIds.idAt(position))
        return withSystem({ id, properties: given, createdAt: now, updatedAt: now, archivedAt: null, companies: [] })
      },
      change: (record, given, now) => withSystem({ ...record, properties: { ...record.properties, ...given }, updatedAt: now }),
    },
    creating(values, body) {
      checkValues(values)
      const linked = linksIn(body, targets)
      return ({ id }) => void links.set(id, linked)
    },
    timeline(id) {
      const entries = [...records.live()].map((record) => ({
        id: record.id,
        at: record.properties.hs_timestamp ?? '',
        channel: record.properties.hs_communication_channel_type ?? '',
        body: record.properties.hs_communication_body ?? '',
        contacts: links.get(record.id)?.contacts ?? [],
        companies: links.get(record.id)?.companies ?? [],
      }))
      return entries
        .filter(({ contacts, companies }) => id === undefined || contacts.includes(id) || companies.includes(id))
        .sort((a, b) => Date.parse(a.at) - Date.parse(b.at) || Number(a.id) - Number(b.id))
    },
  }
}

function checkValues(values: PropertyValues): void {
  const refuse = (name: string, message: string) =>
    invalid(`Property values were not valid: ${message}`, { propertyName: [name] })
  const { hs_timestamp: at, hs_communication_channel_type: channel, hs_communication_logged_from: from } = values
  if (!at || Number.isNaN(timeOf(at))) throw refuse('hs_timestamp', `${at} was not a valid long.`)
  if (!channel || !CHANNELS.includes(channel))
    throw refuse('hs_communication_channel_type', `${channel} was not one of the allowed options`)
  if (from !== 'CRM') throw refuse('hs_communication_logged_from', `${from} was not one of the allowed options`)
  if ((values.hs_communication_body ?? '').length > MAX_BODY) throw refuse('hs_communication_body', 'the value is too long')
}

function linksIn(body: unknown, targets: Readonly<Record<'contacts' | 'companies', ObjectType>>) {
  const linked: Record<'contacts' | 'companies', string[]> = { contacts: [], companies: [] }
  const { associations = [] } = (body ?? {}) as { associations?: unknown }
  if (!Array.isArray(associations)) throw invalid('Invalid input JSON: associations must be a list')
  for (const association of associations as { to?: { id?: unknown }; types?: unknown }[]) {
    const id = String(association?.to?.id ?? '')
    if (!Array.isArray(association?.types) || association.types.length === 0) throw invalid('an association needs types')
    for (const { associationCategory, associationTypeId } of association.types) {
      const target = TARGETS.get(associationTypeId)
      if (associationCategory !== 'HUBSPOT_DEFINED' || target === undefined)
        throw invalid(`${associationCategory} ${associationTypeId} is no association type from communications`)
      if (recordById(targets[target], id) === undefined)
        throw new HubSpotError(404, { message: `No ${target} with id ${id}`, category: 'OBJECT_NOT_FOUND' })
      linked[target].push(id)
    }
  }
  return linked
}

// Sent as ISO 8601 or as epoch milliseconds; kept and answered as the former.
function timeOf(text: string): number {
  return /^\d+$/.test(text) ? Number(text) : Date.parse(text)
}

function withSystem(record: ObjectRecord): ObjectRecord {
  return {
    ...record,
    properties: {
      ...record.properties,
      hs_timestamp: iso(timeOf(record.properties.hs_timestamp ?? '0')),
      hs_object_id: record.id,
      hs_createdate: iso(record.createdAt),
      hs_lastmodifieddate: iso(record.updatedAt),
    },
  }
}
