/** What the operator's pages show of inboxes: how each is doing, and what was asked over the last day. */
import type { Inbox, InboxStore } from '../connections/inbox-store.ts'
import type { Connector } from '../connectors/connector.ts'
import type { Texts } from '../texts/texts.ts'
import type { Activity, ActivityStore, Sums } from './activity-store.ts'
import { type Bar, type Picture, picture } from './chart.ts'
import { type Health, healthOf } from './health.ts'

/** An inbox in the list of all. */
export type Listed = {
  readonly id: string
  readonly name: string
  readonly crm: string | null
  readonly account: string | null
  readonly health: Health
  readonly day: Sums
}
/** A picture with what it shows in words. */
export type Chart = {
  readonly title: string
  /** What the colours stand for, the part's first. */
  readonly legend: readonly (readonly ['bad' | 'solid' | 'soft', string])[]
  readonly picture: Picture
  readonly summary: string
}
export type Details = {
  readonly inbox: Inbox
  readonly crm: string | null
  readonly health: Health
  readonly facts: readonly (readonly [name: string, value: string])[]
  readonly charts: readonly Chart[]
}

export interface Insight {
  /** Inboxes with this in their name, oldest first, and how many more there are than are shown. */
  list(name: string, texts: Texts): Promise<{ readonly shown: readonly Listed[]; readonly more: number }>
  /** Null when there is no such inbox. */
  details(id: string, texts: Texts): Promise<Details | null>
  /** Of all inboxes together. */
  charts(texts: Texts): Promise<readonly Chart[]>
}

const hour = 3_600_000
const hours = 24
/** More than anybody looks through. */
const mostShown = 100

const nothing = { questions: 0, failed: 0, problem: null, milliseconds: 0, slowest: 0, calls: 0, lastAt: null } as const

export function createInsight(deps: {
  connectors: readonly Connector[]
  inboxes: InboxStore
  activity: ActivityStore
  defaultRegion: string
}): Insight {
  const { connectors, inboxes, activity, defaultRegion } = deps
  const connectorOf = (id: string | null) => connectors.find((connector) => connector.id === id)
  const labelOf = (id: string | null) => connectorOf(id)?.label ?? id

  return {
    async list(name, texts) {
      const begun = hourOf(Date.now())
      const [all, days, recently] = await Promise.all([
        inboxes.list(),
        activity.byInbox(new Date(begun - (hours - 1) * hour)),
        activity.byInbox(new Date(begun - hour)),
      ])
      const wanted = all.filter((inbox) => inbox.name.toLowerCase().includes(name.trim().toLowerCase()))
      const shown = wanted.slice(0, mostShown).map((inbox) => {
        const { id, connection } = inbox
        const day = days.get(id) ?? nothing
        const recent = { ...nothing, ...recently.get(id) }
        return {
          id,
          name: inbox.name,
          crm: labelOf(connection?.crm ?? inbox.crm),
          account: connection?.accountName ?? null,
          health: healthOf(inbox, connectorOf(connection?.crm ?? null), recent, day, texts),
          day,
        }
      })
      return { shown, more: wanted.length - shown.length }
    },

    async details(id, texts) {
      const inbox = await inboxes.byId(id)
      if (inbox === null) return null
      const begun = hourOf(Date.now())
      const rows = await activity.ofInbox(id, new Date(begun - (hours - 1) * hour))
      const recent = sumOf(rows.filter((row) => row.hour.getTime() >= begun - hour))
      const day = sumOf(rows)
      const crm = inbox.connection?.crm ?? inbox.crm
      return {
        inbox,
        crm: labelOf(crm),
        health: healthOf(inbox, connectorOf(inbox.connection?.crm ?? null), recent, day, texts),
        facts: factsOf(inbox, rows, texts),
        charts: day.questions === 0 && day.calls === 0 ? [] : chartsOf(rows, begun, texts),
      }
    },

    async charts(texts) {
      const begun = hourOf(Date.now())
      const rows = await activity.byHour(new Date(begun - (hours - 1) * hour))
      return rows.length === 0 ? [] : chartsOf(rows, begun, texts)
    },
  }

  function factsOf(inbox: Inbox, rows: readonly Activity[], texts: Texts): Details['facts'] {
    const { format, inbox: words } = texts
    const { connection, region } = inbox
    const last = rows.findLast(({ lastAt }) => lastAt !== null)
    const asked = last?.lastAt
      ? words.lastQuestion(format.ago(last.lastAt), format.duration(last.lastMilliseconds ?? 0))
      : texts.admin.notLately
    const calls = format.number(rows.reduce((sum, row) => sum + row.calls, 0))
    const facts: (readonly [string, string])[] = [
      [words.facts.crm, labelOf(connection?.crm ?? inbox.crm) ?? words.anyCrm],
      ...(connection === null
        ? []
        : ([
            [words.facts.account, connection.accountName],
            [words.facts.connected, format.moment(connection.connectedAt)],
          ] as const)),
      [words.facts.region, region === null ? words.regionDefault(defaultRegion) : words.regionOf(region)],
      [words.facts.created, format.moment(inbox.createdAt)],
      [words.facts.lastQuestion, asked],
    ]
    if (connection !== null) facts.push([words.facts.calls, calls], [words.facts.headroom, headroomOf(rows, texts)])
    return facts
  }
}

const hourOf = (time: number): number => Math.floor(time / hour) * hour

function sumOf(rows: readonly Activity[]) {
  return rows.reduce(
    (sum, row) => ({
      questions: sum.questions + row.questions,
      failed: sum.failed + row.failed,
      calls: sum.calls + row.calls,
      problem: row.problem ?? sum.problem,
    }),
    { questions: 0, failed: 0, calls: 0, problem: null as string | null },
  )
}

/** The hour in which most of the CRM's limit was used. */
function headroomOf(rows: readonly Activity[], { inbox }: Texts): string {
  const share = ({ peakUsed, peakLimit }: Activity) => (peakUsed ?? 0) / (peakLimit || 1)
  const most = rows.filter(({ peakLimit }) => peakLimit !== null).toSorted((a, b) => share(b) - share(a))[0]
  if (most === undefined) return inbox.unknown
  return inbox.headroom(most.peakUsed ?? 0, most.peakLimit ?? 0, most.peakSeconds ?? 0)
}

/** @param rows each of its own hour */
function chartsOf(rows: readonly (Sums & { readonly hour: Date })[], begun: number, { format, inbox }: Texts): Chart[] {
  const { charts } = inbox
  const byHour = new Map(rows.map((row) => [row.hour.getTime(), row]))
  const day = Array.from({ length: hours }, (_, nth) => {
    const at = begun - (hours - 1 - nth) * hour
    return { at: new Date(at), ...(byHour.get(at) ?? nothing) }
  })
  const draw = (bar: (of: (typeof day)[number]) => Bar): Picture =>
    picture(day.map((of) => ({ ...bar(of), title: `${format.moment(of.at)}: ${bar(of).title}` })))
  const counted = (what: string, of: 'questions' | 'calls') => {
    const total = day.reduce((sum, row) => sum + row[of], 0)
    return charts.summary(what, format.number(total), format.number(Math.max(...day.map((row) => row[of]))))
  }
  const asked = day.reduce((sum, { questions }) => sum + questions, 0)
  const waited = day.reduce((sum, { milliseconds }) => sum + milliseconds, 0)
  const slowest = Math.max(...day.map((row) => row.slowest))
  const average = ({ milliseconds, questions }: Sums) => milliseconds / (questions || 1)
  return [
    {
      title: charts.questions,
      legend: [['bad', charts.trouble]],
      summary: counted(charts.questions, 'questions'),
      picture: draw((of) => ({ whole: of.questions, part: of.failed, title: format.number(of.questions) })),
    },
    {
      title: charts.times,
      legend: [
        ['solid', charts.average],
        ['soft', charts.slowest],
      ],
      summary: charts.timeSummary(format.duration(waited / (asked || 1)), format.duration(slowest)),
      picture: draw((of) => ({ whole: of.slowest, part: average(of), title: format.duration(average(of)) })),
    },
    {
      title: charts.calls,
      legend: [],
      summary: counted(charts.calls, 'calls'),
      picture: draw((of) => ({ whole: of.calls, part: 0, title: format.number(of.calls) })),
    },
  ]
}
