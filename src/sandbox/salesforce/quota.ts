// The org's daily quota of API calls: so many in any 24 hours, whoever makes them.

const DAY = 86_400_000
const HOUR = 3_600_000

/** Counts calls by the hour that they fell into. @see https://developer.salesforce.com/docs/atlas.en-us.salesforce_app_limits_cheatsheet.meta/salesforce_app_limits_cheatsheet/salesforce_app_limits_platform_api.htm */
export class Quota {
  readonly max: number
  readonly #now: () => number
  readonly #hours = new Map<number, number>()

  constructor(max: number, now: () => number) {
    this.max = max
    this.#now = now
  }

  /** Calls of the last 24 hours. */
  get used(): number {
    const begin = this.#now() - DAY
    for (const hour of this.#hours.keys()) if ((hour + 1) * HOUR <= begin) this.#hours.delete(hour)
    return [...this.#hours.values()].reduce((sum, calls) => sum + calls, 0)
  }

  /** Takes so many calls; false when that many aren't left, and then it takes none. */
  take(calls: number): boolean {
    if (this.used + calls > this.max) return false
    const hour = Math.floor(this.#now() / HOUR)
    this.#hours.set(hour, (this.#hours.get(hour) ?? 0) + calls)
    return true
  }
}
