/** Fastify as this server wants it: what is refused before any route, what every answer carries, and how it ends. */
import { randomUUID } from 'node:crypto'
import type { Socket } from 'node:net'
import fastify, { type FastifyReply, type FastifyRequest } from 'fastify'
import type { Config } from './config.ts'
import { emptyEnvelope } from './contact.ts'
import { errorBody, serializeError } from './error-body.ts'
import { BridgeError } from './errors.ts'

/** Longer parts of a path belong to nobody. Characters. */
const longestParam = 500
/** Answers that a connection may be owed beside the one that is being given. Nobody needs more: browsers and proxies ask one after the other. */
const mostPipelined = 32
/** How long answers under way may take once the server is told to end: a question's whole time, and something for the way. Milliseconds. */
const lastAnswersWithin = 10_000

/**
 * Fastify as this server wants it: bounded times and sizes, and a log that knows routes and codes but no keys, searches or people.
 * @param ending aborts when the server is about to end: from then on no connection is kept for another question
 */
export function createServer({ logLevel, trustProxy }: Config, ending: AbortSignal) {
  const app = fastify({
    bodyLimit: 1024 * 1024,
    // Node looks whether a request's time is over only so often, and gives the header's time to the whole request if that is longer.
    requestTimeout: 15_000,
    http: { headersTimeout: 10_000, connectionsCheckingInterval: 5_000 },
    keepAliveTimeout: 72_000,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    trustProxy: trustProxy ?? false,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: longestParam },
    frameworkErrors: answerUnrouted,
    clientErrorHandler: answerUnreadable,
    rewriteUrl: ({ url = '/' }) => (url.includes('/connect/') && !isReadable(url) ? '/connect/mangled' : url),
    genReqId: () => randomUUID(),
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false, validateSchema: false } },
    logger: {
      level: logLevel,
      serializers: {
        req: (request) => ({ method: request.method, route: request.routeOptions?.url ?? 'unknown' }),
        res: (reply) => ({ statusCode: reply.statusCode }),
        err: serializeError,
      },
    },
  })
  app.setErrorHandler(answerError)
  app.setNotFoundHandler((request, reply) => {
    const { headers, body } = errorBody(new BridgeError('request_invalid', 'There is nothing at this address.'), request)
    return reply.code(404).headers(headers).send(body)
  })
  const isOwedTooMuch = countOwed()
  app.addHook('onRequest', (request, reply, done) => {
    if (isOwedTooMuch(request, reply)) {
      reply.hijack()
      request.raw.socket.destroy()
      return
    }
    // What may be kept says so itself.
    reply.headers({ 'x-request-id': request.id, 'cache-control': 'no-store' })
    done()
  })
  let isClosing = false
  app.addHook('preClose', async () => {
    isClosing = true
    // Whoever is still sending a question, or never reads its answer, doesn't keep the server from ending.
    setTimeout(() => app.server.closeAllConnections(), lastAnswersWithin).unref()
  })
  app.addHook('onSend', (_request, reply, payload, done) => {
    // Else the connection of an answer that was under way would be kept for another question.
    if (isClosing || ending.aborted) reply.header('connection', 'close')
    done(null, payload)
  })
  return app
}

/** Else a connection that asks thousands of things and reads nothing would have all the answers wait in memory. */
function countOwed(): (request: FastifyRequest, reply: FastifyReply) => boolean {
  const owed = new WeakMap<Socket, number>()
  return ({ raw: { socket } }, reply) => {
    // Only an answer that waits for others on its connection has no socket yet.
    if (reply.raw.socket !== null) return false
    const before = owed.get(socket) ?? 0
    if (before === mostPipelined) return true
    owed.set(socket, before + 1)
    reply.raw.on('close', () => owed.set(socket, (owed.get(socket) ?? 1) - 1))
    return false
  }
}

/** What can't be brought to a route: a path that isn't well-formed, or too long a part of one. */
function answerUnrouted(error: unknown, request: FastifyRequest, reply: FastifyReply) {
  const { status, headers, body } = errorBody(error, request)
  const answer = /\/contacts\//.test(request.url) ? { ...emptyEnvelope, ...body } : body
  return reply
    .code(status)
    .headers({ ...headers, 'x-request-id': request.id })
    .send(answer)
}

/** What isn't HTTP, or more of it than is read: told in the words of any other refusal, and the connection ends. */
function answerUnreadable(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy()
  const [status, reason] = unreadable[error.code ?? ''] ?? ['400 Bad Request', 'The request isn’t HTTP that can be read.']
  const body = JSON.stringify({ error: { code: 'request_invalid', message: reason, request_id: '' } })
  const head = [
    `HTTP/1.1 ${status}`,
    'content-type: application/json; charset=utf-8',
    'cache-control: no-store',
    'connection: close',
  ]
  socket.end(`${head.join('\r\n')}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
}

const unreadable: Readonly<Record<string, readonly [status: string, reason: string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'The request took too long to arrive.'],
  HPE_HEADER_OVERFLOW: ['431 Request Header Fields Too Large', 'The request’s header is too long.'],
}

function isReadable(url: string): boolean {
  const parts = (url.split('?', 1)[0] ?? '').split('/')
  return URL.canParse(url, 'http://localhost') && parts.every((part) => part.length <= longestParam && isDecodable(part))
}

function isDecodable(part: string): boolean {
  try {
    decodeURIComponent(part)
    return true
  } catch {
    return false
  }
}

function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply) {
  const { status, headers, body } = errorBody(error, request)
  return reply.code(status).headers(headers).send(body)
}
