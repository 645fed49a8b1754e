/** Ends grants at their CRMs that no inbox uses any more. A CRM that is down has it done when it is back. */
import type { Connector } from '../connectors/connector.ts'
import { BridgeError } from '../errors.ts'
import type { Logger } from '../logger.ts'
import type { ConnectionStore } from './connection-store.ts'
import type { ParkedGrant, ParkedGrantStore } from './parked-grant-store.ts'
import { revokeGrant, TokenError } from './token-endpoint.ts'
import type { TokenVault } from './token-vault.ts'

/** How long one process has a grant for itself: longer than the CRM's token endpoint may take. Milliseconds. */
const claimFor = 60_000
/** The first retry comes after this long, each further one after twice as much, up to the longest. Milliseconds. */
const firstPause = 5_000
const longestPause = 6 * 3_600_000
/** About a week of retries. */
const attempts = 40

export interface Revocations {
  /** Revokes what is due, one after the other. */
  run(): Promise<void>
}

export function createRevocations(deps: {
  connectors: readonly Connector[]
  parked: ParkedGrantStore
  grants: ConnectionStore
  vault: TokenVault
  log: Logger
}): Revocations {
  const { connectors, parked, grants, vault, log } = deps

  async function revoke(grant: ParkedGrant): Promise<void> {
    const { id, inboxId, crm, loginUrl } = grant
    const about = { inboxId, crm }
    try {
      const connector = connectors.find((candidate) => candidate.id === crm)
      if (connector === undefined) throw new TokenError('misconfigured', 'the CRM isn’t set up on this server any more')
      const { refreshToken } = vault.open(grant)
      const isNeeded = await isInUse(grant, refreshToken)
      if (!isNeeded) await revokeGrant(connector.oauth, loginUrl, refreshToken)
      await parked.remove(id)
      log.info(about, isNeeded ? 'grant left alone: another inbox lives on it' : 'grant revoked')
    } catch (error) {
      const isHopeless = error instanceof TokenError ? error.isFinal || grant.attempts >= attempts : isUnreadable(error)
      const reason = error instanceof Error ? error.message : ''
      log.warn({ ...about, reason, attempts: grant.attempts }, isHopeless ? 'grant given up' : 'grant not revoked yet')
      if (isHopeless) await parked.remove(id)
      else await parked.postpone(id, Math.min(firstPause * 2 ** (grant.attempts - 1), longestPause))
    }
  }

  /** Some CRMs give the same token to whoever connects the same account: another inbox may live on it. */
  async function isInUse({ crm, accountId }: ParkedGrant, refreshToken: string): Promise<boolean> {
    const others = await grants.ofAccount(crm, accountId)
    return others.some((other) => {
      try {
        return vault.open(other).refreshToken === refreshToken
      } catch {
        return false
      }
    })
  }

  return {
    async run() {
      for (;;) {
        const grant = await parked.claim(claimFor)
        if (grant === null) return
        await revoke(grant)
      }
    },
  }
}

const isUnreadable = (error: unknown): boolean => error instanceof BridgeError
