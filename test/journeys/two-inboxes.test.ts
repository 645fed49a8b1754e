/** Two teams at one bridge: neither ever sees anything of the other. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { App } from '../../src/app.ts'
import { type HubSpotSandbox, startHubSpotSandbox } from '../../src/sandbox/hubspot/server.ts'
import { startTestBridge, type TestBridge, unlimited } from '../support/bridge.ts'
import { anError, emptyEnvelope, inject } from '../support/inject.ts'
import type { Json } from '../support/json.ts'

type Team = { readonly key: string; readonly id: string; readonly crm: HubSpotSandbox }
let bridge: TestBridge
let app: App
let other: HubSpotSandbox
let teams: readonly [Team, Team]
beforeAll(async () => {
  bridge = await startTestBridge({ sandbox: { contacts: 130, seed: 1, rateLimits: false }, environment: unlimited })
  app = bridge.bridge.app
  other = await startHubSpotSandbox({
    ...{ clientId: 'test-client', clientSecret: 'test-secret', secret: 'sandbox', seed: 2, contacts: 90, rateLimits: false },
    account: { portalId: 4711, hubDomain: 'other.example.com' },
  })
  const [first, second] = [await bridge.connectedInbox({ name: 'First' }), await bridge.connectedInbox({ name: 'Second' })]
  // The second team's account is elsewhere, as a CRM may say in its token answer. Both accounts take the same tokens here.
  await bridge.bridge.database.prisma.connection.update({
    where: { inboxId: second.inbox.id },
    data: { apiUrl: other.url, accountId: '4711', epoch: randomUUID() },
  })
  // The connection as it was read may be used for another second.
  const count = async () => (await inject(app, `/inboxes/${second.key}/contacts?limit=1`)).json.count
  await vi.waitFor(async () => expect(await count()).toBe(90), { timeout: 4_000 })
  teams = [
    { key: first.key, id: first.inbox.id, crm: bridge.sandbox },
    { key: second.key, id: second.inbox.id, crm: other },
  ]
})
afterAll(async () => {
  await bridge.stop()
  await other.close()
})

const ask = (team: Team, path: string) => inject(app, `/inboxes/${team.key}${path}`)
const idsOf = ({ results }: Json): string[] => results.map(({ contact_id }: Json) => contact_id)
const namesOf = ({ results }: Json): string[] =>
  results.map(({ name, email_addresses }: Json) => `${name} ${email_addresses[0]?.email_address}`)

describe('two inboxes', () => {
  it('asked the same at the same time get each their own', async () => {
    const both = [...other.contacts].map(({ id }) => id).find((id) => bridge.sandbox.contacts.get(id))
    const paths = ['/contacts?limit=77', '/contacts?search=olivia', '/contacts?search=example.com', `/contacts/hubspot-${both}`]
    for (let round = 1; round <= 2; round += 1) {
      for (const path of paths) {
        const [first, second] = await Promise.all(teams.map((team) => ask(team, path)))
        expect(namesOf(first?.json).length, path).toBeGreaterThan(0)
        expect(namesOf(first?.json)).not.toEqual(namesOf(second?.json))
      }
    }
    const [all, others] = await Promise.all(teams.map((team) => ask(team, '/contacts?limit=50')))
    expect([all?.json.count, others?.json.count]).toEqual([130, 90])
  })

  it('don’t find each other’s contacts', async () => {
    for (const [team, neighbour] of [teams, teams.toReversed()] as [Team, Team][]) {
      const { portalId } = team.crm.account
      const number = `1415200${String(portalId).slice(-4)}`
      const person = { firstname: `Only${portalId}`, phone: `+${number}`, email: `only${portalId}@here.example` }
      const { id } = team.crm.addContact(person)
      const paths = [person.firstname, person.email, number].map((text) => `/contacts?search=${text}`)
      for (const path of [...paths, `/contacts/${number}`]) {
        expect(idsOf((await ask(team, path)).json), path).toEqual([`hubspot-${id}`])
        expect((await ask(neighbour, path)).json, path).toEqual(emptyEnvelope)
      }
      expect((await ask(team, `/contacts/hubspot-${id}`)).json.count).toBe(1)
      const there = await ask(neighbour, `/contacts/hubspot-${id}`)
      if (there.status === 200) expect(there.json.results[0].name).not.toBe(person.firstname)
      team.crm.removeContact(id)
    }
  })

  it('can’t use each other’s page tokens', async () => {
    for (const [team, neighbour] of [teams, teams.toReversed()] as [Team, Team][]) {
      for (const question of ['limit=20', 'limit=1&search=example']) {
        const { next_page_param: token } = (await ask(team, `/contacts?${question}`)).json
        expect(await ask(neighbour, `/contacts?${question}&page=${token}`)).toMatchObject({
          status: 400,
          json: { error: anError('cursor_invalid') },
        })
        expect((await ask(team, `/contacts?${question}&page=${token}`)).status).toBe(200)
      }
    }
  })

  it('can’t open each other’s tokens, though a row is copied', async () => {
    const { prisma } = bridge.bridge.database
    const [first, second] = teams
    const { inbox, key } = await bridge.connectedInbox({ name: 'Thief' })
    const victim = await prisma.connection.findUniqueOrThrow({ where: { inboxId: second.id } })
    await prisma.connection.update({
      where: { inboxId: inbox.id },
      data: { sealedTokens: victim.sealedTokens, apiUrl: victim.apiUrl, accountId: victim.accountId },
    })
    expect((await inject(app, `/inboxes/${key}/initialize`)).json.status).toBe('authorization_needed')
    expect((await ask(first, '/initialize')).json.status).toBe('initialized')
  })

  it('one whose row names a stranger’s host sends nothing there, and is connected anew', async () => {
    const { inbox, key } = await bridge.connectedInbox({ name: 'Led astray' })
    const { prisma } = bridge.bridge.database
    await prisma.connection.update({ where: { inboxId: inbox.id }, data: { apiUrl: 'https://stranger.example' } })
    expect((await inject(app, `/inboxes/${key}/initialize`)).json.status).toBe('authorization_needed')
    expect((await inject(app, `/inboxes/${key}/contacts?search=astray`)).json).toMatchObject({
      error: { code: 'reconnect_required' },
    })
  })

  it('one that is removed is gone at once; the other stays', async () => {
    const leaving = await bridge.connectedInbox({ name: 'Leaving' })
    expect((await inject(app, `/inboxes/${leaving.key}/contacts`)).status).toBe(200)
    const removed = await inject(app, `/admin/api/inboxes/${leaving.inbox.id}`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${bridge.config.adminToken}` },
    })
    expect(removed.status).toBe(200)
    expect((await inject(app, `/inboxes/${leaving.key}/contacts`)).status).toBe(401)
    for (const team of teams) expect((await ask(team, '/contacts')).status).toBe(200)
  })
})
