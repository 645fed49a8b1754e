/** The whole server in one list: what it is made of, and which routes it has. */
import { randomUUID } from 'node:crypto'
import type { Socket } from 'node:net'
import cookie from '@fastify/cookie'
import rateLimit from '@fastify/rate-limit'
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { adminApi } from './admin/api.ts'
import { createOperator } from './admin/operator.ts'
import { adminPages } from './admin/routes.ts'
import { createOperatorSession } from './admin/session.ts'
import type { Config } from './config.ts'
import { createConnectTickets } from './connections/connect-ticket.ts'
import { createConnectionStore } from './connections/connection-store.ts'
import { createConnections } from './connections/connections.ts'
import { createGrants } from './connections/grants.ts'
import { createInboxStore } from './connections/inbox-store.ts'
import { rotateKeys } from './connections/key-rotation.ts'
import { createLiveInboxes } from './connections/live-inboxes.ts'
import { createParkedGrantStore } from './connections/parked-grant-store.ts'
import { createRefresher } from './connections/refresh.ts'
import { renewDue } from './connections/renewal.ts'
import { createRevocations } from './connections/revocations.ts'
import { createTokenVault } from './connections/token-vault.ts'
import { createUpkeep } from './connections/upkeep.ts'
import { createUpstream } from './connections/upstream.ts'
import { createConsentStates } from './consent/consent-state-store.ts'
import { createConsentCookies } from './consent/cookies.ts'
import { consentRoutes } from './consent/routes.ts'
import { emptyEnvelope } from './contact.ts'
import type { Database } from './database/database.ts'
import { createAnswerCache } from './directory/answer-cache.ts'
import { createBudget } from './directory/budget.ts'
import { createBudgetStore } from './directory/budget-store.ts'
import { createDirectory } from './directory/directory.ts'
import { createForgetting } from './directory/forgetting.ts'
import { createMemories } from './directory/memory.ts'
import { createPageTokens } from './directory/page-token.ts'
import { createStore } from './directory/store.ts'
import { errorBody, serializeError } from './error-body.ts'
import { BridgeError } from './errors.ts'
import { servePages } from './pages/pages.ts'
import { createCallers } from './plugin/caller.ts'
import { shedOverload } from './plugin/overload.ts'
import { pluginRoutes } from './plugin/routes.ts'

/** Bytes that the answers of all CRMs together may take in memory, by estimate. */
const rememberedBytes = 64 * 1024 * 1024

/** Longer parts of a path belong to nobody. Characters. */
const longestParam = 500
/** How long answers under way may take once the server is told to end: a question's whole time, and something for the way. Milliseconds. */
const lastAnswersWithin = 10_000
/** Wrong keys and tokens that one address may try. */
const failuresPerMinute = 100

export type App = FastifyInstance

/** The server, ready to listen or to be injected requests. Closing it closes its sockets to the CRMs, not the database. */
export async function buildApp(config: Config, database: Database): Promise<App> {
  const app = createServer(config)
  const { adminToken, connectors, keys, publicUrl } = config

  const upstream = createUpstream()
  const inboxes = createInboxStore(database.prisma)
  const live = createLiveInboxes(inboxes)
  const vault = createTokenVault(keys)
  const store = createConnectionStore(database.prisma)
  const parked = createParkedGrantStore(database.prisma)
  const refresher = createRefresher(store, parked, vault, app.log)
  const connections = createConnections({ connectors, store, inboxes: live, vault, refresher, upstream, log: app.log })
  const revocations = createRevocations({ connectors, parked, grants: store, vault, log: app.log })
  const grants = createGrants({ connectors, store, parked, inboxes: live, vault, revocations, log: app.log })
  const remembered = createStore(rememberedBytes)
  const directory = createDirectory({
    connections,
    answers: createAnswerCache(remembered),
    memories: createMemories(remembered),
    budget: createBudget(createBudgetStore(database.prisma)),
    pageTokens: createPageTokens(keys),
    defaultRegion: config.defaultRegion,
  })
  const tickets = createConnectTickets(keys, publicUrl)
  const operator = createOperator({ publicUrl, connectors, grants, inboxes, live, tickets })

  await app.register(rateLimit, {
    global: false,
    errorResponseBuilder: (_request, { ttl }) => tooManyAttempts(ttl),
  })
  const countFailure = createFailureCount(app)
  const callers = createCallers(live, config.open, countFailure)
  const plugin = { callers, connectors, directory, tickets }
  await app.register(async (inbox) => {
    await shedOverload(inbox)
    await inbox.register(pluginRoutes, plugin)
    await inbox.register(pluginRoutes, { ...plugin, prefix: '/inboxes/:key' })
  })
  await app.register(async (pages) => {
    await pages.register(cookie)
    await servePages(
      pages,
      publicUrl,
      connectors.flatMap(({ oauth }) => oauth.logins?.origins ?? []),
    )
    const cookies = createConsentCookies(keys, publicUrl)
    const states = createConsentStates(database.prisma)
    await pages.register(consentRoutes, {
      publicUrl,
      connectors,
      connections,
      cookies,
      directory,
      grants,
      inboxes,
      states,
      tickets,
    })
    const session = createOperatorSession(keys, adminToken, publicUrl)
    await pages.register(adminPages, { adminToken, connectors, operator, publicUrl, session })
  })
  const rotate = async () => {
    const { lost, ...counts } = await rotateKeys(store, parked, vault, keys)
    live.forget()
    return { ...counts, lost: [...lost] }
  }
  await app.register(adminApi, { prefix: '/admin/api', adminToken, countFailure, operator, rotate })

  const upkeep = createUpkeep(
    [
      { name: 'renew tokens', every: 5_000, run: () => renewDue({ connectors, store, refresher }) },
      { name: 'revoke grants', every: 5_000, run: () => revocations.run() },
      { name: 'forget ended connections', every: 1_000, run: createForgetting(store, remembered) },
    ],
    app.log,
  )
  // Not for the command line, which has the same server answer without listening.
  app.addHook('onListen', async () => upkeep.start())
  app.addHook('onClose', async () => {
    await upkeep.stop()
    await refresher.settled()
    await upstream.close()
  })
  return app
}

/** Wrong keys and tokens, by address: whoever guesses is slowed down, whoever has the right one never is. */
function createFailureCount(app: FastifyInstance) {
  const count = app.createRateLimit({ max: failuresPerMinute, timeWindow: 60_000 })
  return async (request: FastifyRequest) => {
    if (isGone(request)) return
    const outcome = await count(request)
    if (!outcome.isAllowed && outcome.isExceeded) throw tooManyAttempts(outcome.ttl)
  }
}

/** Whether the caller has hung up: there is no address any more. */
const isGone = (request: FastifyRequest): boolean => request.raw.socket.remoteAddress === undefined

/** @param ttl milliseconds */
function tooManyAttempts(ttl: number): BridgeError {
  const message = 'There were too many wrong attempts from this address. Wait a minute, then try again.'
  return new BridgeError('too_many_attempts', message, { retryAfter: Math.ceil(ttl / 1000) })
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

/** Fastify as this server wants it: bounded times and sizes, and a log that knows routes and codes but no keys, searches or people. */
function createServer({ logLevel, trustProxy }: Config) {
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
  app.addHook('onRequest', (request, reply, done) => {
    // What may be kept says so itself.
    reply.headers({ 'x-request-id': request.id, 'cache-control': 'no-store' })
    done()
  })
  let isEnding = false
  app.addHook('preClose', async () => {
    isEnding = true
    // Whoever is still sending a question, or never reads its answer, doesn't keep the server from ending.
    setTimeout(() => app.server.closeAllConnections(), lastAnswersWithin).unref()
  })
  app.addHook('onSend', (_request, reply, payload, done) => {
    // Else the connection of an answer that was under way would be kept for another question.
    if (isEnding) reply.header('connection', 'close')
    done(null, payload)
  })
  return app
}
