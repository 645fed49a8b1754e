/** What the stand-in was asked for, and how close to HubSpot's limits each account came: 100 calls in 10 s, 5 searches in 1 s. */

export type CallKind = 'list' | 'companies' | 'total' | 'phone' | 'text' | 'get' | 'other'

/** `calls` and `searches` = the most that one account had in any 10 s and in any second. */
export type Counts = { readonly of: Readonly<Record<CallKind, number>>; readonly calls: number; readonly searches: number }

const searchKinds: readonly CallKind[] = ['total', 'phone', 'text']
const windows = { calls: 10_000, searches: 1_000 }

export class CallCounts {
  #of = emptyCounts()
  #most = { calls: 0, searches: 0 }
  #recent = new Map<string, number[]>()

  note(account: number, kind: CallKind): void {
    this.#of[kind] += 1
    const limit = searchKinds.includes(kind) ? 'searches' : 'calls'
    const now = performance.now()
    const name = `${account} ${limit}`
    const recent = (this.#recent.get(name) ?? []).filter((at) => at > now - windows[limit])
    recent.push(now)
    this.#recent.set(name, recent)
    this.#most[limit] = Math.max(this.#most[limit], recent.length)
  }

  read(): Counts {
    return { of: this.#of, ...this.#most }
  }

  forget(): void {
    this.#of = emptyCounts()
    this.#most = { calls: 0, searches: 0 }
    this.#recent.clear()
  }
}

const emptyCounts = (): Record<CallKind, number> => ({ list: 0, companies: 0, total: 0, phone: 0, text: 0, get: 0, other: 0 })
