/** One HTTP request and its answer, over pooled sockets. */
import type { Agent, Dispatcher } from 'undici'
import type { Bytes, HttpRequest, HttpResponse } from '../connectors/connector.ts'
import { flatHeaders } from '../connectors/flat-headers.ts'
import { BridgeError } from '../errors.ts'
import { accepted, decode, decodedSize } from './content-coding.ts'
import { type Incoming, Inflow } from './inflow.ts'

/** Between two questions a connection stays open: a new one takes two round trips more, TCP's and TLS's. Shorter than networks remember idle ones, four minutes and more. Milliseconds. */
const keptOpen = 120_000

/** `kept` are used again and again, `anew` opens one for each request: a kept one may have died without anybody's saying so. */
export type Sockets = { readonly kept: Agent; readonly anew: Agent }

/** The parts of undici that this takes: with all of it, its fetch and WebSocket too, a process takes 14 MB more. */
export async function openSockets(): Promise<Sockets> {
  const { default: SocketAgent } = (await import('undici/lib/dispatcher/agent.js' as string)) as { default: typeof Agent }
  const options = { connections: mostAtOnce, connect: { timeout: 4_000 } }
  return {
    kept: new SocketAgent({ ...options, pipelining: 1, keepAliveTimeout: keptOpen }),
    // What undici takes for: closed behind each answer.
    anew: new SocketAgent({ ...options, pipelining: 0 }),
  }
}

/** To one host: HubSpot's is that of all its accounts, and those that hang mustn't keep the others waiting. */
const mostAtOnce = 256

/** A page of 100 contacts has some 70 KB, two thousand rows some 2 MB; whatever is beyond this is no answer to the bridge's questions. Bytes. */
const largestBody = 8 * 1024 * 1024
/** Of the process, as its memory is. */
const inflow = new Inflow({
  together: 32 * 1024 * 1024,
  each: 512 * 1024,
  goOn: 4,
  pace: { bytes: 64 * 1024, every: 500 },
})

/** Sends it, and collects the whole answer, of whatever status. @throws what undici does, BridgeError crm_protocol for a body that is too large or can't be decoded, or the signal's reason */
export function exchange(agent: Agent, { url, method, headers, body }: HttpRequest, signal: AbortSignal): Promise<HttpResponse> {
  return new Promise((resolve, reject) => {
    const pathAt = url.indexOf('/', url.indexOf('//') + 2)
    const handler = new Collector(signal, resolve, reject)
    agent.dispatch(
      {
        origin: pathAt < 0 ? url : url.slice(0, pathAt),
        path: pathAt < 0 ? '/' : url.slice(pathAt),
        method,
        headers: { 'user-agent': 'crm-bridge', 'accept-encoding': accepted, ...headers },
        body: body ?? null,
      },
      handler,
    )
  })
}

/** Undici's own collects through a stream, for which a page's answer waits some turns of the event loop. @see https://undici.nodejs.org/#/docs/api/Dispatcher */
class Collector implements Dispatcher.DispatchHandler, Incoming {
  readonly #signal: AbortSignal
  readonly #resolve: (response: HttpResponse) => void
  readonly #reject: (error: unknown) => void
  /** The caller's signal is aborted: nobody waits for the answer, nor for the socket. */
  readonly #leave: () => void
  #controller: Dispatcher.DispatchController | undefined
  #status = 0
  #headers: Record<string, string> = {}
  #chunks: Buffer[] = []
  #size = 0
  #waits = false

  constructor(signal: AbortSignal, resolve: (response: HttpResponse) => void, reject: (error: unknown) => void) {
    this.#signal = signal
    this.#resolve = resolve
    this.#reject = reject
    // V8 makes a function that is written right into a property where only whole collections look, and with it would stay all that it sees.
    const leave = () => (this.#waits ? this.refuse() : this.#fail(signal.reason))
    this.#leave = leave
    signal.addEventListener('abort', leave, { once: true })
    if (signal.aborted) leave()
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.#signal.aborted) controller.abort(this.#signal.reason)
  }

  onResponseStart(_controller: unknown, status: number, headers: Readonly<Record<string, unknown>>): void {
    this.#status = status
    this.#headers = flatHeaders(headers)
  }

  onResponseData(_controller: unknown, chunk: Buffer): void {
    this.#size += chunk.length
    if (this.#size > largestBody) {
      this.#fail(new BridgeError('crm_protocol', 'The CRM’s answer is too large to be one. Ask again later.'))
    } else {
      this.#chunks.push(chunk)
      inflow.grows(this, this.#size)
    }
  }

  onResponseEnd(): void {
    const isCompressed = this.#headers['content-encoding'] !== undefined
    const size = isCompressed ? Math.min(decodedSize(this.#chunks), largestBody) : this.#size
    inflow.isComplete(this, Math.max(size, this.#size), () => this.#read())
  }

  #read(): void {
    this.#end()
    try {
      this.#resolve(new Received(this.#status, this.#headers, this.#body()))
    } catch (cause) {
      this.#reject(new BridgeError('crm_protocol', 'The CRM’s answer could not be read. Ask again later.', { cause }))
    }
  }

  #body(): Chunks {
    const coding = this.#headers['content-encoding']
    if (coding === undefined) return new Chunks(this.#chunks, this.#size)
    const decoded = decode(Buffer.concat(this.#chunks, this.#size), coding, largestBody)
    return new Chunks([decoded], decoded.length)
  }

  onResponseError(_controller: unknown, error: Error): void {
    this.#fail(error)
  }

  pause(): void {
    this.#waits = true
    this.#controller?.pause()
  }

  resume(): void {
    this.#waits = false
    this.#controller?.resume()
  }

  /** Not for the CRM's sake: whoever waits for others here says nothing of it. */
  refuse(): void {
    const message = 'Too much comes in from CRMs at the moment. Ask again in a moment.'
    this.#fail(new BridgeError('bridge_unavailable', message, { retryAfter: 2 }))
  }

  #end(): void {
    this.#signal.removeEventListener('abort', this.#leave)
    inflow.ends(this)
  }

  #fail(error: unknown): void {
    this.#end()
    this.#chunks = []
    this.#reject(error)
    if (this.#controller?.aborted === false) this.#controller.abort(error instanceof Error ? error : new Error('aborted'))
  }
}

class Received implements HttpResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly bytes: Chunks

  constructor(status: number, headers: Readonly<Record<string, string>>, bytes: Chunks) {
    this.status = status
    this.headers = headers
    this.bytes = bytes
  }

  get body(): string {
    return this.bytes.toString()
  }
}

/** As they came from the socket: a page isn't copied together only to be copied to where it is read. */
class Chunks implements Bytes {
  readonly #chunks: readonly Buffer[]
  readonly length: number

  constructor(chunks: readonly Buffer[], length: number) {
    this.#chunks = chunks
    this.length = length
  }

  copy(target: Buffer, at: number): number {
    let end = at
    for (const chunk of this.#chunks) end += chunk.copy(target, end)
    return end - at
  }

  toString(): string {
    return Buffer.concat(this.#chunks, this.length).toString()
  }
}
