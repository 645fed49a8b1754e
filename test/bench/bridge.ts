/** The bridge under measurement: `src/main.ts` as `npm start` runs it, on a PostgreSQL database of its own, with inboxes that consented. */
import { once } from 'node:events'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { adminToken, Browser, beginConsent, consent, freePort, type Login, testKeys } from '../support/bridge.ts'
import { createTestDatabase } from '../support/database.ts'
import { type Account, tokenOf } from './accounts.ts'
import type { Bench } from './part.ts'
import { type Environment, type Program, start } from './processes.ts'

const root = join(import.meta.dirname, '../..')
export const app = { clientId: 'bench-client', clientSecret: 'bench-secret' }

/** Settings for what is measured beyond a CRM's limits. */
export const unlimited = { HUBSPOT_SEARCHES_PER_SECOND: '0', HUBSPOT_CALLS_PER_10_SECONDS: '0' }

export interface Bridge {
  readonly url: string
  /** The process of now: a restart makes another. */
  process(): Program
  /** A new inbox, connected to an account of the stand-in; its plugin URL, which outlives restarts. */
  inbox(account: Account): Promise<string>
  /** The same at one of the project's own sandboxes, whose page says yes: HubSpot's, unless a login says otherwise. */
  sandboxInbox(login?: Login): Promise<string>
  /** Ends it and starts it again, with other settings; milliseconds from the start to the first answer. */
  restart(settings?: Environment): Promise<number>
  stop(): Promise<void>
}

const open = new Set<Bridge>()

/** For when a measurement breaks off: also drops the databases. */
export async function stopBridges(): Promise<void> {
  await Promise.all([...open].map((bridge) => bridge.stop()))
}

/** @param crms where the stand-ins are */
export async function startBridge(
  { server, profiles }: Bench,
  crms: { readonly hubspot: string; readonly salesforce?: string },
  settings: Environment = {},
): Promise<Bridge> {
  const database = await createTestDatabase(server)
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const environment = {
    PORT: String(port),
    PUBLIC_URL: url,
    ENCRYPTION_KEYS: testKeys,
    ADMIN_TOKEN: adminToken,
    LOG_LEVEL: 'silent',
    HUBSPOT_CLIENT_ID: app.clientId,
    HUBSPOT_CLIENT_SECRET: app.clientSecret,
    HUBSPOT_APP_URL: crms.hubspot,
    HUBSPOT_API_URL: crms.hubspot,
    ...(crms.salesforce && {
      SALESFORCE_CLIENT_ID: app.clientId,
      SALESFORCE_CLIENT_SECRET: app.clientSecret,
      SALESFORCE_LOGIN_URL: crms.salesforce,
      SALESFORCE_TEST_URL: crms.salesforce,
    }),
    ...database.environment,
    ...settings,
  }
  const profiling = profiles === null ? {} : { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${profiles}` }
  let program: Program | null = null
  let stopped: Promise<void> | null = null

  async function run(other: Environment = {}): Promise<number> {
    const begun = performance.now()
    // As `npm start` runs it, in the shell's own process. Its log goes to nobody, but is written; what stops a start is for whoever runs this.
    const started = start('sh', ['-c', startCommand()], {
      environment: { ...environment, ...profiling, ...other },
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    program = started.program
    await untilItAnswers(url, once(started.child, 'close'))
    return performance.now() - begun
  }

  const create = async (name: string) => {
    const headers = { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' }
    const answer = await fetch(`${url}/admin/api/inboxes`, { method: 'POST', headers, body: JSON.stringify({ name }) })
    return (await answer.json()) as { connect_url: string; plugin_url: string }
  }

  if (profiles !== null) mkdirSync(profiles, { recursive: true })
  const bridge: Bridge = {
    url,
    process: () => program as Program,
    async inbox(account) {
      const { connect_url, plugin_url } = await create(`Account ${account.portal}`)
      const browser = new Browser()
      const begun = await beginConsent(connect_url, browser)
      // The stand-in has no page to allow anything on: the code says which account it is.
      const asked = new URL(begun.headers.get('location') ?? '').searchParams
      const back = new URL(asked.get('redirect_uri') ?? '')
      back.search = String(new URLSearchParams({ code: tokenOf(account), state: asked.get('state') ?? '' }))
      const outcome = await browser.visit(back.href)
      refuseUnconnected(outcome.headers.get('location'), await outcome.text())
      return plugin_url
    },
    async sandboxInbox(login) {
      const { connect_url, plugin_url } = await create('Sandbox')
      const outcome = await consent(connect_url, 'allow', new Browser(), login)
      refuseUnconnected(outcome.url, outcome.html)
      return plugin_url
    },
    async restart(other) {
      await program?.stop()
      return run(other)
    },
    stop() {
      stopped ??= end()
      return stopped
    },
  }
  async function end(): Promise<void> {
    await program?.stop()
    await database.drop()
    open.delete(bridge)
  }
  open.add(bridge)
  await run()
  return bridge
}

function startCommand(): string {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: { start: string } }
  return scripts.start
}

function refuseUnconnected(location: string | null, page: string): void {
  if (!location?.endsWith('/connected')) throw new Error(`a consent ended at ${location}: ${page}`)
}

/** @throws {Error} when the process ends before */
export async function untilItAnswers(url: string, ended: Promise<unknown>): Promise<void> {
  let isOver = false
  ended.then(() => {
    isOver = true
  })
  const answers = () =>
    fetch(url).then(
      async (answer) => {
        await answer.arrayBuffer()
        return answer.ok
      },
      () => false,
    )
  while (!(await answers())) {
    if (isOver) throw new Error('a program ended before it answered')
    await sleep(5)
  }
}
