/**
 * The texts that are looked for in answers and written into contacts, by their numbers. What they say is in ../contact-texts.ts, which
 * imports this list, too: it is AssemblyScript and TypeScript.
 */

// Members of objects, those of one kind of object side by side: a contact's properties,
export const firstname = 0
export const lastname = 1
export const email = 2
export const additionalEmails = 3
export const phone = 4
export const mobilePhone = 5
export const whatsAppPhone = 6
export const jobTitle = 7
export const company = 8
export const primaryCompany = 9
export const website = 10
export const linkedIn = 11
export const country = 12
export const countryCode = 13
// of an answer,
export const results = 14
export const paging = 15
export const total = 16
// of a contact,
export const id = 17
export const properties = 18
export const associations = 19
// of its associations,
export const companies = 20
// of its companies,
export const companyResults = 21
// and of one of them.
export const companyId = 22
export const companyType = 23

/** The type of the association with a primary company. */
export const primaryType = 24

// What is written.
export const array = 25
export const arrayEnd = 26
export const comma = 27
export const quote = 28
export const space = 29
export const nothing = 30
export const contactBegin = 31
export const name = 32
export const companiesBegin = 33
export const companyName = 34
export const companyJobTitle = 35
export const companyEnd = 36
export const phoneNumbers = 37
export const phoneNumber = 38
export const emailAddresses = 39
export const emailAddress = 40
export const urls = 41
export const url = 42
export const contactEnd = 43
export const asWork = 44
export const asMobile = 45
export const asWhatsApp = 46
export const asEmail = 47
export const asHubSpot = 48
export const asWebsite = 49
export const asLinkedIn = 50
export const asAdditional = 51
export const https = 52
export const slash = 53

/** What stands before a contact's id in the link to it: other for each page, empty where there can't be one. */
export const link = 54
export const count = 55
