/**
 * The texts that are looked for in HubSpot's answers and written into contacts, by their numbers, behind those of ../../assembly/texts.ts.
 * What they say is in ../contact-texts.ts, which imports this list, too: it is AssemblyScript and TypeScript.
 */

// Members of objects, those of one kind of object side by side: a contact's properties,
export const firstname = 25
export const lastname = 26
export const email = 27
export const additionalEmails = 28
export const phone = 29
export const mobilePhone = 30
export const whatsAppPhone = 31
export const jobTitle = 32
export const company = 33
export const primaryCompany = 34
export const website = 35
export const linkedIn = 36
export const country = 37
export const countryCode = 38
// of an answer,
export const results = 39
export const paging = 40
export const total = 41
// of a contact,
export const id = 42
export const properties = 43
export const associations = 44
// of its associations,
export const companies = 45
// of its companies,
export const companyResults = 46
// and of one of them.
export const companyId = 47
export const companyType = 48

/** The type of the association with a primary company. */
export const primaryType = 49

// What is written.
export const space = 50
export const contactBegin = 51
export const asWhatsApp = 52
export const asHubSpot = 53
export const asLinkedIn = 54
export const asAdditional = 55
