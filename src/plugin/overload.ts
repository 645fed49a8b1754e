/** Refuses questions early where the server couldn't answer them in time: what it has taken on is answered, and memory stays bounded. */
import type { ServerResponse } from 'node:http'
import underPressure from '@fastify/under-pressure'
import type { FastifyInstance } from 'fastify'
import { BridgeError } from '../errors.ts'

/** Questions under way at once: a thousand agents that start together, twice; and of one inbox, so that none takes the server from the others. */
const mostAtOnce = 2_000
const mostOfOne = 500
/** Who hasn't read an answer within two minutes doesn't read it at all, and it is held in memory for nothing. Milliseconds, and how often. */
const lookEvery = 30_000
const mostLooks = 4
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
  /** Since which look at them, oldest first. */
  const underWay = new Map<ServerResponse, number>()
  let looks = 0
  function ended(this: ServerResponse) {
    underWay.delete(this)
  }
  scope.addHook('onRequest', (_request, { raw }, done) => {
    if (underWay.size >= most) return done(tooBusy())
    underWay.set(raw, looks)
    raw.on('close', ended)
    done()
  })
  const looking = setInterval(() => {
    looks += 1
    for (const [raw, since] of underWay) {
      if (looks - since <= mostLooks) break
      raw.destroy()
    }
  }, lookEvery).unref()
  scope.addHook('onClose', async () => clearInterval(looking))
}

/** What each inbox has under way. */
export interface Shares {
  /** Counts a question of the inbox's until it is given back. @throws {BridgeError} bridge_unavailable where there are too many */
  take(inboxId: string): void
  giveBack(inboxId: string): void
}

export function createShares(): Shares {
  const underWay = new Map<string, number>()
  return {
    take(inboxId) {
      const before = underWay.get(inboxId) ?? 0
      if (before >= mostOfOne) throw tooBusy()
      underWay.set(inboxId, before + 1)
    },
    giveBack(inboxId) {
      const left = (underWay.get(inboxId) ?? 1) - 1
      if (left > 0) underWay.set(inboxId, left)
      else underWay.delete(inboxId)
    },
  }
}

function tooBusy(): BridgeError {
  return new BridgeError('bridge_unavailable', 'The bridge has too much to do at the moment. Ask again in a moment.', {
    retryAfter: 2,
  })
}
