/** What assembly/ looks for in Salesforce's answers, and what it writes beside what all have in common. */
import { contactJson } from '../../contact.ts'
import { inOrder } from '../contact-texts.ts'
import * as Text from './assembly/texts.ts'

export const texts = inOrder({
  [Text.name]: 'Name',
  [Text.title]: 'Title',
  [Text.email]: 'Email',
  [Text.phone]: 'Phone',
  [Text.mobilePhone]: 'MobilePhone',
  [Text.homePhone]: 'HomePhone',
  [Text.otherPhone]: 'OtherPhone',
  [Text.assistantPhone]: 'AssistantPhone',
  [Text.mailingCountry]: 'MailingCountry',
  [Text.company]: 'Company',
  [Text.website]: 'Website',
  [Text.country]: 'Country',
  [Text.id]: 'Id',
  [Text.account]: 'Account',
  [Text.accountName]: 'Name',
  [Text.accountWebsite]: 'Website',
  [Text.records]: 'records',
  [Text.searchRecords]: 'searchRecords',
  [Text.done]: 'done',
  [Text.results]: 'results',
  [Text.statusCode]: 'statusCode',
  [Text.result]: 'result',
  [Text.contactPrefix]: '003',
  [Text.leadPrefix]: '00Q',
  [Text.contactPath]: 'Contact/',
  [Text.leadPath]: 'Lead/',
  [Text.view]: '/view',
  [Text.asHome]: contactJson.described('home'),
  [Text.asOther]: contactJson.described('other'),
  [Text.asAssistant]: contactJson.described('assistant'),
  [Text.asSalesforce]: contactJson.described('Salesforce'),
})
