// The scopes that the sandbox's account knows, in words for the consent page.

/** What each scope lets an app do. @see https://developers.hubspot.com/docs/apps/developer-platform/build-apps/authentication/scopes */
export const SCOPES: ReadonlyMap<string, string> = new Map([
  ['oauth', 'Know which account it is connected to'],
  ['crm.objects.contacts.read', 'See contacts: names, phone numbers, email addresses and what else is on their records'],
  ['crm.objects.contacts.write', 'Create, change and archive contacts, and log messages on their timelines'],
  ['crm.objects.companies.read', 'See companies'],
  ['crm.objects.companies.write', 'Create, change and archive companies'],
  ['crm.objects.owners.read', 'See which users own which records'],
  ['crm.schemas.contacts.read', 'See which properties contacts have'],
  ['crm.schemas.companies.read', 'See which properties companies have'],
  ['crm.lists.read', 'See lists of contacts'],
  ['sales-email-read', 'Read the content of emails'],
  ['timeline', 'Add its own events to timelines'],
  ['tickets', 'See and change tickets'],
])
