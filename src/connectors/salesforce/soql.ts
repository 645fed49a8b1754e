/** SOQL in which whatever a person typed is data. @see https://developer.salesforce.com/docs/atlas.en-us.soql_sosl.meta/soql_sosl/sforce_api_calls_soql_select_quotedstringescapes.htm */

/** A quoted string. Control characters can't be part of a name or a number, so they go. */
export function quote(text: string): string {
  return `'${withoutControls(text).replace(/[\\']/g, '\\$&')}'`
}

/** A quoted pattern for LIKE that begins with `text`, whose own wildcards are data. */
export function quotePrefix(text: string): string {
  return `'${withoutControls(text).replace(/[\\']/g, '\\$&').replace(/[%_]/g, '\\$&')}%'`
}

/** `(field IN ('a','b') OR …)` */
export function anyField(fields: readonly string[], values: readonly string[]): string {
  const list = values.map(quote).join(',')
  return `(${fields.map((field) => `${field} IN (${list})`).join(' OR ')})`
}

function withoutControls(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ')
}
