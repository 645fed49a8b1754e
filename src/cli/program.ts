/** The whole command line, each group of commands from its own file. */
import { Command } from 'commander'
import { addContactsCommands } from './contacts.ts'
import { addDoctor } from './doctor.ts'
import { addInboxCommands } from './inbox.ts'
import { addKeyCommands } from './keys.ts'
import { addMessageCommands } from './messages.ts'
import { withExamples } from './print.ts'

export function createProgram(): Command {
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
  )
  return program.addHelpText('after', whereAndHow)
}

const whereAndHow = `
It reads the same settings as the server: run it in the same folder and environment.
Exit codes: 0 done, 1 it failed, 2 the command was wrong.`
