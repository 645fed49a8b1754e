/** HubSpot as far as the bridge asks it, as quick as node:http: any number of accounts of up to a million contacts, and a delay. */
import type { IncomingMessage } from 'node:http'
import { type Account, accountOf } from '../accounts.ts'
import { introduce, listen } from '../child.ts'
import {
  companiesWith,
  contact,
  endEverywhere,
  listPage,
  total,
  whatsAppIdFrom,
  withPhone,
  withText,
} from '../stand-in/answers.ts'
import { CallCounts, type CallKind } from '../stand-in/call-counts.ts'

type Answer = { readonly kind: CallKind; readonly body: Buffer | undefined }

const counts = new CallCounts()
let delay = 0

const url = await listen(async (request, response) => {
  const at = performance.now()
  const body = await textOf(request)
  const address = new URL(request.url ?? '/', 'http://stand-in')
  const send = (status: number, bytes: Buffer) => {
    response.writeHead(status, { 'content-type': 'application/json;charset=utf-8', 'content-length': bytes.length })
    response.end(bytes)
  }
  const token = request.headers.authorization?.replace('Bearer ', '')
  if (token === undefined) return send(200, oauth(address.pathname, new URLSearchParams(body)))
  const account = accountOf(token)
  if (account === null) return send(401, json({ category: 'INVALID_AUTHENTICATION', message: 'no such account' }))
  const { kind, body: answer } = answerTo(account, address, body)
  counts.note(account.portal, kind)
  // What it took to write the answer is part of the delay, not on top of it.
  const rest = delay - (performance.now() - at)
  const finish = () => (answer === undefined ? send(404, json({ category: 'OBJECT_NOT_FOUND' })) : send(200, answer))
  if (rest <= 0) finish()
  else setTimeout(finish, rest)
})

function answerTo(account: Account, { pathname, searchParams }: URL, body: string): Answer {
  if (pathname.startsWith('/account-info/')) return { kind: 'other', body: json({ portalId: account.portal }) }
  const [type, last] = /\/(contacts|companies)(?:\/(?:batch\/)?([^/]+))?$/.exec(pathname)?.slice(1) ?? []
  if (type === 'companies' && last === 'read') return { kind: 'companies', body: companiesWith(account, idsIn(body)) }
  if (type !== 'contacts') return { kind: 'other', body: undefined }
  if (last === undefined) {
    const limit = Number(searchParams.get('limit') ?? 10)
    return { kind: 'list', body: listPage(account, Number(searchParams.get('after') ?? 0), limit) }
  }
  return last === 'search' ? search(account, body) : { kind: 'get', body: contact(account, last) }
}

function search(account: Account, body: string): Answer {
  const { query, filterGroups = [] } = JSON.parse(body)
  if (typeof query === 'string') return { kind: 'text', body: withText(account, query) }
  if (filterGroups.length === 0) return { kind: 'total', body: total(account) }
  const filters = filterGroups.flatMap((group: { filters: unknown[] }) => group.filters)
  return { kind: 'phone', body: withPhone(account, filters) }
}

/** Whoever consents picks the account by the code, which is also the token that comes of it. */
function oauth(path: string, form: URLSearchParams): Buffer {
  if (path.endsWith('/introspect')) {
    const { portal } = accountOf(form.get('token') ?? '') ?? {}
    return json({ active: true, hub_id: portal, hub_domain: `account${portal}.example.com` })
  }
  const token = form.get('code') ?? form.get('refresh_token')
  const scopes = ['oauth', 'crm.objects.contacts.read', 'crm.objects.companies.read']
  return json({ token_type: 'bearer', access_token: token, refresh_token: token, expires_in: 86_400, scopes })
}

async function textOf(request: IncomingMessage): Promise<string> {
  if (request.method === 'GET') return ''
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

const idsIn = (body: string): string[] => JSON.parse(body).inputs.map(({ id }: { id: string }) => id)
const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value))

introduce(url, {
  delay(milliseconds: number) {
    delay = milliseconds
  },
  /** Writes the pages of an account before anybody asks. */
  prepare(account: Account) {
    for (let after = 0; after < account.contacts; after += 100) listPage(account, after, 100)
  },
  /** The same for searches that find a page each. */
  prepareSearches(account: Account) {
    for (let page = 0; page * 100 < account.contacts; page += 1) withText(account, `page ${page}`)
  },
  endEverywhere,
  whatsAppId: ({ account, from }: { account: Account; from: number }) => whatsAppIdFrom(account, from),
  counts: () => counts.read(),
  forget: () => counts.forget(),
})
