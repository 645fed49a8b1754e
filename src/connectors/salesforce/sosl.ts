/** SOSL in which whatever a person typed is data. @see https://developer.salesforce.com/docs/atlas.en-us.soql_sosl.meta/soql_sosl/sforce_api_calls_sosl_find.htm */

/** Every word as the beginning of a word; '' when none is long enough to be searched for. */
export function prefixTerm(text: string): string {
  return longWords(text)
    .map((word) => (operators.has(word.toLowerCase()) ? `"${word}"` : `${escapeReserved(word)}*`))
    .join(' AND ')
}

/** The words that are long enough for the search. */
export function longWords(text: string): string[] {
  return wordsOf(text).filter((word) => !isShort(word))
}

/** The pieces of a single letter or digit in words that are too short for the search, which wants two in a row. */
export function shortPieces(text: string): string[] {
  return wordsOf(text).filter(isShort).flatMap(piecesOf)
}

/** Words without the signs around them: a wildcard after a sign would begin a word. Beside letters and digits they hold ASCII's signs. */
function wordsOf(text: string): string[] {
  return text
    .split(/[^\p{L}\p{M}\p{N}\x21-\x7e]+/u)
    .map((word) => word.replace(/^[^\p{L}\p{M}\p{N}]+|[^\p{L}\p{M}\p{N}]+$/gu, ''))
    .filter((word) => word !== '')
}

/** Letters and digits in a row: the search looks at nothing else. */
const piecesOf = (word: string): string[] => word.match(/[\p{L}\p{M}\p{N}]+/gu) ?? []
/** Whether the search would refuse it: it wants two characters in a row. */
export const isShort = (word: string): boolean => piecesOf(word).every((piece) => [...piece].length < 2)

/** Any of several phrases. */
export function anyPhrase(phrases: readonly string[]): string {
  return [...new Set(phrases)].map((phrase) => `"${escapeReserved(phrase)}"`).join(' OR ')
}

const operators = new Set(['and', 'or', 'not'])

const escapeReserved = (text: string): string => text.replace(/[?&|!{}[\]()^~*:\\"'+-]/g, '\\$&')
