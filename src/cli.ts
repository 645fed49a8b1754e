/** `npm run bridge -- …`: the operator's command line. Its commands are in cli/, a file for each group. */
import { CommanderError } from 'commander'
import { printable } from './cli/printable.ts'
import { createProgram } from './cli/program.ts'

try {
  await createProgram().parseAsync()
} catch (error) {
  // Commander has printed its own message, and ends help and version requests this way too.
  if (error instanceof CommanderError) process.exit(error.exitCode === 0 ? 0 : 2)
  console.error(`bridge: ${printable(error instanceof Error ? error.message : String(error))}`)
  process.exit(1)
}
