// The HubSpot account that a sandbox stands for, and the route that describes it.

import type { FastifyInstance } from 'fastify'
import type { Access } from './access.ts'

/** The account, and the user who consents in it. */
export interface HubSpotAccount {
  readonly portalId: number
  readonly name: string
  readonly hubDomain: string
  readonly userId: number
  readonly user: string
}

/** Numbers and names that no real account has. */
export const DEFAULT_ACCOUNT: HubSpotAccount = {
  portalId: 90_210_001,
  name: 'Sandbox Trading Co.',
  hubDomain: 'sandbox-trading.example.com',
  userId: 7_100_001,
  user: 'admin@sandbox-trading.example.com',
}

/**
 * Adds account details. `uiDomain` is a bare host in HubSpot, and here too: the sandbox's own, since it also plays the pages of
 * HubSpot's user interface. @see https://developers.hubspot.com/docs/api-reference/account-account-info-v3/guide
 */
export function addAccountRoutes(app: FastifyInstance, access: Access, account: HubSpotAccount): void {
  for (const path of ['/account-info/2026-03/details', '/account-info/v3/details']) {
    app.get(path, { onRequest: access.guard({ scopes: ['oauth'] }) }, async (request) => ({
      portalId: account.portalId,
      accountType: 'DEVELOPER_TEST',
      timeZone: 'US/Eastern',
      companyCurrency: 'USD',
      additionalCurrencies: ['EUR'],
      utcOffset: '-05:00',
      utcOffsetMilliseconds: -18_000_000,
      uiDomain: request.host,
      dataHostingLocation: 'na1',
    }))
  }
}
