/** Whether an address answers: one plain request, without anything that opens a door. */
import { get as getPlain, type IncomingMessage } from 'node:http'
import { get as getSecure } from 'node:https'
import type { TLSSocket } from 'node:tls'

export type Reached = {
  readonly status: number
  /** Milliseconds to the whole answer, connecting included. */
  readonly took: number
  /** The version of TLS, such as `TLSv1.3`; null on plain http. */
  readonly tls: string | null
  /** Milliseconds by which the other clock is ahead of this machine's, to about a second; null where it doesn't tell. */
  readonly clockAhead: number | null
  /** The beginning of the answer. */
  readonly body: string
}
export type Unreachable = { readonly trouble: string }

/** Milliseconds. */
const patience = 8_000
const longestBody = 10_000

export async function reach(url: string): Promise<Reached | Unreachable> {
  const sent = Date.now()
  const begun = performance.now()
  try {
    const response = await request(url)
    const { encrypted } = response.socket as { encrypted?: boolean }
    const tls = encrypted ? (response.socket as TLSSocket).getProtocol() : null
    let body = ''
    for await (const chunk of response.setEncoding('utf8')) {
      body += chunk
      if (body.length > longestBody) break
    }
    const took = performance.now() - begun
    return {
      status: response.statusCode ?? 0,
      took: Math.round(took),
      tls,
      clockAhead: readClock(response.headers.date, sent + took / 2),
      body: body.slice(0, longestBody),
    }
  } catch (error) {
    return { trouble: explained(error) }
  }
}

function request(url: string): Promise<IncomingMessage> {
  const get = url.startsWith('https:') ? getSecure : getPlain
  const headers = { 'user-agent': 'crm-bridge doctor', accept: '*/*' }
  return new Promise((resolve, reject) => {
    get(url, { headers, agent: false, signal: AbortSignal.timeout(patience) }, resolve).once('error', reject)
  })
}

/** The Date header has whole seconds: on average half a one has passed. @see https://www.rfc-editor.org/rfc/rfc9110#field.date */
function readClock(date: string | undefined, now: number): number | null {
  const told = Date.parse(date ?? '')
  return Number.isNaN(told) ? null : told + 500 - now
}

const reasons: Readonly<Record<string, string>> = {
  ENOTFOUND: 'its name isn’t known here: look at DNS',
  EAI_AGAIN: 'its name can’t be looked up: look at DNS',
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'it hangs up',
  EHOSTUNREACH: 'there is no way there: look at the network',
  ENETUNREACH: 'there is no way there: look at the network',
  ETIMEDOUT: 'it doesn’t answer: look at the firewall',
  ABORT_ERR: `it doesn’t answer within ${patience / 1000} s: look at the firewall`,
  EPROTO: 'it doesn’t speak TLS there',
}

function explained(error: unknown): string {
  // A host with several addresses fails with one error for each.
  const first = error instanceof AggregateError ? error.errors[0] : error
  const code = first instanceof Error && 'code' in first ? String(first.code) : ''
  if (reasons[code] !== undefined) return reasons[code]
  if (/CERT|SIGNATURE|ERR_TLS/.test(code))
    return `its certificate isn’t trusted (${code}): where a proxy opens TLS, name its authority in NODE_EXTRA_CA_CERTS`
  return code === '' ? 'it can’t be asked' : `it can’t be asked (${code})`
}
