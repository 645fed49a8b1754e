/** OAuth flows under way, in the database: any replica can finish what another began, and each can be finished once. */
import { createHash, randomBytes } from 'node:crypto'
import type { PrismaClient } from '../database/database.ts'

export type Flow = {
  readonly inboxId: string
  readonly crm: string
  /** The login host that was picked, where the CRM has several. */
  readonly loginUrl: string | null
}

export interface ConsentStates {
  /** A new state parameter for a flow, good for ten minutes, or until so many more of the inbox have begun that it is one of the oldest. */
  begin(flow: Flow): Promise<string>
  /** Whether a state parameter was used up already. */
  wasFinished(state: string): Promise<boolean>
  /** The flow of a state parameter, which is used up by that; null when it is unknown, used or too old. */
  finish(state: string): Promise<Flow | null>
}

/** Seconds; the cookie that binds the flow to the browser lives as long. */
export const consentLifetime = 600

/** More than administrators try in ten minutes. Whoever has a connect link can begin as many as they like. */
const mostOfAnInbox = 20

export function createConsentStates(prisma: PrismaClient): ConsentStates {
  return {
    async begin(flow) {
      const state = randomBytes(32).toString('base64url')
      await prisma.$transaction([
        prisma.consentState.deleteMany({ where: { expiresAt: { lt: new Date() } } }),
        prisma.$executeRaw`
          DELETE FROM "ConsentState" WHERE "stateHash" IN (
            SELECT "stateHash" FROM "ConsentState" WHERE "inboxId" = ${flow.inboxId}::uuid
            ORDER BY "expiresAt" DESC OFFSET ${mostOfAnInbox - 1}::int
          )`,
        prisma.consentState.create({
          data: { stateHash: hash(state), ...flow, expiresAt: new Date(Date.now() + consentLifetime * 1000) },
        }),
      ])
      return state
    },
    wasFinished: async (state) =>
      (await prisma.consentState.count({ where: { stateHash: hash(state), usedAt: { not: null } } })) > 0,
    async finish(state) {
      const [used] = await prisma.consentState.updateManyAndReturn({
        where: { stateHash: hash(state), usedAt: null, expiresAt: { gt: new Date() } },
        data: { usedAt: new Date() },
        select: { inboxId: true, crm: true, loginUrl: true },
      })
      return used ?? null
    },
  }
}

const hash = (state: string): Buffer<ArrayBuffer> => Buffer.from(createHash('sha256').update(state).digest())
