/** The bridge's own programs as child processes, as an operator runs them. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const root = join(import.meta.dirname, '../..')

export type Ran = { readonly code: number | null; readonly stdout: string; readonly stderr: string }
export type Environment = Readonly<Record<string, string>>

/** Nothing of the test run's own environment but where programs are: what a test doesn't set isn't set. Compiled modules are kept. */
function start(program: string, args: readonly string[], environment: Environment): { child: ChildProcess; output: Ran } {
  const compiled = join(root, 'node_modules/.cache/crm-bridge/compiled')
  const env = { PATH: process.env.PATH ?? '', NODE_COMPILE_CACHE: compiled, ...environment }
  const child = spawn(process.execPath, [join(root, 'src', program), ...args], { cwd: environment.DATA_DIR, env, stdio: 'pipe' })
  const output = { code: null, stdout: '', stderr: '' }
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output.stdout += text
  })
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    output.stderr += text
  })
  return { child, output }
}

/** Runs a program to its end. */
export async function run(program: string, args: readonly string[], environment: Environment): Promise<Ran> {
  const { child, output } = start(program, args, environment)
  const [code] = await once(child, 'close')
  return { ...output, code }
}

export interface Server {
  readonly url: string
  /** What it has written so far. */
  output(): string
  /** SIGTERM, and the exit code that it leaves with. Again does nothing. */
  stop(): Promise<number | null>
}

/** Starts `src/main.ts` and waits until it answers. */
export async function startServer(environment: Environment & { readonly PORT: string }): Promise<Server> {
  const { child, output } = start('main.ts', [], environment)
  const url = `http://127.0.0.1:${environment.PORT}`
  const ended = once(child, 'close')
  const text = () => output.stdout + output.stderr
  const giveUp = Date.now() + 40_000
  while (!(await answers(url))) {
    if (child.exitCode !== null || Date.now() > giveUp) {
      child.kill('SIGKILL')
      throw new Error(`the server doesn't start: ${text()}`)
    }
    await sleep(50)
  }
  return {
    url,
    output: text,
    async stop() {
      child.kill('SIGTERM')
      const [code] = await ended
      return code
    },
  }
}

const answers = (url: string): Promise<boolean> =>
  fetch(url).then(
    ({ ok }) => ok,
    () => false,
  )
