/** A server of a few lines that answers as a test says, and knows what it was asked. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export type Received = {
  readonly method: string
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
  /** When it came, by `performance.now()`. */
  readonly at: number
  /** Resolves when the connection it came on is closed. */
  readonly gone: Promise<void>
}

/** What to do with the nth request, counted from 0. */
export type Answer = (response: ServerResponse, nth: number, request: Received) => unknown

export interface StandIn {
  readonly url: string
  readonly requests: readonly Received[]
  close(): Promise<void>
}

export async function startStandIn(answer: Answer): Promise<StandIn> {
  const requests: Received[] = []
  const server = createServer(async (request, response) => {
    // A connection that is kept has more than a few requests.
    request.socket.setMaxListeners(0)
    const gone = new Promise<void>((resolve) => request.socket.once('close', () => resolve()))
    const at = performance.now()
    const chunks: Buffer[] = []
    try {
      for await (const chunk of request) chunks.push(chunk)
    } catch {
      return
    }
    const { method = '', url = '', headers } = request
    const received = { method, path: url, headers, body: Buffer.concat(chunks).toString(), at, gone }
    requests.push(received)
    await answer(response, requests.length - 1, received)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close() {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}

/** A whole answer at once. */
export function answerWith(
  status: number,
  body: unknown = '',
  headers: Readonly<Record<string, string>> = {},
): (response: ServerResponse) => void {
  return (response) => {
    const type = typeof body === 'string' ? 'text/html' : 'application/json'
    response.writeHead(status, { 'content-type': type, ...headers })
    response.end(typeof body === 'string' ? body : JSON.stringify(body))
  }
}

/** The connection ends with a reset before any answer. */
export const reset = (response: ServerResponse): void => {
  response.socket?.resetAndDestroy()
}

/** Half of an answer, then the end of the connection. */
export const half = (response: ServerResponse): void => {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' })
  response.write('{"half":')
  setTimeout(() => response.destroy(), 10)
}

/** The address of a server that is down. */
export async function addressOfNobody(): Promise<string> {
  const { url, close } = await startStandIn(() => {})
  await close()
  return url
}
