/** What assembly/ looks for in HubSpot's answers, and what it writes. */
import { contactJson } from '../../contact.ts'
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
  [Text.array]: '[',
  [Text.arrayEnd]: ']',
  [Text.comma]: ',',
  [Text.quote]: '"',
  [Text.space]: ' ',
  [Text.nothing]: 'null',
  [Text.contactBegin]: `${contactJson.begin}${idPrefix}`,
  [Text.name]: contactJson.name,
  [Text.companiesBegin]: contactJson.companies,
  [Text.companyName]: contactJson.companyName,
  [Text.companyJobTitle]: contactJson.jobTitle,
  [Text.companyEnd]: contactJson.companyEnd,
  [Text.phoneNumbers]: contactJson.phoneNumbers,
  [Text.phoneNumber]: contactJson.phoneNumber,
  [Text.emailAddresses]: contactJson.emailAddresses,
  [Text.emailAddress]: contactJson.emailAddress,
  [Text.urls]: contactJson.urls,
  [Text.url]: contactJson.url,
  [Text.contactEnd]: contactJson.end,
  [Text.asWork]: contactJson.described('work'),
  [Text.asMobile]: contactJson.described('mobile'),
  [Text.asWhatsApp]: contactJson.described('WhatsApp'),
  [Text.asEmail]: contactJson.described('email'),
  [Text.asHubSpot]: contactJson.described('HubSpot'),
  [Text.asWebsite]: contactJson.described('website'),
  [Text.asLinkedIn]: contactJson.described('LinkedIn'),
  [Text.asAdditional]: contactJson.described('additional'),
  [Text.https]: 'https://',
  [Text.slash]: '/',
}

/** The texts in the order of their numbers, which is that of an object's members when they are numbers. */
const inOrder: readonly string[] = Object.values(said)
export const texts = inOrder.map((text) => Buffer.from(text))
/** The properties that the mapping reads; the bridge asks for no other. */
export const contactProperties = inOrder.slice(Text.firstname, Text.countryCode + 1)
