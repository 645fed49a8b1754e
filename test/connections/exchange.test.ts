/** What is left of an answer in memory. Everything else about calls is tested with the retries and deadlines around them. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { exchange, openSockets } from '../../src/connections/exchange.ts'
import { answerWith, type StandIn, startStandIn } from '../support/stand-in.ts'

let server: StandIn
let sockets: Awaited<ReturnType<typeof openSockets>>
beforeAll(async () => {
  server = await startStandIn(answerWith(200, 'x'.repeat(60_000)))
  sockets = await openSockets()
})
afterAll(async () => {
  await sockets.destroy()
  await server.close()
})

setFlagsFromString('--expose-gc')
/** Collects what is young, as V8 does all the time: not the whole heap. */
const collectYoung: (options: { type: 'minor' }) => void = runInNewContext('gc')

it('leaves nothing for a collection of the whole heap', async () => {
  const call = { url: server.url, method: 'GET', kind: 'api', headers: {} } as const
  const ask = async (times: number) => {
    for (let nth = 0; nth < times; nth += 1) {
      // Each with somebody who waits for it, and might leave.
      await exchange(sockets, call, new AbortController().signal)
      if (nth % 10 === 0) collectYoung({ type: 'minor' })
    }
    return process.memoryUsage().arrayBuffers
  }
  const before = await ask(20)
  const after = await ask(100)
  expect(after - before).toBeLessThan(2_000_000)
})
