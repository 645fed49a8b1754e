/** Bars for the operator to look at: where each stands in a picture that the page draws, without a library or a script. */

export type Bar = {
  readonly whole: number
  /** Of the whole, drawn before it. */
  readonly part: number
  /** What it says when pointed at. */
  readonly title: string
}

/** In the picture's own units. */
export type Picture = {
  readonly width: number
  readonly height: number
  readonly bar: number
  readonly bars: readonly { readonly x: number; readonly whole: number; readonly part: number; readonly title: string }[]
}

const height = 80
const bar = 12
const gap = 4
/** What is there at all can be seen. */
const lowest = 1.5

export function picture(shown: readonly Bar[]): Picture {
  const highest = Math.max(1, ...shown.map(({ whole }) => whole))
  const high = (value: number) => (value > 0 ? Math.max(lowest, Math.round((value / highest) * height * 10) / 10) : 0)
  const bars = shown.map(({ whole, part, title }, nth) => ({ x: nth * (bar + gap), whole: high(whole), part: high(part), title }))
  return { width: shown.length * (bar + gap) - gap, height, bar, bars }
}
