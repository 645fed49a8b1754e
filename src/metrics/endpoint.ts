/** Where Prometheus fetches its figures: on a port of its own, which nobody outside needs to reach. */
import { createServer } from 'node:http'
import type { Telemetry } from '../telemetry.ts'
import { type Counts, createMetrics } from './metrics.ts'

export type MetricsOptions = {
  readonly host: string
  readonly port: number
  readonly telemetry: Telemetry
  readonly counts: Counts
}

/** Counts from now on, and answers `GET /metrics`. Rejects with the error of a port that can't be listened on. */
export async function serveMetrics({ host, port, telemetry, counts }: MetricsOptions): Promise<{ close(): Promise<void> }> {
  const metrics = createMetrics(telemetry, counts)
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
