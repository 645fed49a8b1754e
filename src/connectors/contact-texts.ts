/** What assembly/ writes into the contacts of every CRM. */
import { contactJson } from '../contact.ts'
import * as Text from './assembly/texts.ts'

/** Texts in the order of their numbers, which is that of an object's members when they are numbers. */
export const inOrder = (said: Readonly<Record<number, string>>): readonly string[] => Object.values(said)

export const sharedTexts = inOrder({
  [Text.array]: '[',
  [Text.arrayEnd]: ']',
  [Text.comma]: ',',
  [Text.quote]: '"',
  [Text.nothing]: 'null',
  [Text.contactBegin]: contactJson.begin,
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
  [Text.asEmail]: contactJson.described('email'),
  [Text.asWebsite]: contactJson.described('website'),
  [Text.https]: 'https://',
  [Text.slash]: '/',
  [Text.link]: '',
})
