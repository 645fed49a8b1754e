/** The same page again and again, from the bridge's memory. */
import { account } from '../accounts.ts'
import { startBridge } from '../bridge.ts'
import { ask } from '../client.ts'
import { type Answered, answersPerSecond } from '../load.ts'
import type { Part, Row } from '../part.ts'
import { type Program, startHelper } from '../processes.ts'
import { median, written } from '../statistics.ts'

const rounds = 8
const duration = 500
const clients = [10, 50]
const logs = [
  { level: 'silent', name: 'without a request log', least: 0.5 },
  { level: 'info', name: 'with its request log', least: 0.3 },
]

export const warm: Part = {
  name: 'warm',
  how:
    'Clients that each ask for the first page again as soon as they have it, from another process than the servers; bare node:http gives a ' +
    `constant buffer of the same size. Answers a second, each over ${duration / 1000} s in turns: the median of ${rounds} ratios. In brackets the ` +
    'ratio by processor time an answer, which others on the machine disturb less. The log goes to /dev/null.',
  async run(bench) {
    const crm = await startHelper('stand-in')
    const constant = await startHelper('constant')
    const bridge = await startBridge(bench, { hubspot: crm.url })
    const page = `${await bridge.inbox(account({ contacts: 10_000, companies: 100, from: 0 }))}/contacts/`
    const rows: Row[] = []
    for (const { level, name, least } of logs) {
      await bridge.restart({ LOG_LEVEL: level })
      const { bytes } = await ask(page)
      await constant.tell('give', bytes.length)
      const sides = { bridge: { url: page, program: bridge.process() }, constant: { url: constant.url, program: constant } }
      rows.push(...(await measure(sides)).map(toRow(name, least)))
    }
    for (const program of [bridge, constant, crm]) await program.stop()
    return rows
  },
}

type Side = { readonly url: string; readonly program: Program }
type Pair = { readonly clients: number; readonly bridge: Answered; readonly constant: Answered }

async function measure({ bridge, constant }: { bridge: Side; constant: Side }): Promise<Pair[][]> {
  const load = ({ url, program }: Side, count: number, milliseconds = duration) =>
    answersPerSecond(url, program, count, milliseconds)
  for (const side of [constant, bridge]) await load(side, 10, 1_500)
  const pairs: Pair[] = []
  for (let round = 0; round < rounds; round++) {
    for (const count of clients) {
      pairs.push({ clients: count, constant: await load(constant, count), bridge: await load(bridge, count) })
    }
  }
  return clients.map((count) => pairs.filter((pair) => pair.clients === count))
}

const toRow =
  (name: string, least: number) =>
  (pairs: readonly Pair[]): Row => {
    const ratio = median(pairs.map(({ bridge, constant }) => bridge.perSecond / constant.perSecond))
    const byTime = median(pairs.map(({ bridge, constant }) => constant.cpu / bridge.cpu))
    const perSecond = (side: 'bridge' | 'constant') => written(median(pairs.map((pair) => pair[side].perSecond)))
    return {
      what: `warm page, ${pairs[0]?.clients} clients, ${name}, against node:http with a constant buffer`,
      measured: `${written(ratio)} (${written(byTime)}; ${perSecond('bridge')} of ${perSecond('constant')} a second)`,
      target: `≥ ${least}`,
      isMet: ratio >= least,
    }
  }
