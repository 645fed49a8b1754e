/** What a command prints: lines for people, or JSON for scripts. */
import type { Command } from 'commander'
import { printable, printableJson } from './printable.ts'

/** The option that every command has. */
export const asJson = ['--json', 'print JSON, for scripts'] as const

export function print(json: true | undefined, value: unknown, lines: () => readonly string[]): void {
  console.log(json ? printableJson(JSON.stringify(value)) : lines().map(printable).join('\n'))
}

/** Cells of the terminal's width; undefined when nobody looks. */
export function terminalWidth({ isTTY, columns }: { isTTY?: boolean; columns?: number } = process.stdout): number | undefined {
  return isTTY && columns ? columns : undefined
}

/** Shows how a command is used, beneath its help. */
export function withExamples(command: Command, ...examples: readonly string[]): Command {
  // npm itself says what it runs, which is no JSON.
  const lines = examples.map((example) => `  npm run ${example.endsWith('--json') ? '--silent ' : ''}bridge -- ${example}`)
  return command.addHelpText('after', ['', examples.length === 1 ? 'Example:' : 'Examples:', ...lines].join('\n'))
}
