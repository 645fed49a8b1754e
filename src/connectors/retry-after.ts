/** How long a server asks to wait. @see https://www.rfc-editor.org/rfc/rfc9110#field.retry-after */
import type { HttpResponse } from './connector.ts'

/** Whole seconds, from a number or a date; undefined where it doesn't say, or where the time is over. */
export function retryAfter({ headers }: Pick<HttpResponse, 'headers'>): number | undefined {
  const value = headers['retry-after'] ?? ''
  const seconds = /^\d+(\.\d+)?$/.test(value) ? Number(value) : (Date.parse(value) - Date.now()) / 1000
  return Number.isFinite(seconds) && seconds > 0 ? Math.ceil(seconds) : undefined
}
