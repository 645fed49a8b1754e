/** What the bridge adds to the CRM's own time, for cold pages that are asked for at a fixed rate. */
import { type Account, account } from '../accounts.ts'
import { startBridge, unlimited } from '../bridge.ts'
import { arrive, ask, inTurns, post, walk } from '../client.ts'
import { type CrmCall, crmPage, crmSearch } from '../crm-call.ts'
import type { Part, Row } from '../part.ts'
import { startHelper } from '../processes.ts'
import { percentile, written } from '../statistics.ts'

const delay = 100
/** Arrivals a second, and for how many seconds. */
const rates = [
  { perSecond: 20, seconds: 6 },
  { perSecond: 50, seconds: 5 },
  { perSecond: 100, seconds: 3 },
]
const searches = { perSecond: 50, seconds: 5 }
const accountsAsked = 2
const pagesOfEach = 450
/** Pages of each inbox that are asked for before: the bridge learns the companies and the total, and gets warm. */
const learning = 100

/** One question, by way of the bridge, by another inbox of the same account, and put to the CRM itself. */
type Question = { readonly url: string; readonly again: string; readonly crm: CrmCall }

export const addedTime: Part = {
  name: 'added-time',
  how:
    `The CRM takes ${delay} ms. Questions arrive at a fixed rate, whether or not those before are answered, each for a page of 100 that nobody ` +
    'has asked for since the bridge started, and then for the same pages by other inboxes, when the phone numbers have been read; companies ' +
    'and total are known. The CRM calls each page the last, so that none is read ahead. ' +
    'Half-way between any two the same pages are asked from the CRM directly: what is added is the difference of the percentiles.',
  async run(bench) {
    const crm = await startHelper('stand-in')
    const bridge = await startBridge(bench, { hubspot: crm.url }, unlimited)
    const byteProxy = await startHelper('byte-proxy', { UPSTREAM: crm.url })
    const naive = await startHelper('naive', { UPSTREAM: crm.url })

    const contacts = pagesOfEach * 100
    const accounts = Array.from({ length: accountsAsked }, (_, index) =>
      account({ contacts, companies: 100, from: index * contacts }),
    )
    const lists: Question[][] = []
    for (const one of accounts) lists.push(await pagesOf([await bridge.inbox(one), await bridge.inbox(one)], one))
    const searched = account({ contacts, companies: 100, from: accountsAsked * contacts })
    const found = searchesFor(await bridge.inbox(searched), searched)

    // The tokens outlive the restart; pages and numbers don't.
    await bridge.restart()
    await crm.tell('endEverywhere')
    for (const one of accounts) await crm.tell('prepare', one)
    await crm.tell('prepareSearches', searched)
    const first = [...lists, found].flatMap((of) => of.slice(0, learning))
    await inTurns(first, 4, byBridge)
    await inTurns(first, 4, byBridgeAgain)
    for (const proxy of [byteProxy, naive]) await inTurns(first.filter(isList), 4, by(proxy.url))

    await crm.tell('delay', delay)
    const rows: Row[] = []
    const cold = shuffled(lists.flatMap((of) => of.slice(learning)))
    for (const { perSecond, seconds } of rates) {
      const asked = cold.splice(0, perSecond * seconds)
      const unseen = await compare(asked, perSecond, byBridge, by(crm.url))
      const known = await compare(asked, perSecond, byBridgeAgain, by(crm.url))
      const proxied = await compare(asked, perSecond, by(byteProxy.url), by(crm.url))
      const naively = await compare(asked, perSecond, by(naive.url), by(crm.url))
      const beside = ` (byte proxy ${figures(proxied)}, naive ${figures(naively)})`
      rows.push(toRow(`time added to a cold page of contacts never seen, ${perSecond} a second, p50 / p99`, unseen, beside))
      rows.push(toRow(`time added to a cold page whose numbers were read before, ${perSecond} a second`, known))
    }
    const asked = found.slice(learning, learning + searches.perSecond * searches.seconds)
    const added = await compare(asked, searches.perSecond, byBridge, by(crm.url))
    rows.push(toRow(`time added to a search that finds 100 never seen, ${searches.perSecond} a second`, added))
    for (const program of [bridge, byteProxy, naive, crm]) await program.stop()
    return rows
  },
}

const byBridge = ({ url }: Question) => ask(url)
const byBridgeAgain = ({ again }: Question) => ask(again)
const by =
  (url: string) =>
  ({ crm: { path, headers, body } }: Question) =>
    body === undefined ? ask(url + path, headers) : post(url + path, headers, body)
const isList = ({ crm: { body } }: Question): boolean => body === undefined

/** Every page of an account, by the tokens that the bridge gave each inbox for it. */
async function pagesOf(inboxes: readonly [string, string], one: Account): Promise<Question[]> {
  const [urls = [], again = []] = await Promise.all(
    inboxes.map(async (inbox) => {
      const { tokens } = await walk(inbox)
      return tokens.map((token) => `${inbox}/contacts/?limit=100&next_page_param=${token}`)
    }),
  )
  return urls.map((url, page) => ({ url, again: again[page] ?? '', crm: crmPage(one, page * 100) }))
}

/** As many searches, each of which finds another hundred. */
function searchesFor(inbox: string, one: Account): Question[] {
  return Array.from({ length: pagesOfEach }, (_, page) => {
    const url = `${inbox}/contacts/?limit=100&search=page+${page}`
    return { url, again: url, crm: crmSearch(one, `page ${page}`) }
  })
}

type Added = { readonly p50: number; readonly p99: number }

async function compare(
  questions: readonly Question[],
  perSecond: number,
  through: (question: Question) => ReturnType<typeof ask>,
  without: (question: Question) => ReturnType<typeof ask>,
): Promise<Added> {
  const turns = questions.flatMap((question) => [
    { question, by: through },
    { question, by: without },
  ])
  const answers = await arrive(turns, perSecond * 2, ({ question, by }) => by(question))
  const failed = answers.find(({ status }) => status !== 200)
  if (failed) throw new Error(`a page is answered ${failed.status}: ${failed.bytes.toString().slice(0, 300)}`)
  const times = (by: typeof through) => answers.filter((_, index) => turns[index]?.by === by).map(({ ms }) => ms)
  const added = (share: number) => percentile(times(through), share) - percentile(times(without), share)
  return { p50: added(0.5), p99: added(0.99) }
}

function toRow(what: string, added: Added, beside = ''): Row {
  const isMet = added.p50 <= 2 && added.p99 <= 12
  return { what, measured: `${figures(added)} ms${beside}`, target: '≤ 2 / 12 ms', isMet }
}

const figures = ({ p50, p99 }: Added): string => `${written(p50)} / ${written(p99)}`

/** In an order that is the same in every run. */
function shuffled<T>(items: readonly T[]): T[] {
  return items
    .map((item, index) => ({ item, place: (index * 7_919 + 13) % 104_729 }))
    .toSorted((a, b) => a.place - b.place)
    .map(({ item }) => item)
}
