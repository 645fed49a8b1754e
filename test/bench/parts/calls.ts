/** How many calls to the CRM the questions take. */
import { setTimeout as sleep } from 'node:timers/promises'
import { atSalesforce as salesforceLogin } from '../../support/bridge.ts'
import { account } from '../accounts.ts'
import { app, type Bridge, startBridge, unlimited } from '../bridge.ts'
import { askContacts, walk } from '../client.ts'
import type { Part, Row } from '../part.ts'
import { type Helper, startHelper } from '../processes.ts'
import type { Counts } from '../stand-in/call-counts.ts'
import { written } from '../statistics.ts'

const contacts = 10_000
/** Long enough for a page to be read ahead. Milliseconds. */
const settle = 600

export const calls: Part = {
  name: 'calls',
  how:
    'Calls as the CRM counts them: HubSpot’s stand-in, and the project’s own Salesforce sandbox. The total of all contacts is asked for once ' +
    'in two minutes, beside a page; it is in the row of the first question.',
  async run(bench) {
    const hubspot = await startHelper('stand-in')
    const salesforce = await startHelper('salesforce', {
      CLIENT_ID: app.clientId,
      CLIENT_SECRET: app.clientSecret,
      CONTACTS: String(contacts),
    })
    const bridge = await startBridge(bench, { hubspot: hubspot.url, salesforce: salesforce.url }, unlimited)
    const rows = [...(await atHubSpot(bridge, hubspot)), ...(await atSalesforce(bridge, salesforce))]
    for (const program of [bridge, hubspot, salesforce]) await program.stop()
    return rows
  },
}

function most(what: string, measured: number, target: number, note = ''): Row {
  const isMet = measured <= target
  return { what, measured: written(measured) + note, target: `≤ ${target}`, isMet }
}

async function atHubSpot(bridge: Bridge, crm: Helper): Promise<Row[]> {
  // Fewer companies than fit in one page, so that after some pages all are known.
  const one = account({ contacts, companies: 60, from: 0 })
  const inbox = await bridge.inbox(one)
  await crm.tell('delay', 50)
  /** How many calls of which kind something takes, what was under way before left out. */
  async function count(work: () => Promise<unknown>, pause = 0): Promise<Counts['of'] & { all: number }> {
    await sleep(settle)
    await crm.tell('forget')
    await work()
    await sleep(pause)
    const { of } = await crm.tell<Counts>('counts')
    return { ...of, all: Object.values(of).reduce((sum, calls) => sum + calls, 0) }
  }
  let token = ''
  const first = await count(async () => {
    token = (await askContacts(inbox, '?limit=100')).next_page_param
  }, settle)
  const second = await count(() => askContacts(inbox, `?limit=100&next_page_param=${token}`), settle)
  await walk(inbox, { pages: 10 })
  const known = await count(() => askContacts(inbox, '?limit=98'))
  const numbers: string[] = []
  for (const from of [100, 3_000]) numbers.push(await crm.tell<string>('whatsAppId', { account: one, from }))
  const phone = await count(() => askContacts(inbox, numbers[0] ?? ''))
  const searched = await count(() => askContacts(inbox, `?search=%2B${numbers[1]}`))
  const { results } = await askContacts(inbox, '?limit=97')
  const other = await bridge.inbox(account({ contacts, companies: contacts / 5, from: 0 }))
  const single = await count(() => askContacts(other, results[50]?.contact_id ?? ''))
  const walked = await count(() => walk(other))
  const equal = await count(() =>
    Promise.all(Array.from({ length: 20 }, () => askContacts(inbox, `?search=${encodeURIComponent('equal question')}`))),
  )
  const nobody = await count(async () => {
    for (let turn = 0; turn < 5; turn++) {
      if ((await askContacts(inbox, '4915100000000')).results.length > 0) throw new Error('somebody has the number')
      if (turn < 4) await sleep(2_200)
    }
  })
  return [
    most('HubSpot: first page of all, nothing known', first.all - first.total, 2, ` (and ${first.total} for the total)`),
    most('HubSpot: page of all, companies known', known.all, 1),
    most(`HubSpot: a page of a walk over ${contacts / 100} pages, on average`, walked.all / (contacts / 100), 2),
    most('HubSpot: look-up of a WhatsApp id', phone.all, 1),
    most('HubSpot: search for a phone number', searched.all, 1),
    most('HubSpot: one contact', single.all, 2),
    most('20 equal questions at once', equal.all, 1),
    most('a number that nobody has, five times within 10 s', nobody.all, 1),
    {
      what: 'pages read ahead after the first page, and after the second',
      measured: `${first.list - 1}, ${second.list - 1}`,
      target: '0, ≥ 1',
      isMet: first.list === 1 && second.list > 1,
    },
  ]
}

async function atSalesforce(bridge: Bridge, crm: Helper): Promise<Row[]> {
  const inbox = await bridge.sandboxInbox(salesforceLogin)
  async function count(work: () => Promise<unknown>): Promise<number> {
    await crm.tell('forget')
    await work()
    return crm.tell<number>('calls')
  }
  // What the org's objects and fields are, a connection asks once.
  await askContacts(inbox, '?limit=1')
  let pages = 0
  const walked = await count(async () => {
    pages = (await walk(inbox)).tokens.length
  })
  const examples = await crm.tell<{ id: string; phone: string; name: string }[]>('examples')
  const [one, other, third] = examples
  if (one === undefined || other === undefined || third === undefined) throw new Error('the sandbox has no example')
  const search = (text: string) => count(() => askContacts(inbox, `?search=${encodeURIComponent(text)}`))
  return [
    most(`Salesforce: a page of a walk over ${written(pages)} pages, on average`, walked / pages, 0.1, ` (${walked} in all)`),
    most('Salesforce: look-up of a WhatsApp id', await count(() => askContacts(inbox, one.phone.slice(1))), 1),
    most('Salesforce: search for a phone number', await search(other.phone), 1),
    most('Salesforce: search for a name', await search(third.name), 1),
    most('Salesforce: one contact', await count(() => askContacts(inbox, third.id)), 1),
  ]
}
