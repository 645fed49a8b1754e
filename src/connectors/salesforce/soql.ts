/** SOQL in which whatever a person typed is data. @see https://developer.salesforce.com/docs/atlas.en-us.soql_sosl.meta/soql_sosl/sforce_api_calls_soql_select_quotedstringescapes.htm */

/** A quoted string. Control characters and line ends can't be part of a name or a number, so they go. */
export function quote(text: string): string {
  return `'${withoutControls(text).replace(/[\\']/g, '\\$&')}'`
}

/** A quoted pattern for LIKE that begins with `text`, whose own wildcards are data. */
export function quotePrefix(text: string): string {
  return `'${withoutControls(text).replace(/[\\']/g, '\\$&').replace(/[%_]/g, '\\$&')}%'`
}

/**
 * Quoted patterns for LIKE that digits in a row match however a person grouped them: anything may stand between any two. In a few digits
 * that would be nearly every number, so those may be apart in one place only.
 */
export function digitPatterns(digits: string): string[] {
  if (digits.length > 5 || digits.length < 2) return [`'%${[...digits].join('%')}%'`]
  return Array.from({ length: digits.length - 1 }, (_, at) => `'%${digits.slice(0, at + 1)}%${digits.slice(at + 1)}%'`)
}

/** `(field IN ('a','b') OR …)` */
export function anyField(fields: readonly string[], values: readonly string[]): string {
  const list = values.map(quote).join(',')
  return `(${fields.map((field) => `${field} IN (${list})`).join(' OR ')})`
}

/** `(field LIKE 'pattern' OR …)`, for patterns that are quoted already */
export function anyLike(fields: readonly string[], patterns: readonly string[]): string {
  return `(${fields.flatMap((field) => patterns.map((pattern) => `${field} LIKE ${pattern}`)).join(' OR ')})`
}

function withoutControls(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
}
