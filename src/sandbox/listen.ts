// Where a sandbox listens, as an address that others can ask.

import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'

/** Listens on a host and port, 127.0.0.1 and a free one unless said; the answer is the origin to ask. */
export async function listen(
  app: FastifyInstance,
  { host = '127.0.0.1', port = 0 }: { readonly host?: string; readonly port?: number },
): Promise<string> {
  await app.listen({ host, port })
  const address = app.server.address() as AddressInfo
  // Whoever listens everywhere is reached on this machine.
  const named = address.address.replace(/^0\.0\.0\.0$/, '127.0.0.1').replace(/^::$/, '::1')
  return `http://${named.includes(':') ? `[${named}]` : named}:${address.port}`
}
