/** Grants in the database that no inbox uses: offers that wait for an administrator's word, and what is to be revoked at the CRM. */
import type { PrismaClient } from '../database/database.ts'
import { type ParkedGrant as ParkedGrantRow, Prisma } from '../database/generated/client.ts'
import type { Connection } from './inbox-store.ts'

export type ParkedGrant = ParkedGrantRow
export type Parking = Pick<ParkedGrant, 'inboxId' | 'crm' | 'accountId' | 'loginUrl' | 'sealedTokens'>
/** The rest of the connection that an offered grant would become. */
export type Offer = Pick<Connection, 'accountName' | 'recordsUrl' | 'apiUrl' | 'scopes'> & { readonly expiresAt: string | null }

export interface ParkedGrantStore {
  /** Parks a grant that is to be revoked. */
  add(grant: Parking): Promise<void>
  /** Parks a grant that an administrator may accept within `seconds`; after that it is revoked. Returns its id. */
  offer(grant: Parking, offer: Offer, seconds: number): Promise<string>
  /** An offer that still stands. */
  offered(id: string): Promise<ParkedGrant | null>
  /** Has an offer revoked now. */
  decline(id: string): Promise<void>
  /** One grant whose time to be revoked has come, for this process alone for as many milliseconds. */
  claim(milliseconds: number): Promise<ParkedGrant | null>
  /** Has it tried again after as many milliseconds. */
  postpone(id: string, milliseconds: number): Promise<void>
  remove(id: string): Promise<void>
  all(): Promise<ParkedGrant[]>
  reseal(id: string, seal: Pick<ParkedGrant, 'sealedTokens'>): Promise<void>
}

export function createParkedGrantStore(prisma: PrismaClient): ParkedGrantStore {
  const standing = (id: string) => ({ id, offer: { not: Prisma.DbNull }, attempts: 0, revokeAt: { gt: new Date() } })
  return {
    add: async (data) => {
      await prisma.parkedGrant.create({ data })
    },
    offer: async (grant, offer, seconds) => {
      const revokeAt = new Date(Date.now() + seconds * 1000)
      return (await prisma.parkedGrant.create({ data: { ...grant, offer, revokeAt } })).id
    },
    offered: (id) => prisma.parkedGrant.findFirst({ where: standing(id) }),
    decline: async (id) => {
      await prisma.parkedGrant.updateMany({ where: standing(id), data: { revokeAt: new Date() } })
    },
    claim: async (milliseconds) => {
      const [claimed] = await prisma.$queryRaw<ParkedGrant[]>`
        UPDATE "ParkedGrant" SET "revokeAt" = now() + ${milliseconds}::int * interval '1 millisecond', "attempts" = "attempts" + 1
        WHERE "id" = (SELECT "id" FROM "ParkedGrant" WHERE "revokeAt" <= now() ORDER BY "revokeAt" LIMIT 1 FOR UPDATE SKIP LOCKED)
        RETURNING *`
      return claimed ?? null
    },
    postpone: async (id, milliseconds) => {
      await prisma.parkedGrant.updateMany({ where: { id }, data: { revokeAt: new Date(Date.now() + milliseconds) } })
    },
    remove: async (id) => {
      await prisma.parkedGrant.deleteMany({ where: { id } })
    },
    all: () => prisma.parkedGrant.findMany(),
    reseal: async (id, seal) => {
      await prisma.parkedGrant.updateMany({ where: { id }, data: seal })
    },
  }
}
