/** node:http on a free port of loopback, with connections that stay open longer than any pause in a measurement. */
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'

export async function listen(answer: RequestListener): Promise<string> {
  const server = createServer({ keepAliveTimeout: 300_000 }, answer)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
