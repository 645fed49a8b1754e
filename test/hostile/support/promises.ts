/** What the bridge promises of every answer, whatever was asked. Each promise says what is wrong with an exchange, or nothing. */
import { Value } from 'typebox/value'
import { isLoopback } from '../../../src/connectors/crm-url.ts'
import { errorCodes } from '../../../src/errors.ts'
import { emptyEnvelope } from '../../support/inject.ts'
import { type HostileBridge, innermost } from './hostile-bridge.ts'
import type { Answer, Exchange } from './requests.ts'
import { isMarked } from './values.ts'
import type { Route } from './watch.ts'

/** What is wrong, in words; null where nothing is. */
export type Complaint = string | null
export type Kept = (exchange: Exchange, bridge: HostileBridge) => Complaint

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Probes, which come every few seconds. */
const unlogged = ['/healthz', '/readyz']

export const promises: Readonly<Record<string, Kept>> = {
  'is an answer, and never a 5xx': ({ answer: { status } }) => (status >= 200 && status < 500 ? null : `it is ${status}`),

  'to a program is JSON: what the route says, or an error with a code that is known': (exchange) => {
    const { answer, route } = exchange
    if (route !== undefined && route.reader !== 'program') return null
    if (!hasBody(exchange)) return answer.body === '' ? null : 'there is a body where none belongs'
    if (one(answer, 'content-type') !== 'application/json; charset=utf-8') return `it comes as ${one(answer, 'content-type')}`
    const json = readJson(answer.body)
    // It is a schema itself, and says so: what is in it, test/api-docs looks at.
    if (answer.status < 400 && route?.url === '/docs/openapi.json')
      return Object.hasOwn(json ?? {}, 'openapi') ? null : 'it is no OpenAPI'
    const schema = route?.answerSchema(answer.status)
    if (answer.status < 400 && schema) return Value.Check(schema, json) ? null : `it isn’t what the schema says: ${answer.body}`
    return explainError(json, answer, route)
  },

  'to a person is a whole page, or a redirect': (exchange) => {
    const { answer, route } = exchange
    if (route?.reader !== 'person') return null
    if (!hasBody(exchange)) return answer.body === '' ? null : 'there is a body where none belongs'
    if (one(answer, 'content-type') !== 'text/html; charset=utf-8') return `it comes as ${one(answer, 'content-type')}`
    const page = /^<!doctype html>\s*<html lang="(en|de)">[\s\S]*<title>[^<]+<\/title>[\s\S]*<h1>[\s\S]*<\/html>\s*$/
    return page.test(answer.body) ? null : 'it is no whole page'
  },

  'holds no markup but the bridge’s own': ({ answer, route }, { url }) =>
    one(answer, 'content-type')?.startsWith('text/html') ? unsound(answer.body, url, isOperators(route)) : null,

  'is guarded by its headers where a browser shows it': ({ answer, route }, { url }) =>
    route === undefined || route.reader === 'program' ? null : unguarded(answer, url, isOperators(route)),

  'says how long it may be kept: contacts by the inbox alone, everything else not at all': ({ answer, route }) => {
    const given = one(answer, 'cache-control') ?? 'nothing'
    const isGood = answer.status < 400
    const isFile = isGood && route?.reader === 'browser'
    const expected = isFile ? /^public, max-age=\d+$/ : isGood && route?.hasEnvelope ? /^private, no-cache$/ : /^no-store$/
    return expected.test(given) ? null : `cache-control says ${given}`
  },

  'leads nowhere but to the bridge or a CRM': ({ answer }, bridge) => {
    const location = one(answer, 'location')
    if (location === undefined) return isRedirect(answer) ? 'it redirects to nowhere' : null
    return isOurs(location, bridge) ? null : `it leads to ${location}`
  },

  'repeats nothing in its headers, which are one line each': ({ answer, route }) => {
    for (const [name, values] of Object.entries(answer.headers)) {
      for (const value of values) {
        if (!/^[\t\x20-\x7e]*$/.test(value)) return `${name} is ${JSON.stringify(value)}`
        // A My Domain is typed by the person who is sent there.
        const isTyped = name === 'location' && route?.url === '/connect/:ticket/salesforce'
        if (isMarked(value) && !isTyped) return `${name} repeats: ${value}`
      }
    }
    return null
  },

  'sets cookies for people alone, that no script reads and no other host gets': ({ answer, route }, { url }) => {
    const cookies = answer.headers['set-cookie'] ?? []
    if (route?.reader !== 'person' && cookies.length > 0) return `a cookie is set: ${cookies.join()}`
    return firstOf(cookies.map((cookie) => looseCookie(cookie, url.startsWith('https:'))))
  },

  'has a request id, its own': ({ answer, log, route }) => {
    const id = one(answer, 'x-request-id') ?? 'missing'
    const isLogged = log.includes(id) || unlogged.includes(route?.url ?? '')
    return uuid.test(id) && isLogged ? null : `x-request-id is ${id}`
  },

  'tells nothing of the bridge’s inside': ({ answer }, { tokens }) =>
    firstOf([
      ...Object.entries(innermost).map(([what, secret]) => answer.body.includes(secret) && `it holds the ${what}`),
      tokens.some((token) => answer.body.includes(token)) && 'it holds a token of a CRM',
      /node_modules|\.[jt]s:\d|Prisma|\bSELECT\b|[Ff]astify/.test(answer.body) && 'it tells what it is made of',
      ...['server', 'x-powered-by'].map((name) => answer.headers[name] && `${name} names its software`),
    ]),

  'is no failure to whoever reads the log': ({ log }) =>
    lineWith(log, (line) => /"level":[56]0/.test(line) && !line.includes('too much to do')),

  'leaves nothing of the question in the log': ({ log }) => lineWith(log, isMarked),

  'leaves no secret in the log': ({ log }, { credentials, tokens }) =>
    firstOf([
      ...Object.entries({ ...credentials, ...innermost }).flatMap(([what, secret]) =>
        spellings(secret).map((text) => text !== '' && log.includes(text) && `the ${what} is in the log`),
      ),
      lineWith(log, (line) => tokens.some((token) => line.includes(token)) || /bearer |cookie["':]/i.test(line)),
    ]),

  'leaves nobody’s name, number or address in the log': ({ log }, { people }) =>
    lineWith(
      log,
      (line) => people.some((text) => line.includes(text)) || /[\w.]+@[\w-]+\.\w/.test(line.replace(/node_modules\S*/g, '')),
    ),
}

/** The promises that an exchange breaks, each with what is wrong; those of these names aren't looked at. */
export function brokenPromises(exchange: Exchange, bridge: HostileBridge, ...except: string[]): string[] {
  return Object.entries(promises).flatMap(([name, kept]) => {
    const complaint = except.includes(name) ? null : kept(exchange, bridge)
    return complaint === null ? [] : [`${exchange.asked.method} ${exchange.asked.url} ${name}: ${complaint}`]
  })
}

export const one = ({ headers }: Answer, name: string): string | undefined => headers[name]?.join(', ')

const isRedirect = ({ status }: Answer): boolean => status >= 300 && status < 400 && status !== 304
const hasBody = ({ asked, answer }: Exchange): boolean => asked.method !== 'HEAD' && (answer.status < 300 || answer.status >= 400)
const firstOf = (complaints: readonly (string | false | null | undefined)[]): Complaint => complaints.find(Boolean) || null

function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function explainError(json: unknown, answer: Answer, route: Route | undefined): Complaint {
  const { error, ...beside } = (json ?? {}) as { error?: { code?: unknown; message?: unknown; request_id?: unknown } }
  const { code, message, request_id: requestId } = error ?? {}
  return firstOf([
    !(typeof code === 'string' && Object.hasOwn(errorCodes, code)) && `the error is ${answer.body}`,
    !(typeof message === 'string' && /[.…]$/.test(message)) && `the message is no sentence: ${message}`,
    !(typeof requestId === 'string' && uuid.test(requestId)) && 'the error has no request id',
    Object.keys(error ?? {}).length !== 3 && 'the error has other fields',
    !isBeside(JSON.stringify(beside), route) && `beside the error is ${JSON.stringify(beside)}`,
  ])
}

/** An envelope where the route has one. Where no route was found, the address may have looked like one that has. */
function isBeside(json: string, route: Route | undefined): boolean {
  const isEnvelope = json === JSON.stringify(emptyEnvelope)
  return route === undefined ? isEnvelope || json === '{}' : isEnvelope === route.hasEnvelope
}

/** Whether an address is the bridge's own, a CRM's, or a login host of Salesforce that may be typed. */
function isOurs(location: string, { url, sandbox, salesforce }: HostileBridge): boolean {
  if (location === url || location.startsWith(`${url}/`)) return true
  const { origin, hostname, protocol, username } = new URL(location)
  const crms = [sandbox, ...Object.values(salesforce ?? {})].map((crm) => crm.url)
  if (crms.includes(origin)) return true
  // Beside a stand-in on this machine, any address of this machine may be typed as well.
  const isLogin = protocol === 'https:' ? /^[a-z0-9.-]+\.my\.salesforce\.com$/.test(hostname) : isLoopback(hostname)
  return isLogin && username === '' && salesforce !== null
}

/** Pages of the operator, who may see charts, and press a button to copy: the only ones with a script. */
const isOperators = (route: Route | undefined): boolean => route?.reader === 'person' && /^\/admin(\/|$)/.test(route.url)

/** A chart is drawn of nothing but boxes with a title each, and a line. */
const chart = new RegExp(
  [
    '<svg class="chart" viewBox="[\\d. ]+" preserveAspectRatio="none" role="img" aria-label="[^"<>]*">',
    '(\\s*<g><title>[^<>]*</title>(<rect class="[a-z]+"( (x|y|width|height)="-?[\\d.]+")+/>)+</g>)*',
    '\\s*<line( [xy][12]="[\\d.]+")+/>\\s*</svg>',
  ].join(''),
  'g',
)

/** What isn't as the templates wrote it: a tag that doesn't close, a script, a handler, an address elsewhere. */
function unsound(page: string, url: string, isOperators: boolean): Complaint {
  const base = new URL(url).pathname.replace(/\/$/, '')
  const html = isOperators ? page.replace(`<script src="${base}/assets/script.js" defer></script>`, '').replace(chart, '') : page
  const tag = /<(!doctype html|\/?[a-z][a-z0-9]*)((?:\s+[a-z-]+(?:=(?:"[^"<>]*"|[a-z]+))?)*)>/g
  for (const [whole, name = '', attributes = ''] of html.matchAll(tag)) {
    if (/^(script|iframe|object|embed|svg|math|base|style|template|img)$/.test(name)) return `there is ${whole}`
    if (/\s(on[a-z]+|style|srcdoc|formaction)\b/.test(attributes.replace(/"[^"]*"/g, ''))) return `there is ${whole}`
    for (const [, address = ''] of attributes.matchAll(/\s(?:href|action|src)="([^"]*)"/g)) {
      const isHere = (address.startsWith(`${base}/`) && !address.startsWith('//')) || /^#[\w.-]+$/.test(address)
      if (!isHere && !address.startsWith(`${url}/`)) return `something leads to ${address}`
    }
  }
  const loose = /.{0,40}[<>].{0,60}/.exec(html.replace(tag, ''))
  return loose && `there is loose markup: ${loose[0]}`
}

function unguarded(answer: Answer, url: string, hasScript: boolean): Complaint {
  const policy = (one(answer, 'content-security-policy') ?? '').split(';').map((rule) => rule.trim())
  const rules = ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"]
  const expected = { 'x-frame-options': 'DENY', 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' }
  const stays = /^max-age=\d{7,}/.test(one(answer, 'strict-transport-security') ?? '')
  return firstOf([
    ...rules.map((rule) => !policy.includes(rule) && `the policy lacks ${rule}: ${policy.join('; ')}`),
    !policy.some((rule) => /^form-action 'self'( |$)/.test(rule)) && 'the policy lets forms lead anywhere',
    policy.some((rule) => /unsafe|data:| \*$/.test(rule)) && `the policy is loose: ${policy.join('; ')}`,
    policy.some((rule) => rule.startsWith('script-src') && !(rule === "script-src 'self'" && hasScript)) && 'it lets scripts in',
    ...Object.entries(expected).map(([name, value]) => one(answer, name) !== value && `${name} is ${one(answer, name)}`),
    stays !== url.startsWith('https:') && `strict-transport-security is ${one(answer, 'strict-transport-security')}`,
  ])
}

function looseCookie(cookie: string, isSecure: boolean): Complaint {
  const [pair = '', ...given] = cookie.split('; ')
  const attributes = given.map((attribute) => attribute.toLowerCase())
  const has = (...any: string[]) => any.some((attribute) => attributes.includes(attribute))
  const ends = attributes.some((attribute) => /^max-age=\d+$/.test(attribute)) || has('expires=thu, 01 jan 1970 00:00:00 gmt')
  const complaint = firstOf([
    !/^(__Host-)?crm-bridge-[a-z-]+=[\w.~%-]*$/.test(pair) && 'its name or value is odd',
    !has('path=/') && 'path is missing',
    !has('httponly') && 'httponly is missing',
    !has('samesite=lax', 'samesite=strict') && 'samesite is missing',
    !ends && 'it has no end',
    attributes.some((attribute) => attribute.startsWith('domain')) && 'it is for other hosts, too',
    isSecure !== has('secure') && 'secure doesn’t fit the public URL',
    isSecure !== pair.startsWith('__Host-') && 'the prefix doesn’t fit the public URL',
  ])
  return complaint && `${complaint}: ${cookie}`
}

/** In the clear, as in a URL, as in a `Basic` header, as a database prints it. */
function spellings(secret: string): string[] {
  const bytes = Buffer.from(secret)
  return [secret, encodeURIComponent(secret), bytes.toString('base64').replace(/=+$/, ''), bytes.toString('hex')]
}

function lineWith(log: string, isBad: (line: string) => boolean): Complaint {
  const line = log.split('\n').find(isBad)
  return line === undefined ? null : `the log says ${line.slice(0, 300)}`
}
