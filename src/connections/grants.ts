/** An inbox's grant begins, is replaced, and ends. */
import type { Connector } from '../connectors/connector.ts'
import { within } from '../connectors/patience.ts'
import type { Logger } from '../logger.ts'
import type { Telemetry } from '../telemetry.ts'
import type { ConnectionStore, Connected as Stored } from './connection-store.ts'
import type { Grant } from './connections.ts'
import { lifetimeOf } from './lifetime.ts'
import type { LiveInboxes } from './live-inboxes.ts'
import type { Offer, ParkedGrantStore } from './parked-grant-store.ts'
import type { Revocations } from './revocations.ts'
import type { TokenVault } from './token-vault.ts'

export interface Grants {
  /** Stores a grant as the inbox's connection, unless the inbox is connected to another account: then an administrator has to accept. */
  connect(inboxId: string, connector: Connector, grant: Grant, loginUrl: string | null): Promise<Connected>
  /** What an offer would replace by what, while it stands. */
  offered(offerId: string): Promise<Replacement | null>
  /**
   * Stores an offered grant in place of what the inbox had, which is revoked; its workflows send nothing any more. False when the offer no
   * longer stands.
   */
  accept(offerId: string): Promise<boolean>
  /** Has an offered grant revoked; the inbox keeps what it has. */
  decline(offerId: string): Promise<void>
  /** Forgets the inbox's grant, and has it revoked at the CRM: now, or when the CRM is back. False when there is none. */
  disconnect(inboxId: string): Promise<boolean>
}

/** `offerId` = nothing has changed yet: another account waits to be accepted. */
export type Connected = { readonly offerId: string | null }
/** `current` = null: the inbox was disconnected meanwhile. */
export type Replacement = { readonly inboxId: string; readonly offered: AccountAtCrm; readonly current: AccountAtCrm | null }
/** `crm` and `id` tell accounts of the same name apart, such as a Salesforce sandbox and its production org. */
export type AccountAtCrm = { readonly crm: string; readonly id: string; readonly name: string }

/** How long an offered grant waits for the administrator's word. Seconds. */
export const offerStands = 600
/** How long whoever disconnects waits to hear that the CRM was told. Milliseconds. */
const revokePatience = 5_000

export function createGrants(deps: {
  connectors: readonly Connector[]
  store: ConnectionStore
  parked: ParkedGrantStore
  inboxes: LiveInboxes
  vault: TokenVault
  revocations: Revocations
  telemetry: Telemetry
  log: Logger
}): Grants {
  const { connectors, store, parked, inboxes, vault, revocations, telemetry, log } = deps
  return {
    async connect(inboxId, connector, grant, loginUrl) {
      const { account, apiUrl, scopes, tokens } = grant
      const { expiresAt } = tokens
      const parking = {
        inboxId,
        crm: connector.id,
        accountId: account.id,
        loginUrl,
        ...vault.seal(inboxId, connector.id, tokens),
      }
      const details = { accountName: account.name, recordsUrl: account.recordsUrl, apiUrl, scopes: [...scopes] }
      const current = await store.find(inboxId)
      if (current !== null && (current.crm !== connector.id || current.accountId !== account.id)) {
        const offer = { ...details, expiresAt: expiresAt?.toISOString() ?? null }
        return { offerId: await parked.offer(parking, offer, offerStands) }
      }
      begun(await store.connect(inboxId, { ...parking, ...details, ...lifetimeOf(connector.oauth, expiresAt) }))
      return { offerId: null }
    },

    async offered(offerId) {
      const grant = await parked.offered(offerId)
      if (grant === null) return null
      const { inboxId, crm, accountId: id } = grant
      const current = await store.find(inboxId)
      return {
        inboxId,
        offered: { crm, id, name: (grant.offer as Offer).accountName },
        current: current && { crm: current.crm, id: current.accountId, name: current.accountName },
      }
    },

    async accept(offerId) {
      const grant = await parked.offered(offerId)
      const connector = connectors.find(({ id }) => id === grant?.crm)
      if (grant === null || connector === undefined) return false
      const { inboxId, crm, accountId, loginUrl, sealedTokens } = grant
      const { expiresAt, ...details } = grant.offer as Offer
      const lifetime = lifetimeOf(connector.oauth, expiresAt === null ? null : new Date(expiresAt))
      const connection = { crm, accountId, loginUrl, sealedTokens, ...details, ...lifetime }
      const accepted = await store.accept(offerId, inboxId, connection)
      if (accepted === null) return false
      begun(accepted)
      tellCrm()
      return true
    },

    async decline(offerId) {
      await parked.decline(offerId)
      tellCrm()
    },

    async disconnect(inboxId) {
      const ended = await store.disconnect(inboxId)
      inboxes.forget(inboxId)
      if (ended === null) return false
      log.info({ inboxId, crm: ended.crm }, 'disconnected')
      await within(revokePatience, revocations.run()).catch(() => {})
      return true
    },
  }

  function begun({ inboxId, crm, recovered, endedSending }: Stored): void {
    inboxes.forget(inboxId)
    if (recovered) telemetry.emit('connection', { inboxId, crm, change: 'recovered', reason: null })
    log.info({ inboxId, crm }, 'connected')
    if (endedSending) log.info({ inboxId, crm }, 'the secret for sending ended with the account before')
  }

  /** Has what was just parked revoked, without waiting for it. */
  function tellCrm(): void {
    revocations.run().catch(() => {})
  }
}
