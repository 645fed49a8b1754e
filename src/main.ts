/** The production entry: settings, database, server; and a clean end on SIGTERM or SIGINT. */
import { enableCompileCache } from 'node:module'

enableCompileCache()

const { processEnvironment, readConfig } = await import('./config.ts')
const { startBridge } = await import('./start.ts')

try {
  const bridge = await startBridge(readConfig(processEnvironment()))
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => bridge.stop().then(() => process.exit(0)))
  }
} catch (error) {
  // One line: what stops a start is nearly always a setting, and its name is what the operator needs.
  console.error(error instanceof Error ? `crm-bridge: ${error.message}` : error)
  process.exit(1)
}
