// HubSpot's rate limits for an app installed by OAuth, counted per account, which here means per sandbox.

import type { FastifyReply } from 'fastify'
import { RollingLimit } from '../rolling-limit.ts'
import { HubSpotError } from './errors.ts'

/** Which limit a call counts against: search has its own, and searches count nowhere else. */
export type LimitKind = 'api' | 'search'

/** Admits a call or throws the 429; sets the headers that HubSpot sends. */
export type Limits = (kind: LimitKind, reply: FastifyReply) => void

/**
 * 110 calls in any 10 seconds, 5 searches in any second. Search answers carry no rate-limit headers.
 * @see https://developers.hubspot.com/docs/developer-tooling/platform/usage-guidelines
 */
export function createLimits(now: () => number): Limits {
  const api = new RollingLimit({ max: 110, window: 10_000, now })
  const search = new RollingLimit({ max: 5, window: 1_000, now })
  return (kind, reply) => {
    if (kind === 'search') {
      if (!search.admit().admitted) throw rateLimited('SECONDLY')
      return
    }
    const { admitted, remaining } = api.admit()
    reply.headers({
      'X-HubSpot-RateLimit-Max': api.max,
      'X-HubSpot-RateLimit-Remaining': remaining,
      'X-HubSpot-RateLimit-Interval-Milliseconds': api.window,
    })
    if (!admitted) throw rateLimited('TEN_SECONDLY_ROLLING')
  }
}

/** No limits at all, and no headers about them. */
export const UNLIMITED: Limits = () => {}

function rateLimited(policyName: 'SECONDLY' | 'TEN_SECONDLY_ROLLING'): HubSpotError {
  return new HubSpotError(429, {
    message: `You have reached your ${policyName.toLowerCase()} limit.`,
    errorType: 'RATE_LIMIT',
    category: 'RATE_LIMITS',
    policyName,
  })
}
