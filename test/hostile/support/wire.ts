/** A client that says bytes, not requests, and reads what comes back. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { Answer } from './requests.ts'

/** How long an answer may take. Milliseconds. */
const patience = 5_000

export class Wire implements AsyncDisposable {
  readonly #socket: Socket
  readonly #closed: Promise<void>
  #received = Buffer.alloc(0)
  #isClosed = false

  private constructor(socket: Socket) {
    this.#socket = socket
    this.#closed = new Promise((resolve) => {
      socket.once('close', () => {
        this.#isClosed = true
        resolve()
      })
    })
    // A reset is an end as well.
    socket.on('error', () => {})
    socket.on('data', (bytes) => {
      this.#received = Buffer.concat([this.#received, bytes])
    })
  }

  static async to(port: number): Promise<Wire> {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
    const wire = new Wire(socket)
    await once(socket, 'connect')
    socket.once('end', () => socket.end())
    return wire
  }

  say(bytes: string | Buffer): this {
    if (!this.#socket.destroyed) this.#socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes)
    return this
  }

  /** Says that nothing more comes, and goes on listening. */
  hangUp(): this {
    this.#socket.end()
    return this
  }

  /** Gone, without a word. */
  vanish(): void {
    this.#socket.destroy()
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  /** The final answers so far; what came before them, such as `100 Continue`, is left out. */
  get answers(): readonly Answer[] {
    return readAnswers(this.#received).filter(({ status }) => status >= 200)
  }

  get text(): string {
    return this.#received.toString('latin1')
  }

  /** Waits for so many answers, or for the end of the connection. */
  async heard(count: number): Promise<readonly Answer[]> {
    const giveUp = AbortSignal.timeout(patience)
    while (!this.#isClosed && this.answers.length < count) {
      giveUp.throwIfAborted()
      await Promise.race([this.#closed, once(this.#socket, 'data', { signal: giveUp }).catch(() => {})])
    }
    return this.answers
  }

  /** Waits until the server has closed. */
  async closed(within = patience): Promise<readonly Answer[]> {
    const timer = AbortSignal.timeout(within)
    await Promise.race([this.#closed, once(timer, 'abort')])
    timer.throwIfAborted()
    return this.answers
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.destroy()
    await this.#closed
  }
}

/** One request and its connection, until the server closes it. */
export async function say(port: number, bytes: string | Buffer): Promise<{ answers: readonly Answer[]; text: string }> {
  await using wire = await Wire.to(port)
  const answers = await wire.say(bytes).closed()
  return { answers, text: wire.text }
}

/** Whole answers, one after the other. @see https://www.rfc-editor.org/rfc/rfc9112#section-6.3 */
function readAnswers(bytes: Buffer): Answer[] {
  const answers: Answer[] = []
  let rest = bytes
  for (;;) {
    const end = rest.indexOf('\r\n\r\n')
    if (end < 0) return answers
    const [first = '', ...lines] = rest.subarray(0, end).toString('latin1').split('\r\n')
    const [, status] = /^HTTP\/1\.1 (\d{3}) /.exec(first) ?? []
    if (status === undefined) throw new Error(`no answer begins with ${first}`)
    const headers: Record<string, string[]> = {}
    for (const line of lines) {
      const [, name = '', value = ''] = /^([\w-]+): ?(.*)$/.exec(line) ?? []
      if (name === '') throw new Error(`no header is ${line}`)
      headers[name.toLowerCase()] = [...(headers[name.toLowerCase()] ?? []), value]
    }
    const body = readBody(rest.subarray(end + 4), Number(status), headers)
    if (body === null) return answers
    answers.push({ status: Number(status), headers, body: body.text })
    rest = body.rest
  }
}

function readBody(bytes: Buffer, status: number, headers: Record<string, string[]>): { text: string; rest: Buffer } | null {
  if (status < 200 || status === 304) return { text: '', rest: bytes }
  if (headers['transfer-encoding']?.[0] !== 'chunked') {
    const length = Number(headers['content-length']?.[0] ?? 0)
    return bytes.length < length ? null : { text: bytes.subarray(0, length).toString(), rest: bytes.subarray(length) }
  }
  const chunks: Buffer[] = []
  for (let rest = bytes; ; ) {
    const line = rest.indexOf('\r\n')
    const length = Number.parseInt(rest.subarray(0, Math.max(line, 0)).toString(), 16)
    if (line < 0 || rest.length < line + 2 + length + 2) return null
    chunks.push(rest.subarray(line + 2, line + 2 + length))
    rest = rest.subarray(line + 2 + length + 2)
    if (length === 0) return { text: Buffer.concat(chunks).toString(), rest }
  }
}
