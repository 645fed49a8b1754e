/** Where Prometheus fetches its figures: on a port of its own, which nobody outside needs to reach. */
import { createServer } from 'node:http'
import type { ConnectionStore } from '../connections/connection-store.ts'
import type { Telemetry } from '../telemetry.ts'
import { createMetrics } from './metrics.ts'

export type MetricsOptions = {
  readonly host: string
  readonly port: number
  readonly telemetry: Telemetry
  readonly store: Pick<ConnectionStore, 'count'>
}

/** Counts from now on, and answers `GET /metrics`. Rejects with the error of a port that can't be listened on. */
export async function serveMetrics({ host, port, telemetry, store }: MetricsOptions): Promise<{ close(): Promise<void> }> {
  const metrics = createMetrics(telemetry, store)
  const server = createServer(async ({ method, url }, response) => {
    if ((method !== 'GET' && method !== 'HEAD') || url?.split('?')[0] !== '/metrics') return void response.writeHead(404).end()
    const text = await metrics.text().catch(() => null)
    if (text === null) return void response.writeHead(500).end()
    response.writeHead(200, { 'content-type': metrics.contentType, 'cache-control': 'no-store' }).end(text)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, host, () => resolve())
  })
  return {
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
