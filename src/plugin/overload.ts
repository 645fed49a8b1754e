/** Refuses questions early where the server couldn't answer them in time: what it has taken on is answered, and memory stays bounded. */
import underPressure from '@fastify/under-pressure'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { BridgeError } from '../errors.ts'

/** Questions under way at once: a thousand agents that start together, twice; and of one inbox, so that none takes the server from the others. */
const mostAtOnce = 2_000
const mostOfOne = 500
/** How late the event loop may be, on average over a second, and for how long. A pause is over when it is noticed: that is no overload. Milliseconds. */
const latest = 1_000
const lasting = 1_500

/** Holds the routes of this scope to what the process can do. @throws {BridgeError} bridge_unavailable, from its hooks */
export async function shedOverload(scope: FastifyInstance): Promise<void> {
  limitAtOnce(scope, mostAtOnce)
  const lateness = { since: 0, until: Number.NEGATIVE_INFINITY }
  await scope.register(underPressure, {
    maxEventLoopDelay: latest,
    // Called for a question that comes while it is late. Infinite = there was no measurement, as when a process has just started.
    pressureHandler: async (_request, _reply, _type, late) => {
      if (late === Number.POSITIVE_INFINITY) return
      const now = performance.now()
      if (now - lateness.until > lasting) lateness.since = now
      lateness.until = now
      if (now - lateness.since >= lasting) throw tooBusy()
    },
  })
}

/** Holds the routes of this scope to so many answers under way: one that nobody reads is, too. @throws {BridgeError} bridge_unavailable, from its hook */
export function limitAtOnce(scope: FastifyInstance, most: number): void {
  let underWay = 0
  const ended = () => {
    underWay -= 1
  }
  scope.addHook('onRequest', (_request, reply, done) => {
    if (underWay >= most) return done(tooBusy())
    underWay += 1
    reply.raw.once('close', ended)
    done()
  })
}

/** Counts a question as its inbox's until it is answered. @throws {BridgeError} bridge_unavailable where there are too many of them */
export type TakeShare = (inboxId: string, reply: FastifyReply) => void

export function createShares(): TakeShare {
  const underWay = new Map<string, number>()
  return (inboxId, reply) => {
    const before = underWay.get(inboxId) ?? 0
    if (before >= mostOfOne) throw tooBusy()
    underWay.set(inboxId, before + 1)
    reply.raw.once('close', () => {
      const left = (underWay.get(inboxId) ?? 1) - 1
      if (left > 0) underWay.set(inboxId, left)
      else underWay.delete(inboxId)
    })
  }
}

function tooBusy(): BridgeError {
  return new BridgeError('bridge_unavailable', 'The bridge has too much to do at the moment. Ask again in a moment.', {
    retryAfter: 2,
  })
}
