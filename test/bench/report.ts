/** The figures as a table: on the terminal, and in docs/performance.md. */
import { writeFileSync } from 'node:fs'
import { availableParallelism, cpus, totalmem } from 'node:os'
import { join } from 'node:path'
import type { Part, Row } from './part.ts'

const file = join(import.meta.dirname, '../../docs/performance.md')

/** `busy` = the machine's load average before, so that one sees whether others were at work on it. */
export type Result = { readonly part: Part; readonly rows: readonly Row[]; readonly seconds: number; readonly busy: number }

export function print({ part, rows, seconds, busy }: Result): void {
  console.log(`\n${part.name} (${seconds.toFixed(0)} s, load average before ${busy.toFixed(1)})`)
  for (const row of rows) console.log(`  ${[row.what, row.measured, row.target, verdict(row)].filter(Boolean).join('  |  ')}`)
}

export function write(results: readonly Result[]): void {
  const lines = [
    '# What it costs',
    '',
    'Written by `npm run bench -- --write`: every figure beside its target, and as far as possible as a ratio to a yardstick that is',
    'measured in the same run, since machines differ and drift.',
    '',
    `${new Date().toISOString().slice(0, 10)}, ${machine()}; load average ${results[0]?.busy.toFixed(1)} before it began.`,
    '',
    '| what | measured | target | |',
    '| --- | --- | --- | --- |',
    ...results.flatMap(({ rows }) =>
      rows.map((row) => `| ${row.what} | ${row.measured} | ${row.target ?? ''} | ${verdict(row)} |`),
    ),
    '',
    '## How each is measured',
    '',
    'The bridge runs as its own process, by `npm start`’s command on a PostgreSQL database of its own, with inboxes that went through the consent.',
    'The CRM is a stand-in in another process: HubSpot’s answers about made-up people, a page of 100 in about 70 KB with 125 phone',
    'numbers in many writings. Everything is on one machine, over loopback, so that the load and the CRM share its cores with the bridge.',
    '',
    ...results.map(({ part }) => `- **${part.name}**: ${part.how}`),
    '',
    '## Running it',
    '',
    '```sh',
    'npm run bench                       # everything, some six minutes',
    'npm run bench -- cpu warm           # some parts',
    'npm run bench -- soak               # minutes of questions to a CRM with random faults (SOAK_SECONDS)',
    'npm run bench -- limits             # a busy team at an account that refuses what is beyond its limits (LIMITS_SECONDS)',
    'npm run bench -- --write            # everything, and this page',
    'npm run bench -- --strict           # exits with 1 when a target isn’t met',
    'npm run bench -- --priority         # ahead of whatever else runs on the machine; as root',
    'npm run bench -- cpu --profile      # also a processor profile of the bridge, for Chrome’s DevTools',
    '```',
    '',
    'It runs on Linux and needs a PostgreSQL server on which it may create databases: `TEST_DATABASE_URL`, else',
    '`postgres://root@127.0.0.1:5432/test`.',
    '',
  ]
  writeFileSync(file, lines.join('\n'))
}

export function machine(): string {
  const memory = `${(totalmem() / 1024 ** 3).toFixed(0)} GB of memory`
  return `${availableParallelism()} cores (${cpus()[0]?.model.trim()}), ${memory}, Node ${process.version}`
}

const verdict = ({ isMet }: Row): string => (isMet === undefined ? '' : isMet ? 'met' : '**not met**')
