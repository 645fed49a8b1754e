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
  { perSecond: 100, seconds: 4 },
]
const searches = { perSecond: 50, seconds: 5 }
const inboxes = 6
const pagesOfEach = 300
/** Pages of each inbox that are asked for before: the bridge learns the companies and the total, and gets warm. */
const learning = 36

/** One question, by way of the bridge and put to the CRM itself. */
type Question = { readonly url: string; readonly crm: CrmCall }

export const addedTime: Part = {
  name: 'added-time',
  how:
    `The CRM takes ${delay} ms. Questions arrive at a fixed rate, whether or not those before are answered, each for a page of 100 that nobody ` +
    'has asked for since the bridge started, and never for the page after such a one, which the bridge reads ahead meanwhile; companies and ' +
    'total are known. Half-way between any two the same pages are asked from the CRM directly: what is added is the difference of the percentiles.',
  async run(bench) {
    const crm = await startHelper('stand-in')
    const bridge = await startBridge(bench, { hubspot: crm.url }, unlimited)
    const byteProxy = await startHelper('byte-proxy', { UPSTREAM: crm.url })
    const naive = await startHelper('naive', { UPSTREAM: crm.url })

    const contacts = pagesOfEach * 100
    const lists: Question[][] = []
    for (let index = 0; index < inboxes; index++) {
      const one = account({ contacts, companies: 100, from: index * contacts })
      lists.push(await pagesOf(await bridge.inbox(one), one))
    }
    const searched = account({ contacts, companies: 100, from: inboxes * contacts })
    const found = searchesFor(await bridge.inbox(searched), searched)

    // The tokens outlive the restart; pages and numbers don't.
    await bridge.restart()
    const first = [...lists, found].flatMap((of) => of.slice(0, learning))
    await inTurns(first, inboxes, byBridge)
    for (const proxy of [byteProxy, naive]) await inTurns(first.filter(isList), inboxes, by(proxy.url))

    await crm.tell('delay', delay)
    const rows: Row[] = []
    const cold = shuffled(lists.flatMap((of) => of.slice(learning).filter((_, page) => page % 2 === 1)))
    for (const { perSecond, seconds } of rates) {
      const asked = cold.splice(0, perSecond * seconds)
      const added = new Map<string, Added>()
      for (const [name, through] of [
        ['bridge', byBridge],
        ['byte proxy', by(byteProxy.url)],
        ['naive', by(naive.url)],
      ] as const) {
        added.set(name, await compare(asked, perSecond, through, by(crm.url)))
      }
      const beside = ['byte proxy', 'naive'].map((name) => `${name} ${figures(added.get(name))}`).join(', ')
      rows.push(toRow(`time added to a cold page, ${perSecond} a second, p50 / p99`, added.get('bridge'), ` (${beside})`))
    }
    const asked = found.slice(learning, learning + searches.perSecond * searches.seconds)
    const added = await compare(asked, searches.perSecond, byBridge, by(crm.url))
    rows.push(toRow(`time added to a search that finds 100, ${searches.perSecond} a second, p50 / p99`, added))
    for (const program of [bridge, byteProxy, naive, crm]) await program.stop()
    return rows
  },
}

const byBridge = ({ url }: Question) => ask(url)
const by =
  (url: string) =>
  ({ crm: { path, headers, body } }: Question) =>
    body === undefined ? ask(url + path, headers) : post(url + path, headers, body)
const isList = ({ crm: { body } }: Question): boolean => body === undefined

/** Every page of an account, by the token that the bridge gave for it. */
async function pagesOf(inbox: string, one: Account): Promise<Question[]> {
  const { tokens } = await walk(inbox)
  return tokens.map((token, page) => ({
    url: `${inbox}/contacts/?limit=100&next_page_param=${token}`,
    crm: crmPage(one, page * 100),
  }))
}

/** As many searches, each of which finds another hundred. */
function searchesFor(inbox: string, one: Account): Question[] {
  return Array.from({ length: pagesOfEach }, (_, page) => ({
    url: `${inbox}/contacts/?limit=100&search=page+${page}`,
    crm: crmSearch(one, `page ${page}`),
  }))
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

function toRow(what: string, added: Added | undefined, beside = ''): Row {
  const isMet = added !== undefined && added.p50 <= 2 && added.p99 <= 12
  return { what, measured: `${figures(added)} ms${beside}`, target: '≤ 2 / 12 ms', isMet }
}

const figures = (added: Added | undefined): string =>
  added === undefined ? '–' : `${written(added.p50)} / ${written(added.p99)}`

/** In an order that is the same in every run. */
function shuffled<T>(items: readonly T[]): T[] {
  return items
    .map((item, index) => ({ item, place: (index * 7_919 + 13) % 104_729 }))
    .toSorted((a, b) => a.place - b.place)
    .map(({ item }) => item)
}
