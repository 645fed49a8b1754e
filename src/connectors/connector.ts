/** What the bridge asks of a CRM, and what it hands a CRM's code to answer with. One folder beside this file implements it per CRM. */
import type { Contact } from '../contact.ts'
import type { Language, Words } from '../language.ts'
import type { Headroom } from '../telemetry.ts'

/** The code for one CRM. Stateless: what it may remember goes through the session's {@link Memory}. */
export interface Connector {
  /** The CRM's id in the database, in URLs, and as the plugin's `type`. */
  readonly id: string
  /** The CRM's name for people, and the plugin's `name`. */
  readonly label: string
  readonly oauth: OAuthProvider
  /** Base URL of the API, unless the account's token answer names its own. */
  readonly apiUrl: string
  /** How fast the bridge may call one account, by the kinds of limit that the CRM counts. */
  readonly limits: Readonly<Record<CallKind, CallLimit | null>>
  /** What an answer of the CRM says about the account's own limit; null where it says nothing. */
  headroom(headers: HttpResponse['headers']): Headroom | null
  /** What the CRM calls the request that it answered, for its support to find it by; null where it doesn't say. */
  requestId(headers: HttpResponse['headers']): string | null

  /** Whose account the session opens. Asks the CRM every time, so it also proves that the grant works. */
  identify(session: Session): Promise<Account>
  /** All contacts, in an order in which a walk over the cursors meets each exactly once. */
  list(session: Session, page: PageRequest): Promise<Page<Contact>>
  /**
   * Contacts that match. A phone query is answered by ONE call and in one page, with candidates: the directory keeps those
   * whose number is really equal.
   */
  search(session: Session, query: ContactQuery, page: PageRequest): Promise<Page<Contact>>
  /** The contact of a `contact_id` that this connector gave out; null when there is none, also for ids of another make. */
  get(session: Session, contactId: string): Promise<Contact | null>

  /** Where the CRM's contacts have a timeline that messages can be logged on. */
  readonly timeline?: Timeline

  /** Where the CRM tells by itself that contacts have changed. */
  readonly events?: CrmEvents
}

/** Reads what the CRM sends when something has changed in accounts that its app is installed in. */
export interface CrmEvents {
  /** Whether the CRM itself sent it to this very URL, a moment ago. `now` in epoch milliseconds. */
  isGenuine(sent: SentEvents, now?: number): boolean
  /** The ids of the accounts whose contacts have changed. @throws {SyntaxError|TypeError} for a body of another make */
  accountsIn(body: string): readonly string[]
}

export type SentEvents = {
  readonly method: string
  /** As the CRM was given it, with its query. */
  readonly url: string
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  /** As it was sent, to the last character. */
  readonly body: string
}

/** Writes on contacts' timelines, for inboxes that want it. */
export interface Timeline {
  /** What the grant needs for it beyond the provider's scopes. */
  readonly scopes: readonly string[]
  /**
   * Writes an entry for all of its contacts or for none, by one call that is never repeated.
   * @throws {BridgeError} contact_not_found when one of them is gone
   */
  log(session: Session, entry: TimelineEntry): Promise<void>
  /** Whether an entry with the reference was written since then: asked when nobody knows what became of an attempt. */
  isLogged(session: Session, entry: TimelineEntry, since: Date): Promise<boolean>
}

export type TimelineEntry = {
  /** Letters and digits that no other entry has. It is in the text, too. */
  readonly reference: string
  /** The contact_ids of those on whose timelines it belongs: at least one. */
  readonly contactIds: readonly string[]
  readonly title: string
  /** Plain text with line ends. */
  readonly text: string
  /** When the first of its messages was sent. */
  readonly sentAt: Date
}

/** A CRM as the registry knows it: cheap to import, whether or not the operator has set it up. */
export interface ConnectorModule {
  readonly id: string
  readonly label: string
  /** The environment variables that this CRM is configured by. */
  readonly settings: SettingsSchema
  /**
   * The connector for checked settings, or null where the operator left this CRM out.
   * @throws {SettingError} for values that a schema can't judge.
   */
  create(settings: Readonly<Record<string, unknown>>): Connector | null
}

/** JSON Schemas of settings, by their names. */
export type SettingsSchema = Readonly<Record<string, SettingSchema>>
type SettingSchema = {
  readonly type: 'string' | 'integer'
  /** What the setting should be: follows those words where a value is refused. */
  readonly description: string
  readonly default?: string | number
  readonly pattern?: string
  readonly enum?: readonly string[]
  readonly minimum?: number
  readonly maximum?: number
}

/** A setting that is well-formed but can't be used. The message says what it should be, without repeating the value. */
export class SettingError extends Error {
  readonly variable: string
  constructor(variable: string, expectation: string) {
    super(`${variable} ${expectation}`)
    this.name = 'SettingError'
    this.variable = variable
  }
}

/** The CRM's OAuth 2.0 endpoints and habits, as data. @see https://www.rfc-editor.org/rfc/rfc6749 */
export interface OAuthProvider {
  readonly clientId: string
  readonly clientSecret: string
  /** Absolute URLs of the authorization, token and revocation endpoints. */
  readonly authorizeUrl: string
  readonly tokenUrl: string
  readonly revokeUrl: string
  readonly scopes: readonly string[]
  /** Those of the scopes without which no contact can be read. */
  readonly requiredScopes: readonly string[]
  /** What the scopes let the bridge do, in the administrator's words. */
  readonly permissions: readonly Words[]
  /** Seconds that an access token lives when its answer doesn't say; null = until the CRM says that it ended. */
  readonly fallbackLifetime: number | null
  /** Seconds after which a grant ends that isn't used; null = never. */
  readonly idleLimit: number | null
  /** Where the administrator may sign in, for a CRM with several places; null = only at `authorizeUrl`'s. */
  readonly logins: LoginChoice | null
  /** Words for a refusal that administrators of this CRM really meet; null = the general ones do. */
  explain(refusal: OAuthRefusal): Explanation | null
  /** What a token answer tells about the account beyond the tokens. @throws {BridgeError} crm_protocol */
  readGrant(answer: Readonly<Record<string, unknown>>): { apiUrl: string | null; scopes: readonly string[] }
  /**
   * Whether an origin that a stored grant names is one of the CRM's own, by the rule by which it was taken: from a token answer, or when
   * the login was picked. Asked each time before a secret goes there.
   */
  isOwnHost(use: HostUse, origin: string): boolean
}

/** What a stored origin is for: calls with the access token, or refresh and revocation with the app's secret. */
export type HostUse = 'api' | 'login'

/** The CRM's login hosts. Each has authorization, token and revocation at the same paths as the provider's own URLs. */
export interface LoginChoice {
  readonly hosts: readonly { readonly id: string; readonly label: Words; readonly url: string }[]
  /** A host that the administrator types, since each customer has an own one. */
  readonly own: {
    readonly label: string
    readonly example: string
    /** The origin for what was typed; null when it isn't one of the CRM's hosts. */
    read(typed: string): string | null
    /** Said when `read` refuses. */
    readonly refusal: Words
  }
  /** Every origin that consent may lead to, as sources of a content security policy. */
  readonly origins: readonly string[]
}

/** @see https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2.1 and section 5.2 */
export type OAuthRefusal = { readonly error: string; readonly description: string }
/** What happened, and what to do about it. */
export type Explanation = Readonly<
  Record<Language, { readonly title: string; readonly explanation: string; readonly advice: string }>
>

/** Live access to one account, for one question. */
export interface Session {
  readonly apiUrl: string
  readonly accessToken: string
  /** Where the account's records open in a browser; empty until the account is identified. */
  readonly recordsUrl: string
  readonly http: HttpClient
  readonly memory: Memory
  readonly readPhone: ReadPhone
  /** Tells the operator something about the account that keeps contacts from being complete. */
  notice(finding: string): void
}

export interface Account {
  readonly id: string
  readonly name: string
  readonly recordsUrl: string
}

/**
 * E.164 for a number as people type it, read with the given country (ISO 3166 code or English name) or else the inbox's; the
 * number as typed, trimmed, when it can't be read; null when there is nothing to show.
 */
export interface ReadPhone {
  (typed: string, country?: string | null): string | null
  /**
   * The same of a number among bytes of UTF-8, for pages that are never made text: writes it at `to`, where there has to be room for as
   * many bytes, and for those of E.164. @returns where it ends; -1 where the text itself has to be looked at
   */
  plain(bytes: Buffer, from: number, end: number, country: string, to: number): number
}

/** Bytes of a number as E.164 has it, or more. */
export const longestE164 = 24

export type ContactQuery =
  /** A whole number; several readings where the writing is ambiguous. */
  | { readonly kind: 'phone'; readonly numbers: readonly PhoneReading[] }
  | PartialPhone
  | { readonly kind: 'email'; readonly email: string }
  | { readonly kind: 'text'; readonly text: string }

export type PhoneReading = {
  readonly e164: string
  readonly national: string
  /** Ways in which people write the number, E.164 among them. */
  readonly spellings: readonly string[]
}

/** A part of a number: digits without country code and trunk prefix, as far as those could be told. */
export type PartialPhone = {
  readonly kind: 'digits'
  readonly digits: string
  /** What to look for as text where no number has the digits; '' = nothing. */
  readonly typed: string
}

/** A connector's own note of where the next page begins: positions, never URLs. */
export type Cursor = string

export type PageRequest = {
  readonly limit: number
  readonly after: Cursor | null
  /** Called as soon as it is known where the next page begins, where that is before this page is complete. */
  readonly onNext?: (next: Cursor | null) => void
}

export type Page<T> = {
  readonly items: readonly T[]
  /** The items as a JSON array and how many they are, where the connector has them so: then reading `items` makes them anew. */
  readonly written?: { readonly json: Buffer; readonly length: number }
  readonly next: Cursor | null
  /** How many there are in all pages together; null when the CRM couldn't say in time. */
  readonly total: number | null
  /** What is missing from the items because a call that isn't essential failed. */
  readonly missing?: readonly string[]
}

export type CallKind = 'api' | 'search'
/** At most `calls` in any `seconds`. */
export type CallLimit = { readonly calls: number; readonly seconds: number }

/** One call to the CRM. */
export type HttpRequest = {
  readonly method: 'GET' | 'POST' | 'DELETE'
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  readonly kind: CallKind
  /** Milliseconds after which the call is given up, for what isn't worth the whole deadline. */
  readonly patience?: number
  /** It changes something at the CRM, so it is sent once and not again, whatever comes of it. */
  readonly once?: true
}
/** Bytes that came in one piece or in several, to be copied to where they are read. A Buffer is such, too. */
export type Bytes = { readonly length: number; copy(target: Buffer, at: number): number }
export type HttpResponse = {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly bytes: Bytes
  /** The bytes as UTF-8. */
  readonly body: string
}

/**
 * Sends within the question's deadline and the account's budget, retrying what can succeed, following no redirect. What still
 * isn't a 2xx after that comes back as a response. @throws {BridgeError} crm_timeout, crm_unavailable, crm_rate_limited, crm_protocol
 */
export type HttpClient = (request: HttpRequest) => Promise<HttpResponse>

export type Remembered = NonNullable<unknown>

/** A small, bounded memory of this grant, shared by its sessions: company names, totals. It may forget at any time. */
export interface Memory {
  get<T extends Remembered>(key: string): T | undefined
  /** `bytes` = what the value takes, where that is more than a name or a number. */
  set(key: string, value: Remembered, ttl: number, bytes?: number): void
  /** The value of `key`, loaded when absent; equal loads under way are one, as long as its asker stays. `ttl` in milliseconds. */
  once<T extends Remembered>(key: string, ttl: number, load: () => Promise<T>, bytes?: (value: T) => number): Promise<T>
  /** The same for what pages are cut from: it comes and goes as pages do, and has its part of the memory with them. */
  readonly pages: Omit<Memory, 'pages'>
}

/** The CRM no longer takes the access token, though the grant may be fine: refresh, and ask once more. */
export class SessionExpired extends Error {
  constructor() {
    super('The CRM no longer accepts this access token')
    this.name = 'SessionExpired'
  }
}
