/**
 * Reads the webhooks that WhatsApp sends, as far as they hold messages from customers: pure, and never fails. What is unknown is left out.
 * @see https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks/components (Cloud API), and the older on-premise API's flat bodies
 */

/** What a customer sent, in words. */
export type WhatsAppMessage = {
  /** WhatsApp's own id. The same one may come more than once. */
  readonly id: string
  /** The customer's international number, digits only; null for a user who shows none. */
  readonly from: string | null
  /** The name that the customer goes by on WhatsApp; '' = none. */
  readonly name: string
  readonly sentAt: Date
  /** What the message says, or what kind it is of, with its caption and file name. Never empty. */
  readonly text: string
}

/** Characters. */
const longest = { id: 512, name: 200, text: 10_000 }
/** WhatsApp's own limit is far below; a body that holds more was not made by it. */
const mostMessages = 1_000

/** Every message from a customer in a webhook's body, in its order. Status changes and whatever else is told hold none. */
export function readWebhook(body: unknown, now = new Date()): readonly WhatsAppMessage[] {
  return valuesIn(body)
    .flatMap((value) => messagesIn(value, now))
    .slice(0, mostMessages)
}

/** The Cloud API wraps in entries and changes what the on-premise API sends bare. */
function valuesIn(body: unknown): readonly Fields[] {
  const changes = list(fields(body).entry).flatMap((entry) => list(fields(entry).changes))
  const wrapped = changes
    .map(fields)
    .filter(({ field }) => field === undefined || field === 'messages')
    .map(({ value }) => fields(value))
  return [fields(body), ...wrapped]
}

function messagesIn({ messages, contacts }: Fields, now: Date): readonly WhatsAppMessage[] {
  const profiles = list(contacts).map(fields)
  return list(messages).flatMap((one) => {
    const message = fields(one)
    const id = text(message.id)
    if (id === '' || id.length > longest.id) return []
    const from = digits(message.from)
    return [
      {
        id,
        from,
        name: nameOf(profiles, from, text(message.from_user_id)),
        sentAt: timeOf(message.timestamp, now),
        text: cut(describe(message), longest.text),
      },
    ]
  })
}

function nameOf(profiles: readonly Fields[], from: string | null, userId: string): string {
  const theirs = (profile: Fields) =>
    (from !== null && digits(profile.wa_id) === from) || (userId !== '' && text(profile.user_id) === userId)
  const profile = profiles.find(theirs) ?? (profiles.length === 1 ? profiles[0] : undefined)
  const { name, username } = fields(profile?.profile)
  return cut(line(name) || line(username), longest.name)
}

/** Epoch seconds, as text or number. A time that can't be is taken for now: a message is logged rather than lost. */
function timeOf(timestamp: unknown, now: Date): Date {
  const seconds = typeof timestamp === 'number' || /^\d{1,12}$/.test(text(timestamp)) ? Number(timestamp) : Number.NaN
  const isPossible = seconds > 1_000_000_000 && seconds * 1000 < now.getTime() + 86_400_000
  return isPossible ? new Date(Math.floor(seconds) * 1000) : now
}

/** What the message says, by its type. */
function describe(message: Fields): string {
  const type = text(message.type)
  const said = Object.hasOwn(describers, type) && describers[type]?.(fields(message[type]), message)
  if (said) return said
  // A type newer than this list still says so, with whatever words are in it.
  const { body, caption, text: inner } = fields(message[type])
  const words = text(body) || text(caption) || text(inner)
  const kind = /^\w{1,40}$/.test(type) ? ` (${type.replaceAll('_', ' ')})` : ''
  return withWords(`[A message of another kind${kind}]`, words)
}

type Describer = (content: Fields, message: Fields) => string

const media =
  (kind: string): Describer =>
  ({ caption, filename }) =>
    withWords(line(filename) === '' ? `[${kind}]` : `[${kind}: ${line(filename)}]`, text(caption))

const describers: Readonly<Record<string, Describer>> = {
  text: ({ body }) => text(body),
  image: media('Photo'),
  video: media('Video'),
  document: media('Document'),
  sticker: () => '[Sticker]',
  audio: ({ voice }) => (voice === true ? '[Voice message]' : '[Audio]'),
  voice: () => '[Voice message]',
  location({ name, address, latitude, longitude, url }) {
    const place = [line(name), line(address)].filter(Boolean).join(', ')
    const position = isNumber(latitude) && isNumber(longitude) ? `${latitude}, ${longitude}` : ''
    return withWords(`[Location${joined(place, position)}]`, line(url))
  },
  contacts: (_, { contacts }) => withWords('[Contact card]', list(contacts).map(fields).map(cardOf).filter(Boolean).join('\n')),
  button: ({ text: label, payload }) => withWords('[Pressed a button]', text(label) || text(payload)),
  interactive(content) {
    const { title, description } = fields(content.button_reply ?? content.list_reply)
    const flow = fields(content.nfm_reply)
    const words = text(title) === '' ? text(flow.body) : [line(title), line(description)].filter(Boolean).join(': ')
    return withWords(content.nfm_reply === undefined ? '[Chose an answer]' : '[Filled in a form]', words)
  },
  reaction: ({ emoji }) => (text(emoji) === '' ? '[Took a reaction back]' : `[Reacted with ${line(emoji)}]`),
  order({ text: words, product_items }) {
    const items = list(product_items).map(fields).map(itemOf).filter(Boolean)
    return withWords('[Order]', [text(words), ...items].filter(Boolean).join('\n'))
  },
  system: ({ body }) => withWords('[WhatsApp says]', text(body)),
  unsupported: () => '[A message of a kind that WhatsApp doesn’t hand over]',
  unknown: () => '[A message of a kind that WhatsApp doesn’t hand over]',
}

function cardOf({ name, phones, emails, org }: Fields): string {
  const { formatted_name: whole, first_name: first, last_name: last } = fields(name)
  const named = line(whole) || [line(first), line(last)].filter(Boolean).join(' ')
  const numbers = list(phones).map((one) => line(fields(one).phone) || line(fields(one).wa_id))
  const addresses = list(emails).map((one) => line(fields(one).email))
  return [named, line(fields(org).company), ...numbers, ...addresses].filter(Boolean).join(', ')
}

function itemOf({ quantity, product_retailer_id: product, item_price: price, currency }: Fields): string {
  if (line(product) === '') return ''
  const cost = isNumber(price) || line(price) !== '' ? ` at ${String(price)} ${line(currency)}`.trimEnd() : ''
  return `${isNumber(quantity) || line(quantity) !== '' ? `${String(quantity)} × ` : ''}${line(product)}${cost}`
}

const withWords = (what: string, words: string): string => (words === '' ? what : `${what} ${words}`)
const joined = (...parts: string[]): string => {
  const said = parts.filter(Boolean).join(' · ')
  return said === '' ? '' : `: ${said}`
}

type Fields = Readonly<Record<string, unknown>>

/** The fields of an object; none where it isn't one. */
const fields = (value: unknown): Fields => (typeof value === 'object' && value !== null ? (value as Fields) : {})
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])
const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value)

/** Well-formed text without control characters, its lines kept. PostgreSQL and CRMs refuse the rest. */
function text(value: unknown): string {
  if (typeof value !== 'string') return ''
  return value
    .toWellFormed()
    .replace(/\r\n?|[\u2028\u2029]/g, '\n')
    .replace(/[^\P{Cc}\n\t]+/gu, '')
    .trim()
}

const line = (value: unknown): string => text(value).replace(/\s+/g, ' ')

/** Digits of an international number; null when it isn't one. @see https://www.itu.int/rec/T-REC-E.164 */
function digits(value: unknown): string | null {
  const [, number] = /^\+?(\d{6,15})$/.exec(typeof value === 'number' ? String(value) : text(value)) ?? []
  return number ?? null
}

/** Never in the middle of a character that takes two units. */
function cut(value: string, most: number): string {
  return value.length <= most ? value : `${value.slice(0, most - 1).replace(/[\uD800-\uDBFF]$/, '')}…`
}
