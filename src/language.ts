/** The languages that people are spoken to in. */
export const languages = ['en', 'de'] as const
export type Language = (typeof languages)[number]
/** The same in each language. */
export type Words = Readonly<Record<Language, string>>
