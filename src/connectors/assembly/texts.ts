/**
 * The texts that every CRM's contacts are written with, by their numbers; a CRM's own come behind them. What they say is in
 * ../contact-texts.ts, which imports this list, too: it is AssemblyScript and TypeScript.
 */
export const array = 0
export const arrayEnd = 1
export const comma = 2
export const quote = 3
export const nothing = 4
export const contactBegin = 5
export const name = 6
export const companiesBegin = 7
export const companyName = 8
export const companyJobTitle = 9
export const companyEnd = 10
export const phoneNumbers = 11
export const phoneNumber = 12
export const emailAddresses = 13
export const emailAddress = 14
export const urls = 15
export const url = 16
export const contactEnd = 17
export const asWork = 18
export const asMobile = 19
export const asEmail = 20
export const asWebsite = 21
export const https = 22
export const slash = 23

/** Where the CRM's records open, with a slash at the end: other for each answer, empty where there can't be a link. */
export const link = 24
/** The number of a CRM's own first text. */
export const own = 25
