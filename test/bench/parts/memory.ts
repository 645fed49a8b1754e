/** What the process holds in memory: idle, under load, and after a great many questions. */
import { setTimeout as sleep } from 'node:timers/promises'
import { account } from '../accounts.ts'
import { type Bridge, startBridge, unlimited } from '../bridge.ts'
import { ask, inTurns, walk } from '../client.ts'
import type { Part } from '../part.ts'
import { startHelper } from '../processes.ts'
import { mean, written } from '../statistics.ts'

const questions = 100_000
const atOnce = 10
/** Growth from the second fifth of the load to the last that still counts as flat. */
const flat = 1.1

export const memory: Part = {
  name: 'memory',
  how:
    'Resident memory of the process, two inboxes connected, read four times a second. Idle: some seconds after the start, and after each inbox ' +
    `has asked its first questions. The load: ${written(questions)} questions, ${atOnce} at once, of a hundred 80 for the first page, 10 for unknown ` +
    'WhatsApp ids, 6 searches for names and 4 cold pages of 100. Flat: the mean of the last fifth is at most a tenth above that of the second.',
  async run(bench) {
    const crm = await startHelper('stand-in')
    const bridge = await startBridge(bench, { hubspot: crm.url }, unlimited)
    const accounts = [0, 500_000].map((from) => account({ contacts: 250_000, companies: 1_000, from }))
    const inboxes: string[] = []
    for (const one of accounts) inboxes.push(await bridge.inbox(one))
    await bridge.restart()
    await sleep(3_000)
    const started = bridge.process().memory().now
    for (const inbox of inboxes) {
      for (const path of ['/initialize', '/contacts/', '/contacts/?search=anna', '/contacts/4915112345678'])
        await ask(inbox + path)
    }
    await sleep(3_000)
    const idle = bridge.process().memory().now
    const samples = await load(bridge, inboxes)
    await sleep(5_000)
    const after = bridge.process().memory()
    for (const program of [bridge, crm]) await program.stop()

    const fifth = (index: number) => mean(samples.slice((samples.length * (index - 1)) / 5, (samples.length * index) / 5))
    const growth = fifth(5) / fifth(2)
    const megabytes = (value: number) => `${written(value, 0)} MB`
    return [
      { what: 'memory when started, idle', measured: megabytes(started), target: '≤ 130 MB', isMet: started <= 130 },
      { what: 'memory idle, once both inboxes have asked', measured: megabytes(idle), target: '≤ 130 MB', isMet: idle <= 130 },
      { what: 'memory under load, at most', measured: megabytes(after.peak), target: '≤ 220 MB', isMet: after.peak <= 220 },
      {
        what: `memory after ${written(questions)} questions`,
        measured: megabytes(after.now),
        target: '≤ 220 MB',
        isMet: after.now <= 220,
      },
      {
        what: 'memory in the last fifth of the load, against the second',
        measured: `${written(growth)} × (${megabytes(fifth(2))}, then ${megabytes(fifth(5))})`,
        target: `≤ ${flat} ×`,
        isMet: growth <= flat,
      },
    ]
  },
}

/** Puts the whole load on the bridge; its memory all the while. */
async function load(bridge: Bridge, inboxes: readonly string[]): Promise<number[]> {
  const samples: number[] = []
  const sampling = setInterval(() => samples.push(bridge.process().memory().now), 250)
  const walks = inboxes.map((url) => ({ url, next: '' }))
  const paths = Array.from({ length: questions }, (_, index) => pathOf(index))
  await inTurns(paths, atOnce, async (path) => {
    const one = walks[Math.floor(Math.random() * walks.length)] ?? { url: '', next: '' }
    if (path === 'page') {
      one.next = (await walk(one.url, { from: one.next, pages: 1 })).next
      return
    }
    const { status, bytes } = await ask(one.url + path)
    if (status !== 200) throw new Error(`${path} is answered ${status}: ${bytes.toString().slice(0, 300)}`)
  })
  clearInterval(sampling)
  return samples
}

function pathOf(index: number): string {
  const place = index % 25
  if (place === 7) return 'page'
  if (place === 3 || place === 17 || (place === 22 && index % 2 === 0)) return `/contacts/4915${String(100_000_000 + index)}`
  return place === 12 || (place === 22 && index % 2 === 1) ? `/contacts/?search=name+${index.toString(36)}` : '/contacts/'
}
