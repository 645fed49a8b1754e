/** A load balancer as small as one can be: the servers in turn, those whose /readyz refuses left out, and nothing tried a second time. */
import { Agent, createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Balancer {
  readonly url: string
  /** How many of the servers are given questions at the moment. */
  inUse(): number
  close(): Promise<void>
}

/** @param probeEvery milliseconds between two looks at a server */
export async function startBalancer(servers: readonly { readonly url: string }[], probeEvery: number): Promise<Balancer> {
  // Connections are kept, as real ones keep them: a server that ends them carelessly breaks the question that comes next.
  const agent = new Agent({ keepAlive: true })
  const ready = new Set<string>()
  const look = async ({ url }: { readonly url: string }) => {
    const { ok } = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(2_000) }).catch(() => ({ ok: false }))
    if (ok) ready.add(url)
    else ready.delete(url)
  }
  let turn = 0
  const front = createServer((question, answer) => {
    const url = [...ready][turn++ % ready.size]
    if (url === undefined) return void answer.writeHead(502).end()
    const onward = request(`${url}${question.url}`, { agent, method: question.method, headers: question.headers }, (answered) => {
      const { connection: _hop, ...headers } = answered.headers
      answer.writeHead(answered.statusCode ?? 502, headers)
      answered.pipe(answer)
    })
    onward.on('error', () => (answer.headersSent ? answer.destroy() : answer.writeHead(502).end()))
    question.pipe(onward)
  })
  await Promise.all(servers.map(look))
  const looking = setInterval(() => servers.forEach(look), probeEvery)
  await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(front.address() as AddressInfo).port}`,
    inUse: () => ready.size,
    async close() {
      clearInterval(looking)
      front.closeAllConnections()
      agent.destroy()
      await new Promise((resolve) => front.close(resolve))
    },
  }
}
