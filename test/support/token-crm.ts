/**
 * A HubSpot whose token endpoint is in a test's hands. Its refresh tokens rotate, and an old one that comes again ends its grant. Each
 * bridge process has a door of its own, so that the test knows which of them is calling.
 */
import type { ServerResponse } from 'node:http'
import { buildHubSpotSandbox, type HubSpotSandboxApp } from '../../src/sandbox/hubspot/server.ts'
import { readToken } from '../../src/sandbox/tokens.ts'
import type { Environment } from './child.ts'
import { type Received, type StandIn, startStandIn } from './stand-in.ts'

export type Answer = { readonly status: number; readonly headers: Readonly<Record<string, unknown>>; readonly body: string }

/** A call for tokens, on its way. */
export interface TokenCall {
  /** The door that it came by. */
  readonly from: string
  readonly kind: 'code' | 'refresh'
  /** The grant that is refreshed; null for one that is about to begin, and for a token that is none. */
  readonly grant: string | null
  /** Hands it to the CRM: from now on a code or an old refresh token is used up. Resolves to what the CRM says. */
  take(): Promise<Answer>
  /** Sends an answer: the CRM's, or any other. */
  send(answer: Answer): void
  /** Resets the connection. */
  breakOff(): void
}

/** What is done with a call for tokens. */
export type Treatment = (call: TokenCall) => unknown

/** As a healthy CRM does. */
export const answerTruly: Treatment = async (call) => call.send(await call.take())

export interface TokenCrm {
  readonly sandbox: HubSpotSandboxApp
  /** The settings of a bridge that goes by the door of this name; the same name gives the same door. */
  door(name: string): Promise<Environment>
  /** Every grant, in the order of consent. */
  readonly grants: readonly string[]
  /** Treats calls in this way from now on: those of one grant, or all that no grant's treatment is for. */
  treat(treatment: Treatment, grant?: string): void
  /** The same for one call; after it they are answered truly. */
  treatNext(treatment: Treatment, grant?: string): void
  /** The refresh calls for a grant that reached the token endpoint, whatever became of them. */
  refreshes(grant: string): readonly TokenCall[]
  /** Ends the access tokens that a grant has so far; the grant and its refresh token live on. */
  endAccess(grant: string): void
  close(): Promise<void>
}

const secret = 'sandbox'
const client = { clientId: 'test-client', clientSecret: 'test-secret' }
/** Seconds. */
const accessLifetime = 1_800

export async function startTokenCrm(): Promise<TokenCrm> {
  const rotating = { rotateRefreshTokens: true, tokenLifetime: accessLifetime, secret }
  const sandbox = buildHubSpotSandbox({ ...client, contacts: 200, rateLimits: false, ...rotating })
  await sandbox.app.ready()
  const doors = new Map<string, Promise<StandIn>>()
  const grants: string[] = []
  const calls: TokenCall[] = []
  const treatments = new Map<string | null, Treatment>()
  /** The ends of grants' access tokens that end at once instead: those up to a time. */
  const endsAtOnce = new Map<string, number>()

  const treat = (treatment: Treatment, grant?: string) => void treatments.set(grant ?? null, treatment)

  async function pass({ method, path, headers, body }: Received): Promise<Answer> {
    const authorization = hasEnded(headers.authorization) ? { authorization: 'Bearer ended' } : {}
    // Answers are passed on as text.
    const sent = { ...headers, ...authorization, 'accept-encoding': 'identity' }
    const answer = await sandbox.app.inject({ method: method as 'GET', url: path, headers: sent, payload: body })
    const { 'content-length': _length, 'transfer-encoding': _encoding, connection: _hop, ...kept } = answer.headers
    return { status: answer.statusCode, headers: kept, body: answer.body }
  }

  function hasEnded(authorization = ''): boolean {
    const claims = readToken<Claims>(secret, authorization.replace('Bearer ', ''))
    return (claims?.expiresAt ?? 0) <= (endsAtOnce.get(claims?.grant?.id ?? '') ?? -1)
  }

  async function enter(from: string, response: ServerResponse, request: Received): Promise<void> {
    // Many calls come on one connection, and each listens for its end.
    response.socket?.setMaxListeners(0)
    const form = new URLSearchParams(request.method === 'POST' && request.path.endsWith('/token') ? request.body : '')
    const kind = { authorization_code: 'code', refresh_token: 'refresh' }[form.get('grant_type') ?? ''] as TokenCall['kind']
    if (kind === undefined) return send(response, await pass(request))
    const call: TokenCall = {
      from,
      kind,
      grant: grantOf(form.get('refresh_token') ?? ''),
      async take() {
        const answer = await pass(request)
        const grant = grantOf(String(JSON.parse(answer.body).refresh_token ?? ''))
        if (grant !== null && !grants.includes(grant)) grants.push(grant)
        return answer
      },
      send: (answer) => send(response, answer),
      breakOff: () => response.socket?.resetAndDestroy(),
    }
    calls.push(call)
    const treatment = treatments.get(call.grant) ?? treatments.get(null) ?? answerTruly
    await treatment(call)
  }

  return {
    sandbox,
    grants,
    async door(name) {
      const door = doors.get(name) ?? startStandIn((response, _nth, request) => enter(name, response, request))
      doors.set(name, door)
      const { url } = await door
      return {
        HUBSPOT_CLIENT_ID: client.clientId,
        HUBSPOT_CLIENT_SECRET: client.clientSecret,
        HUBSPOT_APP_URL: url,
        HUBSPOT_API_URL: url,
      }
    },
    treat,
    treatNext: (treatment, grant) =>
      treat((call) => {
        treat(answerTruly, grant)
        return treatment(call)
      }, grant),
    refreshes: (grant) => calls.filter((call) => call.kind === 'refresh' && call.grant === grant),
    endAccess: (grant) => void endsAtOnce.set(grant, Date.now() + accessLifetime * 1_000),
    async close() {
      for (const door of doors.values()) await (await door).close()
      await sandbox.close()
    },
  }
}

function send(response: ServerResponse, { status, headers, body }: Answer): void {
  if (response.destroyed) return
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value as string)
  response.writeHead(status).end(body)
}

/** What the sandbox writes into its tokens. */
type Claims = { readonly grant?: { readonly id: string }; readonly expiresAt?: number }

function grantOf(refreshToken: string): string | null {
  return readToken<Claims>(secret, refreshToken)?.grant?.id ?? null
}
