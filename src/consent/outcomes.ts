/** Every way in which consent ends short of success, in words an administrator understands, with the way on. */

export type Outcome = {
  readonly status: number
  /** Above the title; by itself only what failed has one. */
  readonly kicker?: string
  readonly title: string
  readonly explanation: string
  /** What to do now; the page adds a link to start again where that helps. */
  readonly advice: string
}

/** @param crm the CRM's name for people */
export const outcomes = {
  linkExpired: (): Outcome => ({
    status: 400,
    title: 'This link is no longer valid',
    explanation: 'Links to connect an inbox work for one hour, and only as they were given out.',
    advice: 'Go back to the inbox and initialize the plugin again: that gives you a new link.',
  }),
  crmNotOffered: (): Outcome => ({
    status: 404,
    title: 'This CRM isn’t set up here',
    explanation: 'The operator of this server hasn’t configured the CRM you picked.',
    advice: 'Pick another one, or ask the operator.',
  }),
  nothingOffered: (): Outcome => ({
    status: 503,
    title: 'No CRM is set up yet',
    explanation: 'The operator of this server hasn’t configured any CRM.',
    advice: 'Ask the operator to set one up, then open this link again.',
  }),
  denied: (crm: string): Outcome => ({
    status: 400,
    title: 'Nothing was connected',
    explanation: `You didn’t give this inbox access to ${crm}, so nothing was stored and nothing has changed.`,
    advice: 'If that was a slip, start again and allow access.',
  }),
  refused: (crm: string): Outcome => ({
    status: 400,
    title: `${crm} refused the connection`,
    explanation: `${crm} sent you back with an error instead of its permission.`,
    advice: `Start again. If it happens again, check that you may install apps in ${crm}: usually an administrator of the account has to do it.`,
  }),
  expired: (crm: string): Outcome => ({
    status: 400,
    title: 'That took too long, or was done already',
    explanation: `The permission that ${crm} gave can be used once, within ten minutes. Reloading the page or going back uses it again.`,
    advice: 'If your inbox isn’t connected yet, start again.',
  }),
  otherBrowser: (): Outcome => ({
    status: 400,
    title: 'This isn’t the browser you started in',
    explanation: 'For your safety, connecting has to end in the browser window where it began, with cookies allowed.',
    advice: 'Open the link from the inbox again and finish in the same browser.',
  }),
  misconfigured: (crm: string): Outcome => ({
    status: 502,
    title: `${crm} doesn’t accept this server’s app`,
    explanation: `The client id, client secret or redirect URL that this server uses doesn’t match its app at ${crm}.`,
    advice: 'Tell the operator of this server; nothing you can change here would help.',
  }),
  missingPermission: (crm: string): Outcome => ({
    status: 403,
    title: 'A permission is missing',
    explanation: `${crm} connected, but without all the permissions that are needed to read contacts.`,
    advice: 'Start again and leave every permission ticked. Your user needs to be allowed to see contacts, too.',
  }),
  forbidden: (crm: string, reason: string): Outcome => ({
    status: 403,
    title: `${crm} doesn’t let this user read contacts`,
    explanation: reason,
    advice: 'Start again when that is settled, or sign in with another user.',
  }),
  wrongLogin: (refusal: string): Outcome => ({
    status: 400,
    title: 'That address can’t be used to sign in',
    explanation: refusal,
    advice: 'Start again and check the spelling.',
  }),
  crmDown: (crm: string): Outcome => ({
    status: 503,
    title: `${crm} isn’t answering`,
    explanation: `You gave your permission, but ${crm} didn’t confirm it. Nothing was stored.`,
    advice: 'Wait a moment, then start again.',
  }),
  failed: (status: number, requestId: string): Outcome => ({
    status,
    title: 'Something went wrong here',
    explanation: 'The server couldn’t do this just now. Nothing was changed.',
    advice: `Open the link from the inbox again in a moment. If it stays so, tell the operator this number: ${requestId}`,
  }),
  disconnected: (): Outcome => ({
    status: 200,
    title: 'Disconnected',
    explanation: 'The inbox finds no contacts any more, and this server no longer holds the permission that you gave.',
    advice: 'Connect again whenever you like, with the same account or another.',
  }),
  /** @param account the one that the inbox has; null = none */
  kept: (account: string | null): Outcome => ({
    status: 200,
    title: 'Nothing has changed',
    explanation: `The inbox ${account === null ? 'isn’t connected' : `stays connected to ${account}`}. The permission that you just gave is taken back.`,
    advice: 'You can close this page and go back to the inbox.',
  }),
  offerGone: (): Outcome => ({
    status: 400,
    kicker: 'Nothing has changed',
    title: 'That took too long, or was decided already',
    explanation: 'A new account waits ten minutes, in the browser that connected it, for your decision.',
    advice: 'Initialize the plugin in the inbox to see how it is connected, and to connect again if you want to.',
  }),
  notConnectedHere: (): Outcome => ({
    status: 403,
    title: 'There is nothing to show here',
    explanation: 'This page is for the browser in which an inbox was connected, for an hour after that.',
    advice: 'Initialize the plugin in the inbox to see whether it is connected.',
  }),
}
