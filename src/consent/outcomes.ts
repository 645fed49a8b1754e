/** Every way in which consent ends short of success: its HTTP status, and where its words are. */
import type { Explanation } from '../connectors/connector.ts'
import type { Words } from '../language.ts'
import type { Texts } from '../texts/texts.ts'

export type Outcome = {
  readonly status: number
  /** What happened and what to do now, in somebody's language; the page adds a link to start again where that helps. */
  readonly words: (texts: Texts) => {
    /** Above the title; by itself only what failed has one. */
    readonly kicker?: string
    readonly title: string
    readonly explanation: string
    readonly advice: string
  }
}

/** @param crm the CRM's name for people */
export const outcomes = {
  linkExpired: (): Outcome => ({ status: 400, words: ({ outcomes }) => outcomes.linkExpired }),
  crmNotOffered: (): Outcome => ({ status: 404, words: ({ outcomes }) => outcomes.crmNotOffered }),
  nothingOffered: (): Outcome => ({ status: 503, words: ({ outcomes }) => outcomes.nothingOffered }),
  denied: (crm: string): Outcome => ({ status: 400, words: ({ outcomes }) => outcomes.denied(crm) }),
  refused: (crm: string): Outcome => ({ status: 400, words: ({ outcomes }) => outcomes.refused(crm) }),
  explained: (status: number, explanation: Explanation): Outcome => ({
    status,
    words: ({ language }) => explanation[language],
  }),
  expired: (crm: string): Outcome => ({ status: 400, words: ({ outcomes }) => outcomes.expired(crm) }),
  otherBrowser: (): Outcome => ({ status: 400, words: ({ outcomes }) => outcomes.otherBrowser }),
  misconfigured: (crm: string): Outcome => ({ status: 502, words: ({ outcomes }) => outcomes.misconfigured(crm) }),
  missingPermission: (crm: string): Outcome => ({ status: 403, words: ({ outcomes }) => outcomes.missingPermission(crm) }),
  forbidden: (crm: string): Outcome => ({ status: 403, words: ({ outcomes }) => outcomes.forbidden(crm) }),
  wrongLogin: (refusal: Words): Outcome => ({
    status: 400,
    words: ({ language, outcomes }) => ({ ...outcomes.wrongLogin, explanation: refusal[language] }),
  }),
  crmDown: (crm: string): Outcome => ({ status: 503, words: ({ outcomes }) => outcomes.crmDown(crm) }),
  failed: (status: number, requestId: string): Outcome => ({ status, words: ({ outcomes }) => outcomes.failed(requestId) }),
  disconnected: (): Outcome => ({ status: 200, words: ({ outcomes }) => outcomes.disconnected }),
  /** @param account the one that the inbox has; null = none */
  kept: (account: string | null): Outcome => ({ status: 200, words: ({ outcomes }) => outcomes.kept(account) }),
  offerGone: (): Outcome => ({
    status: 400,
    words: ({ outcomes }) => ({ kicker: outcomes.nothingChanged, ...outcomes.offerGone }),
  }),
  notConnectedHere: (): Outcome => ({ status: 403, words: ({ outcomes }) => outcomes.notConnectedHere }),
}
