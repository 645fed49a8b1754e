/** The wire to the CRMs: pooled sockets, one question's deadline down to the socket, retries of what can succeed, bounded answers. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { CallKind, HttpClient, HttpRequest, HttpResponse } from '../connectors/connector.ts'
import { lazily } from '../connectors/lazily.ts'
import { retryAfter } from '../connectors/retry-after.ts'
import { BridgeError, QuestionWithdrawn } from '../errors.ts'
import { type Circuits, createCircuits, type Verdict } from './circuits.ts'
import { exchange, openSockets } from './exchange.ts'

/** Takes one call from the account's budget, waiting for it briefly. @throws {BridgeError} crm_rate_limited */
export type Spend = (kind: CallKind, signal: AbortSignal) => Promise<void>

/** The signal's reason when the time for a question is over; any other reason means that nobody waits for the answer any more. */
export class DeadlineExceeded extends Error {
  constructor() {
    super('The deadline of the question has passed')
    this.name = 'DeadlineExceeded'
  }
}

export type Question = {
  readonly signal: AbortSignal
  readonly spend: Spend
  /** The CRM account, by a name that no other has. */
  readonly account: string
  /** The CRM's name, for what the caller is told. */
  readonly label: string
  /** Told of every call that was made, retries too; null = there was no answer. */
  readonly onCall?: (call: HttpRequest, response: HttpResponse | null, milliseconds: number) => void
  /** Told when no more calls are made to the account since it is down, and when they are again. */
  readonly onCircuit?: (isOpen: boolean) => void
}

export interface Upstream {
  /** A client for one question about one account. */
  client(question: Question): HttpClient
  close(): Promise<void>
}

const attempts = 3
/** The first retry comes after about this long, the next after twice as much. Milliseconds. */
const firstPause = 150

export function createUpstream(): Upstream {
  const circuits = createCircuits()
  const wire = createWire()
  return {
    client: (question) => (call) => send(wire, circuits, call, question),
    close: () => wire.close(),
  }
}

type Wire = ReturnType<typeof createWire>

/** The sockets, and the library for them, from the first call on: a server that waits for its first inbox does without. */
function createWire() {
  let isOpen = false
  const open = lazily(() => {
    isOpen = true
    return openSockets()
  })
  return {
    open,
    async close() {
      if (isOpen) await Promise.all(Object.values(await open()).map((agent) => agent.destroy()))
    },
  }
}

async function send(wire: Wire, circuits: Circuits, call: HttpRequest, question: Question): Promise<HttpResponse> {
  const signal = call.patience === undefined ? question.signal : AbortSignal.any([question.signal, deadline(call.patience)])
  let begun = 0
  let anew = false
  const once = async (isTrial: boolean) => {
    await question.spend(call.kind, signal)
    begun = performance.now()
    anew ||= isTrial
    const outcome = await attemptOnce(wire, call, signal, anew)
    question.onCall?.(call, 'response' in outcome ? outcome.response : null, performance.now() - begun)
    return outcome
  }
  for (let attempt = 1; ; attempt += 1) {
    const judgeIt = (tried: Outcome) =>
      isOfSocket(tried, anew) ? 'unknown' : judge(tried, call, signal, performance.now() - begun)
    const outcome = await circuits.through(question, once, judgeIt, call.patience === undefined)
    const last = attempt === (call.once ? 1 : attempts)
    if ('response' in outcome && (last || !mayPass(outcome.response.status))) return outcome.response
    if ('error' in outcome && (last || signal.aborted || !isConnectionTrouble(outcome.error)))
      throw toBridgeError(outcome.error, signal, question)
    anew ||= 'error' in outcome
    const pause = 'response' in outcome ? askedPause(outcome.response, attempt) : jitter(attempt)
    // Longer than the question can wait: the caller gets the CRM's own answer now, with its Retry-After.
    if (pause === null && 'response' in outcome) return outcome.response
    await sleep(pause ?? 0, undefined, { signal }).catch(() => {
      throw toBridgeError(signal.reason, signal, question)
    })
  }
}

type Outcome = { response: HttpResponse } | { error: unknown }

/** Somebody who leaves after this long leaves because there is no answer. Milliseconds. */
const longWait = 4_000

function judge(outcome: Outcome, { patience }: HttpRequest, signal: AbortSignal, took: number): Verdict {
  const isUp = 'response' in outcome ? outcome.response.status < 500 : outcome.error instanceof BridgeError
  if (isUp) return 'up'
  // What isn't worth waiting for says nothing of the rest when it fails.
  if (patience !== undefined) return 'unknown'
  return !signal.aborted || signal.reason instanceof DeadlineExceeded || took > longWait ? 'down' : 'unknown'
}

/** Whether it says something of a socket rather than of the CRM: what was kept open may have been closed by anybody on the way. */
function isOfSocket(outcome: Outcome, isNew: boolean): boolean {
  return !isNew && 'error' in outcome && brokenOff.has(codeOf(outcome.error))
}

async function attemptOnce(wire: Wire, call: HttpRequest, signal: AbortSignal, anew: boolean): Promise<Outcome> {
  try {
    const sockets = await wire.open()
    return { response: await exchange(anew ? sockets.anew : sockets.kept, call, signal) }
  } catch (error) {
    return { error }
  }
}

/** A signal that ends with {@link DeadlineExceeded}. Holds no process open. */
export function deadline(milliseconds: number): AbortSignal {
  const controller = new AbortController()
  setTimeout(() => controller.abort(new DeadlineExceeded()), milliseconds).unref()
  return controller.signal
}

/** Statuses by which a server says that the same call may succeed in a moment. */
const mayPass = (status: number): boolean =>
  status === 429 || status === 423 || status === 502 || status === 503 || status === 504

const jitter = (attempt: number): number => firstPause * 2 ** (attempt - 1) * (0.5 + Math.random())

/** Null = longer than a question waits. @see https://www.rfc-editor.org/rfc/rfc9110#field.retry-after */
function askedPause(response: HttpResponse, attempt: number): number | null {
  // HubSpot's 423: the record is locked for about two seconds.
  const asked = retryAfter(response) ?? (response.status === 423 ? 2 : null)
  if (asked === null) return jitter(attempt)
  return asked <= 3 ? asked * 1000 + jitter(1) : null
}

const brokenOff = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET', 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH'])
const unreachable = new Set(['ECONNREFUSED', 'UND_ERR_CONNECT_TIMEOUT'])

/** What isn't to be sent once is a read, so one that broke off may be sent again. */
function isConnectionTrouble(error: unknown): boolean {
  const code = codeOf(error)
  return brokenOff.has(code) || unreachable.has(code)
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''

function toBridgeError(error: unknown, signal: AbortSignal, { label }: Question): BridgeError {
  if (error instanceof BridgeError) return error
  if (signal.aborted) {
    return signal.reason instanceof DeadlineExceeded
      ? new BridgeError('crm_timeout', `${label} takes too long to answer. Ask again in a moment.`)
      : new QuestionWithdrawn()
  }
  return new BridgeError('crm_unavailable', `${label} can’t be reached at the moment. Ask again later.`, { cause: error })
}
