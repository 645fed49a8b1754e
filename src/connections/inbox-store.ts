/** Inboxes in the database, each with its connection. */
import { createHash, randomBytes } from 'node:crypto'
import type { PrismaClient } from '../database/database.ts'
import type { Connection as ConnectionRow, Inbox as InboxRow } from '../database/generated/client.ts'
import { together } from '../database/together.ts'

/** An inbox as it is stored, with its grant if it has one. The tokens in it are sealed. */
export type Inbox = InboxRow & { readonly connection: Connection | null }
export type Connection = ConnectionRow

/** The CRM account that a connection opens, by a name that no other has. */
export const accountKey = ({ crm, accountId }: Pick<Connection, 'crm' | 'accountId'>): string => `${crm} ${accountId}`

export type NewInbox = { readonly name: string; readonly crm: string | null; readonly region: string | null }

export interface InboxStore {
  create(inbox: NewInbox, key?: string): Promise<{ inbox: Inbox; key: string }>
  list(): Promise<Inbox[]>
  byId(id: string): Promise<Inbox | null>
  byKey(key: string): Promise<Inbox | null>
  /** The oldest inbox, made from `otherwise` when there is none; several processes that ask at once get the same one. */
  first(otherwise: NewInbox): Promise<Inbox>
  /** Null when there is no such inbox. */
  change(id: string, changed: Partial<Pick<NewInbox, 'name' | 'region'>>): Promise<Inbox | null>
  /**
   * Ends the old key, and the access to the inbox's API that whoever had it may have given; returns the new one. Null when there is no such
   * inbox.
   */
  rotateKey(id: string): Promise<string | null>
  /** Whether what customers write is to go to the CRM; null when there is no such inbox. */
  logMessages(id: string, on: boolean): Promise<Inbox | null>
  /** Keeps the sealed access to the inbox's own API; null = none any more. False, and nothing done, when it has another key by now. */
  setApi(inbox: Pick<Inbox, 'id' | 'keyHash'>, sealedApi: Buffer<ArrayBuffer> | null): Promise<boolean>
  /** Replaces the seal of what is still the same. */
  resealApi(id: string, sealedApi: Uint8Array<ArrayBuffer>, resealed: Buffer<ArrayBuffer>): Promise<void>
  /** The secret by which its CRM has messages sent, as a hash; null = it may no longer. Null when there is no such inbox. */
  setSending(id: string, sendingHash: Buffer<ArrayBuffer> | null): Promise<Inbox | null>
  /** Forgets the inbox, its connection, its messages and everything under way. */
  remove(id: string): Promise<boolean>
}

const withConnection = { connection: true } as const

/** 192 random bits, URL-safe. */
const newInboxKey = (): string => randomBytes(24).toString('base64url')

export function createInboxStore(prisma: PrismaClient): InboxStore {
  const create = (data: NewInbox, key: string, client: Pick<PrismaClient, 'inbox'> = prisma) =>
    client.inbox.create({ data: { ...data, keyHash: hashKey(key) }, include: withConnection })
  const oldest = (client: Pick<PrismaClient, 'inbox'> = prisma) =>
    client.inbox.findFirst({ orderBy: [{ createdAt: 'asc' }, { id: 'asc' }], include: withConnection })
  const byHash = together<Buffer<ArrayBuffer>, Inbox | null>(async (hashes) => {
    const found = await prisma.inbox.findMany({ where: { keyHash: { in: [...hashes] } }, include: withConnection })
    const inboxes = new Map(found.map((inbox) => [Buffer.from(inbox.keyHash).toString('hex'), inbox]))
    return hashes.map((hash) => inboxes.get(hash.toString('hex')) ?? null)
  })
  return {
    create: async (data, key = newInboxKey()) => ({ inbox: await create(data, key), key }),
    list: () => prisma.inbox.findMany({ orderBy: [{ createdAt: 'asc' }, { id: 'asc' }], include: withConnection }),
    byId: (id) => (isUuid(id) ? prisma.inbox.findUnique({ where: { id }, include: withConnection }) : Promise.resolve(null)),
    byKey: (key) => byHash(hashKey(key)),
    first: async (otherwise) =>
      (await oldest()) ??
      prisma.$transaction(async (transaction) => {
        await transaction.$executeRaw`SELECT pg_advisory_xact_lock(hashtext('crm-bridge first inbox'))`
        return (await oldest(transaction)) ?? create(otherwise, newInboxKey(), transaction)
      }),
    change: async (id, changed) => {
      await prisma.inbox.updateMany({ where: { id }, data: changed })
      return prisma.inbox.findUnique({ where: { id }, include: withConnection })
    },
    rotateKey: async (id) => {
      const key = newInboxKey()
      const { count } = await prisma.inbox.updateMany({ where: { id }, data: { keyHash: hashKey(key), sealedApi: null } })
      return count === 1 ? key : null
    },
    logMessages: async (id, on) => {
      await prisma.inbox.updateMany({ where: { id }, data: { logMessages: on } })
      return prisma.inbox.findUnique({ where: { id }, include: withConnection })
    },
    setApi: async ({ id, keyHash }, sealedApi) =>
      (await prisma.inbox.updateMany({ where: { id, keyHash }, data: { sealedApi } })).count === 1,
    resealApi: async (id, sealedApi, resealed) => {
      await prisma.inbox.updateMany({ where: { id, sealedApi }, data: { sealedApi: resealed } })
    },
    setSending: async (id, sendingHash) => {
      await prisma.inbox.updateMany({ where: { id }, data: { sendingHash } })
      return prisma.inbox.findUnique({ where: { id }, include: withConnection })
    },
    remove: async (id) => (await prisma.inbox.deleteMany({ where: { id } })).count === 1,
  }
}

/** A plain hash is enough: keys are random, there is nothing to guess. */
const hashKey = (key: string): Buffer<ArrayBuffer> => Buffer.from(createHash('sha256').update(key).digest())

const isUuid = (text: string): boolean => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)
