/** `npm run bridge -- …`: the operator's command line. */
import { Command, CommanderError } from 'commander'
import type { Rotation } from './admin/api.ts'
import type { InboxSummary, InboxWithKey } from './admin/operator.ts'
import { processEnvironment, readConfig } from './config.ts'
import { newKey } from './keys.ts'

const program = new Command('bridge')
  .description('Looks after the inboxes of a CRM bridge: the running server’s, or those of its database.')
  .exitOverride()
  .configureHelp({ sortSubcommands: false })
  .addHelpText(
    'after',
    `
Examples:
  npm run bridge -- inbox create "Support" --crm hubspot --region DE
  npm run bridge -- inbox list --json
  npm run bridge -- inbox rotate-key "Support"

It reads the same settings as the server: run it in the same folder and environment.
Exit codes: 0 done, 1 it failed, 2 the command was wrong.`,
  )

const inbox = program.command('inbox').description('create, list and remove inboxes, and their plugin URLs')
const asJson = ['--json', 'print JSON, for scripts'] as const

inbox
  .command('create <name>')
  .description('make an inbox and print its plugin URL, which is shown this once')
  .option('--crm <id>', 'the CRM it is meant for, such as hubspot')
  .option('--region <country>', 'country by which its national phone numbers are read, such as DE')
  .option(...asJson)
  .action(async (name: string, { crm, region, json }: { crm?: string; region?: string; json?: true }) => {
    const created = await call<InboxWithKey>('POST', '/inboxes', { name, ...(crm && { crm }), ...(region && { region }) })
    print(json, created, () => [
      `Created “${created.name}”. Its plugin URL, shown this once:`,
      '',
      `  ${created.plugin_url}`,
      '',
      'Enter it in get.chat: Admin panel → Plugins → Connect an external plugin → Plugin server url.',
    ])
  })

inbox
  .command('list')
  .description('all inboxes, with the CRM account each is connected to')
  .option(...asJson)
  .action(async ({ json }: { json?: true }) => {
    const list = await call<InboxSummary[]>('GET', '/inboxes')
    print(json, list, () =>
      list.length === 0
        ? ['There is no inbox yet: npm run bridge -- inbox create "Support"']
        : table(
            ['NAME', 'CRM', 'STATUS', 'ACCOUNT', 'REGION', 'ID'],
            list.map((row) => [
              row.name,
              row.crm ?? '',
              row.status.replaceAll('_', ' '),
              row.account ?? '',
              row.region ?? '',
              row.id,
            ]),
          ),
    )
  })

inbox
  .command('rotate-key <inbox>')
  .description('end the plugin URL and print a new one; the connection stays')
  .option(...asJson)
  .action(async (idOrName: string, { json }: { json?: true }) => {
    const rotated = await call<InboxWithKey>('POST', `/inboxes/${encodeURIComponent(idOrName)}/rotate-key`)
    print(json, rotated, () => [
      `The old plugin URL of “${rotated.name}” has ended. The new one, shown this once:`,
      '',
      `  ${rotated.plugin_url}`,
    ])
  })

inbox
  .command('connect-url <inbox>')
  .description('print a link, valid for an hour, by which an administrator connects the inbox')
  .option(...asJson)
  .action(async (idOrName: string, { json }: { json?: true }) => {
    const list = await call<InboxSummary[]>('GET', '/inboxes')
    const found = list.filter(({ id, name }) => id === idOrName || name === idOrName)
    if (found.length !== 1 || found[0] === undefined)
      throw new Error(
        found.length === 0
          ? 'There is no such inbox. “npm run bridge -- inbox list” shows them all.'
          : 'Several inboxes have this name: give the id.',
      )
    const { connect_url } = found[0]
    print(json, { connect_url }, () => [connect_url])
  })

inbox
  .command('disconnect <inbox>')
  .description('end the inbox’s connection, here and at the CRM; inbox and plugin URL stay')
  .option(...asJson)
  .action(async (idOrName: string, { json }: { json?: true }) => {
    const disconnected = await call<InboxSummary>('POST', `/inboxes/${encodeURIComponent(idOrName)}/disconnect`)
    print(json, disconnected, () => [`“${disconnected.name}” is not connected to a CRM any more.`])
  })

inbox
  .command('remove <inbox>')
  .description('forget the inbox, its plugin URL and its connection')
  .option(...asJson)
  .action(async (idOrName: string, { json }: { json?: true }) => {
    const removed = await call<InboxSummary>('DELETE', `/inboxes/${encodeURIComponent(idOrName)}`)
    print(json, removed, () => [`Removed “${removed.name}”.`])
  })

const keys = program.command('keys').description('the keys that seal the connections')

keys
  .command('rotate')
  .description('seal every connection by the first of ENCRYPTION_KEYS, so that the others can be dropped')
  .option(...asJson)
  .action(async ({ json }: { json?: true }) => {
    const rotation = await call<Rotation>('POST', '/keys/rotate')
    print(json, rotation, () => [
      `Sealed anew: ${rotation.resealed}. Sealed by the first key already: ${rotation.unchanged}.`,
      rotation.lost.length === 0
        ? 'The other keys are no longer needed.'
        : `No key opens the connections of: ${rotation.lost.join(', ')}. Keep the other keys, or reconnect these inboxes.`,
    ])
    if (rotation.lost.length > 0) process.exitCode = 1
  })

keys
  .command('new [id]')
  .description('print a new key for ENCRYPTION_KEYS')
  .action((id = `k${Date.now().toString(36)}`) => console.log(newKey(id)))

async function call<T>(method: 'GET' | 'POST' | 'DELETE', path: string, body?: object): Promise<T> {
  // The whole server is behind it: help and wrong commands don't wait for that.
  const { connectAdminApi } = await import('./admin-client.ts')
  await using api = await connectAdminApi(readConfig({ ...processEnvironment(), LOG_LEVEL: 'silent' }))
  // Awaited here: the API is closed as soon as this function returns.
  return await api.call<T>(method, path, body)
}

function print(json: true | undefined, value: unknown, lines: () => string[]): void {
  console.log(json ? JSON.stringify(value) : lines().join('\n'))
}

function table(head: string[], rows: string[][]): string[] {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)))
  return [head, ...rows].map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}

try {
  await program.parseAsync()
} catch (error) {
  // Commander has printed its own message, and ends help and version requests this way too.
  if (error instanceof CommanderError) process.exit(error.exitCode === 0 ? 0 : 2)
  console.error(`bridge: ${error instanceof Error ? error.message : error}`)
  process.exit(1)
}
