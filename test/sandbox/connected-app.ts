// A sandbox with an app already connected to it: consent given, token at hand, everything by inject.

import { buildHubSpotSandbox, type HubSpotSandboxApp, type HubSpotSandboxOptions } from '../../src/sandbox/hubspot/server.ts'

export const CLIENT = { clientId: 'app-1', clientSecret: 'app-secret-1' } as const
export const REDIRECT_URI = 'http://localhost:3000/oauth/hubspot/callback'
export const READ_SCOPES = ['oauth', 'crm.objects.contacts.read', 'crm.objects.companies.read']
export const ALL_SCOPES = [...READ_SCOPES, 'crm.objects.contacts.write', 'crm.objects.companies.write']

/** An answer; a body that isn't JSON is an empty `json`. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly json: Body
  readonly text: string
}

/** Whatever a body may hold. The fields are taken for granted here, because each test says what they must be. */
export interface Body extends TokenAnswer, ApiObject {
  readonly results: readonly ApiObject[]
  readonly total: number
  readonly paging?: { readonly next: { readonly after: string; readonly link: string } }
  readonly status: string
  readonly message: string
  readonly category: string
  readonly policyName: string
  readonly error_description: string
  readonly numErrors: number
  readonly errors: readonly { readonly context: Readonly<Record<string, readonly string[]>> }[]
}

/** A record as the API gives it. */
export interface ApiObject {
  readonly id: string
  readonly properties: Readonly<Record<string, string | null>>
  readonly associations: { readonly companies: { readonly results: readonly { readonly id: string; readonly type: string }[] } }
  readonly url: string
}

export interface ConnectedApp {
  readonly sandbox: HubSpotSandboxApp
  readonly tokens: TokenAnswer
  /** Calls the API with the access token. */
  call(method: 'GET' | 'POST' | 'PATCH' | 'DELETE', url: string, body?: unknown): Promise<Answer>
}

export interface TokenAnswer {
  readonly access_token: string
  readonly refresh_token: string
  readonly expires_in: number
  readonly token_type: string
  readonly token_use: string
  readonly hub_id: number
  readonly user_id: number
  readonly scopes: readonly string[]
}

/** The first record of an answer, which has to have one. */
export function firstRecord({ json }: Answer): ApiObject {
  const [first] = json.results
  if (first === undefined) throw new Error('no records in the answer')
  return first
}

export async function connectApp(options: Partial<HubSpotSandboxOptions> = {}, scopes = ALL_SCOPES): Promise<ConnectedApp> {
  const sandbox = buildHubSpotSandbox({ ...CLIENT, rateLimits: false, ...options })
  const code = await consent(sandbox, { scope: scopes.join(' ') })
  const tokens = (await exchange(sandbox, { code })).json
  sandbox.clearCalls()
  return {
    sandbox,
    tokens,
    call: (method, url, body) => callWith(sandbox, tokens.access_token, method, url, body),
  }
}

export async function callWith(
  sandbox: HubSpotSandboxApp,
  token: string,
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
  url: string,
  body?: unknown,
): Promise<Answer> {
  const payload = body === undefined ? {} : { payload: JSON.stringify(body) }
  const headers = { authorization: `Bearer ${token}`, ...(body !== undefined && { 'content-type': 'application/json' }) }
  return answerOf(await sandbox.app.inject({ method, url, headers, ...payload }))
}

export async function postForm(sandbox: HubSpotSandboxApp, url: string, form: Readonly<Record<string, string>>): Promise<Answer> {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  return answerOf(await sandbox.app.inject({ method: 'POST', url, headers, payload: new URLSearchParams(form).toString() }))
}

/** Presses a button of the consent page; returns where it leads. */
export async function decide(
  sandbox: HubSpotSandboxApp,
  decision: 'allow' | 'deny',
  query: Readonly<Record<string, string>> = {},
): Promise<URL> {
  const answer = await postForm(sandbox, '/oauth/authorize', {
    client_id: CLIENT.clientId,
    redirect_uri: REDIRECT_URI,
    scope: ALL_SCOPES.join(' '),
    ...query,
    decision,
  })
  return new URL(String(answer.headers.location))
}

export async function consent(sandbox: HubSpotSandboxApp, query: Readonly<Record<string, string>> = {}): Promise<string> {
  return (await decide(sandbox, 'allow', query)).searchParams.get('code') ?? ''
}

export function exchange(sandbox: HubSpotSandboxApp, form: Readonly<Record<string, string>>): Promise<Answer> {
  return tokenRequest(sandbox, { grant_type: 'authorization_code', redirect_uri: REDIRECT_URI, ...form })
}

export function refresh(sandbox: HubSpotSandboxApp, refreshToken: string): Promise<Answer> {
  return tokenRequest(sandbox, { grant_type: 'refresh_token', refresh_token: refreshToken })
}

export function tokenRequest(
  sandbox: HubSpotSandboxApp,
  form: Readonly<Record<string, string>>,
  path = '/oauth/2026-03/token',
): Promise<Answer> {
  return postForm(sandbox, path, { client_id: CLIENT.clientId, client_secret: CLIENT.clientSecret, ...form })
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
