/** When tokens are renewed: ahead of their end, and before a grant lapses that nobody uses. */
import { afterEach, describe, expect, it, vi } from 'vitest'
import { lifetimeOf } from '../../src/connections/lifetime.ts'
import { hubSpotConnector } from '../support/hubspot.ts'
import { salesforceConnector } from '../support/salesforce.ts'

const hubspot = hubSpotConnector({}).oauth
const salesforce = salesforceConnector({}).oauth

describe('the time of renewal', () => {
  afterEach(() => vi.useRealTimers())
  const now = Date.parse('2026-11-22T12:00:00Z')
  const inSeconds = (seconds: number) => new Date(now + seconds * 1_000)

  it.each<[crm: string, limits: { idleLimit: number | null }, lifetime: number | null, renewed: number]>([
    ['HubSpot’s half an hour: five minutes ahead', hubspot, 1_800, 1_500],
    ['a day: five minutes ahead', hubspot, 86_400, 86_100],
    ['25 minutes: a fifth of them', hubspot, 1_500, 1_200],
    ['a minute: a fifth of it', hubspot, 60, 48],
    ['no time at all: at once', hubspot, 0, 0],
    ['Salesforce’s unknown end: a quarter of the 30 days that a grant lives unused', salesforce, null, 7.5 * 86_400],
    ['an end, and another for a grant that isn’t used: whichever comes first', { idleLimit: 30 * 86_400 }, 1_800, 1_500],
    ['no end at all: in a year', { idleLimit: null }, null, 365 * 86_400],
  ])('is, for %s', (_what, limits, lifetime, renewed) => {
    vi.useFakeTimers({ toFake: ['Date'], now })
    const expiresAt = lifetime === null ? null : inSeconds(lifetime)
    expect(lifetimeOf(limits, expiresAt)).toEqual({ expiresAt, renewAt: inSeconds(renewed) })
  })

  it('has come for what ended already', () => {
    vi.useFakeTimers({ toFake: ['Date'], now })
    expect(lifetimeOf(hubspot, inSeconds(-600)).renewAt.getTime()).toBeLessThanOrEqual(now)
  })
})
