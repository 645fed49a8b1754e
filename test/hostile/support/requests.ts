/** Requests to every route of an app: with good credentials and bad ones, and anything in any of their parts. */
import { METHODS } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import type { HostileBridge } from './hostile-bridge.ts'
import { inHeader, inUrl, jsonBody, mark, pairs, sometimes, webhookBody } from './values.ts'
import type { Route, Watched } from './watch.ts'

export interface Asked {
  readonly method: string
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly payload?: string | Buffer
}

export interface Answer {
  readonly status: number
  /** By their names in lower case. */
  readonly headers: Readonly<Record<string, readonly string[]>>
  readonly body: string
}

/** A question, its answer, the route that gave it, and what was logged meanwhile. */
export interface Exchange {
  readonly asked: Asked
  readonly answer: Answer
  readonly route: Route | undefined
  readonly log: string
}

let callers = 0
/** Another address each time: how many questions one address may ask is another matter. */
export function newAddress(): string {
  callers += 1
  return `10.${(callers >> 16) & 255}.${(callers >> 8) & 255}.${callers & 255}`
}

/**
 * Whether the answer is that the bridge has too much to do: a machine that is busy with other things is the reason, not the question.
 * Whoever gets it asks again.
 */
export const isTooBusy = ({ status, headers, body }: Answer): boolean =>
  status === 503 && (body === '' ? headers['retry-after']?.[0] === '2' : body.includes('too much to do'))

export async function exchange(
  { app, watched }: Pick<HostileBridge, 'app' | 'watched'>,
  asked: Asked,
  remoteAddress = newAddress(),
): Promise<Exchange> {
  const { method, url, headers = {}, payload } = asked
  const sent = payload === undefined ? {} : { payload }
  for (let attempt = 1; ; attempt += 1) {
    const injected = await app.inject({ method: method as 'GET', url, headers: { ...headers }, remoteAddress, ...sent })
    const given = Object.entries(injected.headers).map(([name, value]) => [name.toLowerCase(), [value ?? ''].flat().map(String)])
    const body = decode(injected.rawPayload, injected.headers['content-encoding'])
    const answer = { status: injected.statusCode, headers: Object.fromEntries(given), body }
    if (!isTooBusy(answer) || attempt === 50) return toExchange(asked, answer, watched)
    await sleep(100)
  }
}

function decode(bytes: Buffer, encoding: unknown): string {
  if (bytes.length === 0 || encoding === undefined) return bytes.toString()
  return (encoding === 'br' ? brotliDecompressSync(bytes) : gunzipSync(bytes)).toString()
}

export function toExchange(asked: Asked, answer: Answer, watched: Watched): Exchange {
  return { asked, answer, route: watched.routeOf(answer.headers['x-request-id']?.[0] ?? ''), log: watched.takeLog() }
}

export const asForm = (url: string, fields: Record<string, string>, headers: Record<string, string> = {}): Asked => ({
  method: 'POST',
  url,
  headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
  payload: new URLSearchParams(fields).toString(),
})

/** The headers with which the bridge lets one in, as an inbox, an operator's program, or the browsers of both. */
export function goodHeaders({ credentials, cookiePrefix }: HostileBridge, { url }: Pick<Route, 'url'>): Record<string, string> {
  const { key, adminToken, consented, offered, operator } = credentials
  const cookies = Object.entries({ consented, offered, operator }).map(
    ([name, value]) => `${cookiePrefix}crm-bridge-${name}=${value}`,
  )
  return {
    authorization: `Bearer ${url.startsWith('/admin/') ? adminToken : key}`,
    cookie: cookies.join('; '),
  }
}

/** Any request to any of these routes: anything in some of its parts, the others as they should be. */
export function requests(bridge: HostileBridge, routes: readonly Route[] = bridge.watched.routes): fc.Arbitrary<Asked> {
  const fields = goodFields(bridge)
  const parameters = goodParameters(bridge)
  const query = fc.oneof({ weight: 3, arbitrary: pairs(fields) }, fc.constant(''))
  const badHeaders = headersOf(bridge)
  return fc.constantFrom(...routes).chain((route) => {
    const takesBody = !/GET|HEAD/.test(route.method)
    const method = fc.oneof({ weight: 12, arbitrary: fc.constant(route.method) }, fc.constantFrom(...methods))
    const body = sometimes(takesBody ? 95 : 10, bodiesFor(route, fields))
    return fc
      .record({ method, path: pathOf(route, parameters), query, isKnown: fc.nat(9), headers: badHeaders, body })
      .map(({ method, path, query, isKnown, headers, body }) => ({
        method,
        url: query === '' ? path : `${path}?${query}`,
        headers: { ...body?.headers, ...headers, ...(isKnown > 2 && goodHeaders(bridge, route)) },
        ...(body && { payload: body.payload }),
      }))
  })
}

/** What an injected request may be; CONNECT is a socket's matter. */
const methods = METHODS.filter((name) => name !== 'CONNECT')

/** What the routes read, by name, with values that are good. */
function goodFields({ credentials, people }: HostileBridge): Record<string, readonly string[]> {
  const { pageToken, adminToken, form } = credentials
  return {
    search: ['', ...people.filter((_, nth) => nth % 12 === 0)],
    limit: ['1', '20', '500'],
    next_page_param: [pageToken],
    page: [pageToken],
    cursor: [],
    offset: ['0'],
    state: [],
    code: [],
    error: ['access_denied', 'server_error'],
    error_description: [],
    token: [adminToken],
    form: [form],
    name: ['Made by a test'],
    crm: ['hubspot', ''],
    region: ['DE', ''],
    login: ['production', 'own'],
    domain: ['acme.my.salesforce.com'],
    on: ['yes', 'no'],
    exclude: ['database'],
  }
}

/** What stands for a parameter of a route's path. */
function goodParameters({ credentials, spareInboxes, people, sandbox }: HostileBridge): Record<string, readonly string[]> {
  const contactIds = [...sandbox.contacts].slice(0, 3).map(({ id }) => `hubspot-${id}`)
  const numbers = people.filter((text) => /^\d+$/.test(text)).slice(0, 6)
  return {
    key: [credentials.key],
    ticket: [credentials.ticket],
    crm: ['hubspot', 'salesforce', 'zoho'],
    id: [...contactIds, ...numbers, ...spareInboxes, 'Twin'],
  }
}

function pathOf({ url }: Route, good: Record<string, readonly string[]>): fc.Arbitrary<string> {
  const segment = (text: string): fc.Arbitrary<string> => {
    if (!text.startsWith(':')) return fc.constant(text)
    const known = fc.constantFrom(...(good[text.slice(1)] ?? ['1'])).map(encodeURIComponent)
    const length = fc.constantFrom('', mark.repeat(100), mark.repeat(101))
    return fc.oneof({ weight: 8, arbitrary: known }, { weight: 4, arbitrary: inUrl(30) }, length)
  }
  const end = fc.oneof({ weight: 9, arbitrary: fc.constantFrom('', '', '/') }, fc.constantFrom('//', ';', '%2f', '/.', '?'))
  return fc.tuple(fc.tuple(...url.split('/').map(segment)), end).map(([parts, rest]) => (parts.join('/') || '/') + rest)
}

/** The headers that the bridge reads, some that proxies and libraries read, and in each of them anything. */
function headersOf({ credentials, cookiePrefix }: HostileBridge): fc.Arbitrary<Record<string, string>> {
  const { key, adminToken, consented, pageToken } = credentials
  const text = inHeader()
  const authorization = fc.oneof(
    fc.constantFrom(`Bearer ${key}`, `Bearer ${adminToken}`, `Basic ${Buffer.from(`${key}:`).toString('base64')}`),
    text,
    fc.tuple(fc.constantFrom('Bearer', 'Token', 'Digest'), text).map((parts) => parts.join(' ')),
    text.map((value) => `Basic ${Buffer.from(value).toString('base64')}`),
  )
  const cookieName = fc.constantFrom(
    'consented',
    'offered',
    'operator',
    'hubspot-state',
    'hubspot-verifier',
    'salesforce-state',
    'ticket',
  )
  const named = fc.tuple(cookieName, fc.oneof(text, fc.constantFrom(consented, pageToken, '%', '%ff', '"')))
  const cookie = fc.oneof(
    { weight: 3, arbitrary: named.map(([name, value]) => `${cookiePrefix}crm-bridge-${name}=${value}`) },
    text,
    fc.constantFrom('a=1; '.repeat(2_000), `__proto__=${mark}; crm-bridge-operator=1; crm-bridge-operator=2`),
  )
  const rarely = (value: fc.Arbitrary<string> = text) => sometimes(20, value)
  const either = (...values: string[]) => fc.oneof(text, fc.constantFrom(...values))
  return fc
    .record({
      authorization: sometimes(60, authorization),
      cookie: sometimes(60, cookie),
      'x-inbox-key': sometimes(10, either(key)),
      'if-none-match': rarely(either('*', ','.repeat(5_000), 'W/""')),
      'accept-encoding': rarely(either('br', 'gzip', '*;q=0', 'br;q=1e999, gzip;q=-1', ';;q=,br;;,')),
      host: rarely(either('', 'localhost', '[::1', `${mark}.example:99999`, 'a:b@c')),
      forwarded: rarely(either(`for=127.0.0.1;host=${mark}.example;proto=https`)),
      'x-forwarded-for': rarely(either('127.0.0.1', '1, 2, 3', ',,,')),
      'x-forwarded-host': rarely(either(`${mark}.example`)),
      'x-forwarded-proto': rarely(either('https', 'javascript')),
      'x-request-id': rarely(),
      'accept-language': rarely(either('de', 'de-AT,en;q=0.5', 'en;q=0,de;q=1e999')),
      'accept-version': rarely(),
      accept: rarely(),
      origin: rarely(),
      referer: rarely(),
      'sec-fetch-site': rarely(either('cross-site', 'same-site', 'same-origin', 'none')),
      'x-http-method-override': rarely(either('DELETE')),
      'content-length': sometimes(3, fc.constantFrom('0', '1', '10000000', '-1', 'x', '9'.repeat(30))),
      'content-type': sometimes(8, either('application/json', 'application/x-www-form-urlencoded', 'text/html', '')),
    })
    .map((all) => Object.fromEntries(Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined)))
}

type Body = { readonly headers: Record<string, string>; readonly payload: string | Buffer }
const typed = (contentType: string) => (payload: string | Buffer) => ({ headers: { 'content-type': contentType }, payload })
const form = typed('application/x-www-form-urlencoded')
const json = typed('application/json')

/** What programs send, by how the path ends to which they send it. */
const jsonBodies: readonly [end: string, bodies: fc.Arbitrary<string>[]][] = [
  ['/webhook', [webhookBody]],
  ['/log-messages', [jsonBody({ on: true })]],
  ['', [jsonBody({ name: 'Made by a test', region: 'DE' }), jsonBody({ name: 'Made by a test', crm: 'hubspot', region: 'DE' })]],
]

function bodiesFor({ reader, url }: Route, fields: Record<string, readonly string[]>): fc.Arbitrary<Body> {
  const forms = pairs(fields)
  // With the token of the operator's forms in front, so that what follows is looked at.
  const signedForms = forms.map((text) => `form=${fields.form?.[0]}&${text}`)
  const usual =
    reader === 'program'
      ? fc.oneof(...(jsonBodies.find(([end]) => url.endsWith(end))?.[1] ?? [])).map(json)
      : fc.oneof({ weight: 3, arbitrary: signedForms.map(form) }, forms.map(form))
  const bytes = fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array))
  const parts = `--x\r\nContent-Disposition: form-data; name="token"\r\n\r\n${fields.token?.[0]}\r\n--x--`
  return fc.oneof(
    { weight: 12, arbitrary: usual },
    forms.map(form),
    jsonBody({ form: fields.form?.[0] ?? '', token: mark, login: 'own', domain: mark, name: mark }).map(json),
    fc.oneof(bytes.map(json), bytes.map(form)),
    fc.constantFrom(
      typed('multipart/form-data; boundary=x')(parts),
      typed('text/plain')(mark),
      typed('application/xml')(`<!DOCTYPE x [<!ENTITY a "${mark}">]><x>&a;</x>`),
      typed('application/json; charset=utf-16')('{}'),
      typed('application/vnd.api+json')('{}'),
      typed('constructor')(mark),
      json(''),
      { headers: {}, payload: mark },
    ),
  )
}
