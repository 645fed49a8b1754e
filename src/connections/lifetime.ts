/** How long a grant's tokens live, and when they are to be renewed. */
import type { OAuthProvider } from '../connectors/connector.ts'
import type { Connection } from './inbox-store.ts'

/** Tokens are renewed when this is left of them, or this share of their lifetime if that is less. Milliseconds. */
const ahead = { time: 5 * 60_000, share: 0.2 }
/** A grant that ends when it isn't used is renewed when this share of that time has passed: there is time for many tries. */
const idleShare = 0.25
const never = 365 * 86_400_000

/** When the tokens end, and when they are to be renewed. */
export function lifetimeOf(
  { idleLimit }: Pick<OAuthProvider, 'idleLimit'>,
  expiresAt: Date | null,
): Pick<Connection, 'expiresAt' | 'renewAt'> {
  const now = Date.now()
  const left = (expiresAt?.getTime() ?? 0) - now
  if (expiresAt !== null) return { expiresAt, renewAt: new Date(now + left - Math.min(ahead.time, left * ahead.share)) }
  return { expiresAt, renewAt: new Date(now + (idleLimit === null ? never : idleLimit * 1000 * idleShare)) }
}
