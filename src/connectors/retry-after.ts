/** How long a server asks to wait. @see https://www.rfc-editor.org/rfc/rfc9110#field.retry-after */
import type { HttpResponse } from './connector.ts'

/** A day: nobody's limit lasts longer, and nobody is told to come back in a hundred years. Seconds. */
const longest = 86_400

/** Whole seconds, a day at most, from a number or a date; undefined where it doesn't say, or where the time is over. */
export function retryAfter({ headers }: Pick<HttpResponse, 'headers'>): number | undefined {
  const value = headers['retry-after'] ?? ''
  const seconds = /^\d+(\.\d+)?$/.test(value) ? Number(value) : (Date.parse(value) - Date.now()) / 1000
  return seconds > 0 ? Math.min(Math.ceil(seconds), longest) : undefined
}
