/** What the documents of operation name exists: metrics, settings, alerts, files. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { settingNames } from '../src/config.ts'
import { largestBody } from '../src/messages/routes.ts'
import { createMetrics } from '../src/metrics/metrics.ts'
import { createTelemetry } from '../src/telemetry.ts'

const docs = join(import.meta.dirname, '../docs')
const read = (file: string) => readFileSync(join(docs, file), 'utf8')
const found = (text: string, pattern: RegExp) => [...new Set([...text.matchAll(pattern)].map(([, name = '']) => name))]

const counts = { connections: async () => [], backlog: async () => ({ waiting: 0, oldest: 0 }) }

describe('the metrics named in', () => {
  const named = (file: string) => found(read(file), /\b((?:crm_bridge|process|nodejs)_[a-z0-9_]+)/g)

  it.each(['alerts.yml', 'grafana-dashboard.json', 'operating.md'])('%s are there', async (file) => {
    const types = new Map(
      [...(await createMetrics(createTelemetry(), counts).text()).matchAll(/^# TYPE (\w+) (\w+)$/gm)].map(
        ([, name = '', type = '']) => [name, type],
      ),
    )
    const known = (name: string) => types.has(name) || types.get(name.replace(/_(bucket|count|sum)$/, '')) === 'histogram'
    expect(named(file).length).toBeGreaterThan(5)
    expect(named(file).filter((name) => !known(name))).toEqual([])
  })

  it('the table are all of the bridge’s', async () => {
    const text = await createMetrics(createTelemetry(), counts).text()
    const table = found(read('operating.md'), /^\| `(crm_bridge_\w+)`/gm)
    expect(table.sort()).toEqual(found(text, /^# TYPE (crm_bridge_\w+)/gm).sort())
  })
})

describe('the examples', () => {
  it.each(['../docker-compose.yml', 'examples/compose-replicas.yml'])(
    '%s gives the bridge the time that it takes to end',
    (file) => {
      const bridge = read(file)
        .split(/^(?= {2}[\w-]+:$|x-)/m)
        .filter((part) => part.includes('stop_grace_period') && !part.includes('image: postgres'))
      expect(bridge).toHaveLength(1)
      const seconds = (name: string) => Number(new RegExp(`${name}: (\\d+)`).exec(bridge[0] ?? '')?.[1] ?? 0)
      expect(seconds('stop_grace_period')).toBeGreaterThanOrEqual(seconds('DRAIN_SECONDS') + 45)
    },
  )

  it('Caddyfile lets through what the bridge takes', () => {
    const [megabytes] = found(read('examples/Caddyfile'), /max_size (\d+)MB/g)
    expect(Number(megabytes) * 1_000_000).toBeGreaterThanOrEqual(largestBody)
  })
})

describe('operating.md', () => {
  const text = read('operating.md')

  it('names settings that there are', () => {
    const notSettings = ['SIGTERM', 'SIGKILL', 'HEALTHCHECK', 'OTHER_DATABASE_URL']
    const names = found(text, /\b([A-Z]{3,}_[A-Z_]+)\b/g).filter(
      (name) => !name.startsWith('OTEL_') && !notSettings.includes(name),
    )
    expect(names.length).toBeGreaterThan(5)
    expect(names.filter((name) => !settingNames.includes(name.replace(/_FILE$/, '')))).toEqual([])
  })

  it('names alerts that there are', () => {
    const alerts = found(read('alerts.yml'), /alert: (\w+)/g)
    const names = found(text, /`(Bridge\w+)`/g)
    expect(names.length).toBeGreaterThan(1)
    expect(names.filter((name) => !alerts.includes(name))).toEqual([])
  })

  it('links to files that there are', () => {
    const links = found(text, /\]\(([^):#]+)\)/g)
    expect(links.length).toBeGreaterThan(4)
    expect(links.filter((link) => !existsSync(join(docs, link)))).toEqual([])
  })
})
