/** What a CRM's server answered, as the wire hands it to a connector. */
import type { HttpResponse } from '../../src/connectors/connector.ts'

export function httpResponse(body = '', status = 200, headers: Readonly<Record<string, string>> = {}): HttpResponse {
  return { status, headers, bytes: Buffer.from(body), body }
}
