/** `bridge doctor`: what is wrong with this installation, and what to do about it. */
import { styleText } from 'node:util'
import type { Command } from 'commander'
import { processEnvironment } from '../config.ts'
import type { Finding, Verdict } from './doctor/finding.ts'
import { asJson, print, withExamples } from './print.ts'
import { printable } from './printable.ts'
import { withProgress } from './progress.ts'

const marks = { ok: ['green', '✓'], warning: ['yellow', '!'], problem: ['red', '✗'] } as const

export function addDoctor(program: Command): void {
  const doctor = program
    .command('doctor')
    .description(
      'look at settings, database, clocks, CRMs and every connection, and say what to do; ends with 1 when something is wrong',
    )
    .option(...asJson)
    .action(async ({ json }: { json?: true }) => {
      const { examine } = await import('./doctor/examine.ts')
      const findings = await withProgress('Looking at the settings', (say) => examine(processEnvironment(), say))
      const problems = count(findings, 'problem')
      const warnings = count(findings, 'warning')
      if (json) print(json, { ok: problems === 0, problems, warnings, findings }, () => [])
      else console.log(`${findings.map(shown).join('\n')}\n\n${summed(problems, warnings)}`)
      if (problems > 0) process.exitCode = 1
    })
  withExamples(doctor, 'doctor', 'doctor --json')
}

const count = (findings: readonly Finding[], verdict: Verdict): number => findings.filter((one) => one.verdict === verdict).length

function shown({ verdict, topic, what, advice }: Finding): string {
  const [color, mark] = marks[verdict]
  const line = `${styleText(color, mark, { stream: process.stdout })} ${printable(`${topic}: ${what}`)}`
  return advice === undefined ? line : `${line}\n    → ${printable(advice)}`
}

function summed(problems: number, warnings: number): string {
  const named = (number: number, word: string) => `${number} ${word}${number === 1 ? '' : 's'}`
  if (problems > 0) return `${named(problems, 'problem')}, ${named(warnings, 'warning')}.`
  return warnings > 0 ? `Nothing is wrong; ${named(warnings, 'warning')}.` : 'Nothing is wrong.'
}
