// Faults to order: a test or the demo says which requests should go wrong, and how, and the sandbox does it. What a CRM's servers,
// proxies and networks do on a bad day is listed in FAULT_KINDS.

/** The ways in which a request can go wrong. */
export const FAULT_KINDS = [
  /** An error status at once, with the fault's body. */
  'status',
  /** The true answer, late by `delayMs`. */
  'delay',
  /** No answer ever; the connection stays open. */
  'hang',
  /** The connection is reset before any answer. */
  'reset',
  /** An error page of a proxy: HTML where JSON is due, 502 unless `status` says otherwise. */
  'html',
  /** A 200 with a JSON type whose body isn't JSON. */
  'garbage',
  /** The true answer, a few bytes every `delayMs`, so that a timeout on silence alone never fires. */
  'drip',
  /** A redirect to `headers.location`. */
  'redirect',
  /** The true answer's headers and half of its body, then the connection ends. */
  'half',
] as const
export type FaultKind = (typeof FAULT_KINDS)[number]

/** A fault as ordered. */
export interface FaultOrder {
  /**
   * Which requests: by method, and by path, which is a prefix when it begins with `/` and a regular expression otherwise. Both are
   * matched against path and query together.
   */
  readonly match?: { readonly method?: string; readonly path?: string }
  readonly kind: FaultKind
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
  /** For `delay` (default 1000) how long; for `drip` (default 100) the pause between bytes. Milliseconds. */
  readonly delayMs?: number
  /** How many requests it strikes; without it, all until it is cleared. */
  readonly times?: number
}

/** A fault in force; `left` is null when it has no end. */
export interface Fault extends FaultOrder {
  readonly id: number
  readonly left: number | null
}

/** The faults in force in one sandbox; the oldest that matches strikes. */
export class Faults {
  #faults: { fault: Fault; matches: (method: string, url: string) => boolean }[] = []
  #nextId = 1

  /** Puts a fault in force. Throws SyntaxError for a path that is no regular expression. */
  add(order: FaultOrder): Fault {
    const fault: Fault = { ...order, id: this.#nextId++, left: order.times ?? null }
    this.#faults.push({ fault, matches: matcherOf(order.match) })
    return fault
  }

  list(): readonly Fault[] {
    return this.#faults.map(({ fault }) => fault)
  }

  remove(id: number): boolean {
    const before = this.#faults.length
    this.#faults = this.#faults.filter(({ fault }) => fault.id !== id)
    return this.#faults.length < before
  }

  clear(): void {
    this.#faults = []
  }

  /** The fault that strikes this request, if any; counts it. */
  strike(method: string, url: string): Fault | null {
    const entry = this.#faults.find(({ matches }) => matches(method, url))
    if (entry === undefined) return null
    const { fault } = entry
    if (fault.left !== null) {
      entry.fault = { ...fault, left: fault.left - 1 }
      if (fault.left <= 1) this.remove(fault.id)
    }
    return fault
  }
}

function matcherOf(match: FaultOrder['match'] = {}): (method: string, url: string) => boolean {
  const { method, path } = match
  const pattern = path === undefined || path.startsWith('/') ? null : new RegExp(path)
  return (requestMethod, url) =>
    (method === undefined || method.toUpperCase() === requestMethod) &&
    (path === undefined || (pattern === null ? url.startsWith(path) : pattern.test(url)))
}
