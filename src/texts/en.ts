/** English: what the other languages are translated from. */
import type { ErrorCode } from '../errors.ts'
import type { Language } from '../language.ts'
import { formats } from './format.ts'

const format = formats('en')

/** Why an operator's wish is refused. */
const refusals = {
  name: (longest: number) => `An inbox needs a name, of at most ${longest} characters on one line.`,
  crm: (offered: string) => `There is no such CRM on this server; set up are: ${offered}.`,
  region: () => 'The region is not an ISO 3166 country code such as US or DE.',
  ambiguous: (ids: string) => `Several inboxes have this name. Give the id of the one that you mean: ${ids}.`,
  unknown: () => 'There is no such inbox. “npm run bridge -- inbox list” shows them all.',
  noTimeline: (crm: string) => `This bridge can’t log messages in ${crm}.`,
  gone: () => 'The inbox was removed meanwhile.',
}

export const en = {
  language: 'en' as Language,
  format,
  product: 'CRM bridge',

  connect: {
    title: (inbox: string) => `Connect “${inbox}”`,
    kicker: 'Inbox',
    lead: 'Let your team find your CRM’s contacts right in the inbox, by name or by phone number.',
    reads: (crm: string) => `What the inbox can read in ${crm}`,
    never: 'What it never does',
    /** @param writes whether conversations are logged */
    nevers: (writes: boolean) => [
      writes ? 'Change or delete anything else in your CRM' : 'Change or delete anything in your CRM',
      'Keep a copy of your contacts: each search asks your CRM',
      'Read deals, notes, emails or files',
    ],
    writes: 'What it writes',
    logs: 'What customers send by WhatsApp, on the timelines of their contacts',
    button: (crm: string) => `Connect ${crm}`,
    signInAt: (crm: string) => `Where you sign in to ${crm}`,
    small:
      'You sign in and give your permission at your CRM; your password never comes here. You can take the permission back at any time.',
    connected: (crm: string, account: string) =>
      `This inbox is connected to ${crm} (${account}). Connecting again renews that connection; inbox and plugin URL stay the same.`,
    seeConnection: 'See the connection, or end it',
    /** Above the rest when the connection doesn't work as it should. */
    trouble: {
      ended: (crm: string, since: Date) =>
        `${crm} ended the connection ${format.ago(since)}: connect again, and everything is as it was. Inbox and plugin URL stay the same.`,
      forbidden: (crm: string) =>
        `${crm} no longer lets the inbox read contacts. Connect again and allow every permission, with a user who may see contacts.`,
      unwritten: (crm: string) =>
        `What customers write is to be added to their timelines in ${crm}: connect again, and allow that as well. Until then contacts are found as before.`,
      passing: (crm: string) =>
        `${crm} isn’t answering at the moment. The inbox asks again by itself: there is nothing to do but wait.`,
    },
  },

  connected: {
    title: (crm: string) => `${crm} is connected`,
    kicker: 'Connected',
    lead: (inbox: string, crm: string) => `“${inbox}” now finds the contacts of this ${crm} account.`,
    noAnswer: (crm: string) =>
      `${crm} is connected, but didn’t answer just now, so there are no contacts to show yet. The inbox asks again by itself.`,
    none: 'The account has no contacts yet. They appear in the inbox as soon as there are some.',
    someOf: (count: number) => (count === 1 ? 'One contact' : `${format.number(count)} contacts, among them`),
    some: 'Your contacts, among them',
    noName: 'No name',
    jobAt: (job: string, company: string) => `${job} at ${company}`,
    close: 'You can close this page and go back to the inbox.',
    notMeant: 'Not the account you meant?',
    disconnect: 'Disconnect it',
  },

  replace: {
    title: 'Another account',
    kicker: (inbox: string) => `Inbox “${inbox}”`,
    account: (crm: string, id: string) => `${crm} account ${id}`,
    change: {
      title: 'Change to another account?',
      lead: (current: string, offered: string) => `The inbox is connected to ${current}. You have just signed in to ${offered}.`,
      explanation:
        'If you change, every agent finds the contacts of the new account from now on, and no longer those of the old one, whose permission is given back.',
      accept: (offered: string) => `Change to ${offered}`,
      decline: (current: string) => `Keep ${current}`,
    },
    connect: {
      title: 'Connect this account?',
      lead: (offered: string) => `The inbox was disconnected meanwhile. You have just signed in to ${offered}.`,
      accept: (offered: string) => `Connect to ${offered}`,
      decline: 'Don’t connect',
    },
  },

  /** How consent ends, short of success. */
  outcomes: {
    noNewConnection: 'No new connection',
    nothingChanged: 'Nothing has changed',
    startAgain: 'Start again',
    linkExpired: {
      title: 'This link is no longer valid',
      explanation: 'Links to connect an inbox work for one hour, and only as they were given out.',
      advice: 'Go back to the inbox and initialize the plugin again: that gives you a new link.',
    },
    crmNotOffered: {
      title: 'This CRM isn’t set up here',
      explanation: 'The operator of this server hasn’t configured the CRM you picked.',
      advice: 'Pick another one, or ask the operator.',
    },
    nothingOffered: {
      title: 'No CRM is set up yet',
      explanation: 'The operator of this server hasn’t configured any CRM.',
      advice: 'Ask the operator to set one up, then open this link again.',
    },
    denied: (crm: string) => ({
      title: 'Nothing was connected',
      explanation: `You didn’t give this inbox access to ${crm}, so nothing was stored and nothing has changed.`,
      advice: 'If that was a slip, start again and allow access.',
    }),
    refused: (crm: string) => ({
      title: `${crm} refused the connection`,
      explanation: `${crm} sent you back with an error instead of its permission.`,
      advice: `Start again. If it happens again, check that you may install apps in ${crm}: usually an administrator of the account has to do it.`,
    }),
    expired: (crm: string) => ({
      title: 'That took too long, or was done already',
      explanation: `The permission that ${crm} gave can be used once, within ten minutes. Reloading the page or going back uses it again.`,
      advice: 'If your inbox isn’t connected yet, start again.',
    }),
    otherBrowser: {
      title: 'This isn’t the browser you started in',
      explanation: 'For your safety, connecting has to end in the browser window where it began, with cookies allowed.',
      advice: 'Open the link from the inbox again and finish in the same browser.',
    },
    misconfigured: (crm: string) => ({
      title: `${crm} doesn’t accept this server’s app`,
      explanation: `The client id, client secret or redirect URL that this server uses doesn’t match its app at ${crm}.`,
      advice: 'Tell the operator of this server; nothing you can change here would help.',
    }),
    missingPermission: (crm: string) => ({
      title: 'A permission is missing',
      explanation: `${crm} connected, but without all the permissions that are needed to read contacts.`,
      advice: 'Start again and leave every permission ticked. Your user needs to be allowed to see contacts, too.',
    }),
    forbidden: (crm: string) => ({
      title: `${crm} doesn’t let this user read contacts`,
      explanation: `You signed in to ${crm} with a user who may not see contacts, or not by way of an app.`,
      advice: 'Start again when that is settled, or sign in with another user.',
    }),
    wrongLogin: {
      title: 'That address can’t be used to sign in',
      advice: 'Start again and check the spelling.',
    },
    crmDown: (crm: string) => ({
      title: `${crm} isn’t answering`,
      explanation: `You gave your permission, but ${crm} didn’t confirm it. Nothing was stored.`,
      advice: 'Wait a moment, then start again.',
    }),
    failed: (requestId: string) => ({
      title: 'Something went wrong here',
      explanation: 'The server couldn’t do this just now. Nothing was changed.',
      advice: `Open the link from the inbox again in a moment. If it stays so, tell the operator this number: ${requestId}`,
    }),
    disconnected: {
      title: 'Disconnected',
      explanation: 'The inbox finds no contacts any more, and this server no longer holds the permission that you gave.',
      advice: 'Connect again whenever you like, with the same account or another.',
    },
    /** @param account the one that the inbox has; null = none */
    kept: (account: string | null) => ({
      title: 'Nothing has changed',
      explanation: `The inbox ${account === null ? 'isn’t connected' : `stays connected to ${account}`}. The permission that you just gave is taken back.`,
      advice: 'You can close this page and go back to the inbox.',
    }),
    offerGone: {
      title: 'That took too long, or was decided already',
      explanation: 'A new account waits ten minutes, in the browser that connected it, for your decision.',
      advice: 'Initialize the plugin in the inbox to see how it is connected, and to connect again if you want to.',
    },
    notConnectedHere: {
      title: 'There is nothing to show here',
      explanation: 'This page is for the browser in which an inbox was connected, for an hour after that.',
      advice: 'Initialize the plugin in the inbox to see whether it is connected.',
    },
  },

  /** What fails when a question isn't answered as it should be, for the operator. */
  problems: {
    inbox_unauthorized: 'The key or the token is missing or wrong.',
    too_many_attempts: 'There were too many wrong attempts from this address. Wait a minute, then try again.',
    request_invalid: 'The question can’t be read.',
    cursor_invalid: 'The page token is no longer good.',
    contact_not_found: 'There is no such contact.',
    not_connected: 'No CRM is connected.',
    reconnect_required: 'The CRM ended the connection: an administrator has to connect again.',
    consent_denied: 'The administrator didn’t give the permission.',
    consent_expired: 'The permission came too late.',
    crm_rate_limited: 'The CRM’s limit of calls is used up for the moment.',
    crm_forbidden: 'The CRM doesn’t let the connected user read contacts.',
    crm_unavailable: 'The CRM isn’t answering.',
    crm_timeout: 'The CRM takes longer than eight seconds.',
    crm_protocol: 'The CRM’s answer can’t be read.',
    sending_not_set_up: 'Sending isn’t set up for this inbox.',
    sending_limited: 'Too many messages were sent within a minute.',
    idempotency_mismatch: 'The idempotency key was used for another message.',
    window_closed: 'The customer wrote more than 24 hours ago: only a template may be sent.',
    message_refused: 'The inbox refused the message.',
    message_unclear: 'Nobody knows whether the message was sent.',
    inbox_api_refused: 'The inbox’s API doesn’t let the bridge in.',
    inbox_api_unavailable: 'The inbox’s API isn’t answering.',
    bridge_unavailable: 'The bridge can’t reach its database, or has too much to do.',
    internal: 'Something went wrong in the bridge; its log says more.',
  } satisfies Record<ErrorCode, string>,

  signIn: {
    title: 'Sign in',
    heading: 'Operator',
    token: 'Admin token',
    button: 'Sign in',
    wrong: 'That isn’t the admin token of this server.',
    signedOut: 'You have been signed out. Sign in again.',
    where:
      'The token is the setting ADMIN_TOKEN. On the embedded database it was printed at the first start and is kept in the data folder as admin-token.',
  },

  admin: {
    inboxes: 'Inboxes',
    signOut: 'Sign out',
    didntWork: 'That didn’t work',
    back: 'Back to the inboxes',
    empty: 'There is no inbox yet. Create one: its plugin URL is what an administrator enters in get.chat.',
    notShown: (count: number) => `${format.number(count)} more: narrow the list down by name.`,
    noneNamed: (name: string) => `No inbox has “${name}” in its name.`,
    find: 'Find by name',
    findButton: 'Find',
    columns: { inbox: 'Inbox', health: 'Health', asked: 'Last question', today: 'Last 24 hours' },
    notLately: 'not in the last 24 hours',
    questionsToday: (questions: number, failed: number) =>
      `${format.number(questions)} ${questions === 1 ? 'question' : 'questions'}${failed > 0 ? `, ${format.number(failed)} with trouble` : ''}`,
    create: {
      heading: 'New inbox',
      name: 'Name',
      crm: 'CRM',
      anyCrm: 'let the administrator pick',
      region: 'Country of its phone numbers',
      button: 'Create inbox',
    },
    pluginUrl: {
      heading: (inbox: string) => `Plugin URL of “${inbox}”`,
      explanation:
        'It is shown this once. Enter it in get.chat: Admin panel → Plugins → Connect an external plugin → Plugin server url.',
    },
    copy: 'Copy',
    copied: 'Copied',
    done: {
      disconnected: (inbox: string) => `“${inbox}” is no longer connected.`,
      removed: (inbox: string) => `“${inbox}” is removed.`,
      saved: 'Saved.',
    },
    refusals,
  },

  health: {
    works: 'works',
    notConnected: 'not connected',
    reconnect: 'reconnect needed',
    trouble: 'has trouble',
    unrenewed: 'can’t be renewed',
    notSetUp: 'CRM not set up',
    since: (date: Date) => `since ${format.moment(date)}`,
    explain: {
      works: 'Questions are answered.',
      quiet: 'Connected. Nobody has asked in the last 24 hours.',
      notConnected:
        'No CRM is connected: send the administrator the link below, or have them initialize the plugin in the inbox.',
      reconnect: (crm: string) =>
        `${crm} ended the connection. Send the administrator the link below; inbox and plugin URL stay the same.`,
      trouble: (failed: number, questions: number, problem: string) =>
        `${format.number(failed)} of ${format.number(questions)} questions had trouble since the last full hour. Latest: ${problem}`,
      unrenewed: (crm: string, failures: number) =>
        `${crm} has refused to renew the connection’s tokens, or not answered, ${failures === 1 ? 'once' : `${format.number(failures)} times`} by now. The bridge goes on trying by itself.`,
      notSetUp: (crm: string) =>
        `This server has no settings for ${crm} any more: set them again, or have the inbox connected to another CRM.`,
    },
  },

  inbox: {
    facts: {
      crm: 'CRM',
      account: 'Account',
      connected: 'Connected',
      region: 'Phone numbers',
      created: 'Created',
      lastQuestion: 'Last question',
      calls: 'Calls to the CRM, last 24 hours',
      headroom: 'Most used of the CRM’s limit',
    },
    anyCrm: 'not decided yet',
    regionOf: (region: string) => `read as in ${region}`,
    regionDefault: (region: string) => `read as in ${region} (the server’s default)`,
    lastQuestion: (ago: string, took: string) => `${ago}, took ${took}`,
    headroom: (used: number, limit: number, seconds: number) =>
      `${format.number(used)} of ${format.number(limit)} calls in ${seconds >= 86_400 ? 'a day' : `${format.number(seconds)} seconds`}`,
    unknown: 'the CRM hasn’t said yet',
    charts: {
      heading: 'The last 24 hours',
      questions: 'Questions an hour',
      trouble: 'with trouble',
      times: 'Time to answer',
      average: 'average',
      slowest: 'slowest',
      calls: 'Calls to the CRM an hour',
      none: 'No questions in the last 24 hours.',
      summary: (what: string, total: string, most: string) => `${what}: ${total} in all, at most ${most} in an hour`,
      timeSummary: (average: string, slowest: string) => `Time to answer: ${average} on average, ${slowest} at most`,
      now: 'now',
      dayAgo: '24 hours ago',
    },
    tryIt: {
      heading: 'Try it',
      explanation: 'Searches as the inbox would: a name, a phone number, or an email address; nothing for the first contacts.',
      search: 'Search',
      button: 'Search',
      found: (count: number) => (count === 1 ? 'One contact' : `${format.number(count)} contacts`),
      cost: (took: string, calls: number) =>
        `${took}, ${calls === 0 ? 'no call to the CRM' : calls === 1 ? 'one call to the CRM' : `${format.number(calls)} calls to the CRM`}`,
      old: (ago: string) => `An old answer, since the CRM fails now: from ${ago}.`,
      missing: (what: string) => `Missing, since a call failed: ${what}.`,
      answer: 'The answer as the inbox has it',
    },
    link: {
      heading: 'For the administrator',
      connect: 'By this link the inbox’s administrator connects a CRM. It is valid for an hour.',
      reconnect: 'By this link the inbox’s administrator connects anew, to the same account or another. It is valid for an hour.',
    },
    messages: {
      heading: 'Conversations in the CRM',
      off: 'What customers write to the inbox goes no further.',
      permission_needed: (crm: string) =>
        `What customers write is to be added to their contacts’ timelines in ${crm}. For that an administrator has to connect again, by the link for the administrator.`,
      on: (crm: string) => `What customers write is added to their contacts’ timelines in ${crm}.`,
      anyCrm: 'the CRM',
      turnOn: 'Add conversations to the CRM',
      turnOff: 'Stop, and drop what waits',
      counts: (waiting: number, logged: number, failed: number) =>
        `Of the last 30 days: ${format.number(logged)} logged, ${format.number(waiting)} waiting, ${format.number(failed)} failed.`,
      sent: 'Sent',
      from: 'From',
      reason: 'Why it failed',
      retry: 'Try again what failed',
      retried: (count: number) =>
        count === 1 ? 'One message is tried again.' : `${format.number(count)} messages are tried again.`,
      reasons: {
        no_contact: 'No contact has the number.',
        no_number: 'WhatsApp gave no phone number for the customer.',
        disconnected: 'The CRM account was disconnected.',
        turned_off: 'Logging was turned off.',
        unreadable: 'No key of this server opens it.',
      },
    },
    settings: { heading: 'Name and country', button: 'Save' },
    rotate: {
      summary: 'New plugin URL…',
      explanation:
        'The old plugin URL ends at once, and so does the access to the inbox’s API: until the new one is saved in get.chat, which gives that access again, agents find no contacts and workflows send nothing. The connection stays.',
      button: 'End the old plugin URL and show a new one',
    },
    disconnect: {
      summary: 'Disconnect…',
      explanation: (crm: string) =>
        `Agents find no contacts any more, and the permission is given back to ${crm}. Inbox and plugin URL stay; an administrator can connect again.`,
      button: 'Disconnect',
    },
    remove: {
      summary: 'Remove inbox…',
      explanation:
        'Forgets the inbox, its plugin URL, its connection and its figures. Nothing changes in the CRM. This can’t be undone.',
      button: 'Remove inbox, plugin URL and connection',
    },
  },
}

export type Texts = typeof en
