/** Keeps the bridge below a CRM's rate limits: a question waits a moment here rather than collecting the CRM's refusals. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { CallLimit } from '../connectors/connector.ts'
import { within } from '../connectors/patience.ts'
import { BridgeError } from '../errors.ts'
import type { BudgetStore, Limit } from './budget-store.ts'

/** Whether an agent waits for the answer, or an inbox that walks over all contacts. */
export type Urgency = 'agent' | 'walk'

export interface Budget {
  /** Resolves when one call may go out; where calls wait, an agent's go before a walk's. @throws {BridgeError} crm_rate_limited when that takes too long */
  take(account: string, kind: string, limit: CallLimit | null, signal: AbortSignal, urgency?: Urgency): Promise<void>
}

/** How long a call waits for its permit. Milliseconds. */
const patience = 7_000
/** How long the database may take for a lease. Milliseconds. */
const databasePatience = 1_000
/** While the database is away each process lives on this share of the limit. */
const shareAlone = 1 / 4

type Waiter = { readonly urgency: Urgency; readonly go: () => void }
/** `alone` = until when the permits count that the process gave itself while the database was away. */
type Account = { permits: number[]; waiters: Set<Waiter>; leasing: boolean; alone: number[] }

export function createBudget(store: BudgetStore): Budget {
  const accounts = new Map<string, Account>()

  /** Leases permits for as long as somebody waits; a few ahead, so that most calls cost no round trip to the database. */
  async function lease(name: string, account: Account, accountId: string, kind: string, limit: CallLimit): Promise<void> {
    const holdFor = limit.seconds * 100
    account.leasing = true
    while (account.waiters.size > 0) {
      const asked = performance.now()
      const wanted = Math.min(limit.calls, Math.max(account.waiters.size, Math.floor(limit.calls / 10)))
      // A database that hangs is as good as away.
      const { granted, nextIn } = await within(
        databasePatience,
        store.lease(accountId, kind, paced(limit), wanted, holdFor),
      ).catch(() => leaseAlone(account, limit, wanted, holdFor))
      account.permits.push(...Array<number>(granted).fill(asked + holdFor))
      for (const waiter of inOrder(account.waiters).slice(0, granted)) waiter.go()
      if (account.waiters.size > 0) await sleep(Math.min(Math.max(nextIn, 10) + givingWay(account, limit), 1_000))
    }
    account.leasing = false
    if (accounts.size > 1_000 && account.alone.length === 0) accounts.delete(name)
  }

  return {
    async take(accountId, kind, limit, signal, urgency = 'agent') {
      if (limit === null) return
      const name = `${accountId} ${kind}`
      const account = accounts.get(name) ?? { permits: [], waiters: new Set(), leasing: false, alone: [] }
      accounts.set(name, account)
      const now = performance.now()
      account.permits = account.permits.filter((until) => until > now)
      if (account.permits.pop() !== undefined) return
      const permit = wait(account, signal, urgency)
      if (!account.leasing) lease(name, account, accountId, kind, limit).catch(() => {})
      return permit
    },
  }
}

/**
 * In a long window a third may go out at once; then the rest is spread, so that nobody waits longer than a third of the window for the
 * first of them to count no more. In a window of a second or two that doesn't matter.
 */
function paced(limit: CallLimit): Limit {
  return { ...limit, burst: limit.seconds <= 2 ? limit.calls : Math.ceil(limit.calls * 0.3) }
}

/** How much later a replica asks than it might: after the others by chance, and where only walks wait, after those with an agent. Milliseconds. */
function givingWay({ waiters }: Account, { calls, seconds }: CallLimit): number {
  const pace = (seconds * 1000) / calls
  const isUrgent = [...waiters].some(({ urgency }) => urgency === 'agent')
  return pace * (isUrgent ? 0 : 0.12) + pace * 0.08 * Math.random()
}

/** What the store promises, kept by this process for itself: in no window more than its share of the limit. */
function leaseAlone(account: Account, limit: CallLimit, wanted: number, holdFor: number): { granted: number; nextIn: number } {
  const now = performance.now()
  const counted = holdFor + limit.seconds * 1000
  const { calls, burst } = paced({ ...limit, calls: Math.max(1, Math.floor(limit.calls * shareAlone)) })
  const pace = (limit.seconds * 1000) / calls
  account.alone = account.alone.filter((until) => until > now)
  const live = account.alone.length
  const sinceThen = now - ((account.alone.at(-1) ?? 0) - counted)
  const room = live < burst ? burst - live : Math.min(calls - live, Math.floor(sinceThen / pace))
  const granted = Math.max(0, Math.min(wanted, room))
  account.alone.push(...Array<number>(granted).fill(now + counted))
  return { granted, nextIn: account.alone.length >= calls ? (account.alone[0] ?? now) - now : pace }
}

function inOrder(waiters: ReadonlySet<Waiter>): Waiter[] {
  return [...waiters].sort((a, b) => Number(a.urgency === 'walk') - Number(b.urgency === 'walk'))
}

function wait(account: Account, signal: AbortSignal, urgency: Urgency): Promise<void> {
  return new Promise((resolve, reject) => {
    const waiter: Waiter = {
      urgency,
      go() {
        account.permits.pop()
        leave()
        resolve()
      },
    }
    const leave = () => {
      account.waiters.delete(waiter)
      clearTimeout(timer)
      signal.removeEventListener('abort', giveUp)
    }
    const giveUp = () => {
      leave()
      reject(
        new BridgeError('crm_rate_limited', 'Too many questions about this CRM account at once. Ask again in a moment.', {
          retryAfter: 1,
        }),
      )
    }
    const timer = setTimeout(giveUp, patience)
    signal.addEventListener('abort', giveUp, { once: true })
    account.waiters.add(waiter)
  })
}
