/** All agents of all inboxes begin their work at once. */
import { setTimeout as sleep } from 'node:timers/promises'
import { account } from '../accounts.ts'
import { startBridge } from '../bridge.ts'
import { ask, inTurns, walk } from '../client.ts'
import type { Part } from '../part.ts'
import { startHelper } from '../processes.ts'
import type { Counts } from '../stand-in/call-counts.ts'
import { percentile, written } from '../statistics.ts'

const inboxes = 200
const agentsOfEach = 5
/** Most teams are small; a few walk for longer than a CRM's limits let them at once. */
const contactsOf = (inbox: number): number => (inbox % 20 === 0 ? 5_000 : 1_000)
const delay = 100
/** Between two searches in one inbox. Milliseconds. */
const searchEvery = 3_000

export const morning: Part = {
  name: 'morning',
  how:
    `${inboxes} inboxes with ${agentsOfEach} agents each, each inbox with a CRM account of its own: one in twenty of 5,000 contacts, the others of 1,000. The CRM takes ${delay} ms. ` +
    'All agents walk over their inbox’s contacts at once, 100 a page; all the while somebody in each inbox searches for a name, every ' +
    `${searchEvery / 1000} s. The settings are the defaults; the stand-in counts calls and searches of each account in every 10 s and every second.`,
  async run(bench) {
    const crm = await startHelper('stand-in')
    const bridge = await startBridge(bench, { hubspot: crm.url })
    let from = 0
    const accounts = Array.from({ length: inboxes }, (_, index) => {
      const contacts = contactsOf(index)
      from += contacts
      return account({ contacts, companies: Math.ceil(contacts / 6), from: from - contacts })
    })
    for (const one of accounts) await crm.tell('prepare', one)
    const urls = await inTurns(accounts, 4, (one) => bridge.inbox(one))
    await crm.tell('forget')
    await crm.tell('delay', delay)

    const begun = performance.now()
    const failures: string[] = []
    let isOver = false
    const agents = urls.flatMap((url, index) =>
      Array.from({ length: agentsOfEach }, () => ({ url, contacts: contactsOf(index) })),
    )
    const searching = urls.map((url, index) => search(url, index))
    const walks = await Promise.all(agents.map(walkOnce))
    const seconds = (performance.now() - begun) / 1000
    isOver = true
    const searches = (await Promise.all(searching)).flat()
    const counts = await crm.tell<Counts>('counts')
    for (const program of [bridge, crm]) await program.stop()

    async function walkOnce({ url, contacts }: { url: string; contacts: number }): Promise<boolean> {
      try {
        return (await walk(url)).contacts === contacts
      } catch (error) {
        failures.push(String(error))
        return false
      }
    }

    async function search(url: string, index: number): Promise<number[]> {
      const times: number[] = []
      // Not all in the same moment.
      await sleep((index * searchEvery) / inboxes)
      for (let turn = 0; !isOver; turn++) {
        const { status, ms } = await ask(`${url}/contacts/?search=name+${index}x${turn}`)
        times.push(status === 200 ? ms : Number.POSITIVE_INFINITY)
        await sleep(searchEvery)
      }
      return times
    }

    if (failures.length > 0) console.log(`  the first walk that failed: ${failures[0]}`)
    const complete = walks.filter(Boolean).length
    const slowest = Math.max(...searches)
    return [
      {
        what: `${written(agents.length)} agents of ${inboxes} inboxes walk at once: complete walks`,
        measured: `${written(complete)} in ${written(seconds)} s`,
        target: `${written(agents.length)}`,
        isMet: complete === agents.length,
      },
      {
        what: 'meanwhile: calls of one account in 10 s, at most',
        measured: written(counts.calls),
        target: '≤ 100',
        isMet: counts.calls <= 100,
      },
      {
        what: 'meanwhile: searches of one account in 1 s, at most',
        measured: written(counts.searches),
        target: '≤ 5',
        isMet: counts.searches <= 5,
      },
      {
        what: `meanwhile: ${written(searches.length)} searches, the slowest`,
        measured: `${written(slowest, 0)} ms (p50 ${written(percentile(searches, 0.5), 0)})`,
        target: '≤ 2,000 ms',
        isMet: slowest <= 2_000,
      },
    ]
  },
}
