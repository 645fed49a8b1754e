/** The whole server in one list: what it is made of, and which routes it has. */
import cookie from '@fastify/cookie'
import rateLimit from '@fastify/rate-limit'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { createActivityLog } from './admin/activity.ts'
import { createActivityStore } from './admin/activity-store.ts'
import { adminApi } from './admin/api.ts'
import { createInsight } from './admin/insight.ts'
import { createInspection } from './admin/inspection.ts'
import { createOperator } from './admin/operator.ts'
import { adminPages } from './admin/routes.ts'
import { createOperatorSession } from './admin/session.ts'
import { collectRoutes, hideRoutes } from './api-docs/collect.ts'
import { apiDocs } from './api-docs/routes.ts'
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
import type { Database } from './database/database.ts'
import { createAnswerCache } from './directory/answer-cache.ts'
import { createBudget } from './directory/budget.ts'
import { createBudgetStore } from './directory/budget-store.ts'
import { createDirectory } from './directory/directory.ts'
import { createForgetting } from './directory/forgetting.ts'
import { createMemories } from './directory/memory.ts'
import { createPageTokens } from './directory/page-token.ts'
import { createStore } from './directory/store.ts'
import { BridgeError } from './errors.ts'
import { createChanges } from './events/changes.ts'
import { eventRoutes } from './events/routes.ts'
import { healthRoutes } from './health.ts'
import { resealMessages } from './messages/key-rotation.ts'
import { createLogging } from './messages/logging.ts'
import { createMessageStore } from './messages/message-store.ts'
import { createMessageVault } from './messages/message-vault.ts'
import { reportOn } from './messages/report.ts'
import { webhookRoutes } from './messages/routes.ts'
import { serveAssets, servePages } from './pages/pages.ts'
import { createCallers } from './plugin/caller.ts'
import { limitAtOnce, shedOverload } from './plugin/overload.ts'
import { pluginRoutes } from './plugin/routes.ts'
import { createApiVault } from './sending/api-vault.ts'
import { createDeliveryStore } from './sending/delivery-store.ts'
import { createInboxApi } from './sending/inbox-api.ts'
import { resealApis } from './sending/key-rotation.ts'
import { sendingRoutes } from './sending/public-routes.ts'
import { configureRoutes } from './sending/routes.ts'
import { createSending } from './sending/sending.ts'
import { createServer } from './server.ts'
import { createTelemetry, type Telemetry } from './telemetry.ts'

/** Bytes that the answers of all CRMs together may take in memory, by estimate. */
const rememberedBytes = 48 * 1024 * 1024

/** Pages under way in each of the two rooms that have some, for people: fewer than questions, and each takes more memory. */
const pagesAtOnce = 200

/** Wrong keys and tokens that one address may try, and wrong tokens on the operator's page, where people type. */
const failuresPerMinute = 100
const wrongSignInsPerMinute = 10

/** What became of a message is known for so long, to recognise one that comes again; so long one waits that was never logged. */
const outcomesKeptForDays = 30

/** By what a CRM had sent it is recognised for so long: HubSpot tries a webhook again for three days. */
const deliveriesKeptForDays = 7

export type App = FastifyInstance

type Around = {
  /** Aborts when the server is about to end, so that load balancers are told. */
  readonly ending?: AbortSignal
  readonly telemetry?: Telemetry
  /** Given the server before anything else, to see every request. */
  readonly watch?: (app: FastifyInstance) => void
}

/** The server, ready to listen or to be injected requests. Closing it closes its sockets to the CRMs, not the database. */
export async function buildApp(
  config: Config,
  database: Database,
  { ending = new AbortController().signal, telemetry = createTelemetry(), watch }: Around = {},
): Promise<App> {
  const app = createServer(config, ending)
  watch?.(app)
  const routes = collectRoutes(app)
  const { adminToken, connectors, keys, publicUrl } = config

  const upstream = createUpstream()
  const inboxes = createInboxStore(database.prisma)
  const live = createLiveInboxes(inboxes)
  const vault = createTokenVault(keys)
  const store = createConnectionStore(database.prisma)
  const parked = createParkedGrantStore(database.prisma)
  const refresher = createRefresher(store, parked, vault, telemetry, app.log)
  const connections = createConnections({ connectors, store, inboxes: live, vault, refresher, upstream, telemetry, log: app.log })
  const revocations = createRevocations({ connectors, parked, grants: store, vault, log: app.log })
  const grants = createGrants({ connectors, store, parked, inboxes: live, vault, revocations, telemetry, log: app.log })
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
  const activity = createActivityStore(database.prisma)
  const inspection = createInspection({ directory, inboxes, vault })
  const gathering = { quiet: config.messagesTogether, most: config.messagesTogether * 2.5 }
  const messages = createMessageStore(database.prisma)
  const messageVault = createMessageVault(keys)
  const operator = createOperator({
    publicUrl,
    connectors,
    grants,
    inboxes,
    live,
    tickets,
    messages: { report: (inboxId) => reportOn(inboxId, messages, messageVault), retry: messages.retry },
  })

  await app.register(rateLimit, { global: false })
  const countFailure = createFailureCount(app, failuresPerMinute)
  const callers = createCallers(live, config.open, countFailure)
  const plugin = { callers, connectors, directory, telemetry, tickets }
  const logging = createLogging({
    connectors,
    directory,
    gathering,
    inboxes,
    store: messages,
    vault: messageVault,
    log: app.log,
  })
  const webhook = { connectors, gathering, requireInbox: callers.require, store: messages, vault: messageVault }
  const apiVault = createApiVault(keys)
  const inboxApi = createInboxApi({ loopback: config.open })
  const deliveries = createDeliveryStore(database.prisma)
  const sending = createSending({ api: inboxApi, deliveries, keys, vault: apiVault, log: app.log })
  const configure = { loopback: config.open, inboxes, live, requireInbox: callers.require, vault: apiVault }
  await app.register(async (inbox) => {
    await shedOverload(inbox)
    await inbox.register(pluginRoutes, plugin)
    await inbox.register(pluginRoutes, { ...plugin, prefix: '/inboxes/:key' })
    await inbox.register(webhookRoutes, webhook)
    await inbox.register(webhookRoutes, { ...webhook, prefix: '/inboxes/:key' })
    await inbox.register(configureRoutes, configure)
    await inbox.register(configureRoutes, { ...configure, prefix: '/inboxes/:key' })
    await inbox.register(sendingRoutes, { countFailure, defaultRegion: config.defaultRegion, inboxes, sending })
    await inbox.register(eventRoutes, { changes: createChanges(store, live, remembered), connectors, countFailure, publicUrl })
  })
  await app.register(async (pages) => {
    limitAtOnce(pages, pagesAtOnce)
    hideRoutes(pages)
    await pages.register(cookie)
    await servePages(pages, publicUrl, { formTargets: connectors.flatMap(({ oauth }) => oauth.logins?.origins ?? []) })
    await serveAssets(pages)
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
    await pages.register(apiDocs, { routes, publicUrl })
  })
  await app.register(async (pages) => {
    limitAtOnce(pages, pagesAtOnce)
    hideRoutes(pages)
    await pages.register(cookie)
    await servePages(pages, publicUrl, { scripts: true })
    const session = createOperatorSession(keys, adminToken, publicUrl)
    const insight = createInsight({ connectors, inboxes, activity, defaultRegion: config.defaultRegion })
    const countWrongSignIn = createFailureCount(app, wrongSignInsPerMinute)
    await pages.register(adminPages, {
      adminToken,
      connectors,
      countFailure: countWrongSignIn,
      insight,
      inspection,
      operator,
      publicUrl,
      session,
      tickets,
    })
  })
  const rotate = async () => {
    const { lost, ...counts } = await rotateKeys(store, parked, vault, keys)
    await resealMessages(messages, messageVault)
    await resealApis(inboxes, apiVault)
    live.forgetAll()
    return { ...counts, lost: [...lost] }
  }
  await app.register(healthRoutes, { database, ending })
  await app.register(adminApi, { prefix: '/admin/api', adminToken, countFailure, inspection, operator, rotate })

  const activityLog = createActivityLog(telemetry, activity)
  const upkeep = createUpkeep(
    [
      { name: 'renew tokens', every: 5_000, run: () => renewDue({ connectors, store, refresher }) },
      { name: 'revoke grants', every: 5_000, run: () => revocations.run() },
      { name: 'write down what inboxes ask', every: 5_000, run: () => activityLog.write() },
      { name: 'log messages', every: 2_000, run: () => logging.run() },
      { name: 'drop old messages', every: 10_000, run: () => messages.sweep(outcomesKeptForDays) },
      { name: 'forget what was sent', every: 60_000, run: () => deliveries.sweep(deliveriesKeptForDays) },
      { name: 'forget what ended or changed', every: 1_000, run: createForgetting(store, remembered) },
    ],
    app.log,
  )
  // Not for the command line, which has the same server answer without listening.
  app.addHook('onListen', async () => upkeep.start())
  app.addHook('onClose', async () => {
    await upkeep.stop()
    await logging.stop()
    await refresher.settled()
    await activityLog.write().catch(() => {})
    await inboxApi.close()
    await upstream.close()
  })
  return app
}

/** Wrong keys and tokens, by address: whoever guesses is slowed down, whoever has the right one never is. */
function createFailureCount(app: FastifyInstance, max: number) {
  const count = app.createRateLimit({ max, timeWindow: 60_000 })
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
