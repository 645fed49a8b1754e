/** The production entry: settings, database, server; and a clean end on SIGTERM or SIGINT. */
import { enableCompileCache, flushCompileCache } from 'node:module'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'

import type { Bridge } from './start.ts'

// For who starts this file without `npm start`, which sets NODE_COMPILE_CACHE so that this file is in it, too. Node's own choice would be a
// folder that all of the machine's users share: whoever made it first would choose what runs here. Where this one can't be written to, there
// is no cache.
enableCompileCache(join(import.meta.dirname, '../node_modules/.cache/node'))

const { processEnvironment, readConfig } = await import('./config.ts')
const { startBridge } = await import('./start.ts')

let bridge: Bridge | undefined
// Listened to from the beginning: as process 1 of a container a signal is otherwise lost while the server starts.
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, async () => {
    await bridge?.stop()
    process.exit(0)
  })
}

try {
  bridge = await startBridge(readConfig(processEnvironment()))
  flushCompileCache()
  // From now on what runs often answers questions: V8 compiles it for speed after so many runs, not after 400, since a team asks a few times
  // a minute. From the beginning that would be what a start runs, for 10 to 20 MB.
  setFlagsFromString('--invocation-count-for-maglev=60')
  setFlagsFromString('--minimum-invocations-after-ic-update=60')
} catch (error) {
  // One line: what stops a start is nearly always a setting, and its name is what the operator needs.
  console.error(error instanceof Error ? `crm-bridge: ${error.message}` : error)
  process.exit(1)
}
