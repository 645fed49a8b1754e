/** Programs in processes of their own, so that each one's processor time and memory are its own. Linux only: read from /proc. */
import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const root = join(import.meta.dirname, '../..')

export interface Program {
  readonly pid: number
  /** Milliseconds of processor time of all its threads, so far. */
  cpu(): number
  /** Resident memory in MB, now and at its highest. */
  memory(): { readonly now: number; readonly peak: number }
  /** SIGTERM, and waits for the end. */
  stop(): Promise<void>
}

/** A program that tells where it listens, and does what it is told. */
export interface Helper extends Program {
  readonly url: string
  tell<T>(command: string, value?: unknown): Promise<T>
}

export type Environment = Readonly<Record<string, string>>

const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** In the project's folder, by the same Node as this process, with nothing else of its environment but where programs are. */
export function start(
  command: string,
  args: readonly string[],
  { environment, stdio }: { environment: Environment; stdio: StdioOptions },
): { program: Program; child: ChildProcess } {
  const path = `${dirname(process.execPath)}:${process.env.PATH ?? ''}`
  const child = spawn(command, args, { cwd: root, env: { PATH: path, ...environment }, stdio })
  running.add(child)
  const ended = once(child, 'close').then(() => running.delete(child))
  const pid = child.pid ?? 0
  const program = {
    pid,
    cpu: () => cpuOf(pid),
    memory: () => memoryOf(pid),
    async stop() {
      child.kill('SIGTERM')
      await ended
    },
  }
  return { program, child }
}

/** One of `programs/`. */
export function startProgram(name: string, environment: Environment, stdio: StdioOptions = 'inherit') {
  return start('node', [join(import.meta.dirname, 'programs', `${name}.ts`)], { environment, stdio })
}

export async function startHelper(name: string, environment: Environment = {}): Promise<Helper> {
  const { program, child } = startProgram(name, environment, ['ignore', 'inherit', 'inherit', 'ipc'])
  const waiting = new Map<number, (value: unknown) => void>()
  let asked = 0
  const url = await new Promise<string>((resolve, reject) => {
    child.once('close', () => reject(new Error(`${name} ended`)))
    child.on('message', (message: { url?: string; answerTo?: number; value?: unknown }) => {
      if (message.url !== undefined) resolve(message.url)
      if (message.answerTo !== undefined) waiting.get(message.answerTo)?.(message.value)
    })
  })
  return {
    ...program,
    url,
    tell<T>(command: string, value?: unknown) {
      asked += 1
      const id = asked
      child.send({ id, command, value })
      return new Promise<T>((resolve) => waiting.set(id, resolve as (value: unknown) => void))
    },
  }
}

/** From the scheduler's own count in nanoseconds: `stat` counts in hundredths of a second. */
function cpuOf(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`)
  const nanoseconds = threads.map((thread) => Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]))
  return nanoseconds.reduce((sum, value) => sum + value, 0) / 1e6
}

function memoryOf(pid: number): { now: number; peak: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const read = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]) / 1024
  return { now: read('VmRSS'), peak: read('VmHWM') }
}
