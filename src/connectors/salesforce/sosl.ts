/** SOSL in which whatever a person typed is data. @see https://developer.salesforce.com/docs/atlas.en-us.soql_sosl.meta/soql_sosl/sforce_api_calls_sosl_find.htm */

/** Every word as the beginning of a word; '' when nothing in the text can be searched for. One-letter words are left out. */
export function prefixTerm(text: string): string {
  return wordsOf(text)
    .filter((word) => searchable(word) >= 2)
    .map((word) => (operators.has(word.toLowerCase()) ? `"${word}"` : `${escapeReserved(word)}*`))
    .join(' AND ')
}

/** The words of a text in which there is anything to search for. */
export function wordsOf(text: string): string[] {
  return text
    .replace(/\p{Cc}+/gu, ' ')
    .split(/\s+/)
    .filter((word) => searchable(word) > 0)
}

/** Any of several phrases. */
export function anyPhrase(phrases: readonly string[]): string {
  return [...new Set(phrases)].map((phrase) => `"${escapeReserved(phrase)}"`).join(' OR ')
}

/** How many letters and digits a word has: the search looks at nothing else. */
const searchable = (word: string): number => (word.match(/[\p{L}\p{M}\p{N}]/gu) ?? []).length

const operators = new Set(['and', 'or', 'not'])

const escapeReserved = (text: string): string => text.replace(/[?&|!{}[\]()^~*:\\"'+-]/g, '\\$&')
