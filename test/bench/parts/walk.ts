/** An inbox's walk over all contacts, as every agent's start-up makes it. */
import { type Account, account } from '../accounts.ts'
import { startBridge, unlimited } from '../bridge.ts'
import { ask, post, walk } from '../client.ts'
import { crmPage } from '../crm-call.ts'
import type { Part } from '../part.ts'
import { startHelper } from '../processes.ts'
import { written } from '../statistics.ts'

const contacts = 10_000
const delay = 100

export const walking: Part = {
  name: 'walk',
  how:
    `${written(contacts)} contacts in ${written(contacts / 6)} companies, 100 a page, by a CRM that takes ${delay} ms; no limits, neither at the CRM nor in the bridge. Naively: ` +
    'the list call, the companies’ batch call, then the next page.',
  async run(bench) {
    const crm = await startHelper('stand-in')
    const bridge = await startBridge(bench, { hubspot: crm.url }, unlimited)
    const one = account({ contacts, companies: Math.ceil(contacts / 6), from: 0 })
    // Another account's first pages, so that this walk isn't also the process's first question.
    await walk(await bridge.inbox(account({ contacts: 2_000, companies: 300, from: 500_000 })))
    const inbox = await bridge.inbox(one)
    await crm.tell('prepare', one)
    await crm.tell('delay', delay)
    const [own, naive] = await Promise.all([timeOf(() => walk(inbox)), timeOf(() => walkNaively(crm.url, one))])
    for (const program of [bridge, crm]) await program.stop()
    for (const { result } of [own, naive]) {
      if (result.contacts !== contacts) throw new Error(`a walk met ${result.contacts} contacts`)
    }
    const share = own.ms / naive.ms
    return [
      {
        what: `a walk over ${written(contacts)} contacts, against page after page`,
        measured: `${written(share * 100, 0)} % (${written(own.ms / 1000)} of ${written(naive.ms / 1000)} s)`,
        target: '≤ 60 %',
        isMet: share <= 0.6,
      },
    ]
  },
}

type Listed = {
  results: { associations?: { companies: { results: { id: string }[] } } }[]
  paging?: { next?: { after: string } }
}

async function walkNaively(url: string, one: Account): Promise<{ contacts: number }> {
  let met = 0
  for (let after = 0; ; ) {
    const { path, headers } = crmPage(one, after)
    const page = JSON.parse((await ask(url + path, headers)).bytes.toString()) as Listed
    met += page.results.length
    const ids = page.results.flatMap(({ associations }) => associations?.companies.results.map(({ id }) => id) ?? [])
    const inputs = [...new Set(ids)].map((id) => ({ id }))
    await post(`${url}/crm/objects/2026-03/companies/batch/read`, headers, { inputs, properties: ['name'] })
    if (page.paging?.next === undefined) return { contacts: met }
    after = Number(page.paging.next.after)
  }
}

async function timeOf<T>(work: () => Promise<T>): Promise<{ ms: number; result: T }> {
  const begun = performance.now()
  const result = await work()
  return { ms: performance.now() - begun, result }
}
