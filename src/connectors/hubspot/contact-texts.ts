/** What assembly/ looks for in HubSpot's answers, and what it writes. */
import { contactJson } from '../../contact.ts'
import { inOrder } from '../contact-texts.ts'
import * as Text from './assembly/texts.ts'

/** A contact_id of ours is HubSpot's own behind this: its ids are digits, and a look-up by digits alone means a WhatsApp number. */
export const idPrefix = 'hubspot-'

const said = {
  [Text.firstname]: 'firstname',
  [Text.lastname]: 'lastname',
  [Text.email]: 'email',
  [Text.additionalEmails]: 'hs_additional_emails',
  [Text.phone]: 'phone',
  [Text.mobilePhone]: 'mobilephone',
  [Text.whatsAppPhone]: 'hs_whatsapp_phone_number',
  [Text.jobTitle]: 'jobtitle',
  [Text.company]: 'company',
  [Text.primaryCompany]: 'associatedcompanyid',
  [Text.website]: 'website',
  [Text.linkedIn]: 'hs_linkedin_url',
  [Text.country]: 'country',
  [Text.countryCode]: 'hs_country_region_code',
  [Text.results]: 'results',
  [Text.paging]: 'paging',
  [Text.total]: 'total',
  [Text.id]: 'id',
  [Text.properties]: 'properties',
  [Text.associations]: 'associations',
  [Text.companies]: 'companies',
  [Text.companyResults]: 'results',
  [Text.companyId]: 'id',
  [Text.companyType]: 'type',
  [Text.primaryType]: 'contact_to_company',
  [Text.space]: ' ',
  [Text.contactBegin]: `${contactJson.begin}${idPrefix}`,
  [Text.asWhatsApp]: contactJson.described('WhatsApp'),
  [Text.asHubSpot]: contactJson.described('HubSpot'),
  [Text.asLinkedIn]: contactJson.described('LinkedIn'),
  [Text.asAdditional]: contactJson.described('additional'),
}

export const texts = inOrder(said)
/** The properties that the mapping reads; the bridge asks for no other. */
export const contactProperties = texts.slice(0, Text.countryCode - Text.firstname + 1)
