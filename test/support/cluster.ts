/** A PostgreSQL server, or PgBouncer before one, of a test's own: to be stopped and started as an operator or a failure would. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, existsSync, globSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { freePort } from './bridge.ts'

const run = promisify(execFile)

/** Where Debian has the server's programs; undefined where there are none. */
export const serverPrograms = globSync('/usr/lib/postgresql/*/bin').sort().at(-1)
export const hasPgBouncer = existsSync('/usr/sbin/pgbouncer')

/** Neither program runs as root: nobody does. */
const nobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {}

function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'crm-bridge-cluster-'))
  if (nobody.uid !== undefined) chownSync(folder, nobody.uid, nobody.gid)
  return folder
}

export interface Cluster {
  /** Of its database. */
  readonly url: string
  start(): Promise<void>
  /** `fast` ends every connection in good order, `immediate` is what a crash leaves. */
  stop(mode: 'fast' | 'immediate'): Promise<void>
  remove(): Promise<void>
}

export async function startCluster(): Promise<Cluster> {
  const programs = serverPrograms ?? ''
  const folder = makeFolder()
  const data = join(folder, 'data')
  const port = await freePort()
  const control = (...args: string[]) =>
    run(join(programs, 'pg_ctl'), ['--pgdata', data, '--wait', ...args], { cwd: folder, ...nobody })
  await run(join(programs, 'initdb'), ['--pgdata', data, '--username=postgres', '--auth=trust', '--no-sync', '--no-locale'], {
    cwd: folder,
    ...nobody,
  })
  const options = `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off`
  const cluster: Cluster = {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    async start() {
      await control('start', '--silent', '--log', join(folder, 'log'), '--options', options)
    },
    async stop(mode) {
      await control('stop', '--mode', mode)
    },
    async remove() {
      await cluster.stop('immediate').catch(() => {})
      rmSync(folder, { recursive: true, force: true })
    },
  }
  await cluster.start()
  return cluster
}

export interface Pooler {
  /** The same database, by way of it. */
  through(url: string): string
  close(): Promise<void>
}

/** PgBouncer in transaction mode. @param size connections to the server behind it */
export async function startPgBouncer(server: string, size: number): Promise<Pooler> {
  const { hostname, port: target, username, password } = new URL(server)
  const folder = makeFolder()
  const port = await freePort()
  const behind = `host=${hostname} port=${target || 5432} user=${username}${password && ` password=${password}`}`
  const settings = [
    '[databases]',
    `* = ${behind}`,
    '[pgbouncer]',
    'listen_addr = 127.0.0.1',
    `listen_port = ${port}`,
    'unix_socket_dir =',
    'auth_type = any',
    'pool_mode = transaction',
    `default_pool_size = ${size}`,
  ]
  const file = join(folder, 'pgbouncer.ini')
  writeFileSync(file, `${settings.join('\n')}\n`)
  chmodSync(file, 0o644)
  const child = spawn('/usr/sbin/pgbouncer', ['--quiet', file], { cwd: folder, stdio: 'ignore', ...nobody })
  await listening(port, child)
  return {
    through: (url) => Object.assign(new URL(url), { hostname: '127.0.0.1', port: String(port), password: '' }).href,
    async close() {
      child.kill('SIGKILL')
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function listening(port: number, child: ChildProcess): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const socket = connect(port, '127.0.0.1')
    const [event] = await Promise.race([
      once(socket, 'connect').then(() => ['up']),
      once(socket, 'error').then(() => ['down']),
    ]).catch(() => ['down'])
    socket.destroy()
    if (event === 'up') return
    if (child.exitCode !== null) break
    await sleep(25)
  }
  throw new Error('PgBouncer doesn’t start')
}
