/** Inboxes side by side at one bridge: in whatever order and at whatever time they ask, none sees anything of another. */
import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type HubSpotSandbox, startHubSpotSandbox } from '../../src/sandbox/hubspot/server.ts'
import type { Json } from '../support/json.ts'
import { steady } from '../support/properties.ts'
import { type HostileBridge, startHostileBridge } from './support/hostile-bridge.ts'
import { brokenPromises } from './support/promises.ts'
import { type Exchange, exchange } from './support/requests.ts'
import { inUrl } from './support/values.ts'

/** Two inboxes of one account that read numbers in different countries, and one of another account. */
type Team = 'american' | 'german' | 'other'
const teams: readonly Team[] = ['american', 'german', 'other']
const shared = '+1 415 200 0199'

let bridge: HostileBridge
let other: HubSpotSandbox
const keys = {} as Record<Team, string>
const crms = {} as Record<Team, HubSpotSandbox>
beforeAll(async () => {
  bridge = await startHostileBridge()
  other = await startHubSpotSandbox({
    ...{ clientId: 'test-client', clientSecret: 'test-secret', secret: 'sandbox', seed: 2, contacts: 45, rateLimits: false },
    account: { portalId: 4711, hubDomain: 'other.example.com' },
  })
  for (const crm of [bridge.sandbox, other]) {
    for (let nth = 1; nth <= 5; nth += 1) crm.addContact({ firstname: `Shared ${nth}`, phone: shared })
    crm.addContact({ firstname: 'National', phone: '030 901820', hs_country_region_code: null })
  }
  for (const team of teams) {
    const { inbox, key } = await bridge.connectedInbox({ name: team, region: team === 'german' ? 'DE' : 'US' })
    keys[team] = key
    crms[team] = team === 'other' ? other : bridge.sandbox
    if (team !== 'other') continue
    // The account is elsewhere, as a CRM may say in its token answer. Both accounts take the same tokens here.
    const data = { apiUrl: other.url, accountId: '4711', epoch: randomUUID() }
    await bridge.bridge.database.prisma.connection.update({ where: { inboxId: inbox.id }, data })
  }
  await settle()
})
afterAll(async () => {
  await bridge.stop()
  await other.close()
})

/** The connection as it was read may be used for another second. */
const settle = () =>
  vi.waitFor(async () => expect((await ask('other', '/contacts?search=Shared')).json.count).toBe(5), {
    timeout: 4_000,
    interval: 300,
  })

async function ask(team: Team, path: string): Promise<Exchange & { json: Json }> {
  const done = await exchange(bridge, { method: 'GET', url: `/inboxes/${keys[team]}${path}` })
  return { ...done, json: JSON.parse(done.answer.body) }
}

/** Whether these contacts are the team's own: known there by the id, with the name and address that they have there. */
function expectOwn(team: Team, { results }: Json): void {
  for (const { contact_id: id, name, email_addresses: emails, phone_numbers: phones } of results) {
    const record = crms[team].contacts.get(String(id).replace('hubspot-', ''))
    const { firstname, email } = record?.properties ?? {}
    expect(record, `${team} ${id}`).toBeDefined()
    expect(name ?? '').toContain(firstname?.trim() ?? '')
    expect(emails[0]?.email_address ?? '').toBe(email ?? '')
    if (firstname === 'National') expect(phones[0].phone_number).toBe(team === 'german' ? '+4930901820' : '030 901820')
  }
}

/** What the teams ask at the same time. */
const together = (path: fc.Arbitrary<string>) =>
  fc.array(fc.tuple(fc.constantFrom(...teams), path), { minLength: 2, maxLength: 9 })

describe('asked by all of them at once, in any order', () => {
  const ids = () => [...bridge.sandbox.contacts].map(({ id }) => id).filter((id) => other.contacts.get(id))
  const numberOf = (crm: HubSpotSandbox) =>
    [...crm.contacts].map(({ properties }) => (properties.phone ?? '').replace(/\D/g, '')).filter((digits) => digits.length > 9)
  const path = () =>
    fc.oneof(
      fc.integer({ min: 1, max: 60 }).map((limit) => `/contacts?limit=${limit}`),
      fc
        .constantFrom('olivia', 'example', 'Shared', 'National', '030901820', '90182', 'a', 'ma')
        .map((text) => `/contacts?search=${text}`),
      fc
        .constantFrom(...[bridge.sandbox, other].flatMap((crm) => numberOf(crm).slice(0, 8)))
        .map((digits) => `/contacts/${digits}`),
      fc.constantFrom(...ids()).map((id) => `/contacts/hubspot-${id}`),
    )

  it('each gets its own', async () => {
    let seen = 0
    await fc.assert(
      fc.asyncProperty(together(path()), async (asked) => {
        const answers = await Promise.all(asked.map(async ([team, url]) => ({ team, ...(await ask(team, url)) })))
        for (const { team, answer, json } of answers) {
          expect([200, 404]).toContain(answer.status)
          expectOwn(team, json)
          seen += json.results.length
        }
      }),
      steady(80),
    )
    expect(seen).toBeGreaterThan(500)
  })
})

describe('a page token', () => {
  const questions = [
    'limit=20',
    'limit=2&search=Shared',
    `limit=2&search=${encodeURIComponent(shared)}`,
    'limit=2&search=example',
  ]
  /** The token of the second page of each question, by team and question. */
  const tokens = new Map<string, string>()
  const page = (team: Team, question: string, token: string) => ask(team, `/contacts?${question}&next_page_param=${token}`)
  const refused = { results: [], count: 0, next_page_param: '', error: { code: 'cursor_invalid' } }
  beforeAll(async () => {
    for (const team of teams) {
      for (const question of questions)
        tokens.set(`${team} ${question}`, (await ask(team, `/contacts?${question}`)).json.next_page_param)
    }
  })

  it('is another one for each inbox and each search', () => {
    expect(new Set(tokens.values()).size).toBe(teams.length * questions.length)
    expect([...tokens.values()]).not.toContain('')
  })

  it('is good for its own inbox and search, and refused by every other', async () => {
    for (const [name, token] of tokens) {
      for (const team of teams) {
        for (const question of questions) {
          const { answer, json } = await page(team, question, token)
          if (name === `${team} ${question}`) expect(answer.status, name).toBe(200)
          else expect({ status: answer.status, json }).toMatchObject({ status: 400, json: refused })
        }
      }
    }
  })

  it('altered in any bit, cut or lengthened is refused', async () => {
    const changes = fc.tuple(fc.constantFrom(...tokens), fc.nat(), fc.integer({ min: 1, max: 255 }), fc.nat(3))
    await fc.assert(
      fc.asyncProperty(changes, async ([[name, token], where, change, how]) => {
        const [team = '', question = ''] = [name.slice(0, name.indexOf(' ')), name.slice(name.indexOf(' ') + 1)]
        const bytes = Buffer.from(token, 'base64url')
        const place = where % bytes.length
        if (how < 2) bytes[place] = (bytes[place] ?? 0) ^ change
        const made =
          how < 2 ? bytes : how === 2 ? bytes.subarray(0, Math.max(1, place)) : Buffer.concat([bytes, Buffer.from([change])])
        const { answer, json } = await page(team as Team, question, made.toString('base64url'))
        expect({ status: answer.status, json }).toMatchObject({ status: 400, json: refused })
      }),
      steady(300),
    )
  })

  it('of anything else is refused, or is no token at all', async () => {
    const text = fc.oneof(inUrl(), fc.base64String({ minLength: 20, maxLength: 120 }).map(encodeURIComponent))
    await fc.assert(
      fc.asyncProperty(text, async (made) => {
        const done = await page('american', 'limit=20', made)
        expect(brokenPromises(done, bridge)).toEqual([])
        // What ends the parameter, as & and ; do, may leave no token: the first page.
        if (done.answer.status !== 200) expect(['cursor_invalid', 'request_invalid']).toContain(done.json.error.code)
        else expect(decodeURIComponent(/^[^&#]*/.exec(made)?.[0].replaceAll(/%(?![\da-f]{2})/gi, '') || '0')).toMatch(/^[01]?$/)
      }),
      steady(200),
    )
  })

  it('leads on where the page before ended, whatever the limits are: each contact is met once', async () => {
    const everyone = [...bridge.sandbox.contacts].map(({ id }) => `hubspot-${id}`)
    const numbered = [...bridge.sandbox.contacts]
      .filter(({ properties }) => properties.phone === shared)
      .map(({ id }) => `hubspot-${id}`)
    const searches = fc.constantFrom(['', everyone] as const, [encodeURIComponent(shared), numbered] as const)
    const limits = fc.array(fc.oneof(fc.integer({ min: 1, max: 40 }), fc.constantFrom(100, 5_000)), {
      minLength: 1,
      maxLength: 6,
    })
    await fc.assert(
      fc.asyncProperty(searches, limits, async ([search, expected], sizes) => {
        const met: string[] = []
        let token = ''
        for (let nth = 0; nth === 0 || token !== ''; nth += 1) {
          const { json } = await page('american', `search=${search}&limit=${sizes[nth % sizes.length]}`, token)
          met.push(...json.results.map((contact: Json) => contact.contact_id))
          expect(json.count).toBe(expected.length)
          token = json.next_page_param
        }
        expect(met.toSorted()).toEqual(expected.toSorted())
      }),
      steady(40),
    )
  })
})

describe('the trouble of one account', () => {
  it('is nobody else’s', async () => {
    const kinds = fc.constantFrom('status', 'reset', 'html', 'garbage', 'half')
    // Not asked before, so that the CRM is.
    const fresh = fc.stringMatching(/^[a-z]{2}$/).map((text) => `/contacts?search=${text}`)
    let troubles = 0
    await fc.assert(
      fc.asyncProperty(together(fresh), kinds, async (asked, kind) => {
        other.faults.add({ kind, status: kind === 'status' ? 403 : 502, match: { path: '/crm/' } })
        const answers = await Promise.all(asked.map(async ([team, url]) => ({ team, ...(await ask(team, url)) })))
        other.faults.clear()
        for (const { team, answer, json } of answers) {
          const problem = answer.headers['x-bridge-problem'] ?? json.error?.code
          expectOwn(team, json)
          if (team !== 'other') expect(problem ?? 'contact_not_found').toBe('contact_not_found')
          else if (problem !== undefined) troubles += 1
        }
      }),
      steady(40),
    )
    expect(troubles).toBeGreaterThan(5)
  })
})
