/** Processor time of a cold page. */
import { atSalesforce } from '../../support/bridge.ts'
import { type Account, account } from '../accounts.ts'
import { app, type Bridge, startBridge, unlimited } from '../bridge.ts'
import { ask, askContacts, inTurns, walk } from '../client.ts'
import { crmPage } from '../crm-call.ts'
import type { Part, Row } from '../part.ts'
import { type Helper, type Program, startHelper } from '../processes.ts'
import { median, written } from '../statistics.ts'

const walkers = 4
/** Pages at the beginning of each walk that don't count: by them the bridge learns the companies and the total. */
const learning = 12
const counted = 60
const rounds = 9
/** Pages of each walker before the first round: it takes a thousand until the compiler has done all it can for each of the servers. */
const warming = 250
/** What each walker meets at Salesforce, two thousand an answer. Contacts. */
const atSandbox = 20_000

export const cpu: Part = {
  name: 'cpu',
  how:
    'Four inboxes walk over their contacts at once, 100 a page; the CRM answers at once, companies and total are known. The byte proxy ' +
    'and the naive passthrough are asked for the same pages. Processor time of the process as the scheduler counts it, a page, each ' +
    `in turns: the median of ${rounds} ratios, after a thousand pages by each. Salesforce’s are those of the project’s own sandbox, beside ` +
    'the same byte proxy.',
  async run(bench) {
    const crm = await startHelper('stand-in')
    const salesforce = await startHelper('salesforce', {
      CLIENT_ID: app.clientId,
      CLIENT_SECRET: app.clientSecret,
      CONTACTS: String(atSandbox),
    })
    const bridge = await startBridge(bench, { hubspot: crm.url, salesforce: salesforce.url }, unlimited)
    const byteProxy = await startHelper('byte-proxy', { UPSTREAM: crm.url })
    const naive = await startHelper('naive', { UPSTREAM: crm.url })
    let from = 0
    /** Accounts of so many pages each, with contacts that nobody has seen. */
    async function newAccounts(pages: number): Promise<Account[]> {
      const accounts: Account[] = []
      for (let index = 0; index < walkers; index++, from += pages * 100) {
        const one = account({ contacts: pages * 100, companies: 100, from })
        await crm.tell('prepare', one)
        accounts.push(one)
      }
      return accounts
    }

    const first = await newAccounts(learning + warming)
    for (const work of [() => passOn(byteProxy, first), () => passOn(naive, first), () => walkAll(bridge, first)]) await work()
    const spent: { proxy: number; naive: number; unseen: number; known: number; salesforce: number }[] = []
    for (let round = 0; round < rounds; round++) {
      const accounts = await newAccounts(learning + counted)
      spent.push({
        proxy: await passOn(byteProxy, accounts),
        naive: await passOn(naive, accounts),
        unseen: await walkAll(bridge, accounts),
        // By other inboxes of the same accounts: everything is asked again, but the numbers have been read before.
        known: await walkAll(bridge, accounts),
        salesforce: await walkSalesforce(bridge),
      })
    }
    for (const program of [bridge, crm, salesforce, byteProxy, naive]) await program.stop()

    const of = (name: keyof (typeof spent)[number]) => median(spent.map((round) => round[name]))
    const ratio = (name: keyof (typeof spent)[number]) => median(spent.map((round) => round[name] / round.proxy))
    const row = (what: string, name: keyof (typeof spent)[number]): Row => ({
      what,
      measured: `${written(ratio(name))} × (${written(of(name))} ms)`,
    })
    const target = (name: 'unseen' | 'known' | 'salesforce') => ({ target: '≤ 3 ×', isMet: ratio(name) <= 3 })
    return [
      { ...row('CPU of a cold page of contacts never seen, against a byte proxy', 'unseen'), ...target('unseen') },
      { ...row('CPU of a cold page whose phone numbers were read before', 'known'), ...target('known') },
      { ...row('CPU of a cold page of Salesforce’s contacts', 'salesforce'), ...target('salesforce') },
      row(`beside it: the naive passthrough (the byte proxy: ${written(of('proxy'))} ms)`, 'naive'),
    ]
  },
}

/** Milliseconds a page. */
async function passOn(through: Helper, accounts: readonly Account[]): Promise<number> {
  const pages = accounts.flatMap((one) =>
    Array.from({ length: pagesOf(one) }, (_, index) => crmPage(one, (learning + index) * 100)),
  )
  return costOf(through, pages.length, () =>
    inTurns(pages, walkers, async ({ path, headers }) => {
      const { status } = await ask(through.url + path, headers)
      if (status !== 200) throw new Error(`a page is answered ${status}`)
    }),
  )
}

/** Milliseconds a page. */
async function walkAll(bridge: Bridge, accounts: readonly Account[]): Promise<number> {
  const inboxes: { url: string; from: string }[] = []
  for (const one of accounts) {
    const url = await bridge.inbox(one)
    const { next } = await walk(url, { pages: learning })
    inboxes.push({ url, from: next })
  }
  const pages = accounts.reduce((sum, one) => sum + pagesOf(one), 0)
  return costOf(bridge.process(), pages, () => Promise.all(inboxes.map(({ url, from }) => walk(url, { from }))))
}

/** Milliseconds a page: new inboxes of one org, each with answers of its own. */
async function walkSalesforce(bridge: Bridge): Promise<number> {
  const inboxes: string[] = []
  for (let index = 0; index < walkers; index++) {
    const url = await bridge.sandboxInbox(atSalesforce)
    // What the org's objects and fields are, a connection asks once.
    await askContacts(url, '?limit=1')
    inboxes.push(url)
  }
  const before = bridge.process().cpu()
  const walks = await Promise.all(inboxes.map((url) => walk(url)))
  return (bridge.process().cpu() - before) / walks.reduce((pages, { tokens }) => pages + tokens.length, 0)
}

/** That count. */
const pagesOf = ({ contacts }: Account): number => contacts / 100 - learning

async function costOf(program: Program, pages: number, work: () => Promise<unknown>): Promise<number> {
  const before = program.cpu()
  await work()
  return (program.cpu() - before) / pages
}
