/** `bridge inbox …`: the inboxes and their plugin URLs. */
import type { Command } from 'commander'
import type { InboxSummary, InboxWithKey } from '../admin/operator.ts'
import { inboxPath, withAdminApi } from './admin.ts'
import { confirm, withoutAsking } from './confirm.ts'
import { addLogMessages } from './messages.ts'
import { asJson, print, terminalWidth, withExamples } from './print.ts'
import { addSending } from './sending.ts'
import { fields, table } from './table.ts'

type Json = { json?: true }
type JsonOrYes = Json & { yes?: true }

export function addInboxCommands(program: Command): void {
  const inbox = program.command('inbox').description('create, list and remove inboxes, and their plugin URLs')
  withExamples(inbox, 'inbox create "Support" --crm hubspot --region DE', 'inbox list')

  const create = inbox
    .command('create <name>')
    .description('make an inbox and print its plugin URL, which is shown this once')
    .option('--crm <id>', 'the CRM it is meant for, such as hubspot')
    .option('--region <country>', 'country by which its national phone numbers are read, such as DE')
    .option(...asJson)
    .action(async (name: string, { crm, region, json }: Json & { crm?: string; region?: string }) => {
      const body = { name, ...(crm && { crm }), ...(region && { region }) }
      const created = await withAdminApi((api) => api.call<InboxWithKey>('POST', '/inboxes', body))
      print(json, created, () => [
        `Created “${created.name}”. Its plugin URL, shown this once:`,
        '',
        `  ${created.plugin_url}`,
        '',
        'Enter it in get.chat: Admin panel → Plugins → Connect an external plugin → Plugin server url.',
      ])
    })
  withExamples(create, 'inbox create "Support"', 'inbox create "Vertrieb" --crm salesforce --region DE')

  const list = inbox
    .command('list')
    .description('all inboxes, with the CRM account each is connected to')
    .option(...asJson)
    .action(async ({ json }: Json) => {
      const inboxes = await withAdminApi((api) => api.call<InboxSummary[]>('GET', '/inboxes'))
      print(json, inboxes, () =>
        inboxes.length === 0 ? ['There is no inbox yet: npm run bridge -- inbox create "Support"'] : listed(inboxes),
      )
    })
  withExamples(list, 'inbox list', 'inbox list --json')

  const show = inbox
    .command('show <inbox>')
    .description('everything about one inbox but its plugin URL, which was shown when it was made')
    .option(...asJson)
    .action(async (idOrName: string, { json }: Json) => {
      const shown = await withAdminApi((api) => api.call<InboxSummary>('GET', inboxPath(idOrName)))
      print(json, shown, () => described(shown))
    })
  withExamples(show, 'inbox show "Support"')

  const set = inbox
    .command('set <inbox>')
    .description('give an inbox another name or region; plugin URL and connection stay')
    .option('--name <name>', 'its new name')
    .option('--region <country>', 'country by which its national phone numbers are read; "" = the server’s DEFAULT_REGION')
    .option(...asJson)
    .action(async (idOrName: string, { name, region, json }: Json & { name?: string; region?: string }, command: Command) => {
      if (name === undefined && region === undefined) command.error('error: give --name, --region or both', { exitCode: 2 })
      const body = { ...(name === undefined ? {} : { name }), ...(region === undefined ? {} : { region }) }
      const changed = await withAdminApi((api) => api.call<InboxSummary>('PATCH', inboxPath(idOrName), body))
      print(json, changed, () => described(changed))
    })
  withExamples(set, 'inbox set "Support" --name "Support Berlin" --region DE', 'inbox set "Support" --region ""')

  const rotateKey = inbox
    .command('rotate-key <inbox>')
    .description('end the plugin URL and print a new one; the connection stays')
    .option(...withoutAsking)
    .option(...asJson)
    .action(async (idOrName: string, { yes, json }: JsonOrYes) => {
      const loss = ({ name }: InboxSummary) =>
        `The plugin URL of “${name}” ends at once: its agents see no contacts, and workflows send nothing, until the new one is entered in get.chat.`
      const rotated = await change<InboxWithKey>(idOrName, yes, loss, 'POST', '/rotate-key')
      print(json, rotated, () => [
        `The old plugin URL of “${rotated.name}” has ended. The new one, shown this once:`,
        '',
        `  ${rotated.plugin_url}`,
        '',
        'Enter it in get.chat in place of the old one. The access to the inbox’s API ended, too: get.chat gives it again when you save.',
      ])
    })
  withExamples(rotateKey, 'inbox rotate-key "Support"')

  const connectUrl = inbox
    .command('connect-url <inbox>')
    .description('print a link, valid for an hour, by which an administrator connects the inbox')
    .option(...asJson)
    .action(async (idOrName: string, { json }: Json) => {
      const { connect_url } = await withAdminApi((api) => api.call<InboxSummary>('GET', inboxPath(idOrName)))
      print(json, { connect_url }, () => [connect_url])
    })
  withExamples(connectUrl, 'inbox connect-url "Support"')

  addLogMessages(inbox)
  addSending(inbox)

  const disconnect = inbox
    .command('disconnect <inbox>')
    .description('end the inbox’s connection, here and at the CRM; inbox and plugin URL stay')
    .option(...withoutAsking)
    .option(...asJson)
    .action(async (idOrName: string, { yes, json }: JsonOrYes) => {
      const loss = ({ name, account }: InboxSummary) =>
        account === null
          ? `“${name}” is not connected to a CRM.`
          : `“${name}” loses its connection to ${account}: its agents see no contacts until an administrator consents again.`
      const disconnected = await change<InboxSummary>(idOrName, yes, loss, 'POST', '/disconnect')
      print(json, disconnected, () => [`“${disconnected.name}” is not connected to a CRM any more.`])
    })
  withExamples(disconnect, 'inbox disconnect "Support"')

  const remove = inbox
    .command('remove <inbox>')
    .description('forget the inbox, its plugin URL and its connection')
    .option(...withoutAsking)
    .option(...asJson)
    .action(async (idOrName: string, { yes, json }: JsonOrYes) => {
      const loss = ({ name, account }: InboxSummary) =>
        `“${name}” is forgotten: its plugin URL ends for good${account === null ? '' : `, and its connection to ${account}`}. Nothing in the CRM changes.`
      const removed = await change<InboxSummary>(idOrName, yes, loss, 'DELETE', '')
      print(json, removed, () => [`Removed “${removed.name}”.`])
    })
  withExamples(remove, 'inbox remove "Support"', 'inbox remove 0198c2a4-… --yes')
}

/** Changes one inbox after it was said what is lost by that. */
async function change<T>(
  idOrName: string,
  yes: true | undefined,
  loss: (inbox: InboxSummary) => string,
  method: 'POST' | 'DELETE',
  path: string,
): Promise<T> {
  return withAdminApi(async (api) => {
    if (!yes && process.stdin.isTTY) await confirm(loss(await api.call<InboxSummary>('GET', inboxPath(idOrName))))
    return api.call<T>(method, `${inboxPath(idOrName)}${path}`)
  })
}

function listed(inboxes: readonly InboxSummary[]): string[] {
  const columns = [
    { title: 'NAME' },
    { title: 'CRM' },
    { title: 'STATUS' },
    { title: 'ACCOUNT' },
    { title: 'REGION', whole: true },
    { title: 'ID', whole: true },
  ]
  const rows = inboxes.map(({ name, crm, status, account, region, id }) => [
    name,
    crm ?? '',
    status.replaceAll('_', ' '),
    account ?? '',
    region ?? '',
    id,
  ])
  return table(columns, rows, terminalWidth())
}

function described({
  name,
  id,
  crm,
  status,
  account,
  messages,
  sending,
  region,
  created_at,
  connect_url,
}: InboxSummary): string[] {
  return fields([
    ['Name', name],
    ['Id', id],
    ['CRM', crm ?? 'whichever the administrator picks'],
    ['Status', status.replaceAll('_', ' ')],
    ['Account', account ?? '-'],
    ['Messages', { off: 'not logged in the CRM', permission_needed: 'permission needed', on: 'logged in the CRM' }[messages]],
    [
      'Sending',
      { off: 'the CRM sends nothing', access_needed: 'access to the inbox’s API needed', on: 'the CRM may send' }[sending],
    ],
    ['Region', region ?? 'the server’s DEFAULT_REGION'],
    ['Created', created_at],
    ['Connect', connect_url],
  ])
}
