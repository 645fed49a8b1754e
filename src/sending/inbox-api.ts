/**
 * An inbox's own API, as far as a message needs it: may it be sent, and send it. Every call is made once, follows no redirect, and ends
 * within its time; its answers are bounded. Whatever goes wrong says whether the message may have been sent.
 */

import { flatHeaders } from '../connectors/flat-headers.ts'
import { lazily } from '../connectors/lazily.ts'
import { retryAfter } from '../connectors/retry-after.ts'
import { BridgeError } from '../errors.ts'
import { publicLookup, readApiAddress } from './api-address.ts'
import type { ApiAccess } from './api-vault.ts'
import type { Message } from './message.ts'

export interface InboxApi {
  /** Until when a customer may be sent a text; null = they may not. @throws {BridgeError} nothing was sent */
  windowExpires(access: ApiAccess, waId: string): Promise<Date | null>
  /**
   * Sends a message; returns what the inbox calls it, where it says.
   * @throws {BridgeError} message_unclear when it may have been sent; any other code says that it certainly wasn't
   */
  send(access: ApiAccess, message: Message): Promise<string | null>
  close(): Promise<void>
}

/** One call takes no longer. Milliseconds. */
const deadline = 10_000
/** Whatever is beyond this is no answer to the bridge's questions. Bytes. */
const largestAnswer = 256 * 1024
/** Characters. */
const longestId = 200

/** @param loopback whether an API on this machine may be called */
export function createInboxApi({ loopback, patience = deadline }: { loopback: boolean; patience?: number }): InboxApi {
  let isOpen = false
  const open = lazily(async () => {
    isOpen = true
    const { Agent, request } = await import('undici')
    // A connection that was left open for long may be closed just when a message goes out on it, and nobody would know what became of it.
    const agent = new Agent({
      connections: 8,
      pipelining: 1,
      keepAliveTimeout: 2_000,
      keepAliveMaxTimeout: 2_000,
      connect: { timeout: 4_000, lookup: publicLookup({ loopback }) },
    })
    return { agent, request }
  })

  async function call({ url, token }: ApiAccess, method: 'GET' | 'POST', path: string, body?: object): Promise<Answered> {
    const { agent, request } = await open()
    const base = readApiAddress(url, { loopback })
    const root = /\/api\/v\d+\/$/.test(base.pathname) ? base : new URL('api/v1/', base)
    const answer = await request(new URL(path, root), {
      dispatcher: agent,
      method,
      signal: AbortSignal.timeout(patience),
      headers: {
        authorization: `Token ${token}`,
        accept: 'application/json',
        'user-agent': 'crm-bridge',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      body: body === undefined ? null : JSON.stringify(body),
    })
    const { statusCode: status, headers } = answer
    return { status, retryAfter: retryAfter({ headers: flatHeaders(headers) }) ?? undefined, body: await readBody(answer.body) }
  }

  return {
    async windowExpires(access, waId) {
      const answer = await call(access, 'GET', `chats/${waId}/`).catch((error) => {
        throw error instanceof BridgeError ? error : unavailable(error)
      })
      // Nobody has ever written from there.
      if (answer.status === 404) return null
      if (answer.status < 200 || answer.status > 299) throw notSent(answer) ?? unavailable(undefined, answer.retryAfter)
      const chat = answer.body
      if (typeof chat !== 'object' || chat === null || !('messaging_window_expires_at' in chat)) throw unavailable()
      const { messaging_window_expires_at: expires } = chat
      if (expires === null) return null
      const time = readTime(expires)
      if (time === null) throw unavailable()
      return time
    },

    async send(access, message) {
      const answer = await call(access, 'POST', 'messages/', bodyOf(message)).catch((error) => {
        if (error instanceof BridgeError) throw error
        throw neverArrived(error) ? unavailable(error) : unclear(error)
      })
      if (answer.status >= 200 && answer.status <= 299) return idIn(answer.body)
      throw notSent(answer) ?? unclear()
    },

    async close() {
      if (isOpen) await (await open()).agent.destroy()
    },
  }
}

type Answered = { readonly status: number; readonly retryAfter: number | undefined; readonly body: unknown }

/** As the inbox's own front end sends it. @see https://github.com/get-chat/web-app (messages) */
function bodyOf({ waId, text, template }: Message): object {
  if (template === null) return { wa_id: waId, type: 'text', text: { body: text } }
  const { name, language, parameters } = template
  const body = { type: 'body', parameters: parameters.map((parameter) => ({ type: 'text', text: parameter })) }
  return {
    wa_id: waId,
    type: 'template',
    template: { name, language: { code: language, policy: 'deterministic' }, components: parameters.length === 0 ? [] : [body] },
  }
}

/** What an answer says, in which nothing was done; null when it may have been, as far as anybody can tell. */
function notSent({ status, retryAfter }: Answered): BridgeError | null {
  if (status === 401 || status === 403)
    return new BridgeError('inbox_api_refused', 'The inbox’s API refuses the bridge’s token. Save the plugin in get.chat again.')
  if (status >= 300 && status <= 399)
    return new BridgeError('inbox_api_refused', 'The inbox’s API leads elsewhere, where the bridge doesn’t follow.')
  // The request took too long to arrive, or came too early.
  if (status === 408 || status === 425 || status === 429) return unavailable(undefined, retryAfter)
  if (status >= 400 && status <= 499)
    return new BridgeError(
      'message_refused',
      'The inbox refused the message. Look at the number, and at the template’s name, language and parameters.',
    )
  return null
}

function unavailable(cause?: unknown, retryAfter?: number): BridgeError {
  return new BridgeError(
    'inbox_api_unavailable',
    'The inbox’s API can’t be asked at the moment. Nothing was sent: try again later.',
    {
      cause,
      retryAfter,
    },
  )
}

function unclear(cause?: unknown): BridgeError {
  return new BridgeError(
    'message_unclear',
    'The inbox’s API didn’t say what became of the message. Look into the chat; it isn’t sent again by this key.',
    { cause },
  )
}

/** Errors that come before anything was sent: no address, no connection. */
const beforeSending = new Set([
  'ENOTPUBLIC',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
])

/** Several addresses were tried in vain, or one. */
function neverArrived(error: unknown): boolean {
  if (error instanceof AggregateError && error.errors.length > 0) return error.errors.every(neverArrived)
  return error instanceof Error && 'code' in error && beforeSending.has(String(error.code))
}

/** JSON; undefined for what isn't, is too large, or breaks off. */
async function readBody(body: AsyncIterable<Buffer>): Promise<unknown> {
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of body) {
      size += chunk.length
      if (size > largestAnswer) return undefined
      chunks.push(chunk)
    }
    return JSON.parse(Buffer.concat(chunks).toString())
  } catch {
    return undefined
  }
}

/** An ISO 8601 time, or epoch seconds as a number or text. */
function readTime(value: unknown): Date | null {
  const seconds = typeof value === 'number' ? value : /^\d{9,11}(\.\d+)?$/.test(String(value)) ? Number(value) : null
  const time = seconds !== null ? new Date(seconds * 1000) : typeof value === 'string' ? new Date(value) : null
  return time === null || Number.isNaN(time.getTime()) ? null : time
}

/** As the Cloud API, the on-premise one, or the inbox itself names a message. */
function idIn(body: unknown): string | null {
  const { id, messages } = (typeof body === 'object' && body !== null ? body : {}) as { id?: unknown; messages?: unknown }
  const named = id ?? (Array.isArray(messages) ? messages[0]?.id : undefined)
  const text = typeof named === 'number' || typeof named === 'string' ? String(named) : ''
  return /^[\x21-\x7e]+$/.test(text) && text.length <= longestId ? text : null
}
