/** Minutes of questions to a CRM with random faults: every question is answered or refused clearly, nothing gets stuck, nothing leaks. */
import { setTimeout as sleep } from 'node:timers/promises'
import { errorCodes } from '../../../src/errors.ts'
import type { FaultOrder } from '../../../src/sandbox/faults.ts'
import { type HubSpotSandbox, startHubSpotSandbox } from '../../../src/sandbox/hubspot/server.ts'
import { app, startBridge, unlimited } from '../bridge.ts'
import { ask } from '../client.ts'
import type { Part } from '../part.ts'
import { written } from '../statistics.ts'

const seconds = Number(process.env.SOAK_SECONDS ?? 120)
const inboxCount = 6
const questionsPerSecond = 40
/** The deadline of a question, and something for a busy machine. Milliseconds. */
const longest = 10_000
/** From when nothing is wrong any more until every question has to succeed: a circuit's longest pause, and a trial. Milliseconds. */
const recovery = 12_000

/** What goes wrong for a moment, each on some of the paths. */
const faults: readonly FaultOrder[] = [
  { kind: 'hang' },
  { kind: 'reset' },
  { kind: 'html' },
  { kind: 'garbage' },
  { kind: 'half' },
  { kind: 'delay', delayMs: 3_000 },
  { kind: 'drip', delayMs: 200 },
  { kind: 'status', status: 500 },
  { kind: 'status', status: 503, headers: { 'retry-after': '1' } },
  { kind: 'status', status: 429, headers: { 'retry-after': '2' } },
  { kind: 'status', status: 403 },
  { kind: 'redirect', headers: { location: 'https://elsewhere.example/' } },
]
const paths = ['/crm/', '/crm/objects/2026-03/contacts/search', '/crm/objects/2026-03/companies', '/oauth/']

type Outcome = { readonly status: number; readonly problem: string | null; readonly ms: number }

export const soak: Part = {
  name: 'soak',
  how:
    `${inboxCount} inboxes ask ${questionsPerSecond} questions a second for ${seconds} s (SOAK_SECONDS) while the CRM hangs, drips, resets, lies, limits and refuses at random, ` +
    'and its tokens end every 20 s. Then all is well, and everything has to be answered.',
  async run(bench) {
    const crm = await startHubSpotSandbox({ ...app, contacts: 3_000, secret: 'soak', rateLimits: false, tokenLifetime: 20 })
    const bridge = await startBridge(bench, { hubspot: crm.url }, unlimited)
    const inboxes: string[] = []
    for (let index = 0; index < inboxCount; index++) inboxes.push(await bridge.sandboxInbox())

    await askFor(10, inboxes)
    await sleep(3_000)
    const before = bridge.process().memory().now
    const troubling = trouble(crm, seconds * 1000)
    const outcomes = await askFor(seconds, inboxes)
    await troubling
    crm.faults.clear()
    await sleep(recovery)
    const afterwards = await askFor(10, inboxes)
    await sleep(5_000)
    const after = bridge.process().memory().now
    await bridge.stop()
    await crm.close()

    const unclear = outcomes.filter(({ problem }) => problem !== null)
    const slowest = Math.max(...outcomes.map(({ ms }) => ms))
    const failed = afterwards.filter(({ status, problem }) => status !== 200 || problem !== null)
    const byStatus = Object.entries(Object.groupBy(outcomes, ({ status }) => status))
    const growth = after / before
    return [
      {
        what: `${written(outcomes.length)} questions amid faults, by status`,
        measured: byStatus.map(([status, all]) => `${status}: ${written(all?.length ?? 0)}`).join(', '),
      },
      {
        what: 'of them neither answered nor refused clearly',
        measured: `${unclear.length}${unclear.length > 0 ? ` (${unclear[0]?.problem})` : ''}`,
        target: '0',
        isMet: unclear.length === 0,
      },
      {
        what: 'the slowest of them',
        measured: `${written(slowest / 1000)} s`,
        target: `≤ ${longest / 1000} s`,
        isMet: slowest <= longest,
      },
      {
        what: `not answered ${recovery / 1000} s after the last fault`,
        measured: `${failed.length} of ${written(afterwards.length)}`,
        target: '0',
        isMet: failed.length === 0,
      },
      { what: 'memory after it, against before', measured: `${written(growth)} ×`, target: '≤ 1.3 ×', isMet: growth <= 1.3 },
    ]
  },
}

/** One fault after the other, each for a second or two, with moments of peace between. */
async function trouble(crm: HubSpotSandbox, milliseconds: number): Promise<void> {
  const until = performance.now() + milliseconds
  while (performance.now() < until) {
    const { id } = crm.faults.add({ ...any(faults), match: { path: any(paths) } })
    await sleep(500 + Math.random() * 2_000)
    crm.faults.remove(id)
    await sleep(Math.random() * 2_000)
  }
}

/** Asks at a steady rate, whether or not there are answers yet. */
async function askFor(duration: number, inboxes: readonly string[]): Promise<Outcome[]> {
  const asked: Promise<Outcome>[] = []
  for (let index = 0; index < duration * questionsPerSecond; index++) {
    asked.push(outcomeOf(any(inboxes) + any(questions)()))
    await sleep(1000 / questionsPerSecond)
  }
  return Promise.all(asked)
}

const questions = [
  () => '/contacts/',
  () => `/contacts/?limit=${1 + Math.floor(Math.random() * 100)}`,
  () => `/contacts/?search=${any(['an', 'mar', 'li', 'be', 'jo'])}${Math.floor(Math.random() * 50)}`,
  () => `/contacts/?search=%2B1415555${Math.floor(Math.random() * 9000) + 1000}`,
  () => `/contacts/4915${Math.floor(Math.random() * 1e9)}`,
  () => '/initialize',
]

async function outcomeOf(url: string): Promise<Outcome> {
  const begun = performance.now()
  try {
    const { status, ms, bytes } = await ask(url)
    return { status, ms, problem: problemOf(status, bytes.toString()) }
  } catch (error) {
    return { status: 0, ms: performance.now() - begun, problem: String(error) }
  }
}

/** Null for an answer, and for a refusal that says why. */
function problemOf(status: number, text: string): string | null {
  const body = JSON.parse(text) as { error?: { code?: string } }
  if (status === 200) return null
  const { code = '' } = body.error ?? {}
  return code in errorCodes && code !== 'internal' ? null : `${status}: ${text.slice(0, 200)}`
}

function any<T>(items: readonly T[]): T {
  return items[Math.floor(Math.random() * items.length)] as T
}
