/** `bridge inbox log-messages` and `bridge messages …`: what customers write, on its way to the CRM. */
import type { Command } from 'commander'
import type { InboxSummary, MessageReport } from '../admin/operator.ts'
import { inboxPath, withAdminApi } from './admin.ts'
import { asJson, print, terminalWidth, withExamples } from './print.ts'
import { table } from './table.ts'

type Json = { json?: true }

/** Adds to the commands of inboxes. */
export function addLogMessages(inbox: Command): void {
  const logMessages = inbox
    .command('log-messages <inbox> <on|off>')
    .description('whether what customers write is logged on their contacts’ timelines in the CRM')
    .option(...asJson)
    .action(async (idOrName: string, choice: string, { json }: Json, command: Command) => {
      if (choice !== 'on' && choice !== 'off') command.error('error: say on or off', { exitCode: 2 })
      const path = `${inboxPath(idOrName)}/log-messages`
      const changed = await withAdminApi((api) => api.call<InboxSummary>('POST', path, { on: choice === 'on' }))
      print(json, changed, () => explain(changed))
    })
  withExamples(logMessages, 'inbox log-messages "Support" on')
}

export function addMessageCommands(program: Command): void {
  const messages = program.command('messages').description('what customers wrote, on its way to the CRM')
  withExamples(messages, 'messages list "Support"', 'messages retry "Support"')

  const list = messages
    .command('list <inbox>')
    .description('how many messages of the last 30 days wait, are logged and have failed, and why')
    .option(...asJson)
    .action(async (idOrName: string, { json }: Json) => {
      const report = await withAdminApi((api) => api.call<MessageReport>('GET', `${inboxPath(idOrName)}/messages`))
      print(json, report, () => described(report))
    })
  withExamples(list, 'messages list "Support"', 'messages list "Support" --json')

  const retry = messages
    .command('retry <inbox>')
    .description('try those again that failed')
    .option(...asJson)
    .action(async (idOrName: string, { json }: Json) => {
      const path = `${inboxPath(idOrName)}/messages/retry`
      const answer = await withAdminApi((api) => api.call<{ retried: number }>('POST', path))
      print(json, answer, () => [`Tried again: ${answer.retried}.`])
    })
  withExamples(retry, 'messages retry "Support"')
}

function explain({ name, messages, connect_url }: InboxSummary): string[] {
  switch (messages) {
    case 'on':
      return [`What customers write to “${name}” is logged in its CRM.`]
    case 'permission_needed':
      return [
        `What customers write to “${name}” is logged in its CRM as soon as an administrator has allowed it.`,
        'They connect, or connect again, by this link, which is valid for an hour:',
        '',
        `  ${connect_url}`,
      ]
    default:
      return [`What customers write to “${name}” isn’t logged; what still waited is dropped.`]
  }
}

function described({ waiting, logged, failed, failures }: MessageReport): string[] {
  const columns = [
    { title: 'SENT', whole: true },
    { title: 'RECEIVED', whole: true },
    { title: 'FROM', whole: true },
    { title: 'REASON' },
  ]
  const rows = failures.map(({ sent_at, received_at, from, reason }) => [
    sent_at,
    received_at,
    from ?? '',
    reason.replaceAll('_', ' '),
  ])
  const sums = `Waiting: ${waiting}. Logged: ${logged}. Failed: ${failed}.`
  return rows.length === 0 ? [sums] : [sums, '', ...table(columns, rows, terminalWidth())]
}
