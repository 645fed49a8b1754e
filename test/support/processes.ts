/** The bridge's programs as processes that a test may kill: several servers on one database, as behind a load balancer. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer, type Server as Listener, type Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { adminToken, consent, testKeys, unlimited } from './bridge.ts'
import type { Environment } from './child.ts'
import type { TestDatabase } from './database.ts'
import type { Json } from './json.ts'

const root = join(import.meta.dirname, '../..')

export interface Program {
  /** What it has written so far. */
  output(): string
  /** Its exit code; null when a signal ended it. */
  readonly ended: Promise<number | null>
  /** SIGKILL, which leaves it no time for anything. Resolves when it is gone. */
  kill(): Promise<void>
  /** SIGTERM, and the exit code that it leaves with. */
  stop(): Promise<number | null>
  /** Makes it stand still, as a virtual machine that is moved. */
  pause(): void
  resume(): void
}

export interface Server extends Program {
  readonly url: string
  readonly settings: ServerSettings
}

export type ServerSettings = Environment & { readonly PORT: string }

const running = new Set<ChildProcess>()
// What a test that failed has left behind ends with its worker, which the test runner ends in this way.
process.once('SIGTERM', () => {
  for (const child of running) child.kill('SIGKILL')
  process.exit()
})

/** Starts `src/main.ts` or `src/cli.ts`, and waits for nothing. It is given no more of the test run's environment than where programs are. */
export function launch(program: 'main.ts' | 'cli.ts', args: readonly string[], environment: Environment): Program {
  const compiled = join(root, 'node_modules/.cache/crm-bridge/compiled')
  const env = { PATH: process.env.PATH ?? '', NODE_COMPILE_CACHE: compiled, ...environment }
  const child = spawn(process.execPath, [join(root, 'src', program), ...args], { cwd: environment.DATA_DIR, env, stdio: 'pipe' })
  running.add(child)
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  const ended = once(child, 'close').then(([code]) => {
    running.delete(child)
    return code as number | null
  })
  const end = (signal: NodeJS.Signals) => {
    child.kill(signal)
    return ended
  }
  return {
    output: () => output,
    ended,
    kill: async () => {
      await end('SIGKILL')
    },
    stop: () => end('SIGTERM'),
    pause: () => child.kill('SIGSTOP'),
    resume: () => child.kill('SIGCONT'),
  }
}

/** Starts a server and waits until it answers. */
export async function startServer(settings: ServerSettings): Promise<Server> {
  const program = launch('main.ts', [], settings)
  const url = `http://127.0.0.1:${settings.PORT}`
  let hasEnded = false
  program.ended.then(() => {
    hasEnded = true
  })
  const giveUp = Date.now() + 60_000
  while (!(await answers(url))) {
    if (hasEnded || Date.now() > giveUp) {
      await program.kill()
      throw new Error(`the server doesn't start: ${program.output()}`)
    }
    await sleep(25)
  }
  return { ...program, url, settings }
}

const answers = (url: string): Promise<boolean> =>
  fetch(url).then(
    ({ ok }) => ok,
    () => false,
  )

/** What a server is started with that has the database for its own, or shares it, and no limits on calls to its CRM. */
export async function settingsFor({ environment }: TestDatabase, own: Environment = {}): Promise<ServerSettings> {
  return {
    PORT: String(await quietPort()),
    ENCRYPTION_KEYS: testKeys,
    ADMIN_TOKEN: adminToken,
    LOG_LEVEL: 'warn',
    ...unlimited,
    ...environment,
    ...own,
  }
}

/** A free port below those that outgoing connections are given: it stays free while whoever listens on it is gone for a moment. */
async function quietPort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000)
    const listener = createServer()
    if (await listen(listener, port)) return new Promise((resolve) => listener.close(() => resolve(port)))
  }
}

/** False when the port is taken. */
function listen(listener: Listener, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    listener.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true))
  })
}

export type Reply = { readonly status: number; readonly headers: Headers; readonly json: Json }

/** Longer than any answer may take. Milliseconds. */
const patience = 20_000

/** Asks a server as an inbox does; `key` as in the plugin URL. */
export function ask({ url }: Pick<Server, 'url'>, key: string, path: string): Promise<Reply> {
  return read(`${url}/inboxes/${key}${path}`)
}

/** Asks a server as the operator does. */
export function administer({ url }: Pick<Server, 'url'>, method: string, path: string, body?: object): Promise<Reply> {
  const headers = { authorization: `Bearer ${adminToken}`, ...(body && { 'content-type': 'application/json' }) }
  return read(`${url}/admin/api${path}`, { method, headers, body: body ? JSON.stringify(body) : null })
}

async function read(url: string, init: RequestInit = {}): Promise<Reply> {
  const response = await fetch(url, { ...init, signal: AbortSignal.timeout(patience) })
  return { status: response.status, headers: response.headers, json: await response.json() }
}

export type NewInbox = { readonly id: string; readonly key: string; readonly connectUrl: string }

export async function createInbox(server: Server, name = 'Support'): Promise<NewInbox> {
  const { status, json } = await administer(server, 'POST', '/inboxes', { name })
  if (status !== 201) throw new Error(`no inbox is created: ${status} ${JSON.stringify(json)}`)
  return { id: json.id, key: json.plugin_url.split('/').at(-1), connectUrl: json.connect_url }
}

/** A new inbox that went through the whole consent at this server. */
export async function connectInbox(server: Server, name?: string): Promise<NewInbox> {
  const inbox = await createInbox(server, name)
  const { url, html } = await consent(inbox.connectUrl)
  if (!url.endsWith('/connected')) throw new Error(`consent ended at ${url}: ${html}`)
  return inbox
}

/** Asks the database itself, where it is a server. */
export async function query({ environment }: TestDatabase, statement: string, values: readonly unknown[] = []): Promise<Json[]> {
  const client = new pg.Client({ connectionString: environment.DATABASE_URL })
  await client.connect()
  try {
    return (await client.query(statement, [...values])).rows
  } finally {
    await client.end()
  }
}

/** The inbox's connection as it is stored. */
export async function storedConnection(database: TestDatabase, { id }: NewInbox): Promise<Json> {
  const [row] = await query(database, 'SELECT * FROM "Connection" WHERE "inboxId" = $1', [id])
  return row
}

/** The network between a bridge and something that it needs, which a test may disturb. */
export interface Line {
  readonly port: number
  /** Ends all connections and refuses new ones. */
  cut(): Promise<void>
  /** Lets connections stand and takes new ones, but nothing passes any more. */
  freeze(): void
  /** Lets new connections through. Frozen ones stay as they are, as where a firewall has forgotten them. */
  restore(): Promise<void>
  close(): Promise<void>
}

/** @param target the port on this machine that it leads to */
export async function startLine(target: number): Promise<Line> {
  const sockets = new Set<Socket>()
  const leads = new Map<Socket, Socket>()
  let frozen = false
  const keep = (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => {}).once('close', () => sockets.delete(socket))
    return socket
  }
  const server = createServer({ allowHalfOpen: false }, (near) => {
    keep(near)
    if (frozen) {
      near.pause()
      return
    }
    const far = keep(connect(target, '127.0.0.1'))
    leads.set(near, far)
    near.pipe(far).pipe(near)
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const)
      one.once('close', () => other.destroy())
    near.once('close', () => leads.delete(near))
  })
  const port = await quietPort()
  const open = async () => {
    if (!(await listen(server, port))) throw new Error(`the line’s port ${port} was taken`)
  }
  await open()
  const cut = async () => {
    for (const socket of sockets) socket.destroy()
    if (server.listening) await new Promise((resolve) => server.close(resolve))
  }
  return {
    port,
    cut,
    freeze() {
      frozen = true
      for (const [near, far] of leads) {
        near.unpipe(far).pause()
        far.unpipe(near).pause()
      }
    },
    async restore() {
      frozen = false
      if (!server.listening) await open()
    },
    close: cut,
  }
}
