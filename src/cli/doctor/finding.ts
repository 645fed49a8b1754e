/** What the doctor finds out. */
export type Verdict = 'ok' | 'warning' | 'problem'

export type Finding = {
  readonly verdict: Verdict
  /** What was looked at, in a word or two. */
  readonly topic: string
  readonly what: string
  /** What to do about it. */
  readonly advice?: string
}

export const ok = (topic: string, what: string): Finding => ({ verdict: 'ok', topic, what })
export const warning = (topic: string, what: string, advice: string): Finding => ({ verdict: 'warning', topic, what, advice })
export const problem = (topic: string, what: string, advice: string): Finding => ({ verdict: 'problem', topic, what, advice })
