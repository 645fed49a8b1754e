/**
 * The texts that are looked for in Salesforce's answers and written into contacts, by their numbers, behind those of
 * ../../assembly/texts.ts. What they say is in ../contact-texts.ts, which imports this list, too: it is AssemblyScript and TypeScript.
 */

// Members of objects, those of one kind of object side by side: a contact's or a lead's fields,
export const name = 25
export const title = 26
export const email = 27
export const phone = 28
export const mobilePhone = 29
export const homePhone = 30
export const otherPhone = 31
export const assistantPhone = 32
export const mailingCountry = 33
export const company = 34
export const website = 35
export const country = 36
// those of them that are no texts,
export const id = 37
export const account = 38
// an account's fields,
export const accountName = 39
export const accountWebsite = 40
// members of a query's or a search's answer,
export const records = 41
export const searchRecords = 42
export const done = 43
// of a batch's,
export const results = 44
// and of a part of that.
export const statusCode = 45
export const result = 46

/** What the ids of contacts and of leads begin with. */
export const contactPrefix = 47
export const leadPrefix = 48

// What is written.
export const contactPath = 49
export const leadPath = 50
export const view = 51
export const asHome = 52
export const asOther = 53
export const asAssistant = 54
export const asSalesforce = 55
