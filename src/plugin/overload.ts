/** Refuses questions early where the server couldn't answer them in time: what it has taken on is answered, and memory stays bounded. */
import underPressure from '@fastify/under-pressure'
import type { FastifyInstance } from 'fastify'
import { BridgeError } from '../errors.ts'

/** Questions under way at once: a thousand agents that start together, twice. */
const mostAtOnce = 2_000
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

function tooBusy(): BridgeError {
  return new BridgeError('bridge_unavailable', 'The bridge has too much to do at the moment. Ask again in a moment.', {
    retryAfter: 2,
  })
}
