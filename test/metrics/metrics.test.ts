/** What happens as figures: each event under its labels, and no more labels than there may be. */
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { createMetrics, type Metrics } from '../../src/metrics/metrics.ts'
import { createTelemetry, type QuestionEnded, type Telemetry } from '../../src/telemetry.ts'

let telemetry: Telemetry
let metrics: Metrics
const count = vi.fn(async () => [{ crm: 'hubspot', status: 'active', connections: 3 }])
const backlog = vi.fn(async () => ({ waiting: 7, oldest: 90.5 }))
beforeEach(() => {
  telemetry = createTelemetry()
  count.mockClear()
  backlog.mockClear()
  metrics = createMetrics(telemetry, { connections: count, backlog })
})

const asked = (question: Partial<QuestionEnded> = {}) =>
  telemetry.emit('question', {
    inboxId: 'inbox-1',
    crm: 'hubspot',
    kind: 'search',
    source: 'crm',
    problem: null,
    status: 200,
    milliseconds: 30,
    ...question,
  })

/** The lines of one metric, without its name. */
async function figures(name: string): Promise<string[]> {
  const lines = (await metrics.text()).split('\n').filter((line) => line.startsWith(`crm_bridge_${name}`))
  return lines.map((line) => line.slice(`crm_bridge_${name}`.length))
}

describe('questions', () => {
  it('are counted by kind, CRM and outcome: an old answer’s problem counts as such', async () => {
    asked()
    asked()
    asked({ problem: 'crm_timeout', source: 'old' })
    asked({ problem: 'not_connected', source: null, status: 409, crm: null, kind: 'list' })
    asked({ kind: 'initialize', source: null, status: 503 })
    asked({ source: null, status: null })
    expect(await figures('questions_total')).toEqual([
      '{kind="search",crm="hubspot",outcome="ok"} 2',
      '{kind="search",crm="hubspot",outcome="crm_timeout"} 1',
      '{kind="list",crm="none",outcome="not_connected"} 1',
      '{kind="initialize",crm="hubspot",outcome="http_503"} 1',
      '{kind="search",crm="hubspot",outcome="withdrawn"} 1',
    ])
    expect(await figures('inbox_questions_total')).toEqual([
      '{inbox="inbox-1",outcome="ok"} 2',
      '{inbox="inbox-1",outcome="failed"} 2',
      '{inbox="inbox-1",outcome="refused"} 1',
      '{inbox="inbox-1",outcome="withdrawn"} 1',
    ])
    expect(await figures('answers_total')).toEqual(['{source="crm"} 2', '{source="old"} 1'])
  })

  it('take seconds', async () => {
    asked({ milliseconds: 30 })
    const lines = await figures('question_duration_seconds')
    expect(lines).toContain('_bucket{le="0.025",kind="search"} 0')
    expect(lines).toContain('_bucket{le="0.05",kind="search"} 1')
    expect(lines).toContain('_sum{kind="search"} 0.03')
  })

  it('of many inboxes share a label beyond the first 200', async () => {
    for (let nth = 0; nth < 500; nth += 1) asked({ inboxId: `inbox-${nth}` })
    asked({ inboxId: 'inbox-0' })
    const lines = await figures('inbox_questions_total')
    expect(lines).toHaveLength(201)
    expect(lines).toContain('{inbox="inbox-0",outcome="ok"} 2')
    expect(lines).toContain('{inbox="other",outcome="ok"} 300')
  })
})

describe('calls to the CRMs', () => {
  const call = {
    inboxId: 'inbox-1',
    crm: 'hubspot',
    kind: 'api',
    method: 'GET',
    endpoint: '',
    milliseconds: 120,
    headroom: null,
  } as const

  it('are counted by class of status', async () => {
    for (const status of [200, 201, 404, 429, 500, null]) telemetry.emit('call', { ...call, status })
    const counts = (await figures('crm_call_duration_seconds')).filter((line) => line.startsWith('_count'))
    expect(counts.map((line) => /status="(\w+)"} (\d+)/.exec(line)?.slice(1))).toEqual([
      ['2xx', '2'],
      ['4xx', '1'],
      ['429', '1'],
      ['5xx', '1'],
      ['none', '1'],
    ])
  })

  it('tell what is left to the account that is worst off, until that is old', async () => {
    vi.useFakeTimers({ toFake: ['performance', 'Date'] })
    const told = (inboxId: string, used: number) =>
      telemetry.emit('call', { ...call, inboxId, status: 200, headroom: { used, limit: 100, seconds: 10 } })
    told('inbox-1', 90)
    told('inbox-2', 20)
    told('inbox-1', 75)
    expect(await figures('crm_headroom_ratio')).toEqual(['{crm="hubspot"} 0.25'])
    vi.advanceTimersByTime(61_000)
    expect(await figures('crm_headroom_ratio')).toEqual([])
    vi.useRealTimers()
  })
})

describe('connections', () => {
  it('are counted by the database, once for many scrapes', async () => {
    for (let nth = 0; nth < 5; nth += 1) expect(await figures('connections')).toEqual(['{crm="hubspot",status="active"} 3'])
    expect(await figures('database_up')).toEqual([' 1'])
    expect(count).toHaveBeenCalledTimes(1)
  })

  it('are left out while the database is away, and the rest is there', async () => {
    count.mockRejectedValueOnce(new Error('away'))
    asked()
    expect(await figures('connections')).toEqual([])
    expect(await figures('database_up')).toEqual([' 0'])
    expect(await figures('questions_total')).toHaveLength(1)
  })

  it('report their refreshes and circuits', async () => {
    telemetry.emit('refresh', { inboxId: 'inbox-1', crm: 'salesforce', outcome: 'renewed', milliseconds: 5 })
    telemetry.emit('circuit', { crm: 'hubspot', isOpen: true })
    expect(await figures('token_refreshes_total')).toEqual(['{crm="salesforce",outcome="renewed"} 1'])
    expect(await figures('circuits_open')).toEqual(['{crm="hubspot"} 1'])
    telemetry.emit('circuit', { crm: 'hubspot', isOpen: false })
    expect(await figures('circuits_open')).toEqual(['{crm="hubspot"} 0'])
  })
})

it('there is the process’s own, event loop and memory', async () => {
  const text = await metrics.text()
  for (const name of ['process_resident_memory_bytes', 'nodejs_eventloop_lag_p99_seconds']) expect(text).toContain(`\n${name} `)
})

describe('messages on their way', () => {
  it('are counted by the database, and missing while it is away', async () => {
    expect(await figures('messages')).toEqual(['_waiting 7', '_oldest_seconds 90.5'])
    expect(backlog).toHaveBeenCalledTimes(1)
    backlog.mockRejectedValueOnce(new Error('away'))
    const away = createMetrics(telemetry, { connections: count, backlog })
    expect(await away.text()).not.toMatch(/^crm_bridge_messages_waiting/m)
  })
})
