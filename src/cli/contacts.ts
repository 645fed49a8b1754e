/** `bridge contacts …`: what an inbox's agents would see. */
import { type Command, InvalidArgumentError } from 'commander'
import type { FromSchema } from 'json-schema-to-ts'
import type { Envelope } from '../contact.ts'
import { inboxPath, withAdminApi } from './admin.ts'
import { asJson, print, terminalWidth, withExamples } from './print.ts'
import { printableJson } from './printable.ts'
import { withProgress } from './progress.ts'
import { table } from './table.ts'

const mostOnAPage = 100

export function addContactsCommands(program: Command): void {
  const contacts = program.command('contacts').description('ask an inbox’s CRM as its agents do')
  withExamples(contacts, 'contacts search "Support" "+1 415 555 2671"')

  const search = contacts
    .command('search <inbox> <text>')
    .description('contacts by name, email or phone number, as the inbox would find them; "" = all')
    .option('--limit <number>', `at most this many, up to ${mostOnAPage}`, readLimit, 20)
    .option(...asJson)
    .action(async (idOrName: string, text: string, { limit, json }: { limit: number; json?: true }) => {
      const query = new URLSearchParams({ search: text, limit: String(limit) })
      const { body, headers } = await withProgress('Asking the CRM', () =>
        withAdminApi((api) => api.ask('GET', `${inboxPath(idOrName)}/contacts?${query}`)),
      )
      if (json) return console.log(printableJson(body))
      print(undefined, null, () => found(JSON.parse(body), headers))
    })
  withExamples(
    search,
    'contacts search "Support" ana',
    'contacts search "Support" "+1 415 555 2671"',
    'contacts search "Support" ana@example.com --limit 5 --json',
  )
}

type Found = FromSchema<typeof Envelope>

function found({ results, count }: Found, headers: Readonly<Record<string, string>>): string[] {
  const columns = [{ title: 'NAME' }, { title: 'COMPANY' }, { title: 'PHONES', whole: true }, { title: 'EMAILS' }]
  const rows = results.map(({ name, companies, phone_numbers, email_addresses }) => [
    name ?? '',
    companies.map(({ company_name, job_title }) => [job_title, company_name].filter(Boolean).join(', ')),
    phone_numbers.map(({ phone_number, description }) => described(phone_number, description)),
    email_addresses.map(({ email_address, description }) => described(email_address, description)),
  ])
  const shown = results.length === count ? `${count}` : `${results.length} of ${count}`
  const calls = headers['x-bridge-calls'] ?? '0'
  const took = /dur=(\d+)/.exec(headers['server-timing'] ?? '')?.[1] ?? '?'
  const problem = headers['x-bridge-problem']
  const missing = headers['x-bridge-missing']
  return [
    ...(results.length === 0 ? [] : [...table(columns, rows, terminalWidth()), '']),
    `${count === 1 ? '1 contact' : `${shown} contacts`}, ${took} ms, ${calls === '1' ? '1 call' : `${calls} calls`} to the CRM.`,
    ...(problem === undefined ? [] : [`The CRM couldn’t be asked: ${problem}. This is what was seen last, or nothing.`]),
    ...(missing === undefined ? [] : [`Not complete, it lacks: ${missing}.`]),
  ]
}

const described = (value: string, description: string): string => (description ? `${value} (${description})` : value)

function readLimit(text: string): number {
  if (!/^[1-9]\d*$/.test(text) || Number(text) > mostOnAPage)
    throw new InvalidArgumentError(`It is a whole number from 1 to ${mostOnAPage}.`)
  return Number(text)
}
