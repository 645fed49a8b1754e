/** A CRM account at the stand-in, described by its own access token: so the stand-in needs no state, and inboxes cost it nothing. */

export type Account = {
  /** HubSpot's number of the account, and what calls are counted by. */
  readonly portal: number
  readonly contacts: number
  /** Over how many companies its contacts spread: few are soon all known. */
  readonly companies: number
  /** Whose contacts: those of the same million people from here on. Accounts apart from each other share no number. */
  readonly from: number
}

let portals = 1_000

export function account(settings: Omit<Account, 'portal'>): Account {
  portals += 1
  return { portal: portals, ...settings }
}

export function tokenOf({ portal, contacts, companies, from }: Account): string {
  return ['account', portal, contacts, companies, from].join('-')
}

export function accountOf(token: string): Account | null {
  const [prefix, ...numbers] = token.split('-')
  const [portal = 0, contacts = 0, companies = 0, from = 0] = numbers.map(Number)
  return prefix === 'account' && numbers.length === 4 ? { portal, contacts, companies, from } : null
}
