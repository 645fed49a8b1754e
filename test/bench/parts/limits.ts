/** A busy team at a CRM account that refuses whatever goes beyond its limits. */
import { setTimeout as sleep } from 'node:timers/promises'
import { startHubSpotSandbox } from '../../../src/sandbox/hubspot/server.ts'
import { app, startBridge } from '../bridge.ts'
import { type Asked, ask, walk } from '../client.ts'
import type { Part } from '../part.ts'
import { percentile, written } from '../statistics.ts'

const agents = 50
const contacts = 3_000
const seconds = Number(process.env.LIMITS_SECONDS ?? 120)
/** What an agent asks in an hour: as many names as unknown numbers. A busy one asks once a minute. */
const questionsAnHour = 60
/** Hours of work that are done in one. */
const haste = 2

export const limits: Part = {
  name: 'limits',
  how:
    `${agents} agents of one account begin their work at once, each walking over its ${written(contacts)} contacts; then each asks ${questionsAnHour * haste} questions an hour, at random moments, ` +
    `for ${seconds} s (LIMITS_SECONDS): as much in each of its minutes as in ${haste} of an ordinary hour. No two ask for the same. The project’s own HubSpot sandbox refuses what is beyond HubSpot’s limits; the settings are the defaults.`,
  async run(bench) {
    const crm = await startHubSpotSandbox({ ...app, contacts, secret: 'limits' })
    const bridge = await startBridge(bench, { hubspot: crm.url })
    const url = await bridge.sandboxInbox()
    crm.clearCalls()
    const walks = Promise.all(Array.from({ length: agents }, () => walk(url)))
    const asked: Promise<Asked>[] = []
    const mean = 3_600_000 / (agents * questionsAnHour * haste)
    const until = performance.now() + seconds * 1000
    for (let nth = 0; performance.now() < until; nth++) {
      asked.push(ask(`${url}/contacts/${nth % 2 === 0 ? `?search=name+${nth.toString(36)}` : 491_512_000_000 + nth}`))
      // As independent people come: often several at once.
      await sleep(-Math.log(1 - Math.random()) * mean)
    }
    const complete = (await walks).filter((one) => one.contacts === contacts).length
    const answers = await Promise.all(asked)
    const calls = crm.calls().filter(({ kind }) => kind !== 'oauth')
    const refused = calls.filter(({ status }) => status === 429).length
    await bridge.stop()
    await crm.close()
    const failed = answers.filter(({ status }) => status !== 200).length
    const times = answers.map(({ ms }) => ms)
    return [
      {
        what: `${agents} agents begin at once: complete walks`,
        measured: `${complete}`,
        target: `${agents}`,
        isMet: complete === agents,
      },
      {
        what: `${written(calls.length)} calls for ${written(answers.length)} questions: refused by the CRM’s limits`,
        measured: `${refused}`,
        target: '0',
        isMet: refused === 0,
      },
      { what: 'questions not answered', measured: `${failed}`, target: '0', isMet: failed === 0 },
      {
        what: 'the slowest of them',
        measured: `${written(Math.max(...times), 0)} ms (p50 ${written(percentile(times, 0.5), 0)})`,
      },
    ]
  },
}
