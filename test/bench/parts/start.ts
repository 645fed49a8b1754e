/** From the start of the process to the first answer. */
import { once } from 'node:events'
import { freePort } from '../../support/bridge.ts'
import { startBridge, untilItAnswers } from '../bridge.ts'
import type { Part } from '../part.ts'
import { startHelper, startProgram } from '../processes.ts'
import { median, written } from '../statistics.ts'

const starts = 9

export const startUp: Part = {
  name: 'start',
  how:
    'From spawning the process to its first answer, on a PostgreSQL database that is migrated already, in turns with Fastify with one route; ' +
    `medians of ${starts}. Like every start but the first, the bridge's finds its modules in Node’s compile cache; bare Fastify uses none.`,
  async run(bench) {
    const crm = await startHelper('stand-in')
    const bridge = await startBridge(bench, { hubspot: crm.url })
    // One more for the compile cache, which the start that migrated wrote as it ended.
    await bridge.restart()
    const times: { bridge: number; bare: number }[] = []
    for (let turn = 0; turn < starts; turn++) times.push({ bare: await bareFastify(), bridge: await bridge.restart() })
    for (const program of [bridge, crm]) await program.stop()
    const bare = median(times.map((time) => time.bare))
    const own = median(times.map((time) => time.bridge))
    return [
      { what: 'start to first answer', measured: `${written(own)} ms`, target: '≤ 600 ms', isMet: own <= 600 },
      {
        what: 'start to first answer, against a bare Fastify',
        measured: `${written(own / bare)} × (${written(bare)} ms)`,
        target: '≤ 3.5 ×',
        isMet: own <= 3.5 * bare,
      },
    ]
  },
}

async function bareFastify(): Promise<number> {
  const port = String(await freePort())
  const begun = performance.now()
  const { program, child } = startProgram('bare-fastify', { PORT: port })
  await untilItAnswers(`http://127.0.0.1:${port}`, once(child, 'close'))
  const time = performance.now() - begun
  await program.stop()
  return time
}
