/**
 * Messages on HubSpot's timelines: one WhatsApp communication, associated with every contact and their companies. Apart from the rest, so
 * that the SDK's part for it is loaded only where messages are logged.
 * @see https://developers.hubspot.com/docs/api-reference/crm-communications-v3/guide
 */
import { BatchApiRequestFactory as ContactBatchRequests } from '@hubspot/api-client/lib/codegen/crm/contacts/apis/BatchApi.js'
import { createConfiguration as configureContacts } from '@hubspot/api-client/lib/codegen/crm/contacts/configuration.js'
import type { BatchResponseSimplePublicObject as Contacts } from '@hubspot/api-client/lib/codegen/crm/contacts/models/BatchResponseSimplePublicObject.js'
import { ServerConfiguration as ContactsServer } from '@hubspot/api-client/lib/codegen/crm/contacts/servers.js'
import { BasicApiRequestFactory as CommunicationRequests } from '@hubspot/api-client/lib/codegen/crm/objects/communications/apis/BasicApi.js'
import { SearchApiRequestFactory as CommunicationSearchRequests } from '@hubspot/api-client/lib/codegen/crm/objects/communications/apis/SearchApi.js'
import { createConfiguration as configureCommunications } from '@hubspot/api-client/lib/codegen/crm/objects/communications/configuration.js'
import { AssociationSpecAssociationCategoryEnum as Category } from '@hubspot/api-client/lib/codegen/crm/objects/communications/models/AssociationSpec.js'
import type { CollectionResponseWithTotalSimplePublicObject as Communications } from '@hubspot/api-client/lib/codegen/crm/objects/communications/models/CollectionResponseWithTotalSimplePublicObject.js'
import { FilterOperatorEnum as Operator } from '@hubspot/api-client/lib/codegen/crm/objects/communications/models/Filter.js'
import { ServerConfiguration as CommunicationsServer } from '@hubspot/api-client/lib/codegen/crm/objects/communications/servers.js'
import { BridgeError } from '../../errors.ts'
import type { Session, TimelineEntry } from '../connector.ts'
import { asker, readJson, withProtocolErrors } from './api.ts'
import { toRecordId } from './contact-writer.ts'
import { RecordNotFound } from './errors.ts'
import type { HubSpotPaths } from './paths.ts'

/** HubSpot's own association types. @see https://developers.hubspot.com/docs/api-reference/crm-associations-v4/guide */
const toContact = 81
const toCompany = 87
/** Entries of one second in one account are fewer. */
const largestSearch = 200

export function log(session: Session, entry: TimelineEntry, paths: HubSpotPaths): Promise<void> {
  return withProtocolErrors(async () => {
    const contactIds = entry.contactIds.map(toRecordId).filter((id) => id !== null)
    const companyIds = await primaryCompanies(session, contactIds, paths)
    const communication = requestsTo(session.apiUrl).communications.create({
      properties: {
        hs_communication_channel_type: 'WHATS_APP',
        hs_communication_logged_from: 'CRM',
        hs_communication_body: toHtml(`${entry.title}\n${entry.text}`),
        hs_timestamp: entry.sentAt.toISOString(),
      },
      associations: [...contactIds.map((id) => associated(id, toContact)), ...companyIds.map((id) => associated(id, toCompany))],
    })
    try {
      // What can't be read doesn't say that it was written.
      readJson(await asker(session, paths)(communication, 'api', { once: true }))
    } catch (error) {
      throw error instanceof RecordNotFound ? contactGone() : error
    }
  })
}

/** HubSpot's search doesn't know a record until some seconds after it was made. */
export function isLogged(session: Session, entry: TimelineEntry, paths: HubSpotPaths): Promise<boolean> {
  return withProtocolErrors(async () => {
    const filters = [
      { propertyName: 'hs_communication_channel_type', operator: Operator.Eq, value: 'WHATS_APP' },
      { propertyName: 'hs_timestamp', operator: Operator.Eq, value: String(entry.sentAt.getTime()) },
    ]
    const search = { filterGroups: [{ filters }], properties: ['hs_communication_body'], limit: largestSearch }
    const written = requestsTo(session.apiUrl).communicationSearch.doSearch(search)
    const { results }: Communications = readJson(await asker(session, paths)(written, 'search'))
    return results.some(({ properties }) => properties.hs_communication_body?.includes(entry.reference))
  })
}

/** The companies that the contacts belong to first of all. @throws {BridgeError} contact_not_found when a contact is gone */
async function primaryCompanies(session: Session, contactIds: readonly string[], paths: HubSpotPaths): Promise<string[]> {
  const inputs = contactIds.map((id) => ({ id }))
  const read = { inputs, properties: ['associatedcompanyid'], propertiesWithHistory: [] }
  const written = requestsTo(session.apiUrl).contactBatch.read(read)
  const { results }: Contacts = readJson(await asker(session, paths)(written, 'api'))
  if (contactIds.some((id) => !results.some((record) => record.id === id))) throw contactGone()
  return [...new Set(results.flatMap(({ properties }) => properties.associatedcompanyid || []))]
}

function requestsTo(apiUrl: string) {
  const configuration = configureCommunications({ baseServer: new CommunicationsServer(apiUrl, {}) })
  return {
    contactBatch: new ContactBatchRequests(configureContacts({ baseServer: new ContactsServer(apiUrl, {}) })),
    communications: new CommunicationRequests(configuration),
    communicationSearch: new CommunicationSearchRequests(configuration),
  }
}

function associated(id: string, associationTypeId: number) {
  return { to: { id }, types: [{ associationCategory: Category.HubspotDefined, associationTypeId }] }
}

function contactGone(): BridgeError {
  return new BridgeError('contact_not_found', 'A contact of this message is no longer in HubSpot.')
}

/** HubSpot shows the body as HTML: what a customer wrote is text in it. */
function toHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('\n', '<br>')
}
