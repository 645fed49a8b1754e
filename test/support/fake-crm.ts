/** A CRM of a few lines, with inboxes connected to it: for rooms that look at how it is asked, not at what it is. */
import { randomUUID } from 'node:crypto'
import type { NewConnection } from '../../src/connections/connection-store.ts'
import type { Connection, Inbox } from '../../src/connections/inbox-store.ts'
import { createTokenVault } from '../../src/connections/token-vault.ts'
import type { Connector, ContactQuery, Page, PageRequest, Session } from '../../src/connectors/connector.ts'
import type { Contact } from '../../src/contact.ts'
import { readKeys } from '../../src/keys.ts'
import type { Logger } from '../../src/logger.ts'

export const fakeKeys = readKeys(`k1:${Buffer.alloc(32, 7).toString('base64')}`)
export const fakeVault = createTokenVault(fakeKeys)
export const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} }

export function fakeContact(id: string, ...phones: string[]): Contact {
  return {
    contact_id: id,
    name: `Person ${id}`,
    avatar: null,
    large_avatar: null,
    companies: [],
    phone_numbers: phones.map((phone_number) => ({ phone_number, description: 'mobile' })),
    email_addresses: [],
    urls: [],
  }
}

export const people = (count: number): Contact[] => Array.from({ length: count }, (_, nth) => fakeContact(`fake-${nth + 1}`))

export type Question =
  | { readonly kind: 'list'; readonly page: PageRequest }
  | { readonly kind: 'search'; readonly query: ContactQuery; readonly page: PageRequest }
  | { readonly kind: 'get'; readonly id: string }
  | { readonly kind: 'identify' }

export interface FakeCrm {
  readonly connector: Connector
  readonly contacts: Contact[]
  /** Everything that it was asked, oldest first. */
  readonly questions: Question[]
  /** What is done before it answers: fail, wait, look at the session. */
  before: (session: Session, question: Question) => unknown
  /** Changes the page that it answers with. */
  change: (page: Page<Contact>) => Page<Contact>
}

/** Pages by position; finds by name, and by phone whoever has a number at all: candidates, as a CRM's index gives them. */
export function fakeCrm(contacts: Contact[] = [], oauth: Partial<Connector['oauth']> = {}): FakeCrm {
  const crm: FakeCrm = { contacts, questions: [], before() {}, change: (page) => page, connector: {} as Connector }
  const asked = async (session: Session, question: Question) => {
    crm.questions.push(question)
    await crm.before(session, question)
  }
  const cut = (found: readonly Contact[], { limit, after }: PageRequest): Page<Contact> => {
    const from = Number(after ?? 0)
    const next = from + limit < found.length ? String(from + limit) : null
    return crm.change({ items: found.slice(from, from + limit), next, total: found.length })
  }
  const connector: Connector = {
    id: 'fake',
    label: 'Fake CRM',
    apiUrl: 'https://api.fake.example',
    limits: { api: { calls: 100, seconds: 10 }, search: null },
    headroom: () => null,
    requestId: () => null,
    oauth: {
      clientId: 'client',
      clientSecret: 'client-secret',
      authorizeUrl: 'https://fake.example/authorize',
      tokenUrl: 'https://fake.example/token',
      revokeUrl: 'https://fake.example/revoke',
      scopes: ['read'],
      requiredScopes: ['read'],
      permissions: [{ en: 'everything', de: 'alles' }],
      fallbackLifetime: 1800,
      idleLimit: null,
      logins: null,
      explain: () => null,
      readGrant: () => ({ apiUrl: null, scopes: ['read'] }),
      isOwnHost: () => true,
      ...oauth,
    },
    async identify(session) {
      await asked(session, { kind: 'identify' })
      return { id: 'account-1', name: 'Fake Inc.', recordsUrl: 'https://fake.example/records' }
    },
    async list(session, page) {
      await asked(session, { kind: 'list', page })
      return cut(crm.contacts, page)
    },
    async search(session, query, page) {
      await asked(session, { kind: 'search', query, page })
      const found = crm.contacts.filter((contact) =>
        query.kind === 'text' ? contact.name?.toLowerCase().includes(query.text.toLowerCase()) : contact.phone_numbers.length > 0,
      )
      return cut(found, page)
    },
    async get(session, id) {
      await asked(session, { kind: 'get', id })
      return crm.contacts.find((contact) => contact.contact_id === id) ?? null
    },
  }
  return Object.assign(crm, { connector })
}

const minute = 60_000

/** An inbox with a grant at the fake CRM, whose token is good for half an hour yet unless said. */
export function fakeInbox(changes: Partial<Inbox> = {}, connection: Partial<Connection> | null = {}): Inbox {
  const id = changes.id ?? randomUUID()
  return {
    id,
    name: 'Support',
    keyHash: Buffer.from(''),
    crm: null,
    region: null,
    logMessages: false,
    sealedApi: null,
    sendingHash: null,
    createdAt: new Date(0),
    connection: connection === null ? null : fakeConnection(id, connection),
    ...changes,
  }
}

/** What consent at the fake CRM leaves behind, as it is stored. */
export function fakeGrant(inboxId: string, changes: Partial<NewConnection> = {}): NewConnection {
  const crm = changes.crm ?? 'fake'
  return {
    crm,
    accountId: 'account-1',
    accountName: 'Fake Inc.',
    recordsUrl: 'https://fake.example/records',
    apiUrl: null,
    loginUrl: null,
    scopes: ['read'],
    ...fakeVault.seal(inboxId, crm, { accessToken: 'access-1', refreshToken: 'refresh-1' }),
    expiresAt: new Date(Date.now() + 30 * minute),
    renewAt: new Date(Date.now() + 25 * minute),
    ...changes,
  }
}

export function fakeConnection(inboxId: string, changes: Partial<Connection> = {}): Connection {
  return {
    inboxId,
    epoch: randomUUID(),
    ...fakeGrant(inboxId),
    status: 'active',
    statusReason: null,
    statusSince: new Date(),
    version: 1,
    leaseOwner: null,
    leaseUntil: null,
    failures: 0,
    retryAt: null,
    connectedAt: new Date(),
    refreshedAt: new Date(),
    askedAt: new Date(),
    changes: 0,
    ...changes,
  }
}
