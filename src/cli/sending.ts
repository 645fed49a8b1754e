/** `bridge inbox sending`: whether a CRM's workflows may have WhatsApp messages sent through an inbox. */
import type { Command } from 'commander'
import type { InboxSummary, InboxWithSending } from '../admin/operator.ts'
import { inboxPath, withAdminApi } from './admin.ts'
import { confirm, withoutAsking } from './confirm.ts'
import { asJson, print, withExamples } from './print.ts'

type Options = { json?: true; yes?: true }

/** Adds to the commands of inboxes. */
export function addSending(inbox: Command): void {
  const sending = inbox
    .command('sending <inbox> <on|off>')
    .description('whether the CRM’s workflows may send messages; on prints the URL and a new secret for them')
    .option(...withoutAsking)
    .option(...asJson)
    .action(async (idOrName: string, choice: string, { yes, json }: Options, command: Command) => {
      if (choice !== 'on' && choice !== 'off') command.error('error: say on or off', { exitCode: 2 })
      const changed = await withAdminApi(async (api) => {
        if (!yes && process.stdin.isTTY) await confirmLoss(await api.call<InboxSummary>('GET', inboxPath(idOrName)))
        return api.call<InboxWithSending>('POST', `${inboxPath(idOrName)}/sending`, { on: choice === 'on' })
      })
      print(json, changed, () => explain(changed))
    })
  withExamples(sending, 'inbox sending "Support" on', 'inbox sending "Support" off')
}

/** Only who has a secret loses one. */
async function confirmLoss({ name, sending }: InboxSummary): Promise<void> {
  if (sending !== 'off') await confirm(`The secret by which workflows send through “${name}” ends at once.`)
}

function explain({ name, sending, sending_url, sending_secret }: InboxWithSending): string[] {
  if (sending_url === null || sending_secret === null) return [`Workflows send nothing through “${name}” any more.`]
  const lines = [
    `Workflows may send messages through “${name}”. The secret is shown this once:`,
    '',
    `  URL     ${sending_url}`,
    `  Secret  ${sending_secret}`,
    '',
    'It ends when the inbox’s CRM account is replaced by another.',
  ]
  return sending === 'on' ? lines : [...lines, 'The inbox hasn’t given access to its API yet: save the plugin in get.chat again.']
}
