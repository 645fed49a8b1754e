// A Salesforce sandbox with an app already connected to it: consent given, session at hand, everything by inject.

import { createHash } from 'node:crypto'
import {
  buildSalesforceSandbox,
  type SalesforceSandboxApp,
  type SalesforceSandboxOptions,
} from '../../src/sandbox/salesforce/server.ts'
import type { Json } from '../support/json.ts'

export const CLIENT = { clientId: 'app-1', clientSecret: 'app-secret-1' } as const
export const REDIRECT_URI = 'http://localhost:3000/oauth/salesforce/callback'
const VERIFIER = 'a-verifier-of-forty-three-characters-or-more'
const CHALLENGE = createHash('sha256').update(VERIFIER).digest('base64url')
const VERSION = '66.0'
export const BASE = `/services/data/v${VERSION}`

/** What a link to the consent page asks for. */
export const ASKED = {
  response_type: 'code',
  client_id: CLIENT.clientId,
  redirect_uri: REDIRECT_URI,
  scope: 'api refresh_token id',
  state: 's"1',
  code_challenge: CHALLENGE,
  code_challenge_method: 'S256',
} as const

type Fields = Readonly<Record<string, string>>

/** An answer; a body that isn't JSON is an empty `json`. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly json: Json
  readonly text: string
}

export interface TokenAnswer {
  readonly access_token: string
  readonly refresh_token: string
  readonly instance_url: string
  readonly id: string
}

export interface ConnectedOrg {
  readonly sandbox: SalesforceSandboxApp
  readonly tokens: TokenAnswer
  /** Reads a resource of the API. */
  get(path: string, headers?: Fields): Promise<Answer>
  query(soql: string, headers?: Fields): Promise<Answer>
  search(sosl: string): Promise<Answer>
  batch(requests: readonly object[], more?: object): Promise<Answer>
  /** The records of a query that has to succeed. */
  records(soql: string): Promise<readonly Json[]>
  /** The records of a search that has to succeed. */
  found(sosl: string): Promise<readonly Json[]>
}

export async function connectOrg(options: Partial<SalesforceSandboxOptions> = {}): Promise<ConnectedOrg> {
  const sandbox = buildSalesforceSandbox({ ...CLIENT, ...options })
  const tokens = await connect(sandbox)
  sandbox.clearCalls()
  const get = (path: string, headers?: Fields) =>
    callWith(sandbox, tokens.access_token, 'GET', `${BASE}/${path}`, undefined, headers)
  const query = (soql: string, headers?: Fields) => get(`query?q=${encodeURIComponent(soql)}`, headers)
  const search = (sosl: string) => get(`search?q=${encodeURIComponent(sosl)}`)
  return {
    sandbox,
    tokens,
    get,
    query,
    search,
    batch: (batchRequests, more) =>
      callWith(sandbox, tokens.access_token, 'POST', `${BASE}/composite/batch`, { batchRequests, ...more }),
    records: async (soql) => succeeded(await query(soql)).records,
    found: async (sosl) => succeeded(await search(sosl)).searchRecords,
  }
}

/** Consents and exchanges the code. */
export async function connect(sandbox: SalesforceSandboxApp, asked: Fields = {}): Promise<TokenAnswer> {
  return succeeded(await exchange(sandbox, { code: await consent(sandbox, asked) }))
}

export async function callWith(
  sandbox: SalesforceSandboxApp,
  token: string,
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
  url: string,
  body?: unknown,
  headers: Fields = {},
): Promise<Answer> {
  const payload = body === undefined ? {} : { payload: JSON.stringify(body) }
  const sent = { authorization: `Bearer ${token}`, ...(body !== undefined && { 'content-type': 'application/json' }), ...headers }
  return answerOf(await sandbox.app.inject({ method, url, headers: sent, ...payload }))
}

export async function getPage(sandbox: SalesforceSandboxApp, path: string, query: Fields = {}): Promise<Answer> {
  const search = new URLSearchParams(query).toString()
  return answerOf(await sandbox.app.inject(search === '' ? path : `${path}?${search}`))
}

export async function postForm(sandbox: SalesforceSandboxApp, url: string, form: Fields, headers: Fields = {}): Promise<Answer> {
  const sent = { 'content-type': 'application/x-www-form-urlencoded', ...headers }
  return answerOf(await sandbox.app.inject({ method: 'POST', url, headers: sent, payload: new URLSearchParams(form).toString() }))
}

/** Presses a button of the consent page; returns where it leads. */
export async function decide(sandbox: SalesforceSandboxApp, decision: 'allow' | 'deny', asked: Fields = {}): Promise<URL> {
  const answer = await postForm(sandbox, '/services/oauth2/authorize', { ...ASKED, ...asked, decision })
  return new URL(String(answer.headers.location))
}

export async function consent(sandbox: SalesforceSandboxApp, asked: Fields = {}): Promise<string> {
  return (await decide(sandbox, 'allow', asked)).searchParams.get('code') ?? ''
}

export function exchange(sandbox: SalesforceSandboxApp, form: Fields): Promise<Answer> {
  return tokenRequest(sandbox, {
    grant_type: 'authorization_code',
    redirect_uri: REDIRECT_URI,
    code_verifier: VERIFIER,
    ...form,
  })
}

export function refresh(sandbox: SalesforceSandboxApp, refreshToken: string): Promise<Answer> {
  return tokenRequest(sandbox, { grant_type: 'refresh_token', refresh_token: refreshToken })
}

export function tokenRequest(sandbox: SalesforceSandboxApp, form: Fields, headers: Fields = {}): Promise<Answer> {
  const credentials = 'authorization' in headers ? {} : { client_id: CLIENT.clientId, client_secret: CLIENT.clientSecret }
  return postForm(sandbox, '/services/oauth2/token', { ...credentials, ...form }, headers)
}

/** The `errorCode` of an answer, which has to be Salesforce's list with one error. */
export function errorOf({ status, json }: Answer): string {
  if (!Array.isArray(json) || json.length !== 1 || typeof json[0].message !== 'string') {
    throw new Error(`no error in the answer ${status}: ${JSON.stringify(json)}`)
  }
  return `${status} ${json[0].errorCode}`
}

function succeeded({ status, json, text }: Answer): Json {
  if (status !== 200) throw new Error(`${status}: ${text}`)
  return json
}

function answerOf(response: { statusCode: number; headers: Readonly<Record<string, unknown>>; body: string }): Answer {
  const isJson = String(response.headers['content-type']).startsWith('application/json')
  return {
    status: response.statusCode,
    headers: response.headers,
    json: isJson ? JSON.parse(response.body) : {},
    text: response.body,
  }
}
