/** Whether a larger CRM makes an agent wait longer. */
import { account } from '../accounts.ts'
import { startBridge, unlimited } from '../bridge.ts'
import { ask, askContacts } from '../client.ts'
import { crmPage } from '../crm-call.ts'
import type { Part, Row } from '../part.ts'
import { startHelper } from '../processes.ts'
import { median, written } from '../statistics.ts'

const delay = 100
const sizes = [1_000, 10_000, 100_000, 1_000_000]
/** Inboxes for each size, asked one after the other. */
const each = 7

const questions = [
  { name: 'unknown', what: 'first page, companies not known', roundTrips: 2 },
  { name: 'known', what: 'first page, companies known', roundTrips: 1 },
  { name: 'phone', what: 'look-up of a phone number', roundTrips: 1 },
] as const

type Times = Record<(typeof questions)[number]['name'] | 'direct', number>

export const growth: Part = {
  name: 'growth',
  how:
    `The CRM takes ${delay} ms and grows from ${written(1_000)} to ${written(1_000_000)} contacts. For each size ${each} new inboxes ask one after ` +
    'the other for the first page, then for 99 of it, when the companies are known, and for the number of a contact; medians, beside the same ' +
    'page from the CRM directly.',
  async run(bench) {
    const crm = await startHelper('stand-in')
    const bridge = await startBridge(bench, { hubspot: crm.url }, unlimited)
    const times: { size: number; time: Times }[] = []

    async function askAll(size: number): Promise<Times> {
      const one = account({ contacts: size, companies: Math.ceil(size / 6), from: 0 })
      const inbox = await bridge.inbox(one)
      const number = await crm.tell<string>('whatsAppId', { account: one, from: (times.length * 37) % 900 })
      await crm.tell('delay', delay)
      // The inbox itself is read from the database once a second: that is another row's.
      await ask(`${inbox}/features`)
      const unknown = await askContacts(inbox, '?limit=100')
      const known = await askContacts(inbox, '?limit=99')
      const phone = await askContacts(inbox, number)
      if (phone.results.length === 0 || unknown.results.length !== 100) throw new Error('a question found too little')
      const { path, headers } = crmPage(one, 0)
      const direct = await ask(crm.url + path, headers)
      await crm.tell('delay', 0)
      return { unknown: unknown.ms, known: known.ms, phone: phone.ms, direct: direct.ms }
    }

    // The first ones load what a process needs once.
    for (let turn = 0; turn < 3; turn++) await askAll(1_000)
    for (let turn = 0; turn < each; turn++) for (const size of sizes) times.push({ size, time: await askAll(size) })
    for (const program of [bridge, crm]) await program.stop()

    const of = (name: keyof Times, size: number) =>
      median(times.filter((asked) => asked.size === size).map(({ time }) => time[name]))
    const roundTrip = median(times.map(({ time }) => time.direct))
    return questions.flatMap(({ name, what, roundTrips }): Row[] => {
      const bySize = sizes.map((size) => of(name, size))
      const slowest = Math.max(...bySize) - roundTrips * roundTrip
      const spread = Math.max(...bySize) / Math.min(...bySize)
      return [
        {
          what: `${what}: beyond ${roundTrips === 1 ? 'one round trip' : 'two round trips'} of ${written(roundTrip)} ms`,
          measured: `${written(slowest)} ms`,
          target: '≤ 10 ms',
          isMet: slowest <= 10,
        },
        {
          what: `${what}: 1,000 to 1,000,000 contacts, slowest against quickest`,
          measured: `${written(spread)} × (${bySize.map((ms) => written(ms, 0)).join(', ')} ms)`,
          target: '≤ 1.1 ×',
          isMet: spread <= 1.1,
        },
      ]
    })
  },
}
