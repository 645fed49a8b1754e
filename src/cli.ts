/** `npm run bridge -- …`: the operator's command line. Each group of commands is a file of cli/. */
import { Command, CommanderError } from 'commander'
import { addContactsCommands } from './cli/contacts.ts'
import { addDoctor } from './cli/doctor.ts'
import { addInboxCommands } from './cli/inbox.ts'
import { addKeyCommands } from './cli/keys.ts'
import { addMessageCommands } from './cli/messages.ts'
import { withExamples } from './cli/print.ts'
import { printable } from './cli/printable.ts'

const program = new Command('bridge')
  .description('Looks after the inboxes of a CRM bridge: the running server’s, or those of its database.')
  .exitOverride()
  .configureHelp({ sortSubcommands: false })

addInboxCommands(program)
addContactsCommands(program)
addMessageCommands(program)
addKeyCommands(program)
addDoctor(program)
withExamples(
  program,
  'inbox create "Support" --crm hubspot --region DE',
  'contacts search "Support" "+1 415 555 2671"',
  'doctor',
).addHelpText(
  'after',
  `
It reads the same settings as the server: run it in the same folder and environment.
Exit codes: 0 done, 1 it failed, 2 the command was wrong.`,
)

try {
  await program.parseAsync()
} catch (error) {
  // Commander has printed its own message, and ends help and version requests this way too.
  if (error instanceof CommanderError) process.exit(error.exitCode === 0 ? 0 : 2)
  console.error(`bridge: ${printable(error instanceof Error ? error.message : String(error))}`)
  process.exit(1)
}
