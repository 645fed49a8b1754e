/** Asks as an inbox's server does: over connections that stay open, and looks at the clock. */
import { setTimeout as sleep } from 'node:timers/promises'
import { Agent, request } from 'undici'

type Headers = Readonly<Record<string, string>>
export type Asked = { readonly status: number; readonly ms: number; readonly bytes: Buffer }

/** No limit of connections: whoever wants to ask doesn't wait for others. */
const dispatcher = new Agent({ pipelining: 1, keepAliveTimeout: 60_000, headersTimeout: 60_000 })

export const ask = (url: string, headers: Headers = {}): Promise<Asked> => send(url, { headers })

export const post = (url: string, headers: Headers, body: object): Promise<Asked> =>
  send(url, { method: 'POST', headers: { ...headers, 'content-type': 'application/json' }, body: JSON.stringify(body) })

async function send(url: string, options: { method?: 'POST'; headers: Headers; body?: string }): Promise<Asked> {
  const begun = performance.now()
  const { statusCode, body } = await request(url, { dispatcher, ...options })
  const bytes = Buffer.from(await body.arrayBuffer())
  return { status: statusCode, ms: performance.now() - begun, bytes }
}

export type Envelope = {
  readonly results: readonly { readonly contact_id: string }[]
  readonly count: number
  readonly next_page_param: string
}

/** `query` = what comes after `/contacts/`. @throws {Error} for anything but a 200 */
export async function askContacts(pluginUrl: string, query: string): Promise<Envelope & { readonly ms: number }> {
  const { status, ms, bytes } = await ask(`${pluginUrl}/contacts/${query}`)
  if (status !== 200) throw new Error(`/contacts/${query} answers ${status}: ${bytes.toString().slice(0, 300)}`)
  return { ...(JSON.parse(bytes.toString()) as Envelope), ms }
}

/** Page after page from `token` on, at most so many; the tokens by which they were asked, and how many contacts came. */
export async function walk(
  pluginUrl: string,
  { from = '', pages = Number.POSITIVE_INFINITY } = {},
): Promise<{ tokens: string[]; next: string; contacts: number }> {
  const tokens: string[] = []
  let next = from
  let contacts = 0
  do {
    tokens.push(next)
    const page = await askContacts(pluginUrl, `?limit=100&next_page_param=${next}`)
    contacts += page.results.length
    next = page.next_page_param
  } while (next !== '' && tokens.length < pages)
  return { tokens, next, contacts }
}

/** Does `work` for each item, at a fixed rate, whether or not the ones before are done: as people arrive. */
export async function arrive<T, R>(items: readonly T[], perSecond: number, work: (item: T) => Promise<R>): Promise<R[]> {
  const begun = performance.now()
  const under: Promise<R>[] = []
  for (const [index, item] of items.entries()) {
    const wait = begun + (index * 1000) / perSecond - performance.now()
    if (wait > 0) await sleep(wait)
    under.push(work(item))
  }
  return Promise.all(under)
}

/** Does `work` for all items, so many at a time. */
export async function inTurns<T, R>(items: readonly T[], atATime: number, work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  const left = items.entries()
  const worker = async () => {
    // One iterator for all of them: each takes what is next.
    for (const [index, item] of left) results[index] = await work(item)
  }
  await Promise.all(Array.from({ length: atATime }, worker))
  return results
}
